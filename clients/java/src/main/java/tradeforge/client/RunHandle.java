package tradeforge.client;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tradeforge.v1.CancelRequest;
import tradeforge.v1.DeleteRunRequest;
import tradeforge.v1.GetRunRequest;
import tradeforge.v1.GetStatusRequest;
import tradeforge.v1.ListTradesRequest;
import tradeforge.v1.ListTrialsRequest;
import tradeforge.v1.PauseRequest;
import tradeforge.v1.ResultServiceGrpc;
import tradeforge.v1.ResumeRequest;
import tradeforge.v1.RunServiceGrpc;
import tradeforge.v1.RunState;
import tradeforge.v1.RunStatus;
import tradeforge.v1.SubmitResponse;
import tradeforge.v1.Trade;
import tradeforge.v1.TrialSummary;

/**
 * A handle on one run. Letting go of it, or interrupting a wait, does not stop the run; {@link
 * #cancel} does. Every method may throw {@link TradeForgeException.NotFound} if the server does not
 * know the run, and {@link TradeForgeException.Unavailable} if it cannot be reached.
 */
public final class RunHandle {
  /** So long a wait or a watch outlives a server that is away. */
  static final Duration AWAY_MAX = Duration.ofSeconds(60);

  // A wait is asked for in pieces: long enough to be few, short enough for any proxy.
  private static final Duration PIECE = Duration.ofSeconds(30);
  private static final Duration GRACE = Duration.ofSeconds(15);

  private final Wire wire;
  private final String id;
  private final SubmitResponse answer;

  RunHandle(Wire wire, String id) {
    this.wire = wire;
    this.id = id;
    this.answer = null;
  }

  RunHandle(Wire wire, SubmitResponse answer) {
    this.wire = wire;
    this.id = answer.getRunId();
    this.answer = answer;
  }

  /** Its id, by which {@link TradeForge#run} finds it again. */
  public String id() {
    return id;
  }

  /** How the submission was answered, its warnings included; only of a run that this one made. */
  public Optional<SubmitResponse> answer() {
    return Optional.ofNullable(answer);
  }

  /** How it stands now. */
  public RunStatus status() {
    return poll(Duration.ZERO);
  }

  /** The run as it is stored: what was asked for, with nothing left open. */
  public tradeforge.v1.Run info() {
    var request = GetRunRequest.newBuilder().setRunId(id).build();
    return wire.call(() -> runs().getRun(request)).getRun();
  }

  /**
   * Waits until the run has completed and returns its status with the result, over restarts of the
   * server that take less than a minute.
   *
   * @throws RunFailed if it failed
   * @throws RunCancelled if it was cancelled
   * @throws InterruptedException if the thread was interrupted; the run goes on
   */
  public RunStatus await() throws InterruptedException {
    return awaitUntil(null);
  }

  /**
   * As {@link #await()}, but not for ever.
   *
   * @throws WaitTimeout if the run is not final in time; it goes on
   */
  public RunStatus await(Duration timeout) throws InterruptedException {
    return awaitUntil(timeout);
  }

  private RunStatus awaitUntil(Duration timeout) throws InterruptedException {
    long start = System.nanoTime();
    Patience patience = new Patience(AWAY_MAX);
    for (; ; ) {
      Duration left = timeout == null ? PIECE : timeout.minusNanos(System.nanoTime() - start);
      Duration piece = left.compareTo(PIECE) > 0 ? PIECE : left.isNegative() ? Duration.ZERO : left;
      try {
        RunStatus status = poll(piece);
        patience.renew();
        if (isFinal(status)) {
          return completed(status);
        }
        if (timeout != null && System.nanoTime() - start >= timeout.toNanos()) {
          throw new WaitTimeout(status, timeout);
        }
      } catch (TradeForgeException.Unavailable error) {
        if (timeout != null && System.nanoTime() - start >= timeout.toNanos()) {
          throw error;
        }
        reconnect(patience, error);
      } catch (TradeForgeException error) {
        if (Thread.interrupted()) {
          throw new InterruptedException("the wait for run " + id + " was interrupted; it goes on");
        }
        throw error;
      }
    }
  }

  /** Pauses, and sees that the next try is made at once and not when gRPC would make it. */
  private void reconnect(Patience patience, TradeForgeException error) throws InterruptedException {
    patience.pause(error);
    wire.channel.resetConnectBackoff();
  }

