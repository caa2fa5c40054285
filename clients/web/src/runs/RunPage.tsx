// One run: its report by kind, with the newest status.

import { useQuery } from "@tanstack/react-query";
import { lazy } from "react";
import { RunKind } from "../gen/tradeforge/v1/types_pb";
import { api } from "../rpc/client";
import { Page } from "../ui/Page";

const BacktestReport = lazy(() => import("../reports/BacktestReport"));
const SweepReport = lazy(() => import("../reports/SweepReport"));

interface Props {
  readonly runId: string;
}

export function RunPage({ runId }: Props) {
  const { data: run } = useQuery({
    queryKey: ["run", runId],
    queryFn: async ({ signal }) => (await api.runs.getRun({ runId }, { signal })).run,
  });
  const status = run?.status;
  if (!run || !status) {
    return <Page title="Run" />;
  }
  const Report = run.kind === RunKind.OPTIMIZATION ? SweepReport : BacktestReport;
  return (
    <Page title={run.displayName || runId}>
      <Report run={run} status={status} />
    </Page>
  );
}
