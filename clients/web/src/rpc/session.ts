// The session of this browser: begun by a token, ended by choice, by time, or with its token.

/** Signs in; what is wrong with the token, in the server's words, if something is. */
export async function signIn(token: string): Promise<string | undefined> {
  try {
    const answer = await fetch("/session", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ token: token.trim() }),
    });
    return answer.ok ? undefined : await refusalOf(answer);
  } catch {
    return "the server does not answer";
  }
}

/** Signs out, and shows the page as it is for everybody. */
export async function signOut(): Promise<void> {
  await fetch("/session", { method: "DELETE" });
  location.reload();
}

async function refusalOf(answer: Response): Promise<string> {
  const body: unknown = await answer.json().catch(() => undefined);
  const message = (body as { error?: { message?: unknown } } | undefined)?.error?.message;
  return typeof message === "string" ? message : `the server answered ${answer.status}`;
}
