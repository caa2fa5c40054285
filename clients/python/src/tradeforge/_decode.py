"""Dataclasses and plain dicts from messages: pure, one function a message."""

from __future__ import annotations

from tradeforge._convert import enum_name, from_duration, from_param_value, from_timestamp
from tradeforge._values import (
    Calendar,
    Failure,
    Metric,
    Parameter,
    Progress,
    Result,
    RunKind,
    RunState,
    Series,
    ServerInfo,
    Status,
    Strategy,
    TradeRow,
    Trial,
    TrialState,
)
from tradeforge.v1 import (
    market_data_service_pb2,
    result_service_pb2,
    strategy_service_pb2,
    system_service_pb2,
    types_pb2,
)


def run_state(number: types_pb2.RunState.ValueType) -> RunState:
    """Read a run's state."""
    return enum_name(types_pb2.RunState, "RUN_STATE_", number, RunState)


def failure(message: types_pb2.RunError) -> Failure:
    """Read why something failed."""
    return Failure(message.reason, message.message, dict(message.metadata), message.stack_trace)


def trial(message: types_pb2.TrialSummary) -> Trial:
    """Read one trial."""
    params = {name: from_param_value(value) for name, value in message.params.items()}
    return Trial(
        index=message.trial_index,
        state=enum_name(types_pb2.TrialState, "TRIAL_STATE_", message.state, TrialState),
        params={name: value for name, value in params.items() if value is not None},
        metrics=dict(message.metrics),
        objective=message.objective_value if message.HasField("objective_value") else None,
        failure=failure(message.error) if message.HasField("error") else None,
        pb=message,
    )


def progress(message: types_pb2.Progress) -> Progress:
    """Read how much is done."""
    return Progress(
        total=message.total,
        completed=message.completed,
        failed=message.failed,
        fraction=message.fraction,
        per_second=message.per_second,
        elapsed=from_duration(message.elapsed) if message.HasField("elapsed") else None,
        remaining=from_duration(message.remaining) if message.HasField("remaining") else None,
        best=trial(message.best_trial) if message.HasField("best_trial") else None,
        queue_position=message.queue_position,
    )


def status(message: types_pb2.RunStatus) -> Status:
    """Read how a run stands."""
    return Status(
        run_id=message.run_id,
        kind=enum_name(types_pb2.RunKind, "RUN_KIND_", message.kind, RunKind),
        state=run_state(message.state),
        attempt=message.attempt,
        sequence=message.sequence,
        progress=progress(message.progress),
        failure=failure(message.error) if message.HasField("error") else None,
        is_cancel_requested=message.HasField("cancel"),
        create_time=(
            from_timestamp(message.create_time) if message.HasField("create_time") else None
        ),
        start_time=from_timestamp(message.start_time) if message.HasField("start_time") else None,
        end_time=from_timestamp(message.end_time) if message.HasField("end_time") else None,
        pb=message,
    )


def result(message: types_pb2.RunStatus) -> Result:
    """Read the outcome of a completed run; `Run.wait` documents the dict."""
    if message.WhichOneof("result") == "optimization":
        sweep = message.optimization
        return {
            "run_id": message.run_id,
            "completed": sweep.completed,
            "failed": sweep.failed,
            "infeasible": sweep.infeasible,
            "best_trial": trial(sweep.best_trial) if sweep.HasField("best_trial") else None,
            "top_trials": [trial(item) for item in sweep.top_trials],
            "failures": [
                {
                    "reason": group.reason,
                    "message": group.message,
                    "count": group.count,
                    "sample_trial_index": group.sample_trial_index,
                    "stack_trace": group.stack_trace,
                }
                for group in sweep.failures
            ],
            "result_sha256": sweep.result_sha256,
        }
    backtest = message.backtest
    return {
        "run_id": message.run_id,
        "metrics": dict(backtest.metrics),
        "trade_count": backtest.trade_count,
        "equity_point_count": backtest.equity_point_count,
        "rejections": dict(backtest.rejections),
        "result_sha256": backtest.result_sha256,
    }


def trade(message: result_service_pb2.Trade) -> TradeRow:
    """Read one trade; `Run.trades` documents the dict."""
    is_open = not message.HasField("exit_time")
    side = result_service_pb2.TradeSide.Name(message.side).removeprefix("TRADE_SIDE_")
    return {
        "trade_index": message.trade_index,
        "symbol": message.symbol,
        "side": side,
        "entry_time": from_timestamp(message.entry_time),
        "exit_time": None if is_open else from_timestamp(message.exit_time),
        "entry_price": message.entry_price,
        "exit_price": None if is_open else message.exit_price,
        "quantity": message.quantity,
        "profit": message.profit,
        "fees": message.fees,
        "exit_reason": message.exit_reason or None,
        "ambiguous": message.ambiguous,
    }


def parameter(message: types_pb2.ParamSpec) -> Parameter:
    """Read one parameter of a strategy."""
    minimum: float | None = None
    maximum: float | None = None
    match message.WhichOneof("domain"):
        case "int_domain":
            minimum, maximum = message.int_domain.min_value, message.int_domain.max_value
        case "double_domain":
            minimum, maximum = message.double_domain.min_value, message.double_domain.max_value
    return Parameter(
        name=message.name,
        display_name=message.display_name,
        description=message.description,
        unit=message.unit,
        default=from_param_value(message.default_value),
        minimum=minimum,
        maximum=maximum,
        choices=tuple(message.choice_domain.values),
        pb=message,
    )


def strategy(message: strategy_service_pb2.Strategy) -> Strategy:
    """Read one strategy."""
    return Strategy(
        name=message.name,
        version=message.version,
        display_name=message.display_name,
        description=message.description,
        params=tuple(parameter(item) for item in message.params),
        metrics=tuple(
            Metric(item.name, item.display_name, item.description, item.unit, pb=item)
            for item in message.metrics
        ),
        pb=message,
    )


def series(message: market_data_service_pb2.Series) -> Series:
    """Read one stored version of an instrument's bars."""
    spec = message.spec
    return Series(
        exchange=spec.exchange,
        symbol=spec.symbol,
        timeframe=spec.timeframe,
        price_tick=spec.price_tick,
        quantity_step=spec.quantity_step,
        calendar=enum_name(market_data_service_pb2.Calendar, "CALENDAR_", spec.calendar, Calendar),
        data_sha256=message.data_sha256,
        bar_count=message.bar_count,
        first_bar_time=(
            from_timestamp(message.first_bar_time) if message.HasField("first_bar_time") else None
        ),
        end_time=from_timestamp(message.end_time) if message.HasField("end_time") else None,
        gap_count=message.gap_count,
        size_bytes=message.size_bytes,
        import_time=(
            from_timestamp(message.import_time) if message.HasField("import_time") else None
        ),
        source=message.source,
        pb=message,
    )


def server_info(message: system_service_pb2.GetServerInfoResponse) -> ServerInfo:
    """Read what the server is."""
    limits = message.limits
    return ServerInfo(
        version=message.version,
        git_revision=message.git_revision,
        engine_version=message.engine_version,
        worker_threads=message.worker_threads,
        running_runs=message.running_runs,
        pending_runs=message.pending_runs,
        uptime=from_duration(message.uptime),
        limits={item.name: getattr(limits, item.name) for item in limits.DESCRIPTOR.fields},
        pb=message,
    )
