// A page that can not be shown takes no other with it: its code may be out of reach while the
// server is down, and what is wrong is said where the page would be.

import { Component, type ReactNode } from "react";
import { Button } from "../ui/Button";
import { Message } from "../ui/Message";
import { Page } from "../ui/Page";

interface Props {
  readonly children: ReactNode;
  /** Whether the server can be reached: when it can be again, the page is tried again. */
  readonly isReachable: boolean;
}

interface State {
  readonly error: Error | undefined;
}

export class PageBoundary extends Component<Props, State> {
  override state: State = { error: undefined };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override componentDidUpdate(before: Props): void {
    if (this.state.error && this.props.isReachable && !before.isReachable) {
      this.setState({ error: undefined });
    }
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (!error) {
      return this.props.children;
    }
    return (
      <Page title="This page cannot be shown">
        <Message
          name="page-broken"
          look="bad"
          title="It could not be loaded, or something in it broke"
          actions={<Button onClick={() => globalThis.location.reload()}>Load it again</Button>}
        >
          <p>{error.message}</p>
        </Message>
      </Page>
    );
  }
}
