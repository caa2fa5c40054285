package tradeforge.client;

import java.io.Serial;
import java.time.Duration;
import tradeforge.v1.RunStatus;

/** The run was not final in time. It goes on. */
public final class WaitTimeout extends TradeForgeException {
  @Serial private static final long serialVersionUID = 1;

  private final RunStatus status;

  WaitTimeout(RunStatus status, Duration timeout) {
    super(message(status, timeout), Details.NONE, null);
    this.status = status;
  }

  /** How it stood. */
  public RunStatus status() {
    return status;
  }

  private static String message(RunStatus status, Duration timeout) {
    String state = status.getState().name().replace("RUN_STATE_", "");
    return "run %s is %s after %s s"
        .formatted(status.getRunId(), state, timeout.toMillis() / 1000.0);
  }
}
