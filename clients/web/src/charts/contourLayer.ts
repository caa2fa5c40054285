// Contours on a canvas of their own above a map: drawn when they change, and not with each cell that
// lands or each move of the mouse.

import type { ColorScale } from "./colorScale";
import { contourOf, levelsOf, type Surface } from "./contours";
import { themeColors } from "./themeColors";

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export class ContourLayer {
  readonly #canvas: HTMLCanvasElement;
  #drawn: readonly unknown[] = [];

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** The theme is another one. */
  forgetTheme(): void {
    this.#drawn = [];
  }

  /** Of the same values there is another scale once they have changed. */
  draw(surface: Surface, scale: ColorScale, place: Place): void {
    const canvas = this.#canvas;
    const { clientWidth: wide, clientHeight: high } = canvas;
    const now = [surface.values, scale, wide, high, place.left];
    if (now.every((it, at) => it === this.#drawn[at])) {
      return;
    }
    this.#drawn = now;
    const density = globalThis.devicePixelRatio || 1;
    canvas.width = Math.round(wide * density);
    canvas.height = Math.round(high * density);
    const context = canvas.getContext("2d");
    if (!context) {
      return;
    }
    const { "--color-text": text, "--color-surface": ground } = themeColors(canvas, [
      "--color-text",
      "--color-surface",
    ]);
    context.setTransform(density, 0, 0, density, 0, 0);
    const levels = levelsOf(scale);
    const lines = levels.map((level) => contourOf(surface, level));
    // Seen on every colour: a light line beneath a dark one, or the other way round.
    for (const [color, width] of [
      [ground, 2.5],
      [text, 1],
    ] as const) {
      context.strokeStyle = color;
      context.lineWidth = width;
      context.beginPath();
      for (const pieces of lines) {
        trace(context, pieces, surface, place);
      }
      context.stroke();
    }
    canvas.dataset["contours"] = levels.join(" ");
    canvas.dataset["pieces"] = lines.map((pieces) => pieces.length / 4).join(" ");
  }
}

function trace(
  context: CanvasRenderingContext2D,
  pieces: readonly number[],
  { width, height }: Surface,
  place: Place,
): void {
  const [wide, high] = [place.width / width, place.height / height];
  const x = (column: number) => place.left + (column + 0.5) * wide;
  const y = (line: number) => place.top + place.height - (line + 0.5) * high;
  for (let at = 0; at < pieces.length; at += 4) {
    context.moveTo(x(pieces[at] ?? 0), y(pieces[at + 1] ?? 0));
    context.lineTo(x(pieces[at + 2] ?? 0), y(pieces[at + 3] ?? 0));
  }
}
