// What a search goes by, as text.

import { Goal, type Objective } from "../gen/tradeforge/v1/types_pb";

/** As the command line and the form take it: less of what has a minus is better. */
export function objectiveText({ metric, goal }: Objective): string {
  const ends = { [Goal.MINIMIZE]: `-${metric}`, [Goal.MAXIMIZE]: `${metric}:max` };
  return goal === Goal.UNSPECIFIED ? metric : ends[goal];
}
