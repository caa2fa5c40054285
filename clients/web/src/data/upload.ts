// A file of bars to the server by plain HTTP, since a page can not stream up by gRPC. `fetch` tells
// no progress of what it sends, so this is an XMLHttpRequest.

import { fromJson, type JsonValue } from "@bufbuild/protobuf";
import type { FieldViolation } from "../errors";
import {
  type UploadBarsResponse,
  UploadBarsResponseSchema,
} from "../gen/tradeforge/v1/market_data_service_pb";

export interface UploadQuery {
  /** What the bars are and how the file is laid out, by the names of the query; empty says nothing. */
  readonly fields: Readonly<Record<string, string>>;
  /** Our names of columns to the file's, as in "close=Last, volume=none". */
  readonly columns: string;
  readonly replace: boolean;
}

/** Whether a file is stored, or only looked at. */
export type Aim = "store" | "check";

/** What the server has against the file. */
export class UploadRefused extends Error {
  constructor(
    message: string,
    readonly reason: string,
    readonly fields: readonly FieldViolation[],
  ) {
    super(message);
  }

  /** The same, said of one file of several. */
  of(fileName: string): UploadRefused {
    return new UploadRefused(`${fileName}: ${this.message}`, this.reason, this.fields);
  }
}

export function uploadAddress(query: UploadQuery, fileName: string, aim: Aim): string {
  const search = new URLSearchParams({ source_name: fileName });
  for (const [name, value] of Object.entries(query.fields)) {
    if (value.trim() !== "") {
      search.set(name, value.trim());
    }
  }
  for (const pair of query.columns.split(",").filter((text) => text.trim() !== "")) {
    const [name = "", ...heading] = pair.split("=");
    search.set(`columns.${name.trim()}`, heading.join("=").trim());
  }
  if (query.replace) {
    search.set("replace", "true");
  }
  if (aim === "check") {
    search.set("validate_only", "true");
  }
  return `/import?${search}`;
}

/** Sends the file; `onProgress` is told the share that is sent. Rejects with what is refused. */
export function uploadBars(
  query: UploadQuery,
  aim: Aim,
  file: File,
  onProgress: (fraction: number) => void,
  signal: AbortSignal,
): Promise<UploadBarsResponse> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", uploadAddress(query, file.name, aim));
    request.upload.onprogress = ({ loaded, total }) => onProgress(total > 0 ? loaded / total : 0);
    request.onerror = () => reject(new UploadRefused("The server does not answer.", "", []));
    request.onabort = () => reject(new UploadRefused("The upload was stopped.", "", []));
    request.onload = () => {
      try {
        resolve(readAnswer(request.status, request.responseText));
      } catch (error) {
        reject(error);
      }
    };
    signal.addEventListener("abort", () => request.abort());
    request.send(file);
  });
}

/** The answer to an import, or the refusal as an exception. */
export function readAnswer(status: number, text: string): UploadBarsResponse {
  let answer: JsonValue;
  try {
    answer = JSON.parse(text) as JsonValue;
  } catch {
    throw new UploadRefused(`The server answered ${status}.`, "", []);
  }
  if (status >= 200 && status < 300) {
    // A page that was opened before its server was renewed does not know all of the answer.
    return fromJson(UploadBarsResponseSchema, answer, { ignoreUnknownFields: true });
  }
  const { error } = answer as {
    error?: { message?: string; reason?: string; fields?: FieldViolation[] };
  };
  const message = error?.message ?? `The server answered ${status}.`;
  throw new UploadRefused(message, error?.reason ?? "", error?.fields ?? []);
}
