// The API of the server that this page came from.

import { createClient } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import type { Api } from "../api";
import { RunService } from "../gen/tradeforge/v1/run_service_pb";
import { StrategyService } from "../gen/tradeforge/v1/strategy_service_pb";
import { SystemService } from "../gen/tradeforge/v1/system_service_pb";

export const transport = createGrpcWebTransport({
  baseUrl: globalThis.location?.origin ?? "",
});

/** What the first page needs; the others bring the services beside it. */
export const api: Pick<Api, "runs" | "strategies" | "system"> = {
  runs: createClient(RunService, transport),
  strategies: createClient(StrategyService, transport),
  system: createClient(SystemService, transport),
};
