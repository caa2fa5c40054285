// Who calls, what owners may have and who changed what: loaded with the pages that show it.

import { createClient } from "@connectrpc/connect";
import { AccessService } from "../gen/tradeforge/v1/access_service_pb";
import { transport } from "../rpc/client";

export const access = createClient(AccessService, transport);
