// A bundle to the server by plain HTTP, since a page can not stream up by gRPC.

interface Answer {
  readonly run?: { readonly runId?: string };
  readonly created?: boolean;
  readonly error?: { readonly message?: string };
}

export interface Imported {
  readonly runId: string;
  /** False if that run was here already. */
  readonly isNew: boolean;
}

export async function importRun(file: File, signal: AbortSignal): Promise<Imported> {
  const response = await fetch("/import/run", { method: "PUT", body: file, signal });
  return readImported(response.status, await response.text());
}

/** The answer, or the refusal as an exception. */
export function readImported(status: number, text: string): Imported {
  let answer: Answer;
  try {
    answer = JSON.parse(text) as Answer;
  } catch {
    throw new Error(`The server answered ${status}.`);
  }
  const runId = answer.run?.runId;
  if (status >= 300 || !runId) {
    throw new Error(answer.error?.message ?? `The server answered ${status}.`);
  }
  return { runId, isNew: answer.created === true };
}
