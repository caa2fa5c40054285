"""Requests from a caller's arguments: pure, one function a message."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Unpack, cast

from google.protobuf.timestamp_pb2 import Timestamp

from tradeforge._aux_values import aux_subscription
from tradeforge._carry import Carry, InstrumentTerms, Margin
from tradeforge._charges import charge, margin
from tradeforge._convert import (
    deadline,
    decimal_string,
    enum_number,
    from_param_value,
    labels,
    param_value,
    param_values,
    span,
    subscription,
    timestamp,
)
from tradeforge._exits import Exits, Limits, exits, limits
from tradeforge._inputs import (
    Calendar,
    DecimalInput,
    EquityFraction,
    Fees,
    FixedNotional,
    FixedQuantity,
    Genetic,
    ParamInput,
    RangeFraction,
    Reuse,
    RiskFraction,
    RunOptions,
    SearchOptions,
    SeriesOptions,
    Sizing,
    Steps,
    Subscription,
    SubscriptionInput,
    Swept,
    TimeInput,
)
from tradeforge._rules import Rules
from tradeforge._terms import add_terms
from tradeforge.v1 import market_data_service_pb2 as market_pb2
from tradeforge.v1 import run_service_pb2, types_pb2

_RULE = re.compile(r"([\w.\[\]]+)\s*(<=|>=|!=|<|>)\s*(.+)")
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
        case RiskFraction(fraction):
            return types_pb2.Sizing(risk_fraction=decimal_string("fraction", fraction))
        case RangeFraction(fraction, period):
            by_range = types_pb2.RangeFraction(
                fraction=decimal_string("fraction", fraction), period=period
            )
            return types_pb2.Sizing(range_fraction=by_range)
    raise TypeError(
        "sizing must be a FixedQuantity, FixedNotional, EquityFraction, RiskFraction or "
        f"RangeFraction, not {type(value).__name__}"
    )


def fees(value: Fees) -> types_pb2.Fees:
    """Say what fills pay; None is left to the server's default."""
    if not isinstance(value, Fees):
        raise TypeError(f"fees must be Fees, not {type(value).__name__}")
    names = [field.name for field in dataclasses.fields(Fees)]
    given = {name: getattr(value, name) for name in names}
    return types_pb2.Fees(
        **{name: decimal_string(name, it) for name, it in given.items() if it is not None}
    )


def simulation(
    *,
    cash: DecimalInput,
    commission: DecimalInput,
    slippage_ticks: DecimalInput,
    slippage_rate: DecimalInput = "0",
    slippage_range: DecimalInput = "0",
    limit_through_ticks: int = 0,
    fees_: Fees | None = None,
    sizing_: Sizing | None,
    max_leverage: DecimalInput | None,
    entry_bar_policy: str | None,
    end_of_run_policy: str | None,
    risk_free_rate: DecimalInput,
    periods_per_year: int,
    exits_: Exits | None = None,
    limits_: Limits | None = None,
    margin_: Margin | None = None,
) -> types_pb2.Simulation:
    """Describe the account; None is left to the server's default."""
    message = types_pb2.Simulation(
        initial_cash=decimal_string("cash", cash),
        risk_free_rate=decimal_string("risk_free_rate", risk_free_rate),
        periods_per_year=periods_per_year,
    )
    rate = decimal_string("commission", commission)
    if fees_ is None:
        message.commission_rate = rate
    elif rate != "0":
        raise ValueError("commission cannot stand beside fees: say it as their taker_rate")
    else:
        message.fees.CopyFrom(fees(fees_))
    ticks = decimal_string("slippage_ticks", slippage_ticks)
    slippage = decimal_string("slippage_rate", slippage_rate)
    of_range = decimal_string("slippage_range", slippage_range)
    if slippage == "0" and of_range == "0" and limit_through_ticks == 0:
        message.slippage_ticks = ticks
    else:
        terms = types_pb2.Slippage(
            ticks=ticks,
            rate=slippage,
            range_fraction=of_range,
            limit_through_ticks=limit_through_ticks,
        )
        message.slippage.CopyFrom(terms)
    if exits_ is not None:
        message.exits.CopyFrom(exits(exits_))
    if limits_ is not None:
        message.limits.CopyFrom(limits(limits_))
    if margin_ is not None:
        message.margin.CopyFrom(margin(margin_))
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
    warmup: int,
    aux: str | Sequence[str],
    benchmark: SubscriptionInput | None,
    account: types_pb2.Simulation,
    carry: Carry | None = None,
    instruments: Mapping[str, InstrumentTerms] | None = None,
) -> types_pb2.BacktestSpec:
    """Describe one backtest."""
    bars = [on] if isinstance(on, str | Subscription) else list(on)
    spec = types_pb2.BacktestSpec(
        strategy=(
            types_pb2.StrategyRef(source=strategy, version=version)
            if isinstance(strategy, Rules)
            else types_pb2.StrategyRef(name=strategy, version=version)
        ),
        params=param_values(params),
        subscriptions=[subscription(item) for item in bars],
        warmup_bars=warmup,
        aux=[aux_subscription(name) for name in ([aux] if isinstance(aux, str) else aux)],
        simulation=account,
    )
    if carry is not None:
        charge(spec, carry)
    if benchmark is not None:
        spec.benchmark.CopyFrom(subscription(benchmark))
    add_terms(spec, instruments or {})
    if start is not None or end is not None:
        spec.time_range.CopyFrom(time_range(start, end))
    return spec


