"""One backtest under stress: what is changed about it, and what became of that."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from tradeforge._inputs import ParamInput
from tradeforge.v1 import types_pb2


class RobustnessPart(StrEnum):
    """What is examined of a backtest. UNSPECIFIED: the backtest as it is."""

    UNSPECIFIED = "UNSPECIFIED"
    RESAMPLING = "RESAMPLING"
    """Its days drawn again in blocks and strung together, many times."""
    NEIGHBOURS = "NEIGHBOURS"
    """Parameter sets near its own."""
    COSTS = "COSTS"
    """Multiples of the fees, and worse fills."""
    STARTS = "STARTS"
    """Starts on later days."""
    NOISE = "NOISE"
    """Noise on the prices."""
    DELAYS = "DELAYS"
    """A strategy that hears of each bar late."""
    RANDOM_ENTRIES = "RANDOM_ENTRIES"
    """Its stays in the market, put at random times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stress:
    """What is changed about a backtest. 0 and empty stand for what is usual."""

    parts: Sequence[RobustnessPart | str] = ()
    """What is examined; empty means all that the backtest has."""
    seed: int = 0
    """What is drawn follows from it."""
    paths: int = 0
    """How often its days are strung together; 0 means 10,000."""
    mean_block_days: float = 0.0
    """Days of a block of a path on average; 0 finds it from the returns."""
    ruin_levels: Sequence[float] = ()
    """Fractions of the start that paths may fall below; empty means 0.5."""
    steps: int = 0
    """By how many steps each parameter is moved alone; 0 means 3."""
    box: int = 0
    """Points drawn around all parameters; 0 means 50."""
    box_steps: int = 0
    """By how many steps theirs are moved at most; 0 means 3."""
    fees_times: Sequence[float] = ()
    """How many times all fees are paid; empty means 0, 0.5, 1, 2, 3 and 5."""
    worse_ticks: Sequence[int] = ()
    """By how many ticks each fill is worse; empty means 0, 1, 2, 5 and 10."""
    start_shift_days: int = 0
    """How many days later it starts at most; 0 means 20."""
    noise_draws: int = 0
    """How often noise is put on the prices; 0 means 200."""
    noise: float = 0.0
    """How wide it is, in parts of the spread of the bars' returns; 0 means 0.1."""
    late_bars: Sequence[int] = ()
    """By how many bars it hears of each bar late; empty means 1, 2, 3 and 5."""
    random_entries: int = 0
    """How often its stays in the market are put at random times; 0 means 200."""


@dataclass(frozen=True, slots=True)
class FigureSpread:
    """How a figure is spread over the paths; falls are by the ends of days."""

    metric: str
    observed: float | None
    """That of the days as they came."""
    rank: float | None
    """The share of paths with less."""
    quantiles: Sequence[float]
    """At or below which 5, 25, 50, 75 and 95 of 100 paths are."""


@dataclass(frozen=True, slots=True)
class RobustnessResult:
    """What a backtest came to under stress. What was not examined is None, 0 or empty."""

    run_id: str
    sentence: str
    """What was found, in words."""
    metrics: Mapping[str, float]
    """Of the backtest as it is."""
    breakeven_commission_factor: float | None
    """How many times the fees leave no profit."""
    greatest_commission_factor: float | None
    """The most that was tried, if it leaves a profit."""
    breakeven_slippage_ticks: float | None
    """By how many ticks worse fills leave no profit."""
    neighbour_count: int
    neighbours_keeping_half: int | None
    """Neighbours with half of its Sharpe ratio or more; None if that is not above 0."""
    start_count: int
    starts_with_profit: int
    noise_count: int
    noise_with_profit: int
    first_delay_without_profit: int | None
    """The least delay in bars that leaves no profit."""
    greatest_delay_with_profit: int | None
    """The most that was tried, if all leave a profit."""
    random_entry_count: int
    random_entries_as_good: int | None
    """Backtests at random times that come to at least its return."""
    path_count: int
    days: int
    mean_block_days: float | None
    probability_of_loss: float | None
    """Share of paths that end below their start."""
    drawdown_p95: float | None
    """The deepest fall that 95 of 100 paths keep to."""
    ruin: Mapping[float, float]
    """Share of paths that ever fall below a fraction of their start."""
    spreads: Mapping[str, FigureSpread]
    """By metric."""
    completed: int
    failed: int
    backtest_sha256: str
    """What the plain backtest has as its result_sha256."""
    result_sha256: str
    pb: types_pb2.RobustnessResult = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the backtests of a robustness run."""

    place: int
    """0 is the backtest as it is."""
    part: RobustnessPart
    name: str
    """A parameter that is moved alone, "commission", "slippage_ticks", "start_days", "noise_draw",
    "delay_bars" or "random_draw"."""
    amount: float
    """Steps, a factor, ticks, days, bars; or which draw."""
    params: Mapping[str, ParamInput]
    """Parameters that are other than the backtest's."""
    metrics: Mapping[str, float]
    failure: str
    """Why there are none; empty if it ran to its end."""
    pb: types_pb2.Variant = field(repr=False, compare=False)
