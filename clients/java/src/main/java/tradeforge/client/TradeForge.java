package tradeforge.client;

import io.grpc.Channel;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import tradeforge.v1.AccessServiceGrpc;
import tradeforge.v1.BacktestSpec;
import tradeforge.v1.BundleServiceGrpc;
import tradeforge.v1.GetServerInfoRequest;
import tradeforge.v1.GetServerInfoResponse;
import tradeforge.v1.HookServiceGrpc;
import tradeforge.v1.ImportBarsRequest;
import tradeforge.v1.ListRunsRequest;
import tradeforge.v1.ListSeriesRequest;
import tradeforge.v1.MarketDataServiceGrpc;
import tradeforge.v1.OptimizationSpec;
import tradeforge.v1.ResultServiceGrpc;
import tradeforge.v1.RobustnessSpec;
import tradeforge.v1.RunServiceGrpc;
import tradeforge.v1.Series;
import tradeforge.v1.SeriesSpec;
import tradeforge.v1.StrategyServiceGrpc;
import tradeforge.v1.SubmitRequest;
import tradeforge.v1.SubmitResponse;
import tradeforge.v1.Subscription;
import tradeforge.v1.SyntheticBars;
import tradeforge.v1.SystemServiceGrpc;
import tradeforge.v1.ValidationSpec;
import tradeforge.v1.WalkForwardSpec;

/**
 * A TradeForge server. It may be shared by threads, and is closed when nobody needs it anymore.
 *
 * <pre>{@code
 * try (TradeForge client = TradeForge.connect()) {
 *   RunStatus done = client.submit(spec).await();
 * }
 * }</pre>
 *
 * <p>Its own methods throw {@link TradeForgeException}. What they do not cover is reached by the
 * services, which are those of gRPC; {@link #call} gives their errors the same form.
 */
public final class TradeForge implements AutoCloseable {
  private final Wire wire;

  TradeForge(Wire wire) {
    this.wire = wire;
  }

  /**
   * The server that the variable {@code TRADEFORGE_SERVER} names, else the one of this machine.
   * Nothing is sent until the first call.
   */
  public static TradeForge connect() {
    return builder().connect();
  }

  /** The server at {@code HOST:PORT} or {@code http(s)://HOST:PORT}. */
  public static TradeForge connect(String address) {
    return builder().address(address).connect();
  }

  /** A connection with more to say: a token, certificates, how long a call may take. */
  public static TradeForgeBuilder builder() {
    return new TradeForgeBuilder(System.getenv());
  }

  /** Starts a backtest and returns at once; it goes on whatever becomes of this program. */
  public RunHandle submit(BacktestSpec spec) {
    return submit(SubmitRequest.newBuilder().setBacktest(spec).build());
  }

  /** Starts a search, as {@link #submit(BacktestSpec)} does a backtest. */
  public RunHandle submit(OptimizationSpec spec) {
    return submit(SubmitRequest.newBuilder().setOptimization(spec).build());
  }

  /** Starts a walk-forward, as {@link #submit(BacktestSpec)} does a backtest. */
  public RunHandle submit(WalkForwardSpec spec) {
    return submit(SubmitRequest.newBuilder().setWalkForward(spec).build());
  }

  /** Starts judging how much of a search is luck, as {@link #submit(BacktestSpec)} a backtest. */
  public RunHandle submit(ValidationSpec spec) {
    return submit(SubmitRequest.newBuilder().setValidation(spec).build());
  }

  /** Starts a backtest under stress, as {@link #submit(BacktestSpec)} does a plain one. */
  public RunHandle submit(RobustnessSpec spec) {
    return submit(SubmitRequest.newBuilder().setRobustness(spec).build());
  }

  /**
   * Starts the run that is asked for. A request without an id is given one, so that it may be sent
   * again when the connection breaks, and yet makes one run.
   */
  public RunHandle submit(SubmitRequest request) {
    if (request.getValidateOnly()) {
      throw new IllegalArgumentException("validate_only makes no run: ask check");
    }
    return new RunHandle(wire, send(request));
  }

  /** Checks a request as {@link #submit(SubmitRequest)} does, and starts nothing. */
  public SubmitResponse check(SubmitRequest request) {
    return send(request.toBuilder().setValidateOnly(true).build());
  }

  private SubmitResponse send(SubmitRequest request) {
    SubmitRequest named =
        request.getRequestId().isEmpty()
            ? request.toBuilder().setRequestId(UUID.randomUUID().toString()).build()
            : request;
    return call(() -> runService().submit(named));
  }