def handover_value(handover: str) -> types_pb2.Handover.ValueType:
    """Say what a change of parameters does with a position."""
    return enum_number(types_pb2.Handover, "HANDOVER_", "handover", handover)


def param_change(
    moment: TimeInput, params: Mapping[str, ParamInput] | None
) -> types_pb2.ParamChange:
    """Say what holds from a moment on; None holds nothing."""
    return types_pb2.ParamChange(
        from_time=timestamp(moment), params=param_values(params or {}), flat=params is None
    )


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
        slippage_rate=options.get("slippage_rate", "0"),
        slippage_range=options.get("slippage_range", "0"),
        limit_through_ticks=options.get("limit_through_ticks", 0),
        fees_=options.get("fees"),
        sizing_=options.get("sizing"),
        max_leverage=options.get("max_leverage"),
        entry_bar_policy=options.get("entry_bar_policy"),
        end_of_run_policy=options.get("end_of_run_policy"),
        risk_free_rate=options.get("risk_free_rate", "0"),
        periods_per_year=options.get("periods_per_year", 0),
        exits_=options.get("exits"),
        limits_=options.get("limits"),
        margin_=options.get("margin"),
    )
    spec = backtest_spec(
        strategy,
        version=options.get("version", ""),
        on=on,
        params=params,
        start=options.get("start"),
        end=options.get("end"),
        warmup=options.get("warmup", 0),
        aux=options.get("aux", ()),
        benchmark=options.get("benchmark"),
        account=account,
        carry=options.get("carry"),
        instruments=options.get("instruments"),
    )
    return run_service_pb2.SubmitRequest(
        backtest=spec,
        reuse_policy=reuse_policy(options.get("reuse", Reuse.JOIN_ACTIVE)),
        request_id=options.get("request_id") or "",
        display_name=options.get("display_name", ""),
        notes=options.get("notes", ""),
        labels=labels(options.get("labels") or {}),
        priority=options.get("priority", 0),
        deadline=deadline(options.get("deadline")),
        compute_budget=span(options.get("compute_budget")),
    )


