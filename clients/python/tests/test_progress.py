"""Bars: which one a place gets, and what it says."""

from __future__ import annotations

import importlib.util
import io
import sys
import types
from datetime import timedelta
from typing import Any

import pytest
from fake import Script, serve, status

import tradeforge
from tradeforge import _decode, _progress
from tradeforge._html import progress_text
from tradeforge.v1 import types_pb2

RUNNING = types_pb2.RUN_STATE_RUNNING
COMPLETED = types_pb2.RUN_STATE_COMPLETED


def at(share: float, state: types_pb2.RunState.ValueType = RUNNING) -> tradeforge.Status:
    progress = types_pb2.Progress(
        total=2_000, completed=int(2_000 * share) - 3, failed=3, fraction=share, per_second=1_234.5
    )
    progress.remaining.FromTimedelta(timedelta(seconds=9))
    progress.best_trial.objective_value = 1.84
    progress.best_trial.params["fast"].int_value = 15
    return _decode.status(status(state, progress=progress))


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_text_says_how_far_how_fast_how_long_and_the_best() -> None:
    assert progress_text(at(0.5)) == (
        "1,000/2,000  50%  1,234/s  9 s left  3 failed  best 1.84 (fast=15)"
    )
    assert "left" not in progress_text(at(1.0, COMPLETED))


def test_a_terminal_gets_one_line_that_is_written_over() -> None:
    out = Terminal()
    bar = _progress.TextBar(out)
    bar.show(at(0.5))
    bar.show(at(1.0, COMPLETED))
    bar.close()
    assert out.getvalue().count("\r") == 2
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().endswith("\n")


def test_a_file_gets_a_line_a_tenth() -> None:
    out = io.StringIO()
    bar = _progress.TextBar(out)
    for percent in range(10, 20):
        bar.show(at(percent / 100))
    bar.show(at(1.0, COMPLETED))
    bar.close()
    assert [line.split("  ")[0] for line in out.getvalue().splitlines()] == ["RUNNING", "COMPLETED"]


def test_each_place_gets_its_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert _progress.bar_for(False) is None
    assert _progress.bar_for(None) is None, "nobody looks at a file"
    assert type(_progress.bar_for(True)).__name__ == "_TqdmBar"
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    assert type(_progress.bar_for(True)) is _progress.TextBar
    monkeypatch.setattr(sys, "stderr", Terminal())
    assert type(_progress.bar_for(None)).__name__ == "_Later"
    shell: Any = types.SimpleNamespace(kernel=object())
    notebook: Any = types.SimpleNamespace(get_ipython=lambda: shell)
    monkeypatch.setitem(sys.modules, "IPython", notebook)
    assert type(_progress.bar_for(True)).__name__ == "_NotebookBar"


def test_a_run_that_is_over_at_once_shows_no_bar_unless_one_is_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    for wanted, shown in ((None, False), (True, True)):
        out = Terminal()
        monkeypatch.setattr(sys, "stderr", out)
        bar = _progress.bar_for(wanted)
        assert bar is not None
        bar.show(at(1.0, COMPLETED))
        bar.close()
        assert ("COMPLETED" in out.getvalue()) == shown


@pytest.mark.parametrize("has_tqdm", [True, False])
def test_waiting_shows_the_bar_and_still_gives_the_result(
    has_tqdm: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if not has_tqdm:
        monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    final = at(1.0, COMPLETED).pb
    final.backtest.trade_count = 3
    script = Script(polls=[at(0.25).pb, at(0.5).pb, final])
    with serve(script) as client:
        result = client.run("id").wait(progress=True)
    assert isinstance(result, tradeforge.BacktestResult)
    assert result.trade_count == 3
    said = capsys.readouterr().err
    assert "COMPLETED" in said
    assert "1.84" in said


def test_a_failed_run_in_html_says_why_and_lets_no_html_through() -> None:
    from tradeforge._html import run_html

    error = types_pb2.RunError(reason="PANIC", message="<script>")
    failed = _decode.status(status(types_pb2.RUN_STATE_FAILED, error=error))
    shown = run_html("id", 'http://x/"', failed, None)
    assert "PANIC: &lt;script&gt;" in shown
    assert "<script>" not in shown
    assert 'x/"' not in shown
