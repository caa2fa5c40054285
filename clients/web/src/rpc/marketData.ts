// Bars and other series. Loaded with the pages that show them.

import { createClient } from "@connectrpc/connect";
import { MarketDataService } from "../gen/tradeforge/v1/market_data_service_pb";
import { transport } from "./client";

export const marketData = createClient(MarketDataService, transport);
