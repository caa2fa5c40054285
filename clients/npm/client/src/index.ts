// What users of the package see; the messages themselves are in `@tradeforge/client/v1`.

export { Code, ConnectError } from "@connectrpc/connect";
export { type Api, createApi } from "./api";
export { type ConnectOptions, connect } from "./connect";
export { type FieldViolation, fieldViolations, reasonOf } from "./errors";
export { explain } from "./explain";
export { type ListOptions, listRuns, listTrades, listTrials } from "./lists";
export { randomUuid } from "./rpc/requestId";
export { finished, isFinal, RunCancelled, RunFailed, type WatchOptions, watch } from "./watch";
