import { expect, test } from "vitest";
import { AS_USUAL, faultOf, validationOf } from "./judging";

test("nothing said asks for what a validation does anyway", () => {
  const spec = validationOf("a", AS_USUAL);
  expect([spec.runId, spec.permutationCount, spec.combinatorial]).toEqual(["a", 0, undefined]);
});

test("an embargo of no days is another than none said", () => {
  const of = (embargoDays: string) =>
    validationOf("a", { ...AS_USUAL, hasPaths: true, embargoDays }).combinatorial;
  expect(of("")?.embargoDays).toBeUndefined();
  expect(of("0")?.embargoDays).toBe(0);
  expect(of("5")).toMatchObject({ groups: 10, testGroups: 2, purgeDays: 0, embargoDays: 5 });
});

test("what cannot be asked for is told beside its field", () => {
  const fault = (change: Partial<typeof AS_USUAL>) => {
    const [name] = Object.keys(change) as (keyof typeof AS_USUAL)[];
    return name && faultOf(name, { ...AS_USUAL, ...change });
  };
  expect(fault({ groups: "2" })).toBe('must be a whole number from 3 to 20, not "2"');
  expect(fault({ orders: "1.5" })).toContain("whole number from 0 to 1000");
  expect(fault({ purgeDays: "" })).toContain('not ""');
  expect(fault({ testGroups: "10" })).toBe("must be fewer than the 10 groups");
  expect(fault({ embargoDays: " " })).toBeUndefined();
  expect(fault({ testGroups: "9" })).toBeUndefined();
});
