// The API of the server that this page came from.

import { createGrpcWebTransport } from "@connectrpc/connect-web";
import { createApi } from "../api";

export const transport = createGrpcWebTransport({
  baseUrl: globalThis.location?.origin ?? "",
});

export const api = createApi(transport);
