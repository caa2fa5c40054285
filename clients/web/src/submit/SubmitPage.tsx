import { Page } from "../ui/Page";

export default function SubmitPage() {
  return <Page title="New run" />;
}
