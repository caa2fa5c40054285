// Node's way to a server over TLS: an authority of one's own, and a certificate by which the server
// knows this client. A page has neither: there the browser sees to both.

/** Files in PEM. */
export interface TlsFiles {
  /** Of the authority that signed the server's certificate, if not a public one. */
  readonly ca?: string | undefined;
  /** The certificate that this client shows. */
  readonly cert?: string | undefined;
  /** The key to it; without it, the file of the certificate holds both. */
  readonly key?: string | undefined;
}

/** What of Node is used; named so that no bundler for pages looks for it. */
interface NodeHttps {
  request(url: string, options: object, answered: (answer: NodeAnswer) => void): NodeRequest;
}
interface NodeAnswer {
  readonly statusCode?: number | undefined;
  readonly rawHeaders: readonly string[];
}
interface NodeRequest {
  on(event: "error", failed: (cause: Error) => void): unknown;
  end(body?: Uint8Array): void;
}
interface NodeStreams {
  readonly Readable: { toWeb(stream: NodeAnswer): ReadableStream<Uint8Array> };
}
interface NodeFiles {
  readFile(path: string): Promise<Uint8Array>;
}

/** Fetches like `fetch` does, with these files. They are read at the first call. */
export function securedBy(files: TlsFiles): typeof globalThis.fetch {
  let known: Promise<object> | undefined;
  return async (input, init) => {
    known ??= read(files);
    const { request } = await node<NodeHttps>("node:https");
    const { Readable } = await node<NodeStreams>("node:stream");
    const asked = new Request(input, init);
    const body = new Uint8Array(await asked.arrayBuffer());
    const options = {
      ...(await known),
      method: asked.method,
      headers: Object.fromEntries(asked.headers),
      signal: asked.signal,
    };
    return await new Promise<Response>((resolve, reject) => {
      const sending = request(asked.url, options, (answer) => {
        const headers = new Headers();
        for (let at = 0; at + 1 < answer.rawHeaders.length; at += 2) {
          headers.append(answer.rawHeaders[at] ?? "", answer.rawHeaders[at + 1] ?? "");
        }
        resolve(new Response(Readable.toWeb(answer), { status: answer.statusCode ?? 0, headers }));
      });
      sending.on("error", reject);
      sending.end(body);
    });
  };
}

async function read({ ca, cert, key }: TlsFiles): Promise<object> {
  const { readFile } = await node<NodeFiles>("node:fs/promises");
  const text = async (path: string | undefined) =>
    path === undefined ? undefined : await readFile(path);
  return { ca: await text(ca), cert: await text(cert), key: await text(key ?? cert) };
}

async function node<Module>(name: string): Promise<Module> {
  return (await import(/* @vite-ignore */ /* webpackIgnore: true */ name)) as Module;
}
