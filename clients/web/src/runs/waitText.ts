// Why a run does not go on, where that is not only its turn.

import { type RunStatus, WaitReason } from "../gen/tradeforge/v1/types_pb";

/** As in `waits for room on the server's disk`; undefined while it computes or stands in line. */
export function waitText({ waiting }: RunStatus): string | undefined {
  switch (waiting?.reason) {
    case WaitReason.STORAGE_FULL:
      return "waits for room on the server's disk";
    case WaitReason.STORAGE_ERROR:
      return "waits for the server's database";
    default:
      return undefined;
  }
}
