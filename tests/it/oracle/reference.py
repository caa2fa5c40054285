"""Runs the reference simulator over seeded random parameter sets and writes what came out.

usage: reference.py ORACLE_DIR OUT_DIR [--grid] [SEED_CSV ...]
With files, over those real bars and 10,000,000 of cash; else over 20,000 synthetic bars. With
--grid over its grid of 130 crossovers instead, the last parameter the fastest. Writes bars.csv
(synthetic only) and cases.json into OUT_DIR.
"""

import json
import random
import sys
from pathlib import Path

BARS = 20_000


def parameter_sets():
    """Twelve, as (workload, our name, parameters)."""
    draw = random.Random(20261121)
    sets = [("W1", "sma_cross", (10, 50))]
    for _ in range(6):
        fast = draw.randrange(1, 60)
        sets.append(("W2", "sma_cross", (fast, fast + draw.randrange(1, 300))))
    sets.append(("W3a", "rsi_reversion", (30, 70)))
    for _ in range(4):
        levels = round(draw.uniform(10, 45), 1), round(draw.uniform(50, 90), 1)
        sets.append(("W3a", "rsi_reversion", levels))
    return sets


def grid():
    """All 130, likewise."""
    pairs = [(fast, slow) for fast in range(5, 51, 5) for slow in range(60, 301, 20)]
    return [("W2", "sma_cross", pair) for pair in pairs]


def cut(gen_data, bars, count):
    """The first bars of a set."""
    for name, value in vars(bars).items():
        if hasattr(value, "__len__"):
            setattr(bars, name, value[:count])
    bars.n = count


def main():
    oracle, out, *files = sys.argv[1:]
    is_grid = files[:1] == ["--grid"]
    files = files[is_grid:]
    sys.path.insert(0, oracle)
    import gen_data
    import ref

    if files:
        ref.CASH0 = 10_000_000.0
        bars = ref.Bars.from_seed_csv(*files)
    else:
        bars = ref.Bars("100k")
        cut(gen_data, bars, BARS)
        write_csv(Path(out) / "bars.csv", bars)
    indicators = ref.Ind(bars)
    cases = []
    for workload, strategy, params in grid() if is_grid else parameter_sets():
        trades = ref.run(bars, indicators, workload, params)
        stamp = lambda bar: None if bar is None else int(bars.ts[bar])
        cases.append({
            "strategy": strategy,
            "params": params,
            "trades": [(stamp(entry), price, stamp(leave), left) for entry, price, leave, left in trades],
            "unit": ref.metrics(bars, trades),
            "all_in": ref.metrics(bars, trades, all_in=True),
        })
    (Path(out) / "cases.json").write_text(json.dumps({"cash": ref.CASH0, "cases": cases}))


def write_csv(path, bars):
    with path.open("w", newline="\n") as file:
        file.write("timestamp_ms,open,high,low,close,volume\n")
        for time, *prices in zip(*(x.tolist() for x in (bars.ts, bars.oc, bars.hc, bars.lc, bars.cc))):
            texts = ",".join(f"{cents // 100}.{cents % 100:02d}" for cents in prices)
            file.write(f"{time},{texts},1\n")


if __name__ == "__main__":
    main()