def sweep_request(
    strategy: str,
    *,
    on: SubscriptionInput | Sequence[SubscriptionInput],
    params: Mapping[str, ParamInput | Swept],
    **options: Unpack[SearchOptions],
) -> run_service_pb2.SubmitRequest:
    """Ask for a search; the axes are in the order of `params`, the last the fastest."""
    fixed, swept = split_params(params)
    # A number of the account by its path is no parameter: one value is an axis too.
    swept |= {name: [fixed.pop(name)] for name in list(fixed) if "." in name}
    own = SearchOptions.__annotations__.keys() - RunOptions.__annotations__.keys()
    of_runs: Any = {name: value for name, value in options.items() if name not in own}
    request = backtest_request(strategy, on=on, params=fixed, **of_runs)
    where = options.get("where", ())
    constraints = options.get("constraints") or {}
    spec = types_pb2.OptimizationSpec(
        base=request.backtest,
        axes=[axis(name, values) for name, values in swept.items()],
        subscription_axis=[subscription(item) for item in options.get("on_each", ())],
        across=enum_number(
            types_pb2.Across, "ACROSS_", "across", options.get("across") or "UNSPECIFIED"
        ),
        objective=types_pb2.Objective(
            metric=options.get("objective", ""),
            goal=enum_number(types_pb2.Goal, "GOAL_", "goal", options.get("goal", "UNSPECIFIED")),
        ),
        more_objectives=[objective(text) for text in options.get("also", ())],
        constraints=[
            types_pb2.Constraint(metric=metric, min_value=least, max_value=most)
            for metric, (least, most) in constraints.items()
        ],
        param_constraints=[
            param_constraint(rule)
            for rule in ([where] if isinstance(where, str) else where)
            if rule
        ],
        max_trials=options.get("max_trials", 0),
        max_failed_trials=options.get("max_failed_trials", 0),
    )
    random_trials = options.get("random_trials", 0)
    points = [_point(each) for each in options.get("points", ())]
    learning = options.get("search")
    given = {"points": points, "random_trials": random_trials, "search": learning}
    if sum(map(bool, given.values())) > 1:
        names = " and ".join(name for name, value in given.items() if value)
        raise ValueError(
            f"{names} cannot stand beside each other: each says which trials there are"
        )
    if learning:
        wire = spec.genetic if isinstance(learning, Genetic) else spec.tpe
        wire.trial_count, wire.seed, wire.batch = learning.trials, learning.seed, learning.batch
        # Of default values alone it would not be set.
        wire.SetInParent()
    elif points:
        spec.points.CopyFrom(types_pb2.PointList(points=points))
    elif random_trials:
        seed = options.get("seed", 0)
        spec.random.CopyFrom(types_pb2.RandomSearch(trial_count=random_trials, seed=seed))
    else:
        spec.grid.CopyFrom(types_pb2.GridSearch())
    request.optimization.CopyFrom(spec)
    extended = options.get("extend", "")
    request.extend_run_id = extended if isinstance(extended, str) else getattr(extended, "id", "")
    return request


def objective(text: str) -> types_pb2.Objective:
    """Read a metric; a minus before it means that less is better."""
    if text.startswith("-"):
        return types_pb2.Objective(metric=text[1:], goal=types_pb2.GOAL_MINIMIZE)
    return types_pb2.Objective(metric=text)


def _point(values: Mapping[str, ParamInput]) -> types_pb2.Point:
    if not isinstance(values, Mapping):
        raise TypeError(
            f"a point is parameters by name, as in {{'fast': 5}}, not {type(values).__name__}; "
            'of a frame they are frame.to_dict("records")'
        )
    return types_pb2.Point(params=param_values(values))


def split_params(
    params: Mapping[str, ParamInput | Swept],
) -> tuple[dict[str, ParamInput], dict[str, Swept]]:
    """Tell the fixed parameters from the swept ones."""
    fixed: dict[str, ParamInput] = {}
    swept: dict[str, Swept] = {}
    for name, value in params.items():
        if is_swept(value):
            swept[name] = cast("Swept", value)
        elif isinstance(value, set | frozenset | Mapping):
            raise TypeError(f"parameter {name!r}: what has no order is no axis; give a list")
        else:
            fixed[name] = cast("ParamInput", value)
    return fixed, swept


def is_swept(value: ParamInput | Swept) -> bool:
    """Whether this is many values in an order, rather than one."""
    if isinstance(value, range | Steps):
        return True
    if isinstance(value, str | bytes | set | frozenset | Mapping):
        return False
    # An array of numpy without axes has a length only in name.
    return hasattr(value, "__len__") and getattr(value, "ndim", 1) > 0


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
    listed = [param_value(name, value) for value in values]
    if not listed:
        raise ValueError(f"parameter {name!r} has no values")
    even = None if isinstance(values, Sequence) else _even_steps(listed)
    if even is not None:
        return types_pb2.Axis(name=name, double_range=even)
    return types_pb2.Axis(name=name, values=types_pb2.ValueList(values=listed))


def _even_steps(listed: Sequence[types_pb2.ParamValue]) -> types_pb2.DoubleDomain | None:
    """Read the steps that an array such as `np.arange(0.1, 0.6, 0.1)` was made by, if it was.

    It holds 0.30000000000000004. The server's third step is 0.3, which is what was meant.
    """
    numbers = [from_param_value(value) for value in listed]
    if len(numbers) < 2 or not all(isinstance(number, float) for number in numbers):
        return None
    floats = [float(number) for number in numbers if number is not None]
    first, step = _decimal(floats[0]), _decimal(floats[1] - floats[0])
    if step <= 0:
        return None
    exact = [float(first + place * step) for place in range(len(floats))]
    span = max(abs(floats[0]), abs(floats[-1]))
    if any(abs(a - b) > 1e-14 * span for a, b in zip(exact, floats, strict=True)):
        return None
    return types_pb2.DoubleDomain(min_value=exact[0], max_value=exact[-1], step=float(step))


