// Webhooks: who is told what happened. Loaded with the panel that shows them.

import { createClient } from "@connectrpc/connect";
import { HookEventType, HookService } from "../gen/tradeforge/v1/hook_service_pb";
import { transport } from "../rpc/client";

export const hooks = createClient(HookService, transport);

/** What can be told, as receivers read it. */
export const EVENTS: readonly (readonly [HookEventType, string])[] = [
  [HookEventType.RUN_COMPLETED, "run.completed"],
  [HookEventType.RUN_FAILED, "run.failed"],
  [HookEventType.RUN_CANCELLED, "run.cancelled"],
  [HookEventType.RUN_PAUSED, "run.paused"],
  [HookEventType.SERIES_CHANGED, "series.changed"],
];

export function eventsText(types: readonly HookEventType[]): string {
  return EVENTS.filter(([type]) => types.includes(type))
    .map(([, name]) => name)
    .join(", ");
}

const REASONS: Readonly<Record<string, string>> = {
  GONE: "ended: the receiver answered 410",
  FAILING: "ended: nothing arrived for 72 hours",
  BACKLOG: "ended: too much was on its way",
  KEY_LOST: "ended: the server has another key now",
  BAD_FILTER: "ended: its filter cannot be read",
};

export function stateText(disabledReason: string): string {
  return disabledReason === ""
    ? "delivers"
    : (REASONS[disabledReason] ?? `ended: ${disabledReason}`);
}
