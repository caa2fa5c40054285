// Results as bytes. A message that is read as one of no fields keeps all that it has as it came, and
// whoever has to read half a million rows of it does that without an object for each.

import type { MessageShape } from "@bufbuild/protobuf";
import { EmptySchema } from "@bufbuild/protobuf/wkt";
import { createClient } from "@connectrpc/connect";
import { ResultService } from "../gen/tradeforge/v1/result_service_pb";
import { transport } from "./client";

export type RawMessage = MessageShape<typeof EmptySchema>;

const watchTrials = { ...ResultService.method.watchTrials, output: EmptySchema };
const exportWindowTrials = { ...ResultService.method.exportWindowTrials, output: EmptySchema };
const exportTrials = { ...ResultService.method.exportTrials, output: EmptySchema };

export const rawResults = createClient(
  {
    ...ResultService,
    methods: [watchTrials, exportTrials, exportWindowTrials],
    method: { watchTrials, exportTrials, exportWindowTrials },
  },
  transport,
);
