// Which axes a heat map shows, what happens to the others, and in which view.

import { Choice } from "../ui/Choice";
import { Select } from "../ui/Select";
import type { GridAxis } from "./axes";
import styles from "./HeatMap.module.css";
import type { HeatMapView, MapShown } from "./mapAddress";

interface Props {
  readonly axes: readonly GridAxis[];
  readonly shown: MapShown;
  readonly onShow: (shown: MapShown) => void;
}

const VIEWS: readonly { readonly value: HeatMapView; readonly label: string }[] = [
  { value: "both", label: "Both" },
  { value: "raw", label: "Raw" },
  { value: "plateau", label: "Plateaus" },
];

export function HeatMapControls({ axes, shown, onShow }: Props) {
  const names = axes.map((axis, place) => [place, axis.name] as const);
  const setX = (x: number) => onShow({ ...shown, x, y: x === shown.y ? shown.x : shown.y });
  const setY = (y: number) => onShow({ ...shown, y, x: y === shown.x ? shown.y : shown.x });
  return (
    <>
      {axes.length > 1 && (
        <>
          <AxisSelect label="Across" value={shown.x} options={names} onChange={setX} />
          <AxisSelect label="Up" value={shown.y} options={names} onChange={setY} />
        </>
      )}
      {axes.map((axis, place) =>
        place === shown.x || place === shown.y ? null : (
          <AxisSelect
            key={axis.name}
            label={axis.name}
            value={shown.fixed[place] ?? -1}
            options={[[-1, "best"], ...axis.labels.map((label, at) => [at, label] as const)]}
            onChange={(at) =>
              onShow({ ...shown, fixed: shown.fixed.with(place, at < 0 ? undefined : at) })
            }
          />
        ),
      )}
      {axes.length > 1 && (
        <Select
          label="Colours"
          value={shown.wish.isByRank ? "rank" : "value"}
          onChange={(by) => onShow({ ...shown, wish: { ...shown.wish, isByRank: by === "rank" } })}
        >
          <option value="value">by value</option>
          <option value="rank">by rank</option>
        </Select>
      )}
      {[shown.x, shown.y].every((place) => axes[place]?.isOrdered) && axes.length > 1 && (
        <label className={styles.check} data-dead="">
          <input
            type="checkbox"
            checked={shown.hasContours}
            onChange={({ target }) => onShow({ ...shown, hasContours: target.checked })}
          />
          Contours
        </label>
      )}
      {axes.length > 1 && (
        <div className={styles.views}>
          <Choice
            label="View"
            value={shown.view}
            choices={VIEWS}
            onChange={(view) => onShow({ ...shown, view })}
          />
        </div>
      )}
    </>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: number;
  readonly options: readonly (readonly [value: number, label: string])[];
  readonly onChange: (value: number) => void;
}

function AxisSelect({ label, value, options, onChange }: SelectProps) {
  return (
    <Select label={label} value={value} onChange={(next) => onChange(Number(next))}>
      {options.map(([option, text]) => (
        <option key={option} value={option}>
          {text}
        </option>
      ))}
    </Select>
  );
}
