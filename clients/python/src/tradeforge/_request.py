"""Requests from a caller's arguments: pure, one function a message."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from typing import Unpack

from tradeforge._convert import (
    SubscriptionInput,
    TimeInput,
    decimal_string,
    enum_number,
    param_value,
    param_values,
    subscription,
    timestamp,
)
from tradeforge._values import (
    Calendar,
    DecimalInput,
    EquityFraction,
    FixedNotional,
    FixedQuantity,
    ParamInput,
    Reuse,
    RunOptions,
    Sizing,
    Steps,
    Subscription,
    Swept,
)
from tradeforge.v1 import market_data_service_pb2 as market_pb2
from tradeforge.v1 import run_service_pb2, types_pb2

_RULE = re.compile(r"(\w+)\s*(<=|>=|!=|<|>)\s*(.+)")
_COMPARISONS = {
    "<": types_pb2.COMPARISON_LESS,
    "<=": types_pb2.COMPARISON_LESS_EQUAL,
    ">": types_pb2.COMPARISON_GREATER,
    ">=": types_pb2.COMPARISON_GREATER_EQUAL,
    "!=": types_pb2.COMPARISON_NOT_EQUAL,
}


def sizing(value: Sizing) -> types_pb2.Sizing:
    """Say how large entries are."""
    match value:
        case FixedQuantity(quantity):
            return types_pb2.Sizing(fixed_quantity=decimal_string("quantity", quantity))
        case FixedNotional(notional):
            return types_pb2.Sizing(fixed_notional=decimal_string("notional", notional))
        case EquityFraction(fraction):
            return types_pb2.Sizing(equity_fraction=decimal_string("fraction", fraction))
    raise TypeError(
        "sizing must be a FixedQuantity, FixedNotional or EquityFraction, "
        f"not {type(value).__name__}"
    )


def simulation(
    *,
    cash: DecimalInput,
    commission: DecimalInput,
    slippage_ticks: DecimalInput,
    sizing_: Sizing | None,
    max_leverage: DecimalInput | None,
    entry_bar_policy: str | None,
    end_of_run_policy: str | None,
    risk_free_rate: DecimalInput,
    periods_per_year: int,
) -> types_pb2.Simulation:
    """Describe the account; None is left to the server's default."""
    message = types_pb2.Simulation(
        initial_cash=decimal_string("cash", cash),
        commission_rate=decimal_string("commission", commission),
        slippage_ticks=decimal_string("slippage_ticks", slippage_ticks),
        risk_free_rate=decimal_string("risk_free_rate", risk_free_rate),
        periods_per_year=periods_per_year,
    )
    if sizing_ is not None:
        message.sizing.CopyFrom(sizing(sizing_))
    if max_leverage is not None:
        message.max_leverage = decimal_string("max_leverage", max_leverage)
    if entry_bar_policy is not None:
        message.entry_bar_policy = enum_number(
            types_pb2.EntryBarPolicy, "ENTRY_BAR_POLICY_", "entry_bar_policy", entry_bar_policy
        )
    if end_of_run_policy is not None:
        message.end_of_run_policy = enum_number(
            types_pb2.EndOfRunPolicy, "END_OF_RUN_POLICY_", "end_of_run_policy", end_of_run_policy
        )
    return message


def backtest_spec(
    strategy: str,
    *,
    version: str,
    on: SubscriptionInput | Sequence[SubscriptionInput],
    params: Mapping[str, ParamInput],
    start: TimeInput | None,
    end: TimeInput | None,
    account: types_pb2.Simulation,
) -> types_pb2.BacktestSpec:
    """Describe one backtest."""
    bars = [on] if isinstance(on, str | Subscription) else list(on)
    spec = types_pb2.BacktestSpec(
        strategy=types_pb2.StrategyRef(name=strategy, version=version),
        params=param_values(params),
        subscriptions=[subscription(item) for item in bars],
        simulation=account,
    )
    if start is not None:
        spec.time_range.start_time.CopyFrom(timestamp(start))
    if end is not None:
        spec.time_range.end_time.CopyFrom(timestamp(end))
    return spec


def backtest_request(
    strategy: str,
    *,
    on: SubscriptionInput | Sequence[SubscriptionInput],
    params: Mapping[str, ParamInput],
    **options: Unpack[RunOptions],
) -> run_service_pb2.SubmitRequest:
    """Ask for one backtest; an option left out takes its default."""
    account = simulation(
        cash=options.get("cash", "10000"),
        commission=options.get("commission", "0"),
        slippage_ticks=options.get("slippage_ticks", "0"),
        sizing_=options.get("sizing"),
        max_leverage=options.get("max_leverage"),
        entry_bar_policy=options.get("entry_bar_policy"),
        end_of_run_policy=options.get("end_of_run_policy"),
        risk_free_rate=options.get("risk_free_rate", "0"),
        periods_per_year=options.get("periods_per_year", 0),
    )
    spec = backtest_spec(
        strategy,
        version=options.get("version", ""),
        on=on,
        params=params,
        start=options.get("start"),
        end=options.get("end"),
        account=account,
    )
    return run_service_pb2.SubmitRequest(
        backtest=spec,
        reuse_policy=reuse_policy(options.get("reuse", Reuse.JOIN_ACTIVE)),
        request_id=options.get("request_id") or "",
        display_name=options.get("display_name", ""),
        labels=dict(options.get("labels") or {}),
        priority=options.get("priority", 0),
    )


