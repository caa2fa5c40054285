// The star of a run, to be set and taken away.

import type { Run } from "../gen/tradeforge/v1/types_pb";
import { Icon } from "../ui/icons";
import { titleOf } from "./describe";
import styles from "./Star.module.css";
import { isStarred, useStar } from "./star";

export function Star({ run }: { readonly run: Run }) {
  const star = useStar();
  return (
    <button
      type="button"
      className={styles.star}
      aria-pressed={isStarred(run)}
      aria-label={`Star ${titleOf(run)}`}
      title={isStarred(run) ? "Take the star away" : "Star"}
      disabled={star.isPending}
      onClick={() => star.mutate(run)}
    >
      <Icon name="star" />
    </button>
  );
}
