"""Heat maps, plateaus and importance: the numbers of the run's page, to the last bit.

`clients/heat-map-cases.json` holds searches, their trials as they landed, and what both this client
and the page must make of them; `heatMapCases.test.ts` holds the page to it. With
TRADEFORGE_RENEW_CASES=1 it is written anew from what this client says.
"""

from __future__ import annotations

import json
import os
import random
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict

import tradeforge
from tradeforge import _axes, _plateau, _request
from tradeforge._column import column
from tradeforge._heatmap import Heatmap, Search
from tradeforge._table import Table
from tradeforge.v1 import strategy_service_pb2, types_pb2

CASES = Path(__file__).resolve().parents[2] / "heat-map-cases.json"
STATES = {1: "COMPLETED", 2: "FAILED", 3: "INFEASIBLE"}


def search_of(case: dict[str, Any]) -> Search:
    spec = ParseDict(case["search"], types_pb2.OptimizationSpec())
    return Search(spec, "", [strategy_service_pb2.Strategy()])


def trials_of(case: dict[str, Any], search: Search) -> Table[Any]:
    """The trials as an export has them; each is its index, its state, its value, its parameters."""
    trials = case["trials"]
    columns = {
        "trial_index": column("int", [trial[0] for trial in trials]),
        "state": column("text", [STATES[trial[1]] for trial in trials]),
        f"metrics.{search.metric}": column("double", [trial[2] for trial in trials]),
    }
    for name in {name for trial in trials for name in trial[3]}:
        values = [trial[3].get(name) for trial in trials]
        kind: Any = "text" if any(isinstance(value, str) for value in values) else "double"
        columns[name] = column(kind, values)
    return Table(columns, dict)


def said(case: dict[str, Any]) -> dict[str, Any]:
    """What this client makes of a case, in the words of the file."""
    search = search_of(case)
    trials = trials_of(case, search)
    across, up = case["axes"]
    heatmap = Heatmap(search, trials, across, up, case["fixed"])

    def place(cell: tradeforge.Cell | None) -> list[int] | None:
        return None if cell is None else [cell.x, cell.y, cell.trial_index]

    return {
        "labels": [list(axis.labels) for axis in search.axes],
        "axes": [heatmap.x.name, heatmap.y.name],
        "values": [value for line in heatmap.values for value in line],
        "smooth": [value for line in heatmap.smooth for value in line],
        "best": place(heatmap.best),
        "plateau": place(heatmap.plateau),
        "fragile": [place(cell) for cell in heatmap.fragile],
        "loss": heatmap.peak_loss,
        "scale": None if heatmap.best is None else list(heatmap.scale),
        "importance": [
            [it.name, it.eta_squared, list(it.means), list(it.bests)]
            for it in search.importance(trials)
        ],
    }


def made_cases() -> list[dict[str, Any]]:
    """Searches of every sort: counted and drawn, one axis and three, up and down, with holes."""
    chance = random.Random(20)

    def axis(name: str, values: Any) -> dict[str, Any]:
        return MessageToDict(_request.axis(name, values), preserving_proto_field_name=True)

    def objective(metric: str, goal: str) -> dict[str, Any]:
        return {"metric": metric, "goal": f"GOAL_{goal}"}

    def landed(count: int, value: Any, params: Any = lambda _: {}) -> list[list[Any]]:
        trials = []
        for index in chance.sample(range(count), count):
            state = chance.choices([1, 2, 3], [10, 1, 1])[0]
            has_value = state != 2 and chance.random() < 0.95
            trials.append([index, state, value(index) if has_value else None, params(index)])
        return trials

    whole = {"fast": range(5, 61, 5), "slow": range(20, 201, 20)}
    three = {"level": tradeforge.Steps(0.1, 0.5, 0.1), "side": ["long", "short"], "n": range(1, 9)}
    drawn = {"risk": tradeforge.Steps(0.25, 2.75), "n": range(1, 201)}
    bars = [
        {"exchange": "A", "symbol": symbol, "timeframe": "1h"} for symbol in ("ONE", "TWO", "THREE")
    ]

    def search(params: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"axes": [axis(name, values) for name, values in params.items()], **more}

    def drawn_params(_: int) -> dict[str, Any]:
        return {"params.risk": chance.uniform(0.25, 2.75), "params.n": chance.randint(1, 200)}

    cases: list[dict[str, Any]] = [
        {
            "name": "two axes, more is better",
            "search": search(whole, objective=objective("sharpe", "MAXIMIZE")),
            "trials": landed(120, lambda _: chance.gauss(0.5, 1)),
        },
        {
            "name": "two axes, less is better, and many are equal",
            "search": search(whole, objective=objective("max_drawdown", "MINIMIZE")),
            "trials": landed(120, lambda _: chance.randint(1, 9) / 10),
        },
        {
            "name": "three axes, the best over the third",
            "search": search(three, objective=objective("net_profit", "MAXIMIZE")),
            "trials": landed(80, lambda index: index % 7 + chance.random()),
        },
        {
            "name": "three axes, one of them held",
            "search": search(three, objective=objective("net_profit", "MAXIMIZE")),
            "trials": landed(80, lambda index: index % 7 + chance.random()),
            "axes": ["n", "level"],
            "fixed": {"side": "short"},
        },
        {
            "name": "one axis",
            "search": search({"n": range(1, 31)}, objective=objective("sharpe", "MAXIMIZE")),
            "trials": landed(30, lambda _: chance.gauss(1, 1)),
        },
        {
            "name": "drawn at random, so that the axes are cut",
            "search": search(
                drawn,
                objective=objective("sharpe", "MAXIMIZE"),
                random={"trial_count": "300", "seed": "1"},
            ),
            "trials": landed(300, lambda _: chance.gauss(0, 1), drawn_params),
        },
        {
            "name": "several instruments are an axis",
            "search": search(
                {"n": range(1, 9)},
                subscription_axis=bars,
                objective=objective("sharpe", "MAXIMIZE"),
            ),
            "trials": landed(24, lambda _: chance.gauss(0, 1)),
        },
        {
            "name": "nothing has a value yet",
            "search": search(whole, objective=objective("sharpe", "MAXIMIZE")),
            "trials": [[0, 2, None, {}], [1, 3, 1.0, {}]],
        },
    ]
    return [{"axes": ["", ""], "fixed": {}, **case} for case in cases]


