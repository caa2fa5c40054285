// Where the server is, and the API behind it.

import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { type Api, createApi } from "./api";

const DEFAULT_ADDRESS = "127.0.0.1:50051";

export interface ConnectOptions {
  /** Milliseconds for each call that says nothing else by itself; watches are not bounded. */
  readonly timeoutMs?: number;
}

/**
 * The API of the server at "HOST:PORT" or "http(s)://HOST:PORT". Without an address: in a page, where
 * that came from; in Node, the variable TRADEFORGE_SERVER, else 127.0.0.1:50051.
 */
export function connect(address?: string, options: ConnectOptions = {}): Api {
  const url = baseUrl(address ?? usualAddress());
  const calls = createGrpcWebTransport({
    baseUrl: url,
    defaultTimeoutMs: options.timeoutMs ?? 30_000,
  });
  const { stream } = createGrpcWebTransport({ baseUrl: url });
  return createApi({ ...calls, stream });
}

/** The URL of an address, without a slash at its end. */
export function baseUrl(address: string): string {
  const url = parsed(address.includes("://") ? address : `http://${address}`);
  const isPlain = url?.pathname === "/" && url.search === "" && url.hash === "";
  if (!isPlain || (url.protocol !== "http:" && url.protocol !== "https:")) {
    throw new TypeError(
      `address must be "HOST:PORT" or "http(s)://HOST:PORT", not ${JSON.stringify(address)}`,
    );
  }
  return url.origin;
}

interface Surroundings {
  readonly location?: { readonly origin: string };
  readonly process?: { readonly env: Readonly<Record<string, string | undefined>> };
}

function usualAddress(): string {
  const { location, process } = globalThis as Surroundings;
  return location?.origin ?? process?.env["TRADEFORGE_SERVER"] ?? DEFAULT_ADDRESS;
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
