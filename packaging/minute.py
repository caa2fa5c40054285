"""A search from nothing to a frame; what `minute.sh` runs in a fresh environment."""

import time

begun = time.perf_counter()
import tradeforge  # noqa: E402

imported = time.perf_counter()
with tradeforge.local() as client:
    started = time.perf_counter()
    client.generate("SYN:DEMO@1h", bars=20_000, seed=42)
    search = client.sweep(
        "sma_cross",
        on="SYN:DEMO@1h",
        params={"fast": range(5, 61, 5), "slow": range(20, 201, 10)},
        where="fast < slow",
    )
    search.wait(progress=False)
    frame = search.trials().to_polars()
    found = time.perf_counter()
assert len(frame) == search.total, (len(frame), search.total)
print(frame.select("params.fast", "params.slow", "metrics.sharpe").head(3))
print(
    f"{len(frame)} trials; import {imported - begun:.2f} s, server {started - imported:.2f} s, "
    f"search to a frame {found - started:.2f} s, end {time.perf_counter() - found:.2f} s"
)
