// Where the server is, and the API behind it.

import type { Interceptor } from "@connectrpc/connect";
import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { type Api, createApi } from "./api";
import { securedBy, type TlsFiles } from "./secured";

const DEFAULT_ADDRESS = "127.0.0.1:50051";

export interface ConnectOptions {
  /** Milliseconds for each call that says nothing else by itself; watches are not bounded. */
  readonly timeoutMs?: number;
  /**
   * What a server that asks who calls is shown: in Node the variable TRADEFORGE_TOKEN, if nothing is
   * said. A page of the server's own needs none once it has signed in.
   */
  readonly token?: string;
  /**
   * Node only: files for TLS, by which a server may know this client. What is not said is taken from
   * the variables TRADEFORGE_TLS_CA, TRADEFORGE_CLIENT_CERT and TRADEFORGE_CLIENT_KEY.
   */
  readonly tls?: TlsFiles;
}

/**
 * The API of the server at "HOST:PORT" or "http(s)://HOST:PORT". Without an address: in a page, where
 * that came from; in Node, the variable TRADEFORGE_SERVER, else 127.0.0.1:50051.
 */
export function connect(address?: string, options: ConnectOptions = {}): Api {
  const url = baseUrl(address ?? usualAddress());
  const interceptors = showing(url, options.token ?? environment("TRADEFORGE_TOKEN") ?? "");
  const common = { baseUrl: url, interceptors, ...secured(url, options.tls) };
  const calls = createGrpcWebTransport({
    ...common,
    defaultTimeoutMs: options.timeoutMs ?? 30_000,
  });
  const { stream } = createGrpcWebTransport(common);
  return createApi({ ...calls, stream });
}

/** What fetches over TLS where there is more to it than what the system knows. */
function secured(url: string, said: TlsFiles = {}): { fetch?: typeof globalThis.fetch } {
  const files = {
    ca: said.ca ?? environment("TRADEFORGE_TLS_CA"),
    cert: said.cert ?? environment("TRADEFORGE_CLIENT_CERT"),
    key: said.key ?? environment("TRADEFORGE_CLIENT_KEY"),
  };
  const isPlain = files.ca === undefined && files.cert === undefined;
  return isPlain || !url.startsWith("https:") ? {} : { fetch: securedBy(files) };
}

/** Shows the token with each call, if there is one; never where others can listen. */
function showing(url: string, token: string): Interceptor[] {
  if (token.trim() === "") {
    return [];
  }
  const { protocol, hostname } = new URL(url);
  if (protocol === "http:" && !["127.0.0.1", "[::1]", "localhost"].includes(hostname)) {
    throw new TypeError(`a token is not sent to ${hostname} over http: write https://`);
  }
  return [
    (next) => (request) => {
      request.header.set("authorization", `Bearer ${token.trim()}`);
      return next(request);
    },
  ];
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

function environment(name: string): string | undefined {
  return (globalThis as Surroundings).process?.env[name];
}

function usualAddress(): string {
  const { location } = globalThis as Surroundings;
  return location?.origin ?? environment("TRADEFORGE_SERVER") ?? DEFAULT_ADDRESS;
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
