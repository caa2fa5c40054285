// Streams of which each tab has its own share a few connections: who has a slot holds its stream
// open, and who has none looks in now and then, so that calls are always answered.

/** Beside the one stream that all tabs share; a browser has six connections to a server. */
const SLOTS = 2;
/** A stream that has said all there is so far is left after so long a silence. */
const QUIET_MS = 400;
const LOOK_EVERY_MS = 1_500;

/** Gives the events of a stream that resumes from what was received when it is opened again. */
export async function* inSlot<Event>(
  name: string,
  open: (signal: AbortSignal) => AsyncIterable<Event>,
  signal: AbortSignal,
): AsyncIterable<Event> {
  while (!signal.aborted) {
    const release = await slotOf(name);
    if (release) {
      try {
        return yield* open(signal);
      } finally {
        release();
      }
    }
    if (yield* lookInto(open, signal)) {
      return;
    }
    await pause(LOOK_EVERY_MS, signal);
  }
}

/** Reads until nothing comes for a while; whether the stream has ended. */
async function* lookInto<Event>(
  open: (signal: AbortSignal) => AsyncIterable<Event>,
  signal: AbortSignal,
): AsyncGenerator<Event, boolean> {
  const quiet = new AbortController();
  let timer = setTimeout(() => quiet.abort(), QUIET_MS);
  try {
    for await (const event of open(AbortSignal.any([signal, quiet.signal]))) {
      clearTimeout(timer);
      yield event;
      timer = setTimeout(() => quiet.abort(), QUIET_MS);
    }
    return true;
  } catch (error) {
    if (signal.aborted || !quiet.signal.aborted) {
      throw error;
    }
    return false;
  } finally {
    clearTimeout(timer);
  }
}

/** What gives a slot back; undefined if all are taken. Without locks there is always one. */
async function slotOf(name: string): Promise<(() => void) | undefined> {
  const { locks } = globalThis.navigator ?? {};
  if (!locks) {
    return () => {};
  }
  for (let slot = 0; slot < SLOTS; slot += 1) {
    const release = await new Promise<(() => void) | undefined>((given) => {
      void locks.request(`${name}.${slot}`, { ifAvailable: true }, (lock) => {
        if (!lock) {
          given(undefined);
          return undefined;
        }
        return new Promise<void>((release) => given(release));
      });
    });
    if (release) {
      return release;
    }
  }
  return undefined;
}

function pause(millis: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, millis);
    signal.addEventListener("abort", done);
  });
}
