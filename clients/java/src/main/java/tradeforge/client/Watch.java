package tradeforge.client;

import io.grpc.Context;
import io.grpc.Status;
import java.util.Iterator;
import java.util.NoSuchElementException;
import tradeforge.v1.RunServiceGrpc;
import tradeforge.v1.RunStatus;
import tradeforge.v1.WatchProgressRequest;
import tradeforge.v1.WatchProgressResponse;

/**
 * The statuses of a run as it changes, read once and by one thread. Each is newer than the one
 * before, and says all there is, so a slow reader skips some and misses nothing; the last is final.
 *
 * <p>A connection that is lost is made again, and {@link TradeForgeException.Unavailable} thrown
 * only once the server has been away for a minute. {@link #close} ends the watch, from any thread,
 * and not the run; one that is read to its end needs none.
 */
public final class Watch implements Iterator<RunStatus>, Iterable<RunStatus>, AutoCloseable {
  private final Wire wire;
  private final String runId;
  private final Patience patience = new Patience(RunHandle.AWAY_MAX);
  private final Context.CancellableContext context = Context.current().withCancellation();

  private Iterator<WatchProgressResponse> events;
  private RunStatus next;
  private long sequence;
  private boolean isOver;

  Watch(Wire wire, String runId, long afterSequence) {
    this.wire = wire;
    this.runId = runId;
    this.sequence = afterSequence;
  }

  /** This very watch, for a loop. */
  @Override
  public Iterator<RunStatus> iterator() {
    return this;
  }

  @Override
  public boolean hasNext() {
    while (next == null && !isOver) {
      try {
        advance();
      } catch (TradeForgeException error) {
        if (context.isCancelled()) {
          isOver = true;
        } else if (isLoss(error)) {
          reconnect(error);
        } else {
          close();
          throw error;
        }
      }
    }
    return next != null;
  }

  /** Reads one event, and keeps its status if it is news. */
  private void advance() {
    boolean isThere =
        wire.call(
            () -> {
              if (events == null) {
                events = open();
              }
              return events.hasNext();
            });
    if (!isThere) {
      events = null;
      throw Details.read(
          Status.UNAVAILABLE.withDescription("the watch ended too early").asRuntimeException(),
          wire.address.toString());
    }
    WatchProgressResponse event = events.next();
    patience.renew();
    if (!event.hasSnapshot()) {
      return;
    }
    RunStatus status = event.getSnapshot();
    if (RunHandle.isFinal(status) || status.getSequence() > sequence) {
      sequence = status.getSequence();
      next = status;
    }
  }

  private Iterator<WatchProgressResponse> open() {
    var request = WatchProgressRequest.newBuilder().setRunId(runId);
    if (sequence > 0) {
      request.setAfterSequence(sequence);
    }
    Context before = context.attach();
    try {
      return RunServiceGrpc.newBlockingStub(wire.calls).watchProgress(request.build());
    } finally {
      context.detach(before);
    }
  }

  /** Whether the server may be there again; what it refuses itself has a reason. */
  private static boolean isLoss(TradeForgeException error) {
    return switch (error.code().orElse(Status.Code.OK)) {
      case UNAVAILABLE -> true;
      case UNKNOWN, INTERNAL -> error.reason().isEmpty();
      default -> false;
    };
  }

  private void reconnect(TradeForgeException error) {
    events = null;
    try {
      patience.pause(error);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
      close();
      error.addSuppressed(interrupt);
      throw error;
    }
    wire.channel.resetConnectBackoff();
  }

  @Override
  public RunStatus next() {
    if (!hasNext()) {
      throw new NoSuchElementException();
    }
    RunStatus status = next;
    next = null;
    if (RunHandle.isFinal(status)) {
      close();
      isOver = true;
    }
    return status;
  }

  /** Ends the watch; the run goes on. */
  @Override
  public void close() {
    context.cancel(null);
  }
}
