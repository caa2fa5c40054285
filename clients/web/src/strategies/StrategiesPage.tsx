import { Page } from "../ui/Page";

export function StrategiesPage() {
  return <Page title="Strategies" />;
}
