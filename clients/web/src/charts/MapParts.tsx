// The part of a map that is marked or shown, in words, and what can be done with it.

import type { ReactNode } from "react";
import { Button } from "../ui/Button";
import type { GridAxis } from "./axes";
import styles from "./HeatMap.module.css";
import { type MapPart, partText } from "./mapPart";

interface Props {
  readonly axes: readonly GridAxis[];
  /** What is shown, if it is not all. */
  readonly shown: MapPart | undefined;
  /** What is marked on it. */
  readonly marked: MapPart | undefined;
  readonly onShow: (part: MapPart) => void;
  readonly renderPart: (part: MapPart) => ReactNode;
}

export function MapParts({ axes, shown, marked, onShow, renderPart }: Props) {
  const told = marked ?? shown;
  return (
    <div
      className={styles.part}
      role="status"
      data-part={marked ? "marked" : shown ? "shown" : "none"}
    >
      {told && (
        <>
          <span>
            {marked ? "Marked" : "Shown"}: {partText(told, axes)}
          </span>
          {marked && (
            <Button small onClick={() => onShow(marked)}>
              Zoom in
            </Button>
          )}
          {renderPart(told)}
        </>
      )}
      {shown && (
        <Button small onClick={() => onShow(axes.map(() => undefined))}>
          Show all
        </Button>
      )}
    </div>
  );
}
