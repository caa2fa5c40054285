package tradeforge.client;

import java.time.Duration;

/** How long to go on trying to reach a server that is away: pauses, longer and longer. */
final class Patience {
  private static final long FIRST_MS = 100;
  private static final long LONGEST_MS = 2_000;
  private static final long LONGEST_ASKED_MS = 5_000;

  private final Duration whole;
  private long pauseMs;
  private long giveUpAt;
  private boolean isTried;

  Patience(Duration whole) {
    this.whole = whole;
    renew();
  }

  /** Starts over: the server is there. */
  void renew() {
    isTried = false;
    pauseMs = FIRST_MS;
  }

  /** Waits until the next try, or throws the error if there is to be none. */
  void pause(TradeForgeException error) throws InterruptedException {
    long now = System.nanoTime();
    if (!isTried) {
      isTried = true;
      giveUpAt = now + whole.toNanos();
    }
    long leftMs = (giveUpAt - now) / 1_000_000;
    if (leftMs <= 0) {
      throw error;
    }
    long askedMs = error.retryAfter().map(Duration::toMillis).orElse(0L);
    Thread.sleep(Math.min(leftMs, Math.max(pauseMs, Math.min(askedMs, LONGEST_ASKED_MS))));
    pauseMs = Math.min(2 * pauseMs, LONGEST_MS);
  }
}
