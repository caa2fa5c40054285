// Which axes a heat map shows, what happens to the others, and in which view.

import { Choice } from "../ui/Choice";
import { Select } from "../ui/Select";
import type { GridAxis } from "./axes";
import type { AxisChoice } from "./HeatMap";
import styles from "./HeatMap.module.css";
import type { HeatMapView } from "./HeatMapCanvas";

interface Props {
  readonly axes: readonly GridAxis[];
  readonly choice: AxisChoice;
  readonly view: HeatMapView;
  readonly onChoice: (choice: AxisChoice) => void;
  readonly onView: (view: HeatMapView) => void;
}

const VIEWS: readonly { readonly value: HeatMapView; readonly label: string }[] = [
  { value: "both", label: "Both" },
  { value: "raw", label: "Raw" },
  { value: "plateau", label: "Plateaus" },
];

export function HeatMapControls({ axes, choice, view, onChoice, onView }: Props) {
  const names = axes.map((axis, place) => [place, axis.name] as const);
  const setX = (x: number) => onChoice({ ...choice, x, y: x === choice.y ? choice.x : choice.y });
  const setY = (y: number) => onChoice({ ...choice, y, x: y === choice.x ? choice.y : choice.x });
  return (
    <>
      {axes.length > 1 && (
        <>
          <AxisSelect label="Across" value={choice.x} options={names} onChange={setX} />
          <AxisSelect label="Up" value={choice.y} options={names} onChange={setY} />
        </>
      )}
      {axes.map((axis, place) =>
        place === choice.x || place === choice.y ? null : (
          <AxisSelect
            key={axis.name}
            label={axis.name}
            value={choice.fixed[place] ?? -1}
            options={[[-1, "best"], ...axis.labels.map((label, at) => [at, label] as const)]}
            onChange={(at) =>
              onChoice({ ...choice, fixed: choice.fixed.with(place, at < 0 ? undefined : at) })
            }
          />
        ),
      )}
      <div className={styles.views}>
        <Choice label="View" value={view} choices={VIEWS} onChange={onView} />
      </div>
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
