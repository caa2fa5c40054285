"""Write docs/metrics.md, the list of metrics, from what a server says of them.

.venv/bin/python metrics_page.py http://127.0.0.1:50051                 # into ../../docs
.venv/bin/python metrics_page.py http://127.0.0.1:50051 --into FOLDER   # as the test does
"""

import argparse
import json
import urllib.request
from pathlib import Path
from typing import Any

PAGE = "metrics.md"
HEAD = """# Metrics

<!-- Made from a server by clients/python/metrics_page.py, which writes it anew. -->

What a result holds, by the names that filters, orders, objectives and constraints take as well
(`sharpe > 1`, `max_drawdown desc`). A metric that is not defined, as a Sharpe ratio without any
change, is absent: never 0, never NaN. [How much of it is luck](statistics.md) is another question.

| Name | Meaning | Unit | Better |
| --- | --- | --- | --- |
"""
TAIL = """
## A benchmark

`--benchmark US:SPY@1d` (`BacktestSpec.benchmark`, `benchmark=` in Python, a field of the page)
measures a run against another market, which the strategy never sees and the account never trades.
Of the days of the run, `r` is the return of the equity and `b` that of the benchmark, by its last
close known when the day ends; the first day counts from its first open. With `D` days a year and
the risk-free rate `f`:

```text
beta               sum (r - mean r)(b - mean b) / sum (b - mean b)^2
alpha              ((mean r - f/D) - beta (mean b - f/D)) D
information_ratio  sqrt(D) mean(r - b) / deviation(r - b)
```

A day on which the benchmark has no bar has a return of 0 there; where it covers a part of the
span only, that is told. Without a benchmark the three are absent, and a search that goes by one
of them is refused. The market of `sharpe_excess` is the benchmark if there is one, else what is
traded; curves and `buy_hold_return` are of what is traded either way. A benchmark is part of the
run key, by the hash of its bars.
"""
_BETTER = {"GOAL_MAXIMIZE": "more", "GOAL_MINIMIZE": "less"}


def metrics(server: str) -> list[dict[str, Any]]:
    """Return what the server says of the metrics, which are the same for every strategy."""
    with urllib.request.urlopen(f"{server}/v1/strategies", timeout=30) as answer:
        strategies = json.load(answer)["strategies"]
    told: list[list[dict[str, Any]]] = [each["metrics"] for each in strategies]
    if any(each != told[0] for each in told):
        raise SystemExit("strategies differ in their metrics: the page has to say whose they are")
    return told[0]


def page(server: str) -> str:
    """Return the page as a text."""
    rows = (
        f"| `{each['name']}` | {each['description']} | {each.get('unit', '')} "
        f"| {_BETTER.get(each.get('naturalGoal', ''), '')} |\n"
        for each in metrics(server)
    )
    return HEAD + "".join(rows) + TAIL


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("--into", type=Path, default=Path(__file__).parents[2] / "docs")
    options = parser.parse_args()
    (options.into / PAGE).write_text(page(options.server))


if __name__ == "__main__":
    main()
