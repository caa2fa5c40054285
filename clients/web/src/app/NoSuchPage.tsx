import { Link } from "wouter";
import { Page } from "../ui/Page";

export function NoSuchPage() {
  return (
    <Page title="There is no such page">
      <p>
        All runs are in <Link href="/">the list</Link>.
      </p>
    </Page>
  );
}
