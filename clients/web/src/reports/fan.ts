// Where paths are after so many days, as shapes of a drawing: between 5 and 95 of a hundred, between
// 25 and 75, the middle one, and the days as they came. Equal factors are equally tall.

export interface FanShapes {
  readonly wide: string;
  readonly narrow: string;
  readonly middle: string;
  readonly observed: string;
  /** Where the start is. */
  readonly one: number;
  readonly least: number;
  readonly greatest: number;
  readonly days: number;
  readonly last: {
    readonly low: number;
    readonly middle: number;
    readonly high: number;
    readonly observed: number;
  };
}

/** What is lost has no logarithm: it is drawn at this part of the start. */
const FLOOR = 0.01;

/** Undefined where there are no paths. */
export function fanOf(
  lists: ReadonlyMap<string, readonly number[]>,
  width: number,
  height: number,
): FanShapes | undefined {
  const list = (name: string) => lists.get(`fan.${name}`) ?? [];
  const days = list("day");
  const [low, narrowLow, middle, narrowHigh, high, observed] = [
    list("p05"),
    list("p25"),
    list("p50"),
    list("p75"),
    list("p95"),
    list("observed"),
  ];
  const end = days.at(-1);
  if (end === undefined || !low || !narrowLow || !middle || !narrowHigh || !high || !observed) {
    return undefined;
  }
  const all = [1, ...low, ...high, ...observed].map((worth) => Math.max(worth, FLOOR));
  const [least, greatest] = [Math.min(...all), Math.max(...all)];
  const span = Math.log(greatest / least) || 1;
  const y = (worth: number) => height * (1 - Math.log(Math.max(worth, FLOOR) / least) / span);
  const point = (worth: number, place: number) =>
    `${(((days[place] ?? 0) / end) * width).toFixed(1)},${y(worth).toFixed(1)}`;
  const start = `0,${y(1).toFixed(1)}`;
  const line = (values: readonly number[]) => `M${[start, ...values.map(point)].join("L")}`;
  const band = (below: readonly number[], above: readonly number[]) =>
    `${line(above)}L${below.map(point).reverse().join("L")}L${start}Z`;
  const last = (values: readonly number[]) => values.at(-1) ?? 1;
  return {
    wide: band(low, high),
    narrow: band(narrowLow, narrowHigh),
    middle: line(middle),
    observed: line(observed),
    one: y(1),
    least,
    greatest,
    days: end,
    last: { low: last(low), middle: last(middle), high: last(high), observed: last(observed) },
  };
}
