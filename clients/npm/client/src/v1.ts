// The messages and services of the contract.

export { create } from "@bufbuild/protobuf";
export * from "./gen/tradeforge/v1/access_service_pb";
export * from "./gen/tradeforge/v1/market_data_service_pb";
export * from "./gen/tradeforge/v1/result_service_pb";
export * from "./gen/tradeforge/v1/run_service_pb";
export * from "./gen/tradeforge/v1/strategy_service_pb";
export * from "./gen/tradeforge/v1/system_service_pb";
export * from "./gen/tradeforge/v1/types_pb";
