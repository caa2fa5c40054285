import { Page } from "../ui/Page";

export default function Compare() {
  return <Page title="Compare" />;
}
