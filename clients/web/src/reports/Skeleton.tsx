import styles from "./Skeleton.module.css";

/** Holds the place of what is on its way, so that nothing jumps. */
export function Skeleton({ height, label }: { readonly height: number; readonly label: string }) {
  return (
    <div className={styles.skeleton} style={{ height }} role="status">
      <span className="visually-hidden">{label}</span>
    </div>
  );
}
