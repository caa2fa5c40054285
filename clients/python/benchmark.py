"""Measure how long 200,000 trials take from the server into a frame.

    TRADEFORGE_SERVER=127.0.0.1:50051 .venv/bin/python benchmark.py

Against a release build, on a machine that does nothing else. Times on the clock, the best of three;
beside them the time that this process computed, which is what the client itself costs.
"""

import time
from collections.abc import Callable
from typing import Any

import tradeforge

ROUNDS = 3


def measure(call: Callable[[], Any]) -> tuple[float, float, Any]:
    """Return seconds on the clock, seconds of this process, and what came out: the fastest."""
    found = []
    for _ in range(ROUNDS):
        clock, computed = time.perf_counter(), time.process_time()
        result = call()
        found.append((time.perf_counter() - clock, time.process_time() - computed, result))
    return min(found, key=lambda each: each[0])


def main() -> None:
    """Search once, or take the search that is there, and print a line a step."""
    client = tradeforge.connect()
    client.generate("SYN:BENCH@1h", bars=2_000)
    run = client.sweep(
        "sma_cross",
        on="SYN:BENCH@1h",
        params={"fast": range(1, 401), "slow": range(401, 901)},
        reuse="reuse_completed",
    )
    run.wait()
    steps: list[tuple[str, Callable[[], Any]]] = [("trials()", run.trials)]
    trials = run.trials()
    steps += [
        ("to_pandas()", trials.to_pandas),
        ("to_polars()", trials.to_polars),
        ("to_arrow()", trials.to_arrow),
        ("trials().to_pandas()", lambda: run.trials().to_pandas()),
        ("two columns of them", lambda: run.trials(columns=["metrics.sharpe"]).to_pandas()),
    ]
    print(f"{len(trials):,} trials of {len(trials.columns)} columns")
    for name, call in steps:
        clock, computed, _ = measure(call)
        print(f"{name:22} {clock:7.3f} s  {computed:7.3f} s computed here")


if __name__ == "__main__":
    main()
