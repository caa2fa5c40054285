// What this browser shows and how: theme and time zone.

import { Icon } from "../ui/icons";
import { prefer, type Theme, usePreferences } from "./preferences";
import styles from "./Settings.module.css";

const THEMES = [
  { theme: "system", icon: "screen", label: "Theme of the system" },
  { theme: "light", icon: "sun", label: "Light theme" },
  { theme: "dark", icon: "moon", label: "Dark theme" },
] as const satisfies readonly { theme: Theme; icon: string; label: string }[];

export function Settings({ onHelp }: { readonly onHelp: () => void }) {
  const { theme, zone } = usePreferences();
  return (
    <div className={styles.settings}>
      <fieldset className={styles.group}>
        <legend className="visually-hidden">Theme</legend>
        {THEMES.map((choice) => (
          <button
            key={choice.theme}
            type="button"
            className={styles.choice}
            aria-pressed={choice.theme === theme}
            aria-label={choice.label}
            title={choice.label}
            onClick={() => prefer({ theme: choice.theme })}
          >
            <Icon name={choice.icon} />
          </button>
        ))}
      </fieldset>
      <div className={styles.group}>
        <button
          type="button"
          className={styles.choice}
          title="Switch between UTC and local time"
          aria-label={`Times are ${zone === "utc" ? "UTC" : "local"}; switch`}
          onClick={() => prefer({ zone: zone === "utc" ? "local" : "utc" })}
        >
          {zone === "utc" ? "UTC" : "Local"}
        </button>
        <button
          type="button"
          className={styles.choice}
          aria-label="Keyboard shortcuts"
          title="Keyboard shortcuts (?)"
          onClick={onHelp}
        >
          <Icon name="keyboard" />
        </button>
      </div>
    </div>
  );
}
