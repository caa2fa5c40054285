package tradeforge.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static tradeforge.client.Specs.on;
import static tradeforge.client.Specs.params;
import static tradeforge.client.Specs.range;
import static tradeforge.client.Specs.strategy;

import io.grpc.Status;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tradeforge.v1.BacktestSpec;
import tradeforge.v1.OptimizationSpec;
import tradeforge.v1.RunState;
import tradeforge.v1.RunStatus;
import tradeforge.v1.Simulation;
import tradeforge.v1.SubmitRequest;
import tradeforge.v1.TrialSummary;

class ClientTest {
  static final String SERIES = "SYN:DEMO@1h";

  @TempDir static Path folder;
  private static Server server;
  private static TradeForge client;

  @BeforeAll
  static void start() throws Exception {
    server = new Server(folder);
    client = TradeForge.connect(server.address());
    assertEquals(2_000, client.generate(SERIES, 2_000, 42).getBarCount());
  }

  @AfterAll
  static void stop() throws Exception {
    client.close();
    server.close();
  }

  static BacktestSpec backtest(String name, Map<String, ?> params) {
    return BacktestSpec.newBuilder()
        .setStrategy(strategy(name))
        .putAllParams(params(params))
        .addSubscriptions(on(SERIES))
        .setSimulation(Simulation.newBuilder().setInitialCash("10000"))
        .build();
  }

  static void assumeGate(TradeForge client) {
    var names =
        client
            .strategyService()
            .listStrategies(tradeforge.v1.ListStrategiesRequest.getDefaultInstance());
    assumeTrue(
        names.getStrategiesList().stream().anyMatch(it -> it.getName().equals("gate")),
        "the server was built without the feature test-strategies");
  }

  @Test
  void aBacktestIsWaitedForAndHasItsResultAndItsTrades() throws Exception {
    RunHandle run = client.submit(backtest("sma_cross", Map.of("fast", 2, "slow", 5)));
    RunStatus done = run.await();
    assertEquals(RunState.RUN_STATE_COMPLETED, done.getState());
    double closed = done.getBacktest().getMetricsOrThrow("trade_count");
    long open = run.trades().stream().filter(trade -> !trade.hasExitTime()).count();
    assertTrue(closed > 100, "more than a page: " + closed);
    assertEquals((long) closed, run.trades().stream().count() - open);
    assertEquals(run.id(), client.run(run.id()).info().getRunId());
    assertFalse(run.answer().orElseThrow().getRunKey().isEmpty());
  }

  @Test
  void oneRequestMakesOneRunHoweverOftenItIsSent() {
    var request =
        SubmitRequest.newBuilder()
            .setBacktest(backtest("buy_and_hold", Map.of()))
            .setReusePolicy(tradeforge.v1.ReusePolicy.REUSE_POLICY_ALWAYS_NEW);
    assertFalse(client.submit(request.build()).id().equals(client.submit(request.build()).id()));
    var named = request.setRequestId(UUID.randomUUID().toString()).build();
    assertEquals(client.submit(named).id(), client.submit(named).id());
  }

  @Test
  void whatIsCheckedIsNotRun() {
    var request =
        SubmitRequest.newBuilder().setBacktest(backtest("sma_cross", Map.of("fast", 7))).build();
    long before = client.runs().stream().count();
    assertEquals(2_000, client.check(request).getTotal());
    assertEquals(before, client.runs().stream().count());
    var asked = request.toBuilder().setValidateOnly(true).build();
    assertThrows(IllegalArgumentException.class, () -> client.submit(asked));
  }

  @Test
  void trialsAndRunsComePageByPageInOrder() throws Exception {
    var search =
        OptimizationSpec.newBuilder()
            .setBase(backtest("sma_cross", Map.of()))
            .addAxes(range("fast", 2, 31, 1))
            .addAxes(range("slow", 40, 49, 1));
    RunHandle run = client.submit(search.build());
    assertEquals(300, run.await().getOptimization().getCompleted());
    List<Long> indices = run.trials().stream().map(TrialSummary::getTrialIndex).toList();
    assertEquals(300, indices.size(), "three pages of 100");
    assertEquals(new ArrayList<>(indices.stream().sorted().distinct().toList()), indices);
    var few = run.trials("fast < 4", "slow desc").toList();
    assertEquals(20, few.size());
    assertEquals(49, few.get(0).getParamsOrThrow("slow").getIntValue());
    assertTrue(run.trades(few.get(0).getTrialIndex()).iterator().hasNext());
    String filter = "strategy = \"sma_cross\" AND kind = OPTIMIZATION";
    assertEquals(
        List.of(run.id()), client.runs(filter, "").stream().map(it -> it.getRunId()).toList());
    var none = run.trials("fast > 1000", "").iterator();
    assertFalse(none.hasNext());
    assertThrows(NoSuchElementException.class, none::next);
  }

