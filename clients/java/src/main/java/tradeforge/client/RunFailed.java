package tradeforge.client;

import java.io.Serial;
import java.util.TreeMap;
import tradeforge.v1.RunStatus;

/** The run that was waited for is FAILED: {@link #reason} and {@link #metadata} say why. */
public final class RunFailed extends TradeForgeException {
  @Serial private static final long serialVersionUID = 1;

  private final RunStatus status;

  RunFailed(RunStatus status) {
    super(message(status), details(status), null);
    this.status = status;
  }

  /** How the run ended. */
  public RunStatus status() {
    return status;
  }

  private static String message(RunStatus status) {
    var error = status.getError();
    String values = new TreeMap<>(error.getMetadataMap()).toString();
    return "run %s failed: %s: %s%s"
        .formatted(
            status.getRunId(),
            error.getReason(),
            error.getMessage(),
            error.getMetadataMap().isEmpty() ? "" : " " + values);
  }

  private static Details details(RunStatus status) {
    return Details.of(status.getError().getReason(), status.getError().getMetadataMap());
  }
}