def test_the_client_says_what_the_cases_say() -> None:
    if os.environ.get("TRADEFORGE_RENEW_CASES"):
        cases = [{**case, "expected": said(case)} for case in made_cases()]
        lines = ",\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
        CASES.write_text(f"[\n{lines}\n]\n")
    cases = json.loads(CASES.read_text())
    assert len(cases) == 8
    for case in cases:
        assert said(case) == case["expected"], case["name"]


def test_a_lone_peak_loses_to_a_plateau_and_is_fragile() -> None:
    search = Search(
        types_pb2.OptimizationSpec(
            axes=[_request.axis("x", range(5)), _request.axis("y", range(3))]
        ),
        "",
        [],
    )
    heights = [0, 0, 0, 0, 9, 0, 0, 0, 0, 5, 5, 5, 5, 5, 5]
    case = {"trials": [[index, 1, float(value), {}] for index, value in enumerate(heights)]}
    heatmap = Heatmap(search, trials_of(case, search), "x", "y")
    assert heatmap.best is not None
    assert heatmap.plateau is not None
    assert (heatmap.best.x, heatmap.best.y, heatmap.best.value) == (1, 1, 9.0)
    assert heatmap.is_peak_fragile
    assert heatmap.fragile == [heatmap.best]
    assert heatmap.plateau.value == 5.0
    assert "best 9 at x=1 y=1" in repr(heatmap)


def test_what_all_that_varies_varies_with_explains_all() -> None:
    search = Search(
        types_pb2.OptimizationSpec(axes=[_request.axis("a", [5, 10]), _request.axis("b", [0, 1])]),
        "",
        [],
    )
    case = {"trials": [[index, 1, value, {}] for index, value in enumerate([1.0, 1.0, 3.0, 3.0])]}
    first, second = search.importance(trials_of(case, search))
    assert (first.name, first.eta_squared, list(first.means)) == ("a", 1.0, [1.0, 3.0])
    assert (second.name, second.eta_squared) == ("b", 0.0)


def test_along_one_axis_three_in_a_row_are_a_neighbourhood() -> None:
    assert _plateau.smoothed([[1, 9, 2]], _plateau.Reach()) == [[5, 2, 5.5]]
    assert _plateau.smoothed([[1, None], [None, None]], _plateau.Reach()) == [
        [None, None],
        [None, None],
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [(5, "5"), (5.0, "5"), (0.1, "0.1"), (1e-7, "1e-7"), (1e21, "1e+21"), (-2.5, "-2.5")],
)
def test_a_number_is_labelled_as_the_page_does(number: float, text: str) -> None:
    assert _axes.number_text(number) == text


def test_axes_and_values_that_are_none_are_answered_with_the_nearest() -> None:
    case = made_cases()[3]
    search = search_of(case)
    trials = trials_of(case, search)
    with pytest.raises(ValueError, match="no axis 'lvel': did you mean 'level'"):
        Heatmap(search, trials, "lvel", "n")
    with pytest.raises(ValueError, match="has no value 'both', but long, short"):
        Heatmap(search, trials, "level", "n", {"side": "both"})
    with pytest.raises(ValueError, match="is an axis of the map"):
        Heatmap(search, trials, "level", "n", {"n": 1})
    spec = types_pb2.OptimizationSpec()
    metrics = [types_pb2.MetricSpec(name="sharpe")]
    with pytest.raises(ValueError, match="no metric 'shrpe': did you mean 'sharpe'"):
        Search(spec, "shrpe", [strategy_service_pb2.Strategy(metrics=metrics)])
