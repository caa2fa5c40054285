// The API of the server that this page came from.

import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import type { Api } from "../api";
import { MarketDataService } from "../gen/tradeforge/v1/market_data_service_pb";
import { ResultService } from "../gen/tradeforge/v1/result_service_pb";
import { RunService } from "../gen/tradeforge/v1/run_service_pb";
import { StrategyService } from "../gen/tradeforge/v1/strategy_service_pb";
import { SystemService } from "../gen/tradeforge/v1/system_service_pb";

export const transport = createGrpcWebTransport({
  baseUrl: globalThis.location?.origin ?? "",
});

/** All but who calls: the page that shows it brings that service. */
export const api: Omit<Api, "access"> = {
  runs: createClient(RunService, transport),
  results: createClient(ResultService, transport),
  strategies: createClient(StrategyService, transport),
  marketData: createClient(MarketDataService, transport),
  system: createClient(SystemService, transport),
};
