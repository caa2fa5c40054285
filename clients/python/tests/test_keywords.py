"""A keyword that a call does not know is refused, and the refusal names the right one."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import grpc
import pytest
from fake import RUN_ID, Script, serve

import tradeforge

ON = "SYN:DEMO@1h"

# The call, what else it needs, the misspelt keyword and the right one: twenty calls.
MISSPELT: list[tuple[str, tuple[Any, ...], dict[str, Any], str, str]] = [
    ("connect", (), {}, "adress", "address"),
    ("client.backtest", ("sma_cross",), {"on": ON}, "commision", "commission"),
    ("client.sweep", ("sma_cross",), {"on": ON, "params": {}}, "objectiv", "objective"),
    ("client.submit", (), {}, "works", "work"),
    ("client.validate", ("sma_cross",), {"on": ON}, "Param", "params"),
    ("client.run", (), {}, "runid", "run_id"),
    ("client.runs", (), {}, "filters", "filter"),
    ("client.delete", (), {}, "run", "run_id"),
    ("client.watch", (), {}, "interval", "min_interval"),
    ("client.series", (), {}, "old_version", "old_versions"),
    ("client.bars", (ON,), {}, "from_", "start"),
    ("client.import_file", ("bars.csv", ON), {}, "tick_price", "price_tick"),
    ("client.import_frame", (None, ON), {}, "replaced", "replace"),
    ("client.generate", (ON,), {"bars": 10}, "sed", "seed"),
    ("run.watch", (), {}, "after_sequenz", "after_sequence"),
    ("run.wait", (), {}, "timeot", "timeout"),
    ("run.cancel", (), {}, "resaon", "reason"),
    ("run.pause", (), {}, "resaon", "reason"),
    ("run.update", (), {}, "note", "notes"),
    ("run.trials", (), {}, "orderby", "order_by"),
    ("run.equity", (), {}, "points", "max_points"),
    ("run.heatmap", (), {}, "metrics", "metric"),
]


def call_of(name: str, client: tradeforge.Client) -> Callable[..., Any]:
    owner, _, method = name.rpartition(".")
    owners: dict[str, Any] = {"": tradeforge, "client": client, "run": client.run(RUN_ID)}
    found: Callable[..., Any] = getattr(owners[owner], method)
    return found


def test_twenty_misspelt_keywords_get_twenty_refusals_that_name_the_right_one() -> None:
    assert len({name for name, *_ in MISSPELT}) >= 20
    script = Script()
    refused: list[str] = []
    with serve(script) as client:
        for name, arguments, keywords, wrong, right in MISSPELT:
            with pytest.raises(TypeError, match=rf"{wrong}.*did you mean '{right}'\?"):
                call_of(name, client)(*arguments, **keywords, **{wrong: None})
            refused.append(name)
    assert len(refused) == len(MISSPELT)
    assert script.asked == [], "nothing was sent"


def test_every_public_call_refuses_what_it_does_not_know() -> None:
    with tradeforge.connect("127.0.0.1:1") as client:
        calls: list[Callable[..., Any]] = [tradeforge.connect]
        for owner in (client, client.run(RUN_ID)):
            methods = inspect.getmembers(type(owner), inspect.isfunction)
            calls += [getattr(owner, name) for name, _ in methods if not name.startswith("_")]
        assert len(calls) > 15
        for call in calls:
            with pytest.raises(TypeError, match=rf"{call.__name__}\(\) does not know .*'qqqqqq'"):
                call(qqqqqq=1)


def test_all_unknown_keywords_are_named_at_once() -> None:
    run: Any = tradeforge.connect("127.0.0.1:1").run(RUN_ID)
    with pytest.raises(TypeError, match=r"'filtr': did you mean 'filter'\?; 'qqqq': it knows"):
        run.trials(filtr="", qqqq=1)


def test_the_signature_of_a_search_names_each_option_of_the_account() -> None:
    signature = inspect.signature(tradeforge.Client.sweep)
    assert {"commission", "cash", "labels", "where"} <= set(signature.parameters)
    assert "options" not in signature.parameters
    assert "commission: 'DecimalInput' = ...," in str(signature)


def test_an_error_is_raised_from_the_call_without_the_frames_of_grpc() -> None:
    with tradeforge.connect("127.0.0.1:1") as client, pytest.raises(tradeforge.Unavailable) as e:
        client.strategies()
    assert e.value.__suppress_context__
    assert [entry.name for entry in e.traceback][1:] == ["call"]


def test_an_error_of_a_watch_does_not_drag_that_of_grpc_along() -> None:
    script = Script(watches=[[grpc.StatusCode.NOT_FOUND]])
    with serve(script) as client, pytest.raises(tradeforge.NotFound) as e:
        next(iter(client.run(RUN_ID).watch()))
    assert e.value.__suppress_context__
    assert e.value.__cause__ is None
