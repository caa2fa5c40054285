// Auxiliary series as one line of text: `signals, weights@SYN:DEMO`.

import type { MessageInitShape } from "@bufbuild/protobuf";
import type { AuxSubscription, AuxSubscriptionSchema } from "../gen/tradeforge/v1/types_pb";

/** The series of such a line; whether there are such, the server knows. */
export function auxOf(text: string): MessageInitShape<typeof AuxSubscriptionSchema>[] {
  const names = text.split(",").map((name) => name.trim());
  return names.filter((name) => name !== "").map(one);
}

function one(text: string) {
  const [name = "", instrument = ""] = text.split("@", 2);
  const [exchange = "", symbol = ""] = instrument.split(":", 2);
  return { name, exchange, symbol };
}

/** What a run followed, as such a line. */
export function auxText(aux: readonly AuxSubscription[]): string {
  return aux.map(auxName).join(", ");
}

export function auxName({ name, exchange, symbol }: AuxSubscription): string {
  return exchange === "" ? name : `${name}@${exchange}:${symbol}`;
}
