// One typed client per service, over any transport.

import { type Client, createClient, type Transport } from "@connectrpc/connect";
import { AccessService } from "./gen/tradeforge/v1/access_service_pb";
import { HookService } from "./gen/tradeforge/v1/hook_service_pb";
import { MarketDataService } from "./gen/tradeforge/v1/market_data_service_pb";
import { ResultService } from "./gen/tradeforge/v1/result_service_pb";
import { RunService } from "./gen/tradeforge/v1/run_service_pb";
import { StrategyService } from "./gen/tradeforge/v1/strategy_service_pb";
import { SystemService } from "./gen/tradeforge/v1/system_service_pb";

export interface Api {
  readonly runs: Client<typeof RunService>;
  readonly results: Client<typeof ResultService>;
  readonly strategies: Client<typeof StrategyService>;
  readonly marketData: Client<typeof MarketDataService>;
  readonly system: Client<typeof SystemService>;
  readonly access: Client<typeof AccessService>;
  readonly hooks: Client<typeof HookService>;
}

/** The API behind a transport: in a browser, `createGrpcWebTransport({ baseUrl })`. */
export function createApi(transport: Transport): Api {
  return {
    runs: createClient(RunService, transport),
    results: createClient(ResultService, transport),
    strategies: createClient(StrategyService, transport),
    marketData: createClient(MarketDataService, transport),
    system: createClient(SystemService, transport),
    access: createClient(AccessService, transport),
    hooks: createClient(HookService, transport),
  };
}