def optimization_spec(
    base: types_pb2.BacktestSpec,
    *,
    swept: Mapping[str, Swept],
    on_each: Sequence[SubscriptionInput],
    where: str | Sequence[str],
    objective: str,
    goal: str,
    constraints: Mapping[str, tuple[float | None, float | None]],
    random_trials: int,
    seed: int,
    max_trials: int,
    max_failed_trials: int,
) -> types_pb2.OptimizationSpec:
    """Describe a search; the axes are in the order of the mapping, the last the fastest."""
    rules = [where] if isinstance(where, str) else where
    spec = types_pb2.OptimizationSpec(
        base=base,
        axes=[axis(name, values) for name, values in swept.items()],
        subscription_axis=[subscription(item) for item in on_each],
        objective=types_pb2.Objective(
            metric=objective, goal=enum_number(types_pb2.Goal, "GOAL_", "goal", goal)
        ),
        constraints=[
            types_pb2.Constraint(metric=metric, min_value=least, max_value=most)
            for metric, (least, most) in constraints.items()
        ],
        param_constraints=[param_constraint(rule) for rule in rules if rule],
        max_trials=max_trials,
        max_failed_trials=max_failed_trials,
    )
    if random_trials:
        spec.random.CopyFrom(types_pb2.RandomSearch(trial_count=random_trials, seed=seed))
    else:
        spec.grid.CopyFrom(types_pb2.GridSearch())
    return spec


def split_params(
    params: Mapping[str, ParamInput | Swept],
) -> tuple[dict[str, ParamInput], dict[str, Swept]]:
    """Tell the fixed parameters from the swept ones."""
    fixed: dict[str, ParamInput] = {}
    swept: dict[str, Swept] = {}
    for name, value in params.items():
        if isinstance(value, range | Steps) or (
            isinstance(value, Sequence) and not isinstance(value, str)
        ):
            swept[name] = value
        else:
            fixed[name] = value
    return fixed, swept


def axis(name: str, values: Swept) -> types_pb2.Axis:
    """Say what a swept parameter goes through."""
    if isinstance(values, Steps):
        steps = types_pb2.DoubleDomain(
            min_value=values.first, max_value=values.last, step=values.step
        )
        return types_pb2.Axis(name=name, double_range=steps)
    if isinstance(values, range):
        if not values or values.step < 0:
            raise ValueError(f"parameter {name!r}: {values} has no numbers, or falls")
        whole = types_pb2.IntDomain(min_value=values[0], max_value=values[-1], step=values.step)
        return types_pb2.Axis(name=name, int_range=whole)
    listed = types_pb2.ValueList(values=[param_value(name, value) for value in values])
    return types_pb2.Axis(name=name, values=listed)


def param_constraint(rule: str) -> types_pb2.ParamConstraint:
    """Read a rule such as "fast < slow" or "level >= 0.2"; text stands in quotes."""
    match = _RULE.fullmatch(rule.strip())
    if match is None:
        raise ValueError(f'{rule!r} is no rule such as "fast < slow"; there are < <= > >= !=')
    left, op, right = match.groups()
    message = types_pb2.ParamConstraint(left=left, op=_COMPARISONS[op])
    try:
        value = ast.literal_eval(right)
    except (SyntaxError, ValueError):
        message.param = right
    else:
        message.value.CopyFrom(param_value(left, value))
    return message


def submit_request(
    work: run_service_pb2.SubmitRequest | types_pb2.BacktestSpec | types_pb2.OptimizationSpec,
) -> run_service_pb2.SubmitRequest:
    """Wrap a spec in a request, or copy a request, so that the caller's stays as it is."""
    request = run_service_pb2.SubmitRequest()
    if isinstance(work, run_service_pb2.SubmitRequest):
        request.CopyFrom(work)
    elif isinstance(work, types_pb2.BacktestSpec):
        request.backtest.CopyFrom(work)
    elif isinstance(work, types_pb2.OptimizationSpec):
        request.optimization.CopyFrom(work)
    else:
        raise TypeError(
            "a SubmitRequest, BacktestSpec or OptimizationSpec is needed, "
            f"not {type(work).__name__}"
        )
    return request


def reuse_policy(reuse: str) -> run_service_pb2.ReusePolicy.ValueType:
    """Read a `Reuse`, or its name in any case."""
    return enum_number(run_service_pb2.ReusePolicy, "REUSE_POLICY_", "reuse", reuse)


def series_spec(
    *,
    exchange: str,
    symbol: str,
    timeframe: str,
    price_tick: DecimalInput | None,
    quantity_step: DecimalInput | None,
    calendar: str = Calendar.UNSPECIFIED,
    columns: Mapping[str, str] | None = None,
) -> market_pb2.SeriesSpec:
    """Say what bars are; None is left to the server to find out."""
    spec = market_pb2.SeriesSpec(
        exchange=exchange,
        symbol=symbol,
        timeframe=timeframe,
        calendar=enum_number(market_pb2.Calendar, "CALENDAR_", "calendar", calendar),
        columns=dict(columns or {}),
    )
    if price_tick is not None:
        spec.price_tick = decimal_string("price_tick", price_tick)
    if quantity_step is not None:
        spec.quantity_step = decimal_string("quantity_step", quantity_step)
    return spec
