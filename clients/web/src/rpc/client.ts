// The API of the server that this page came from.

import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { createApi } from "../api";

export const api = createApi(
  createGrpcWebTransport({ baseUrl: globalThis.location?.origin ?? "" }),
);
