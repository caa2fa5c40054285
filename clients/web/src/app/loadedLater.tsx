// Components whose code comes when they are first shown.

import { type ComponentType, type ReactNode, useEffect, useState } from "react";

const loads: (() => Promise<unknown>)[] = [];

/** Loads one after the other all that is not here yet; what can not be had is asked for when shown. */
export async function loadAll(): Promise<void> {
  for (const load of loads) {
    await load().catch(() => {});
  }
}

/**
 * Until it is here the placeholder stands for it. Not React's `lazy`: what was suspended is held
 * back until 300 ms have passed, and a server on the same machine answers in 10. What few want and
 * is large need not come before it is wanted.
 */
export function loadedLater<Props extends object>(
  load: () => Promise<{ readonly default: ComponentType<Props> }>,
  placeholder: ReactNode = null,
  { isPrefetched = true } = {},
): ComponentType<Props> {
  let known: ComponentType<Props> | undefined;
  if (isPrefetched) {
    loads.push(load);
  }
  return function LoadedLater(props: Props) {
    const [loaded, setLoaded] = useState({ Component: known });
    const [failure, setFailure] = useState<{ readonly error: unknown }>();
    const { Component } = loaded;
    useEffect(() => {
      if (Component) {
        return;
      }
      load().then(
        (module) => {
          known = module.default;
          setLoaded({ Component: known });
        },
        (error: unknown) => setFailure({ error }),
      );
    }, [Component]);
    if (failure) {
      throw failure.error;
    }
    return Component ? <Component {...props} /> : placeholder;
  };
}
