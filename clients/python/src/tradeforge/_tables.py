"""The tables of TradeForge: what their columns are called, and what a row of each is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import timedelta
from functools import partial
from itertools import chain
from typing import Any

from tradeforge._column import Column, Kind, column, numbers
from tradeforge._inputs import Subscription
from tradeforge._table import Joined, Part, Table, columns_of
from tradeforge._values import (
    Bar,
    EquityPoint,
    Failure,
    RunInfo,
    Trade,
    Trial,
    TrialState,
    WindowTrial,
)
from tradeforge.v1 import market_data_service_pb2, result_service_pb2

# What a column of moments is called on the wire has its unit with it; here it has a zone.
_UNIT = "_unix_ms"
_TRADE_FIELDS = tuple(each.name for each in fields(Trade))


class Trials(Table[Trial]):
    """The trials of a search.

    There are `trial_index`, `state`, `subscription`, `params.NAME` and `metrics.NAME` for each of
    them, `objective_value`, `across_value` of a search that has `across`, `error.reason`,
    `error.message` and `compute_ms`, or those that were asked for.
    """

    index = "trial_index"

    def __init__(
        self,
        messages: Joined | Iterable[Part],
        cursor: int | None = None,
    ) -> None:
        self.cursor = cursor
        """Where these end in the order of landing, if they were watched."""
        super().__init__(columns_of(messages), _trial)


class WindowTrials(Table[WindowTrial]):
    """The trials of one window of a walk-forward.

    There are `trial_index`, `state`, `in_sample`, `out_of_sample` and `params.NAME`, or those that
    were asked for.
    """

    index = "trial_index"

    def __init__(self, messages: Iterable[Part]) -> None:
        super().__init__(columns_of(messages), _window_trial)


class Trades(Table[Trade]):
    """The trades of a backtest or of a trial, in order of closing, an open one last."""

    index = "trade_index"

    def __init__(self, messages: Iterable[result_service_pb2.ExportTradesResponse]) -> None:
        columns = columns_of(messages)
        columns = {name.removesuffix(_UNIT): each for name, each in columns.items()}
        # The last close, which an open trade has there, is the price of no exit.
        open_ones = columns["exit_time"].validity
        columns["exit_price"] = replace(columns["exit_price"], validity=open_ones)
        columns["ambiguous"] = column(
            "bool", [each == 1 for each in columns["ambiguous"].to_list()]
        )
        super().__init__(columns, _trade)


class Equity(Table[EquityPoint]):
    """An equity curve: `time`, `equity` and `drawdown`."""

    index = "time"

    def __init__(
        self,
        messages: Iterable[result_service_pb2.ExportEquityResponse],
        thinned: result_service_pb2.GetEquityCurveResponse | None = None,
    ) -> None:
        columns = columns_of(messages)
        columns = {name.removesuffix(_UNIT): each for name, each in columns.items()}
        if thinned is not None:
            columns = {
                "time": numbers("time", thinned.time_unix_ms),
                "equity": numbers("double", thinned.equity),
                "drawdown": numbers("double", thinned.drawdown),
            }
        super().__init__(columns, _point)
        self.total_points = len(self) if thinned is None else thinned.total_points
        """Points of the whole curve."""

    @property
    def is_thinned(self) -> bool:
        """Whether points were left out, as `max_points` asked for."""
        return len(self) < self.total_points


class Weights(Table[dict[str, Any]]):
    """What share of the equity each instrument was: `time`, and a column each, as `SYN:DEMO`.

    Below 0 while it was short, above 1 with leverage; what is left of 1 is the cash.
    """

    index = "time"

    def __init__(self, curve: result_service_pb2.GetEquityCurveResponse) -> None:
        columns = {"time": numbers("time", curve.time_unix_ms)}
        for each in curve.weights:
            columns[f"{each.exchange}:{each.symbol}"] = numbers("double", each.weights)
        super().__init__(columns, dict)
        self.total_points = curve.total_points
        """Points of the whole equity curve."""

    @property
    def is_thinned(self) -> bool:
        """Whether points were left out, as `max_points` asked for."""
        return len(self) < self.total_points


class RuleValues(Table[dict[str, Any]]):
    """What definitions of a strategy as text were: `time`, a bar's open, and a column for each.

    Values are those at the end of the bar: numbers and, for conditions, switches; what is undefined
    is None.
    """

    index = "time"

    def __init__(self, message: result_service_pb2.GetRuleValuesResponse) -> None:
        rows = len(message.time_unix_ms)
        columns = {"time": numbers("time", message.time_unix_ms)}
        values = Joined()
        values.add_columns(rows, message.columns)
        for name, each in values.columns().items():
            if each.kind == "int":
                each = column("bool", [it if it is None else it == 1 for it in each.to_list()])
            columns[name] = each
        super().__init__(columns, dict)
        self.total_bars = message.total_bars
        """Bars of the span that was asked for."""

    @property
    def is_thinned(self) -> bool:
        """Whether bars were left out, as `max_points` asked for."""
        return len(self) < self.total_bars


class Bars(Table[Bar]):
    """Bars: `time` is their open."""

    index = "time"

    def __init__(self, messages: Sequence[market_data_service_pb2.GetBarsResponse]) -> None:
        self.timeframe = messages[0].timeframe if messages else ""
        """Length of a bar: the one that was asked for, or a coarser one for `max_bars`."""
        columns = {
            "time": numbers("time", chain.from_iterable(each.time_unix_ms for each in messages)),
            "open": numbers("double", chain.from_iterable(each.open for each in messages)),
            "high": numbers("double", chain.from_iterable(each.high for each in messages)),
            "low": numbers("double", chain.from_iterable(each.low for each in messages)),
            "close": numbers("double", chain.from_iterable(each.close for each in messages)),
            "volume": numbers("double", chain.from_iterable(each.volume for each in messages)),
        }
        super().__init__(columns, _bar)


class Runs(Table[RunInfo]):
    """Runs: what was asked for, how they stand, and their metrics, a column each.

    Of a search, `objective_value` is that of its best trial; `metrics.NAME` are of backtests.
    """

    index = "run_id"

    def __init__(self, infos: Sequence[RunInfo]) -> None:
        statuses = [info.status for info in infos]
        values: dict[str, tuple[Kind, list[Any]]] = {
            "run_id": ("text", [info.id for info in infos]),
            "display_name": ("text", [info.display_name or None for info in infos]),
            "kind": ("text", [str(info.kind) for info in infos]),
            "state": ("text", [str(status.state) for status in statuses]),
            "strategy": ("text", [info.strategy for info in infos]),
            "subscriptions": (
                "text",
                [", ".join(str(each) for each in info.subscriptions) for info in infos],
            ),
            "total": ("int", [status.progress.total for status in statuses]),
            "completed": ("int", [status.progress.completed for status in statuses]),
            "failed": ("int", [status.progress.failed for status in statuses]),
            "create_time": ("time", [status.create_time for status in statuses]),
            "start_time": ("time", [status.start_time for status in statuses]),
            "end_time": ("time", [status.end_time for status in statuses]),
            "objective_value": ("double", [_objective(info) for info in infos]),
            "error.reason": (
                "text",
                [status.failure.reason if status.failure else None for status in statuses],
            ),
            "run_key": ("text", [info.run_key for info in infos]),
        }
        values |= _spread("labels", [info.labels for info in infos])
        values |= _spread("params", [info.params for info in infos])
        values |= _spread("metrics", [dict(info.pb.status.backtest.metrics) for info in infos])
        super().__init__(_made(values), partial(_info, {info.id: info for info in infos}))


def _made(values: Mapping[str, tuple[Kind, list[Any]]]) -> dict[str, Column]:
    return {name: column(kind, items) for name, (kind, items) in values.items()}


def _spread(group: str, maps: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Kind, list[Any]]]:
    """Give each name of some mappings a column of the type that all its values fit."""
    names = sorted({name for each in maps for name in each})
    spread: dict[str, tuple[Kind, list[Any]]] = {}
    for name in names:
        items = [each.get(name) for each in maps]
        kinds: set[type] = {type(item) for item in items if item is not None}
        if kinds <= {bool}:
            spread[f"{group}.{name}"] = ("bool", items)
        elif kinds <= {int}:
            spread[f"{group}.{name}"] = ("int", items)
        elif kinds <= {int, float}:
            spread[f"{group}.{name}"] = ("double", items)
        else:
            texts = [None if item is None else str(item) for item in items]
            spread[f"{group}.{name}"] = ("text", texts)
    return spread


def _objective(info: RunInfo) -> float | None:
    status = info.pb.status
    best = status.progress.best_trial
    if status.WhichOneof("result") == "optimization":
        best = status.optimization.best_trial
    return best.objective_value if best.HasField("objective_value") else None


def _info(infos: Mapping[str, RunInfo], values: Mapping[str, Any]) -> RunInfo:
    return infos[values["run_id"]]


def _trial(values: Mapping[str, Any]) -> Trial:
    reason, place = values.get("error.reason"), values.get("subscription")
    compute_ms = values.get("compute_ms")
    return Trial(
        index=values["trial_index"],
        state=TrialState(values["state"]),
        params=_group("params.", values),
        metrics=_group("metrics.", values),
        objective=values.get("objective_value"),
        across=values.get("across_value"),
        failure=Failure(reason, values.get("error.message") or "", {}, "") if reason else None,
        subscription=Subscription.parse(place) if place else None,
        compute_time=None if compute_ms is None else timedelta(milliseconds=compute_ms),
    )


def _window_trial(values: Mapping[str, Any]) -> WindowTrial:
    return WindowTrial(
        index=values["trial_index"],
        state=TrialState(values["state"]),
        params=_group("params.", values),
        in_sample=values.get("in_sample"),
        out_of_sample=values.get("out_of_sample"),
    )


def _group(prefix: str, values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name.removeprefix(prefix): value
        for name, value in values.items()
        if name.startswith(prefix) and value is not None
    }


def _trade(values: Mapping[str, Any]) -> Trade:
    return Trade(**{name: values[name] for name in _TRADE_FIELDS if name in values})


def _point(values: Mapping[str, Any]) -> EquityPoint:
    return EquityPoint(values["time"], values["equity"], values["drawdown"])


def _bar(values: Mapping[str, Any]) -> Bar:
    return Bar(*(values[name] for name in ("time", "open", "high", "low", "close", "volume")))
