package tradeforge.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.PreconditionFailure;
import com.google.rpc.RetryInfo;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a server attaches to an error; parts that are not known are passed over. */
record Details(
    Optional<Status.Code> code,
    String reason,
    Map<String, String> metadata,
    List<FieldViolation> fields,
    Optional<Duration> retryAfter) {
  static final Details NONE =
      new Details(Optional.empty(), "", Map.of(), List.of(), Optional.empty());

  /** An error without a call. */
  static Details of(String reason, Map<String, String> metadata) {
    return new Details(Optional.empty(), reason, Map.copyOf(metadata), List.of(), Optional.empty());
  }

  /** The error that a call came to; of a server that did not answer it says which. */
  static TradeForgeException read(StatusRuntimeException error, String server) {
    Status.Code code = error.getStatus().getCode();
    Details details = details(error);
    String description = error.getStatus().getDescription();
    String message =
        details.told(description == null ? "the server answered " + code : description);
    return switch (code) {
      case INVALID_ARGUMENT, OUT_OF_RANGE ->
          new TradeForgeException.Invalid(message, details, error);
      case NOT_FOUND -> new TradeForgeException.NotFound(message, details, error);
      case FAILED_PRECONDITION, ABORTED ->
          new TradeForgeException.Precondition(message, details, error);
      case RESOURCE_EXHAUSTED -> new TradeForgeException.Exhausted(message, details, error);
      case UNAUTHENTICATED, PERMISSION_DENIED ->
          new TradeForgeException.Denied(message, details, error);
      case UNAVAILABLE, DEADLINE_EXCEEDED ->
          new TradeForgeException.Unavailable(away(server, message, error), details, error);
      default -> new TradeForgeException(code + ": " + message, details, error);
    };
  }

  /** The message of a server that is away, with what was at the bottom of it. */
  private static String away(String server, String message, Throwable error) {
    Throwable bottom = error;
    while (bottom.getCause() != null) {
      bottom = bottom.getCause();
    }
    // gRPC adds how it is built itself, in lines of their own.
    String first = message.lines().findFirst().orElse("");
    String because =
        bottom == error || bottom.getMessage() == null || first.contains(bottom.getMessage())
            ? ""
            : ": " + bottom.getMessage();
    return (server.isEmpty() ? "" : "server at " + server + ": ") + first + because;
  }

  /** The message and each faulty field in a line of its own, but nothing twice. */
  private String told(String message) {
    // Of a single fault the message says the same, without a mark that some proxies encode.
    if (fields.size() == 1 && fields.get(0).toString().replace("?", "").equals(message)) {
      return fields.get(0).toString();
    }
    StringBuilder text = new StringBuilder(message);
    for (FieldViolation field : fields) {
      if (!field.toString().equals(message)) {
        text.append("\n  ").append(field);
      }
    }
    return text.toString();
  }

  private static Details details(StatusRuntimeException error) {
    String reason = "";
    Map<String, String> metadata = Map.of();
    List<FieldViolation> fields = new ArrayList<>();
    Optional<Duration> retryAfter = Optional.empty();
    com.google.rpc.Status status = StatusProto.fromThrowable(error);
    for (Any detail : status == null ? List.<Any>of() : status.getDetailsList()) {
      try {
        if (detail.is(BadRequest.class)) {
          for (var each : detail.unpack(BadRequest.class).getFieldViolationsList()) {
            fields.add(new FieldViolation(each.getField(), each.getDescription()));
          }
        } else if (detail.is(PreconditionFailure.class)) {
          for (var each : detail.unpack(PreconditionFailure.class).getViolationsList()) {
            fields.add(new FieldViolation(each.getSubject(), each.getDescription()));
          }
        } else if (detail.is(ErrorInfo.class)) {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          reason = info.getReason();
          metadata = Map.copyOf(info.getMetadataMap());
        } else if (detail.is(RetryInfo.class)) {
          var delay = detail.unpack(RetryInfo.class).getRetryDelay();
          retryAfter = Optional.of(Duration.ofSeconds(delay.getSeconds(), delay.getNanos()));
        }
      } catch (InvalidProtocolBufferException damaged) {
        error.addSuppressed(damaged);
      }
    }
    Optional<Status.Code> code = Optional.of(error.getStatus().getCode());
    return new Details(code, reason, metadata, List.copyOf(fields), retryAfter);
  }
}
