import { Page } from "../ui/Page";

interface Props {
  readonly runId: string;
  readonly trialIndex: bigint;
}

export default function TrialReport({ runId, trialIndex }: Props) {
  return <Page title={`Trial ${trialIndex}`} subtitle={runId} />;
}