def _decimal(number: float) -> Decimal:
    return Decimal(f"{number:.12g}")


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


def series_spec(on: SubscriptionInput, **options: Unpack[SeriesOptions]) -> market_pb2.SeriesSpec:
    """Say what bars are; None is left to the server to find out."""
    place = Subscription.parse(on) if isinstance(on, str) else on
    spec = market_pb2.SeriesSpec(
        exchange=place.exchange,
        symbol=place.symbol,
        timeframe=place.timeframe,
        calendar=enum_number(
            market_pb2.Calendar,
            "CALENDAR_",
            "calendar",
            options.get("calendar", Calendar.UNSPECIFIED),
        ),
        time_zone=options.get("time_zone", ""),
        day_start=options.get("day_start", ""),
        quote_currency=options.get("quote_currency", ""),
        columns=dict(options.get("columns") or {}),
    )
    price_tick, quantity_step = options.get("price_tick"), options.get("quantity_step")
    if price_tick is not None:
        spec.price_tick = decimal_string("price_tick", price_tick)
    if quantity_step is not None:
        spec.quantity_step = decimal_string("quantity_step", quantity_step)
    return spec


def time_range(start: TimeInput | None, end: TimeInput | None) -> types_pb2.TimeRange:
    """Say from when to when; None leaves a side open."""
    span = types_pb2.TimeRange()
    if start is not None:
        span.start_time.CopyFrom(timestamp(start))
    if end is not None:
        span.end_time.CopyFrom(timestamp(end))
    return span


def upload_header(
    on: SubscriptionInput, **options: Unpack[SeriesOptions]
) -> market_pb2.UploadBarsHeader:
    """Say what the files after it are."""
    return market_pb2.UploadBarsHeader(
        series=series_spec(on, **options),
        layout=bar_layout(**options),
        replace=options.get("replace", False),
        validate_only=options.get("validate_only", False),
    )


def bar_layout(**options: Unpack[SeriesOptions]) -> market_pb2.BarLayout:
    """Say how a file of bars is laid out; what is left out is found out from the file."""
    scale = options.get("scale")
    return market_pb2.BarLayout(
        times_in=options.get("times_in", ""),
        time_format=options.get("time_format", ""),
        time_is=enum_number(
            market_pb2.BarTime, "BAR_TIME_", "time_is", options.get("time_is", "UNSPECIFIED")
        ),
        no_header=options.get("no_header", False),
        skip_rows=options.get("skip_rows", 0),
        scale="" if scale is None else decimal_string("scale", scale),
        symbol=options.get("file_symbol", ""),
        decimal_mark=enum_number(
            market_pb2.DecimalMark,
            "DECIMAL_MARK_",
            "decimal_mark",
            options.get("decimal_mark", "UNSPECIFIED"),
        ),
    )


def halves(
    request: market_pb2.GetBarsRequest, answer: market_pb2.GetBarsResponse
) -> list[market_pb2.GetBarsRequest]:
    """Cut a request for bars in two, at a bar in the middle of what it was answered with."""
    middle = answer.time_unix_ms[len(answer.time_unix_ms) // 2]
    cut = Timestamp(seconds=middle // 1_000, nanos=middle % 1_000 * 1_000_000)
    before, after = market_pb2.GetBarsRequest(), market_pb2.GetBarsRequest()
    before.CopyFrom(request)
    after.CopyFrom(request)
    before.time_range.end_time.CopyFrom(cut)
    after.time_range.start_time.CopyFrom(cut)
    return [before, after]


def request(
    strategy: str,
    *,
    on: SubscriptionInput | Sequence[SubscriptionInput],
    params: Mapping[str, ParamInput | Swept],
    **options: Unpack[SearchOptions],
) -> run_service_pb2.SubmitRequest:
    """Ask for a search if any parameter or market is varied, else for one backtest."""
    fixed, swept = split_params(params)
    if swept or options.keys() - RunOptions.__annotations__.keys():
        return sweep_request(strategy, on=on, params=params, **options)
    of_runs: Any = options
    return backtest_request(strategy, on=on, params=fixed, **of_runs)
