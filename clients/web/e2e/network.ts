// A network that can be cut: what a browser calls offline leaves its open streams alone.

import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

export interface Network {
  /** Where the server is found through it. */
  readonly baseUrl: string;
  /** Ends every connection, and takes no new one. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

export async function openNetwork(serverUrl: string): Promise<Network> {
  const target = Number(new URL(serverUrl).port);
  const sockets = new Set<Socket>();
  const listen = async (port: number): Promise<Server> => {
    const listener = createServer((near) => {
      const far = connect(target, "127.0.0.1");
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        // An end is told by the close that follows it.
        socket.on("error", () => socket.destroy());
      }
      near.pipe(far).pipe(near);
    });
    listener.listen(port, "127.0.0.1");
    await once(listener, "listening");
    return listener;
  };
  let listener = await listen(0);
  const address = listener.address();
  if (address === null || typeof address === "string") {
    throw new Error("a listener on TCP has a port");
  }
  return {
    baseUrl: `http://127.0.0.1:${address.port}`,
    cut: async () => {
      const closed = once(listener, "close");
      listener.close();
      for (const socket of sockets) {
        socket.destroy();
      }
      await closed;
    },
    mend: async () => {
      listener = await listen(address.port);
    },
  };
}
