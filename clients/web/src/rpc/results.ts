// What came out of runs. Loaded with the pages that show it: the list of runs has what it needs.

import { createClient } from "@connectrpc/connect";
import { ResultService } from "../gen/tradeforge/v1/result_service_pb";
import { transport } from "./client";

export const results = createClient(ResultService, transport);