  @Test
  void aRefusalNamesEveryFaultyFieldWithTheNearestSpelling() {
    var spec = backtest("sma_cross", Map.of("fats", 5)).toBuilder();
    spec.getSimulationBuilder().setInitialCash("ten thousand");
    var refusal =
        assertThrows(TradeForgeException.Invalid.class, () -> client.submit(spec.build()));
    assertEquals("INVALID_SPEC", refusal.reason());
    assertEquals(Status.Code.INVALID_ARGUMENT, refusal.code().orElseThrow());
    List<String> fields = refusal.fields().stream().map(FieldViolation::field).toList();
    assertTrue(fields.contains("backtest.simulation.initial_cash"), fields.toString());
    assertTrue(fields.contains("backtest.params.fats"), fields.toString());
    for (String told : List.of("ten thousand", "fats", "did you mean \"fast\"?")) {
      assertTrue(refusal.getMessage().contains(told), refusal.getMessage());
    }
  }

  @Test
  void whatIsMissingIsNamed() {
    var spec = backtest("buy_and_hold", Map.of()).toBuilder().setSubscriptions(0, on("A:B@1h"));
    var refusal =
        assertThrows(TradeForgeException.Precondition.class, () -> client.submit(spec.build()));
    assertEquals("DATA_MISSING", refusal.reason());
    assertEquals(1, refusal.fields().size(), refusal.getMessage());
    assertTrue(refusal.getMessage().contains("A:B"), refusal.getMessage());
  }

  @Test
  void whatIsNotThereIsNotFoundAndSaysSo() {
    RunHandle unknown = client.run("01938f00-0000-7000-8000-000000000000");
    for (var call :
        List.<org.junit.jupiter.api.function.Executable>of(
            unknown::status, unknown::await, () -> unknown.watch().hasNext())) {
      var refusal = assertThrows(TradeForgeException.NotFound.class, call);
      assertEquals("RUN_NOT_FOUND", refusal.reason());
      assertTrue(refusal.getMessage().contains(unknown.id()), refusal.getMessage());
    }
    assertInstanceOf(
        TradeForgeException.Invalid.class,
        assertThrows(TradeForgeException.class, client.run("none")::status));
  }

  @Test
  void runsThatDoNotCompleteAreErrorsOfTheirOwn() throws Exception {
    assumeGate(client);
    RunHandle run = client.submit(backtest("gate", Map.of("bars", 100, "key", 8)));
    var late = assertThrows(WaitTimeout.class, () -> run.await(Duration.ofMillis(50)));
    assertFalse(RunHandle.isFinal(late.status()));
    assertTrue(late.getMessage().contains("after 0.05 s"), late.getMessage());
    assertEquals(RunState.RUN_STATE_PAUSED, run.pause("lunch").getState());
    run.resume();
    assertEquals(RunState.RUN_STATE_CANCELLED, run.cancel("enough").getState());
    var cancelled = assertThrows(RunCancelled.class, run::await);
    assertTrue(cancelled.getMessage().endsWith("was cancelled: enough"), cancelled.getMessage());
    run.delete();
    assertThrows(TradeForgeException.NotFound.class, run::status);

    RunHandle unlucky = client.submit(backtest("unlucky", Map.of("number", 13)));
    var failed = assertThrows(RunFailed.class, unlucky::await);
    assertFalse(failed.reason().isEmpty());
    assertEquals(RunState.RUN_STATE_FAILED, failed.status().getState());
    assertThrows(TradeForgeException.Precondition.class, () -> unlucky.cancel(""));
  }

  @Test
  void anInterruptEndsTheWaitAndNotTheRun() throws Exception {
    assumeGate(client);
    RunHandle run = client.submit(backtest("gate", Map.of("bars", 100, "key", 9)));
    var thread = Thread.currentThread();
    Thread interrupter =
        new Thread(
            () -> {
              while (thread.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
              }
              thread.interrupt();
            });
    interrupter.start();
    var ended = assertThrows(InterruptedException.class, run::await);
    interrupter.join();
    assertTrue(ended.getMessage().contains("goes on"), ended.getMessage());
    assertFalse(Thread.interrupted());
    Server.open(folder, 9);
    run.await();
  }

  @Test
  void aServerThatIsNotThereIsUnavailableAndNamed() {
    try (TradeForge nobody = TradeForge.connect("127.0.0.1:1")) {
      var away = assertThrows(TradeForgeException.Unavailable.class, nobody::serverInfo);
      assertTrue(away.getMessage().startsWith("server at http://127.0.0.1:1: "));
      assertTrue(away.getMessage().contains("refused"), away.getMessage());
    }
  }
}
