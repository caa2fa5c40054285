"""Requests from a caller's arguments: pure, one function a message."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tradeforge._convert import (
    SubscriptionInput,
    TimeInput,
    decimal_string,
    enum_number,
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
    Sizing,
    Subscription,
)
from tradeforge.v1 import market_data_service_pb2 as market_pb2
from tradeforge.v1 import run_service_pb2, types_pb2


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
