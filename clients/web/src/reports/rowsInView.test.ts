import { describe, expect, it } from "vitest";
import { rowsInView, scrolledTo } from "./rowsInView";

const ROWS = { total: 1_000, height: 30, around: 8 };

describe("rows in view", () => {
  it("are those that the room shows, also in part, and some around them", () => {
    expect(rowsInView(0, 460, ROWS)).toEqual({ first: 0, end: 24 });
    expect(rowsInView(3_015, 460, ROWS)).toEqual({ first: 92, end: 124 });
  });

  it("end with the table, and are none of an empty one", () => {
    expect(rowsInView(29_540, 460, ROWS)).toEqual({ first: 976, end: 1_000 });
    expect(rowsInView(0, 460, { ...ROWS, total: 3 })).toEqual({ first: 0, end: 3 });
    expect(rowsInView(0, 460, { ...ROWS, total: 0 })).toEqual({ first: 0, end: 0 });
    expect(rowsInView(29_540, 460, { ...ROWS, total: 10 })).toEqual({ first: 10, end: 10 });
  });

  it("are all of them where all are wanted", () => {
    expect(rowsInView(300, 460, { ...ROWS, around: 5_000 })).toEqual({ first: 0, end: 1_000 });
  });
});

describe("a row brought into view", () => {
  it("moves nothing while it is whole", () => {
    expect(scrolledTo(5, 0, 300, 30)).toBe(0);
    expect(scrolledTo(9, 0, 300, 30)).toBe(0);
  });

  it("moves by as little as makes it whole", () => {
    expect(scrolledTo(10, 0, 300, 30)).toBe(30);
    expect(scrolledTo(4, 135, 300, 30)).toBe(120);
    expect(scrolledTo(0, 135, 300, 30)).toBe(0);
  });
});
