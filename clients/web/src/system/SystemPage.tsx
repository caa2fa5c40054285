import { Page } from "../ui/Page";

export function SystemPage() {
  return <Page title="System" />;
}
