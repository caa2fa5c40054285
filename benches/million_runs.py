#!/usr/bin/env python3
"""A database of a million runs, and how long its lists take: `make load-runs`.

    benches/million_runs.py [RUNS] [--keep FOLDER]

Runs one backtest on the server of TRADEFORGE_BIN, copies it that many times by SQL, as a server would
have stored it, and asks for each list of docs/operations.md. A list that an index answers must take no
more than that of the newest runs, which reads nothing but its page, and a little; its first page, for
which all that fit are counted, takes longer. One that goes through all runs must end by the server's
limit of time. It exits with 1 if anything does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = 50
ROUNDS = 9
# What a page of a list by an index may take beyond that of the newest runs.
MORE_MS = 10.0
# The same of the first page, for which all that fit are counted, once.
COUNTED_MS = 450.0
# A read ends by then, or is refused.
SCAN_MS = 11_000.0

INDEXED = {
    "newest": {},
    "top by sharpe": {"order_by": "sharpe desc"},
    "top by sharpe of a strategy": {"filter": "strategy = buy_and_hold", "order_by": "sharpe desc"},
    "top by sharpe, narrow label": {"filter": "labels.one = yes", "order_by": "sharpe desc"},
    "top by sharpe, broad label": {"filter": "labels.fifth = yes", "order_by": "sharpe desc"},
    "newest of a broad label": {"filter": "labels.fifth = yes"},
    "newest of a narrow label": {"filter": "labels.one = yes"},
    "newest above a sharpe that one in 350 has": {"filter": "sharpe > 3.98"},
    "newest of an owner": {"filter": "owner = ann"},
    "of a name": {"filter": 'display_name = "run 77"'},
}
# These have no index and go through all runs.
SCANNED = {
    "top by sortino": {"order_by": "sortino desc"},
    "top by profit factor of a label": {"filter": "labels.fifth = yes", "order_by": "profit_factor"},
}


@contextmanager
def serving(data: Path) -> Iterator[str]:
    """The URL of a server over that folder."""
    binary = os.environ.get("TRADEFORGE_BIN", "target/release/tradeforge")
    words = [binary, "serve", "--listen", "127.0.0.1:0", "--data-dir", str(data)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server.stdout.readline().removeprefix("listening on ").strip()
        finally:
            server.terminate()


def asked(url: str, path: str, query: dict[str, object], body: object = None) -> dict:
    address = f"{url}{path}?{urllib.parse.urlencode(query)}" if query else f"{url}{path}"
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=120) as answer:
        return json.load(answer)


def one_run(url: str) -> None:
    """A backtest that completed, with a name and no labels."""
    series = {"exchange": "SYN", "symbol": "MILLION", "timeframe": "1h"}
    synthetic = {"barCount": 2_000, "seed": 7}
    asked(url, "/v1/series", {}, {"series": series, "synthetic": synthetic})
    backtest = {
        "strategy": {"name": "sma_cross"},
        "subscriptions": [series],
        "simulation": {"initialCash": "10000"},
    }
    submitted = asked(url, "/v1/runs", {}, {"backtest": backtest})
    path = f"/v1/runs/{submitted['runId']}/status"
    while True:
        told = asked(url, path, {"wait": "10s"})
        state = (told.get("status") or told)["state"]
        if state == "RUN_STATE_COMPLETED":
            return
        assert state in {"RUN_STATE_PENDING", "RUN_STATE_RUNNING"}, state


def copied(database: sqlite3.Connection, table: str, changes: dict[str, str]) -> None:
    """Copies the one row of the table for each number, with these columns changed."""
    names = [row[1] for row in database.execute(f"PRAGMA table_info({table})")]
    values = ", ".join(changes.get(name, f"t.{name}") for name in names)
    database.execute(
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} "
        f"FROM numbers CROSS JOIN (SELECT * FROM {table} LIMIT 1) t"
    )


def filled(path: Path, runs: int) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA synchronous = OFF")
    first = database.execute("SELECT run_no, run_id, create_ms FROM runs").fetchone()
    run_no, _, create_ms = first
    made = create_ms.to_bytes(6) + bytes.fromhex("7000")
    database.create_function("id_of", 1, lambda n: made + (0xA << 60 | n).to_bytes(8))
    database.execute("CREATE TEMP TABLE numbers (n INTEGER PRIMARY KEY)")
    database.execute(
        "INSERT INTO numbers WITH RECURSIVE all_of(n) AS "
        "(SELECT 1 UNION ALL SELECT n + 1 FROM all_of WHERE n < ?) SELECT n FROM all_of",
        (runs - 1,),
    )
    number = f"{run_no} + n"
    copied(
        database,
        "runs",
        {
            "run_no": number,
            # The time in front, as in every id of a run, and then what no two have.
            "run_id": "id_of(n)",
            "run_key": "randomblob(32)",
            "create_ms": f"{create_ms} + n",
            "start_ms": f"{create_ms} + n",
            "end_ms": f"{create_ms} + n + 5",
            "strategy": "CASE n % 3 WHEN 0 THEN 'buy_and_hold' ELSE 'sma_cross' END",
            "owner": "CASE n % 10 WHEN 0 THEN 'ann' ELSE 'bob' END",
            "display_name": "CASE n % 1000 WHEN 77 THEN 'run 77' ELSE '' END",
            "labels": (
                "json_patch(iif(n % 5 = 0, '{\"fifth\":\"yes\"}', '{}'), "
                "iif(n % 1000 = 0, '{\"one\":\"yes\"}', '{}'))"
            ),
        },
    )
    for table in ("trials", "backtests"):
        copied(database, table, {"run_no": number})
    # A spread that has nothing to do with the order of the runs.
    drawn = "((n * 2654435761) % 1000000007) / 1000000007.0"
    copied(
        database,
        "run_metrics",
        {
            "run_no": number,
            "sharpe": f"{drawn} * 7 - 3",
            "sortino": f"{drawn} * 9 - 4",
            "profit_factor": f"{drawn} * 3",
            "total_return": f"{drawn} - 0.5",
        },
    )
    for label, every in (("fifth", 5), ("one", 1000)):
        database.execute(
            f"INSERT INTO run_labels (label, value, run_no) SELECT ?, 'yes', {number} "
            f"FROM numbers WHERE n % {every} = 0",
            (label,),
        )
    database.commit()
    database.close()


def measured(url: str, query: dict[str, object], rounds: int) -> tuple[float, dict]:
    """Milliseconds of the median answer, and the last; or why there was none."""
    took, told = [], {}
    for _ in range(rounds):
        begun = time.perf_counter()
        try:
            told = asked(url, "/v1/runs", {"page_size": PAGE, **query})
        except urllib.error.HTTPError as error:
            told = json.load(error)["error"]
        took.append((time.perf_counter() - begun) * 1e3)
    return statistics.median(took), told


def found(told: dict) -> str:
    return f"{len(told['runs'])} of {told['totalSize']}" if "runs" in told else told["reason"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="?", type=int, default=1_000_000)
    parser.add_argument("--keep", type=Path, help="where to leave the database")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        data = arguments.keep or Path(scratch) / "data"
        with serving(data) as url:
            one_run(url)
        begun = time.perf_counter()
        filled(data / "tradeforge.db", arguments.runs)
        size = (data / "tradeforge.db").stat().st_size / 1e9
        print(f"{arguments.runs} runs made in {time.perf_counter() - begun:.0f} s, {size:.2f} GB")
        is_good = True
        with serving(data) as url:
            base = 0.0
            print(f"{'':44} {'first page':>13} {'next page':>13}")
            for name, query in INDEXED.items():
                measured(url, query, 2)
                first, told = measured(url, query, ROUNDS)
                token = told.get("nextPageToken", "")
                following, more = measured(url, {**query, "page_token": token}, ROUNDS)
                base = base or following
                is_full = bool(token) and len(more.get("runs", [])) == PAGE
                holds = is_full and following <= base + MORE_MS and first <= base + COUNTED_MS
                is_good &= holds
                row = f"{name:44} {first:10.1f} ms {following:10.1f} ms  {found(told)}"
                print(row + ("" if holds else "  TOO SLOW"))
            for name, query in SCANNED.items():
                took, told = measured(url, query, 1)
                is_good &= took <= SCAN_MS
                row = f"{name:44} {took:10.1f} ms {'all runs':>13}  {found(told)}"
                print(row + ("" if took <= SCAN_MS else "  TOO SLOW"))
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
