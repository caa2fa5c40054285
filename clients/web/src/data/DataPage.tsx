import { Page } from "../ui/Page";

export function DataPage() {
  return <Page title="Data" />;
}
