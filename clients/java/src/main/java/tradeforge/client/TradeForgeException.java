package tradeforge.client;

import io.grpc.Status;
import java.io.Serial;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Any error of the server or of a run. What is worth telling apart has a class of its own:
 *
 * <ul>
 *   <li>{@link Invalid}: a request that cannot be right; {@link #fields} says where
 *   <li>{@link NotFound}: no run, trial or series of that name
 *   <li>{@link Precondition}: right in itself, but not as things stand
 *   <li>{@link Exhausted}: a limit of the server is reached; {@link #retryAfter} may say until when
 *   <li>{@link Denied}: the server asks for a token, or this one may not do that
 *   <li>{@link Unavailable}: the server cannot be reached or does not answer
 *   <li>{@link RunFailed}, {@link RunCancelled}, {@link WaitTimeout}: what became of a run that was
 *       waited for
 * </ul>
 */
public class TradeForgeException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1;

  private final transient Details details;

  TradeForgeException(String message, Details details, Throwable cause) {
    super(message, cause);
    this.details = details;
  }

  /**
   * Reads an error of gRPC, with all that the server attached to it; for calls by {@link
   * TradeForge#channel}.
   */
  public static TradeForgeException of(io.grpc.StatusRuntimeException error) {
    return Details.read(error, "");
  }

  /** A stable name of what went wrong, as in {@code RUN_NOT_FOUND}; empty if none was given. */
  public String reason() {
    return details().reason();
  }

  /** The values that belong to the reason. */
  public Map<String, String> metadata() {
    return details().metadata();
  }

  /** All faulty fields of a refused request, or all that it misses; often none. */
  public List<FieldViolation> fields() {
    return details().fields();
  }

  /** After how long the server asks to try again. */
  public Optional<Duration> retryAfter() {
    return details().retryAfter();
  }

  /** The status code of the call that failed; nothing if it was none. */
  public Optional<Status.Code> code() {
    return details().code();
  }

  private Details details() {
    return details == null ? Details.NONE : details; // as after it was serialized
  }

  /** The request cannot be right: its message and {@link #fields} say all that is wrong with it. */
  public static final class Invalid extends TradeForgeException {
    @Serial private static final long serialVersionUID = 1;

    Invalid(String message, Details details, Throwable cause) {
      super(message, details, cause);
    }
  }

  /** There is no run, trial or series of that name. */
  public static final class NotFound extends TradeForgeException {
    @Serial private static final long serialVersionUID = 1;

    NotFound(String message, Details details, Throwable cause) {
      super(message, details, cause);
    }
  }

  /** The request is right in itself, but not as things stand: {@link #reason} is in the way. */
  public static final class Precondition extends TradeForgeException {
    @Serial private static final long serialVersionUID = 1;

    Precondition(String message, Details details, Throwable cause) {
      super(message, details, cause);
    }
  }

  /** A limit of the server is reached, such as its queue. */
  public static final class Exhausted extends TradeForgeException {
    @Serial private static final long serialVersionUID = 1;

    Exhausted(String message, Details details, Throwable cause) {
      super(message, details, cause);
    }
  }

  /** The server does not know the caller, or the caller may not do that. */
  public static final class Denied extends TradeForgeException {
    @Serial private static final long serialVersionUID = 1;

    Denied(String message, Details details, Throwable cause) {
      super(message, details, cause);
    }
  }

  /** The server cannot be reached, is shutting down, or did not answer in time. */
  public static final class Unavailable extends TradeForgeException {
    @Serial private static final long serialVersionUID = 1;

    Unavailable(String message, Details details, Throwable cause) {
      super(message, details, cause);
    }
  }
}
