// Starts what tells how much of a backtest stands or falls with its details.

import { useMutation } from "@tanstack/react-query";
import { useLocation } from "wouter";
import { ReusePolicy } from "../gen/tradeforge/v1/run_service_pb";
import type { Run } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { failureOf } from "../rpc/failure";
import { submittable } from "../runs/describe";
import { Button } from "../ui/Button";
import { showNotice } from "../ui/notices";
import { Panel } from "../ui/Panel";

export function Examine({ run }: { readonly run: Run }) {
  const [, navigate] = useLocation();
  const examine = useMutation({
    mutationFn: () => {
      const spec = submittable(run);
      const base = spec.case === "backtest" ? spec.value : undefined;
      return api.runs.submit({
        spec: { case: "robustness", value: { base } },
        displayName: run.displayName,
        reusePolicy: ReusePolicy.REUSE_COMPLETED,
      });
    },
    onSuccess: ({ runId }) => navigate(`/runs/${runId}`),
    onError: (error) => showNotice("bad", `Could not start it: ${failureOf(error).message}`),
  });
  return (
    <Panel title="What it owes to its details">
      <p>
        The same backtest with other costs, parameters near its own, later starts, noise on the
        prices, delays and random times; and its days drawn again.
      </p>
      <Button disabled={examine.isPending} onClick={() => examine.mutate()}>
        Examine it
      </Button>
    </Panel>
  );
}
