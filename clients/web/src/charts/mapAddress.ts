// What a heat map shows, as the page's address keeps it: the axes by name, the places that the
// others are fixed at by label, and the view. What is as at first is left out.

import type { GridAxis } from "./axes";
import { NO_WISH, type ScaleWish } from "./colorScale";
import type { MapPart } from "./mapPart";

export type HeatMapView = "both" | "raw" | "plateau";

export interface MapShown {
  /** Which axes lie across and up. */
  readonly x: number;
  readonly y: number;
  /** For each axis: a place it is fixed at, or undefined to take the best over it. */
  readonly fixed: readonly (number | undefined)[];
  /** Which part of each axis is looked at. */
  readonly part: MapPart;
  readonly view: HeatMapView;
  /** Whether lines of equal values are drawn. */
  readonly hasContours: boolean;
  /** What the user has set of the colours. */
  readonly wish: ScaleWish;
}

/** The two longest axes, in their order; of one axis, that one. */
function atFirst(axes: readonly GridAxis[]): MapShown {
  const longest = axes
    .map((axis, place) => ({ place, size: axis.labels.length }))
    .sort((a, b) => b.size - a.size)
    .slice(0, 2)
    .map(({ place }) => place)
    .sort((a, b) => a - b);
  const [x = 0, y = x] = longest;
  const none = axes.map(() => undefined);
  return { x, y, fixed: none, part: none, view: "both", hasContours: false, wish: NO_WISH };
}

export function shownOf(search: URLSearchParams, axes: readonly GridAxis[]): MapShown {
  const first = atFirst(axes);
  const place = (key: string) => axes.findIndex(({ name }) => name === search.get(key));
  const [x, y] = [place("across"), place("up")];
  const view = search.get("view");
  return {
    ...(x >= 0 && y >= 0 && (x !== y || axes.length === 1) ? { x, y } : { x: first.x, y: first.y }),
    fixed: axes.map(({ name, labels }) => {
      const at = labels.indexOf(search.get(`at.${name}`) ?? "");
      return at < 0 ? undefined : at;
    }),
    part: axes.map((axis) => placesOf(search.get(`part.${axis.name}`), axis)),
    view: view === "raw" || view === "plateau" ? view : first.view,
    hasContours: search.get("contours") === "1",
    wish: wishOf(search),
  };
}

/** The part of the query string that says the same. */
export function searchOfMap(shown: MapShown, axes: readonly GridAxis[]): [string, string][] {
  const first = atFirst(axes);
  const parts: [string, string][] = [];
  if (shown.x !== first.x || shown.y !== first.y) {
    parts.push(["across", axes[shown.x]?.name ?? ""], ["up", axes[shown.y]?.name ?? ""]);
  }
  shown.fixed.forEach((at, place) => {
    const axis = axes[place];
    if (axis && at !== undefined) {
      parts.push([`at.${axis.name}`, axis.labels[at] ?? ""]);
    }
  });
  shown.part.forEach((places, at) => {
    const axis = axes[at];
    if (axis && places) {
      const labels = places.map((place) => axis.labels[place] ?? "");
      parts.push([`part.${axis.name}`, labels.join(BETWEEN)]);
    }
  });
  if (shown.view !== first.view) {
    parts.push(["view", shown.view]);
  }
  if (shown.hasContours) {
    parts.push(["contours", "1"]);
  }
  return [...parts, ...searchOfWish(shown.wish)];
}

/** Between the labels of a part's ends. */
const BETWEEN = "..";

/** The places from one label to another; labels may hold what stands between them. */
function placesOf(text: string | null, { labels }: GridAxis): MapPart[number] {
  const pieces = text?.split(BETWEEN) ?? [];
  for (let at = 1; at < pieces.length; at += 1) {
    const from = labels.indexOf(pieces.slice(0, at).join(BETWEEN));
    const to = labels.indexOf(pieces.slice(at).join(BETWEEN));
    if (from >= 0 && to >= from) {
      return [from, to];
    }
  }
  return undefined;
}

function wishOf(search: URLSearchParams): ScaleWish {
  const end = (key: string) => {
    const text = search.get(key) ?? "";
    return text !== "" && Number.isFinite(Number(text)) ? Number(text) : undefined;
  };
  const wish = { isByRank: search.get("colors") === "rank", low: end("low"), high: end("high") };
  const isNone = !wish.isByRank && wish.low === undefined && wish.high === undefined;
  return isNone ? NO_WISH : wish;
}

function searchOfWish({ isByRank, low, high }: ScaleWish): [string, string][] {
  const parts: [string, string][] = isByRank ? [["colors", "rank"]] : [];
  for (const [key, end] of [
    ["low", low],
    ["high", high],
  ] as const) {
    if (end !== undefined) {
      parts.push([key, String(end)]);
    }
  }
  return parts;
}
