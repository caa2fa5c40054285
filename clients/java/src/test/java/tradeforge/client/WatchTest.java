package tradeforge.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tradeforge.v1.RunState;
import tradeforge.v1.RunStatus;

class WatchTest {
  @TempDir Path folder;

  @Test
  void aRunIsWatchedToItsOneFinalStatusEachNewerThanTheOneBefore() throws Exception {
    try (Server server = new Server(folder);
        TradeForge client = TradeForge.connect(server.url)) {
      client.generate(ClientTest.SERIES, 2_000, 42);
      RunHandle run =
          client.submit(ClientTest.backtest("sma_cross", Map.of("fast", 5, "slow", 20)));
      List<RunStatus> seen = new ArrayList<>();
      run.watch().forEach(seen::add);
      for (int at = 1; at < seen.size(); at++) {
        assertTrue(seen.get(at).getSequence() > seen.get(at - 1).getSequence());
      }
      RunStatus last = seen.get(seen.size() - 1);
      assertEquals(RunState.RUN_STATE_COMPLETED, last.getState());
      assertEquals(1, seen.stream().filter(RunHandle::isFinal).count());
      assertFalse(
          run.watch(last.getSequence() + 1).next().getRunId().isEmpty(), "final in any case");
    }
  }

  @Test
  void aWatchGoesOnWhereItWasOverAServerThatWasKilledAndCameAgain() throws Exception {
    Server first = new Server(folder);
    try (TradeForge client = TradeForge.connect(first.url)) {
      ClientTest.assumeGate(client);
      client.generate(ClientTest.SERIES, 200, 1);
      RunHandle run = client.submit(ClientTest.backtest("gate", Map.of("bars", 100, "key", 7)));
      var waiting = CompletableFuture.supplyAsync(() -> awaited(run));
      Set<Integer> attempts = new LinkedHashSet<>();
      Server second = null;
      RunStatus last = null;
      long sequence = 0;
      for (RunStatus status : run.watch()) {
        assertTrue(status.getSequence() > sequence, "none is seen twice");
        sequence = status.getSequence();
        attempts.add(status.getAttempt());
        last = status;
        boolean isRunning = status.getState() == RunState.RUN_STATE_RUNNING;
        if (isRunning && second == null) {
          first.kill();
          second = new Server(folder, first.address(), new String[0]);
        } else if (isRunning && status.getAttempt() == 2) {
          Server.open(folder, 7);
        }
      }
      assertEquals(RunState.RUN_STATE_COMPLETED, last.getState());
      assertEquals(List.of(1, 2), List.copyOf(attempts));
      assertEquals(last, waiting.join(), "a wait goes on, too");
      second.close();
    } finally {
      first.close();
    }
  }

  private static RunStatus awaited(RunHandle run) {
    try {
      return run.await();
    } catch (InterruptedException interrupt) {
      throw new IllegalStateException(interrupt);
    }
  }

  @Test
  void aWatchThatIsClosedEndsAndTheRunGoesOn() throws Exception {
    try (Server server = new Server(folder);
        TradeForge client = TradeForge.connect(server.url)) {
      ClientTest.assumeGate(client);
      client.generate(ClientTest.SERIES, 200, 1);
      RunHandle run = client.submit(ClientTest.backtest("gate", Map.of("bars", 100, "key", 3)));
      Watch watch = run.watch();
      while (watch.next().getState() != RunState.RUN_STATE_RUNNING) {}
      var more = CompletableFuture.supplyAsync(watch::hasNext);
      watch.close();
      assertFalse(more.join());
      assertFalse(RunHandle.isFinal(run.status()));
      Server.open(folder, 3);
      run.await();
    }
  }
}
