// What a sweep that has ended can be asked: whether its best would have been found in time, and how
// much of it is luck.

import type { Run } from "../gen/tradeforge/v1/types_pb";
import { Judge } from "./Judge";
import { Walk } from "./Walk";
import { canWalk, isScoredOver } from "./walking";

export default function Questions({ run }: { readonly run: Run }) {
  return (
    <>
      {canWalk(run) && <Walk run={run} />}
      {!isScoredOver(run) && <Judge run={run} />}
    </>
  );
}
