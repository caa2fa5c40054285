import { create } from "@bufbuild/protobuf";
import { expect, test } from "vitest";
import { RunStatusSchema, WaitReason } from "../gen/tradeforge/v1/types_pb";
import { progressText } from "./progressText";
import { waitText } from "./waitText";

const status = (reason?: WaitReason) =>
  create(RunStatusSchema, { progress: {}, ...(reason ? { waiting: { reason } } : {}) });

test("a run that stands still says why, and one in line says its place only", () => {
  expect(waitText(status(WaitReason.STORAGE_FULL))).toBe("waits for room on the server's disk");
  expect(waitText(status(WaitReason.STORAGE_ERROR))).toBe("waits for the server's database");
  expect(waitText(status(WaitReason.QUEUE))).toBeUndefined();
  expect(waitText(status())).toBeUndefined();
  expect(progressText(status(WaitReason.STORAGE_FULL))).toContain("disk");
});