  private static RunStatus completed(RunStatus status) {
    return switch (status.getState()) {
      case RUN_STATE_FAILED -> throw new RunFailed(status);
      case RUN_STATE_CANCELLED -> throw new RunCancelled(status);
      default -> status;
    };
  }

  /** Whether the status is one that a run never leaves. */
  public static boolean isFinal(RunStatus status) {
    RunState state = status.getState();
    return state == RunState.RUN_STATE_COMPLETED
        || state == RunState.RUN_STATE_FAILED
        || state == RunState.RUN_STATE_CANCELLED;
  }

  private RunStatus poll(Duration wait) {
    var request = GetStatusRequest.newBuilder().setRunId(id);
    if (wait.isZero()) {
      return wire.call(() -> runs().getStatus(request.build())).getStatus();
    }
    request.setWait(Specs.span(wait));
    long limit = wait.plus(GRACE).toMillis();
    return wire.call(
            () -> runs().withDeadlineAfter(limit, TimeUnit.MILLISECONDS).getStatus(request.build()))
        .getStatus();
  }

  /**
   * The statuses of the run from now on, each newer than the one before; the last is final. If the
   * connection is lost the watch goes on where it was.
   */
  public Watch watch() {
    return new Watch(wire, id, 0);
  }

  /** As {@link #watch()}, from what is newer than a status that was seen already. */
  public Watch watch(long afterSequence) {
    return new Watch(wire, id, afterSequence);
  }

  /** All trials of a search, by their index. */
  public Pages<TrialSummary> trials() {
    return trials("", "");
  }

  /**
   * The trials that fit a filter, in an order, as ListTrials has them: {@code "sharpe > 1 AND fast
   * < 20"}, {@code "sharpe desc"}. What is empty means all of them, by their index.
   */
  public Pages<TrialSummary> trials(String filter, String orderBy) {
    var request =
        ListTrialsRequest.newBuilder().setRunId(id).setFilter(filter).setOrderBy(orderBy).build();
    return new Pages<>(
        token -> {
          var asked = request.toBuilder().setPageToken(token).build();
          var page = wire.call(() -> results().listTrials(asked));
          return new Page<>(page.getTrialsList(), page.getNextPageToken());
        });
  }

  /** The trades of a backtest in the order of closing, an open one last. */
  public Pages<Trade> trades() {
    return trades(ListTradesRequest.newBuilder().setRunId(id).build());
  }

  /** The trades of one trial of a search. */
  public Pages<Trade> trades(long trialIndex) {
    return trades(ListTradesRequest.newBuilder().setRunId(id).setTrialIndex(trialIndex).build());
  }

  private Pages<Trade> trades(ListTradesRequest request) {
    return new Pages<>(
        token -> {
          var asked = request.toBuilder().setPageToken(token).build();
          var page = wire.call(() -> results().listTrades(asked));
          return new Page<>(page.getTradesList(), page.getNextPageToken());
        });
  }

  /**
   * Stops the run, for all who joined it, and returns how it stands then: CANCELLED as a rule, or
   * RUNNING if its work did not come to rest within some seconds. The reason may be empty.
   */
  public RunStatus cancel(String reason) {
    var request = CancelRequest.newBuilder().setRunId(id).setReason(reason).build();
    return wire.call(() -> runs().cancel(request)).getStatus();
  }

  /** Halts the run and returns how it stands then: PAUSED as a rule. The reason may be empty. */
  public RunStatus pause(String reason) {
    var request = PauseRequest.newBuilder().setRunId(id).setReason(reason).build();
    return wire.call(() -> runs().pause(request)).getStatus();
  }

  /** Lets the paused run go on. */
  public RunStatus resume() {
    var request = ResumeRequest.newBuilder().setRunId(id).build();
    return wire.call(() -> runs().resume(request)).getStatus();
  }

  /** Removes the final run with all its results. */
  public void delete() {
    var request = DeleteRunRequest.newBuilder().setRunId(id).build();
    wire.call(() -> runs().deleteRun(request));
  }

  private RunServiceGrpc.RunServiceBlockingStub runs() {
    return RunServiceGrpc.newBlockingStub(wire.calls);
  }

  private ResultServiceGrpc.ResultServiceBlockingStub results() {
    return ResultServiceGrpc.newBlockingStub(wire.calls);
  }

  @Override
  public String toString() {
    return "RunHandle(" + id + ")";
  }
}
