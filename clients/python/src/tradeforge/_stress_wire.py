"""Backtests under stress on the wire: what is asked, and what came out."""

from __future__ import annotations

from tradeforge._convert import enum_name, enum_number, from_param_value
from tradeforge._errors import Precondition
from tradeforge._stress import (
    FigureSpread,
    RobustnessPart,
    RobustnessResult,
    Stress,
    Variant,
)
from tradeforge.v1 import types_pb2


def robustness_spec(base: types_pb2.BacktestSpec, stress: Stress) -> types_pb2.RobustnessSpec:
    """Ask for a backtest under stress."""
    return types_pb2.RobustnessSpec(
        base=base,
        seed=stress.seed,
        path_count=stress.paths,
        mean_block_days=stress.mean_block_days,
        neighbour_steps=stress.steps,
        box_count=stress.box,
        box_steps=stress.box_steps,
        commission_factors=stress.fees_times,
        slippage_ticks=stress.worse_ticks,
        start_shift_days=stress.start_shift_days,
        ruin_levels=stress.ruin_levels,
        noise_count=stress.noise_draws,
        noise=stress.noise,
        delay_bars=stress.late_bars,
        random_entry_count=stress.random_entries,
        parts=[
            enum_number(types_pb2.RobustnessPart, "ROBUSTNESS_PART_", "parts", part)
            for part in stress.parts
        ],
    )


def trial_backtest(
    base: types_pb2.BacktestSpec, trial: types_pb2.TrialSummary
) -> types_pb2.BacktestSpec:
    """Say as a backtest what one trial of a search was."""
    swept = [name for name in trial.params if "." in name]
    if swept:
        raise Precondition(
            f"the search sweeps {swept[0]}, which is no parameter of the strategy; write the trial "
            "down as a backtest",
            reason="NOT_A_BACKTEST",
        )
    spec = types_pb2.BacktestSpec()
    spec.CopyFrom(base)
    spec.ClearField("params")
    for name, value in trial.params.items():
        spec.params[name].CopyFrom(value)
    if trial.HasField("subscription") and len(base.subscriptions) < 2:
        spec.ClearField("subscriptions")
        spec.subscriptions.append(trial.subscription)
    return spec


def robustness_result(run_id: str, message: types_pb2.RobustnessResult) -> RobustnessResult:
    """Read what a backtest came to under stress."""
    known = {descriptor.name: value for descriptor, value in message.ListFields()}
    return RobustnessResult(
        run_id=run_id,
        sentence=message.sentence,
        metrics=dict(message.metrics),
        breakeven_commission_factor=known.get("breakeven_commission_factor"),
        greatest_commission_factor=known.get("greatest_commission_factor"),
        breakeven_slippage_ticks=known.get("breakeven_slippage_ticks"),
        neighbour_count=message.neighbour_count,
        neighbours_keeping_half=known.get("neighbours_keeping_half"),
        start_count=message.start_count,
        starts_with_profit=message.starts_with_profit,
        noise_count=message.noise_count,
        noise_with_profit=message.noise_with_profit,
        first_delay_without_profit=known.get("first_delay_without_profit"),
        greatest_delay_with_profit=known.get("greatest_delay_with_profit"),
        random_entry_count=message.random_entry_count,
        random_entries_as_good=known.get("random_entries_as_good"),
        path_count=message.path_count,
        days=message.days,
        mean_block_days=known.get("mean_block_days"),
        probability_of_loss=known.get("probability_of_loss"),
        drawdown_p95=known.get("drawdown_p95"),
        ruin={ruin.level: ruin.probability for ruin in message.ruin},
        spreads={spread.metric: _spread(spread) for spread in message.spreads},
        completed=message.completed,
        failed=message.failed,
        backtest_sha256=message.backtest_sha256,
        result_sha256=message.result_sha256,
        pb=message,
    )


def _spread(message: types_pb2.FigureSpread) -> FigureSpread:
    known = {descriptor.name: value for descriptor, value in message.ListFields()}
    return FigureSpread(
        metric=message.metric,
        observed=known.get("observed"),
        rank=known.get("rank"),
        quantiles=tuple(message.quantiles),
    )


def variant(message: types_pb2.Variant) -> Variant:
    """Read one of the backtests of a robustness run."""
    read = {name: from_param_value(value) for name, value in message.params.items()}
    return Variant(
        place=message.place,
        part=enum_name(types_pb2.RobustnessPart, "ROBUSTNESS_PART_", message.part, RobustnessPart),
        name=message.name,
        amount=message.amount,
        params={name: value for name, value in sorted(read.items()) if value is not None},
        metrics=dict(message.metrics),
        failure=message.failure,
        pb=message,
    )