  /** The run of that id; whether there is one shows in the first call. */
  public RunHandle run(String runId) {
    return new RunHandle(wire, runId);
  }

  /** All runs, the newest first. */
  public Pages<tradeforge.v1.Run> runs() {
    return runs("", "");
  }

  /**
   * The runs that fit a filter, in an order, as ListRuns has them: {@code "state = COMPLETED AND
   * sharpe > 1"}, {@code "sharpe desc"}. What is empty means all of them, the newest first.
   */
  public Pages<tradeforge.v1.Run> runs(String filter, String orderBy) {
    var request = ListRunsRequest.newBuilder().setFilter(filter).setOrderBy(orderBy).build();
    return pages(
        token -> {
          var page = runService().listRuns(request.toBuilder().setPageToken(token).build());
          return new Page<>(page.getRunsList(), page.getNextPageToken());
        });
  }

  /** The newest version of each series that is stored. */
  public Pages<Series> series() {
    return pages(
        token -> {
          var request = ListSeriesRequest.newBuilder().setPageToken(token).build();
          var page = marketDataService().listSeries(request);
          return new Page<>(page.getSeriesList(), page.getNextPageToken());
        });
  }

  /** Makes bars up: the same ones for the same seed, and nothing if they are there already. */
  public Series generate(String series, long barCount, long seed) {
    Subscription on = Specs.on(series);
    var spec =
        SeriesSpec.newBuilder()
            .setExchange(on.getExchange())
            .setSymbol(on.getSymbol())
            .setTimeframe(on.getTimeframe());
    var bars = SyntheticBars.newBuilder().setBarCount(barCount).setSeed(seed);
    var request = ImportBarsRequest.newBuilder().setSeries(spec).setSynthetic(bars).build();
    return call(() -> marketDataService().importBars(request)).getSeries();
  }

  /** What the server is. */
  public GetServerInfoResponse serverInfo() {
    return call(() -> systemService().getServerInfo(GetServerInfoRequest.getDefaultInstance()));
  }

  /** Submitting, watching and stopping runs. */
  public RunServiceGrpc.RunServiceBlockingStub runService() {
    return RunServiceGrpc.newBlockingStub(wire.calls);
  }

  /** Trials, trades, curves and reports. */
  public ResultServiceGrpc.ResultServiceBlockingStub resultService() {
    return ResultServiceGrpc.newBlockingStub(wire.calls);
  }

  /** Bars, and what is known beside them. */
  public MarketDataServiceGrpc.MarketDataServiceBlockingStub marketDataService() {
    return MarketDataServiceGrpc.newBlockingStub(wire.calls);
  }

  /** Strategies and their parameters. */
  public StrategyServiceGrpc.StrategyServiceBlockingStub strategyService() {
    return StrategyServiceGrpc.newBlockingStub(wire.calls);
  }

  /** The server itself. */
  public SystemServiceGrpc.SystemServiceBlockingStub systemService() {
    return SystemServiceGrpc.newBlockingStub(wire.calls);
  }

  /** Runs as files that prove themselves. */
  public BundleServiceGrpc.BundleServiceBlockingStub bundleService() {
    return BundleServiceGrpc.newBlockingStub(wire.calls);
  }

  /** Webhooks: who is told what happened. */
  public HookServiceGrpc.HookServiceBlockingStub hookService() {
    return HookServiceGrpc.newBlockingStub(wire.calls);
  }

  /** Tokens and owners. */
  public AccessServiceGrpc.AccessServiceBlockingStub accessService() {
    return AccessServiceGrpc.newBlockingStub(wire.calls);
  }

  /**
   * What stubs of any sort can be made for, as in {@code RunServiceGrpc.newFutureStub(channel)}.
   */
  public Channel channel() {
    return wire.calls;
  }

  /** Makes a call of a service, whose error is thrown as a {@link TradeForgeException}. */
  public <T> T call(Supplier<T> call) {
    return wire.call(call);
  }

  private <T> Pages<T> pages(Function<String, Page<T>> fetch) {
    return new Pages<>(token -> call(() -> fetch.apply(token)));
  }

  /** Lets go of the connection; watches end. Runs go on. */
  @Override
  public void close() {
    wire.channel.shutdownNow();
    try {
      wire.channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException interrupt) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public String toString() {
    return "TradeForge(" + wire.address + ")";
  }
}
