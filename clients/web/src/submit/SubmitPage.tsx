import { Page } from "../ui/Page";

export function SubmitPage() {
  return <Page title="New run" />;
}
