import { Button } from "./Button";
import { Icon } from "./icons";
import styles from "./Notices.module.css";
import { dismissNotice, useNotices } from "./notices";

export function Notices() {
  const notices = useNotices();
  return (
    <div className={styles.notices} role="status">
      {notices.map(({ id, look, text }) => (
        <div key={id} className={`${styles.notice} ${styles[look]}`}>
          <span>{text}</span>
          <Button look="quiet" small aria-label="Dismiss" onClick={() => dismissNotice(id)}>
            <Icon name="close" />
          </Button>
        </div>
      ))}
    </div>
  );
}
