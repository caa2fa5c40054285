import type { ComponentProps, ReactNode } from "react";
import { Link } from "wouter";
import styles from "./Button.module.css";

export type ButtonLook = "plain" | "primary" | "danger" | "quiet";

interface Look {
  readonly look?: ButtonLook;
  readonly small?: boolean;
}

function classOf({ look = "plain", small }: Look): string {
  return [styles.button, styles[look], small && styles.small].filter(Boolean).join(" ");
}

export function Button({ look, small, ...rest }: Look & ComponentProps<"button">) {
  return <button type="button" className={classOf({ look, small } as Look)} {...rest} />;
}

interface LinkProps {
  readonly href: string;
  readonly children: ReactNode;
  readonly title?: string;
  readonly "aria-label"?: string;
}

/** A file that the browser takes to disk, behind what looks like a button. */
export function DownloadButton({ look, small, ...rest }: Look & LinkProps) {
  return <a className={classOf({ look, small } as Look)} download {...rest} />;
}

/** A link that looks like a button. */
export function LinkButton({ look, small, ...rest }: Look & LinkProps) {
  return <Link className={classOf({ look, small } as Look)} {...rest} />;
}
