package tradeforge.client;

import java.io.Serial;
import tradeforge.v1.RunStatus;

/** The run that was waited for is CANCELLED. */
public final class RunCancelled extends TradeForgeException {
  @Serial private static final long serialVersionUID = 1;

  private final RunStatus status;

  RunCancelled(RunStatus status) {
    super(message(status), Details.NONE, null);
    this.status = status;
  }

  /** How the run ended. */
  public RunStatus status() {
    return status;
  }

  private static String message(RunStatus status) {
    String because = status.getCancel().getReason();
    return "run "
        + status.getRunId()
        + " was cancelled"
        + (because.isEmpty() ? "" : ": " + because);
  }
}
