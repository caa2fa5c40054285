"""The nouns of TradeForge as frozen dataclasses: what a caller gives and gets.

A type that was read from a message keeps it as `pb`, for what is not spelled out here. Times are
`datetime` in UTC, spans are `timedelta`, measured numbers are `float`; what is undefined is None
or not in the dict.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Self, TypedDict

from tradeforge.v1 import (
    market_data_service_pb2,
    run_service_pb2,
    strategy_service_pb2,
    system_service_pb2,
    types_pb2,
)

ParamInput = int | float | bool | str
"""The value of one strategy parameter; its Python type is its type on the wire."""

DecimalInput = str | int | Decimal
"""An exact number: money, a rate, a tick. A float is refused, since 0.1 is not exact in binary."""


class RunKind(StrEnum):
    """What sort of work a run is."""

    UNSPECIFIED = "UNSPECIFIED"
    BACKTEST = "BACKTEST"
    OPTIMIZATION = "OPTIMIZATION"


class RunState(StrEnum):
    """Where a run is in its life. The last three are final."""

    UNSPECIFIED = "UNSPECIFIED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"

    @property
    def is_final(self) -> bool:
        """Whether the run can change no more."""
        return self in (RunState.COMPLETED, RunState.FAILED, RunState.CANCELLED)


class TrialState(StrEnum):
    """How a trial ended. INFEASIBLE ran, but broke a constraint."""

    UNSPECIFIED = "UNSPECIFIED"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    INFEASIBLE = "INFEASIBLE"


class Disposition(StrEnum):
    """How a submission was answered: by a new run, a live one joined, or a completed one."""

    UNSPECIFIED = "UNSPECIFIED"
    CREATED = "CREATED"
    JOINED = "JOINED"
    REUSED = "REUSED"


class Reuse(StrEnum):
    """What a submission does if equal work is there already."""

    JOIN_ACTIVE = "JOIN_ACTIVE"
    """Join it if it is not final; otherwise start a new run. The default."""
    REUSE_COMPLETED = "REUSE_COMPLETED"
    """Join it if it is not final, else take the newest completed run, else start a new one."""
    ALWAYS_NEW = "ALWAYS_NEW"
    """Start a new run in any case."""


class EntryBarPolicy(StrEnum):
    """What stop-loss and take-profit may do on the bar that opened their position."""

    WORST_CASE = "WORST_CASE"
    """They are tested on it, the stop first. The default."""
    NEXT_BAR = "NEXT_BAR"
    """They are tested from the bar after it."""


class EndOfRunPolicy(StrEnum):
    """What becomes of positions that are open after the last bar."""

    MARK_OPEN = "MARK_OPEN"
    """They stay open and are valued at the last close. The default."""
    CLOSE_AT_LAST_CLOSE = "CLOSE_AT_LAST_CLOSE"
    """They are closed there."""


class Calendar(StrEnum):
    """When an instrument trades. UNSPECIFIED in a request: told by the data."""

    UNSPECIFIED = "UNSPECIFIED"
    ALWAYS_OPEN = "ALWAYS_OPEN"
    SESSIONS = "SESSIONS"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Bars of one instrument at one timeframe, written "EXCHANGE:SYMBOL@TIMEFRAME"."""

    exchange: str
    symbol: str
    timeframe: str
    data_sha256: str = ""
    """Pins one version of the data by its hash; empty means the newest."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "BINANCE:BTCUSDT@1m". Raises ValueError if a part is missing."""
        exchange, colon, rest = text.strip().partition(":")
        symbol, at, timeframe = rest.rpartition("@")
        if not (colon and at and exchange and symbol and timeframe):
            raise ValueError(f'{text!r} is not of the form "EXCHANGE:SYMBOL@TIMEFRAME"')
        return cls(exchange, symbol, timeframe)

    def __str__(self) -> str:
        return f"{self.exchange}:{self.symbol}@{self.timeframe}"


@dataclass(frozen=True, slots=True)
class FixedQuantity:
    """Sizing: every entry has this quantity, in units of the instrument."""

    quantity: DecimalInput


@dataclass(frozen=True, slots=True)
class FixedNotional:
    """Sizing: every entry is worth this much quote currency, commission included."""

    notional: DecimalInput


@dataclass(frozen=True, slots=True)
class EquityFraction:
    """Sizing: every entry is worth this fraction of the equity, commission included; 1 is all."""

    fraction: DecimalInput


Sizing = FixedQuantity | FixedNotional | EquityFraction


@dataclass(frozen=True, slots=True)
class Steps:
    """A swept parameter: from the first number to the last, both included, in exact steps.

    0.1 to 0.5 by 0.1 is 0.1, 0.2, 0.3, 0.4, 0.5. Without a step, a random search draws any number
    between the two.
    """

    first: float
    last: float
    step: float = 0.0


Swept = range | Sequence[ParamInput] | Steps
"""What a parameter goes through: a `range` of whole numbers, `Steps`, or the values themselves."""


class RunOptions(TypedDict, total=False):
    """What a backtest and a search can be given alike; `Client.backtest` says what each means."""

    cash: DecimalInput
    commission: DecimalInput
    slippage_ticks: DecimalInput
    sizing: Sizing | None
    max_leverage: DecimalInput | None
    entry_bar_policy: EntryBarPolicy | str | None
    end_of_run_policy: EndOfRunPolicy | str | None
    risk_free_rate: DecimalInput
    periods_per_year: int
    start: datetime | date | str | None
    end: datetime | date | str | None
    version: str
    reuse: Reuse | str
    display_name: str
    labels: Mapping[str, str] | None
    priority: int
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a run or a trial failed."""

    reason: str
    """A stable name, as in "PARAM_INVALID"."""
    message: str
    metadata: Mapping[str, str]
    stack_trace: str
    """Empty if there is none."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One parameter set of an optimization, and how it did."""

    index: int
    state: TrialState
    params: Mapping[str, ParamInput]
    metrics: Mapping[str, float]
    objective: float | None
    """None if undefined."""
    failure: Failure | None
    pb: types_pb2.TrialSummary = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a run is done, in bars of a backtest or trials of an optimization."""

    total: int
    completed: int
    failed: int
    fraction: float
    """Share done, from 0 to 1."""
    per_second: float
    """Recent speed; 0 while unknown."""
    elapsed: timedelta | None
    remaining: timedelta | None
    """By estimate; None while unknown."""
    best: Trial | None
    queue_position: int
    """1 is the next to start; 0 means not queued."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a run stands at one moment."""

    run_id: str
    kind: RunKind
    state: RunState
    attempt: int
    """How often it was started; above 1 after a restart of the server."""
    sequence: int
    """Rises with each change; what `Run.watch(after_sequence=...)` resumes after."""
    progress: Progress
    failure: Failure | None
    """Set if and only if the state is FAILED."""
    is_cancel_requested: bool
    create_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    pb: types_pb2.RunStatus = field(repr=False, compare=False)

    @property
    def is_final(self) -> bool:
        """Whether the run can change no more."""
        return self.state.is_final


@dataclass(frozen=True, slots=True)
class Validation:
    """What a submission would come to."""

    run_key: str
    total: int
    """Bars of a backtest, trials of an optimization."""
    warnings: Sequence[str]
    pb: run_service_pb2.SubmitResponse = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of a strategy."""

    name: str
    display_name: str
    description: str
    unit: str
    default: ParamInput | None
    minimum: float | None
    """Smallest number allowed; None if it is not a number."""
    maximum: float | None
    choices: Sequence[str]
    """Names allowed; empty if it is not a choice."""
    pb: types_pb2.ParamSpec = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric that results can hold."""

    name: str
    display_name: str
    description: str
    unit: str
    pb: types_pb2.MetricSpec = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Strategy:
    """One strategy that the server knows."""

    name: str
    version: str
    display_name: str
    description: str
    params: Sequence[Parameter]
    metrics: Sequence[Metric]
    pb: strategy_service_pb2.Strategy = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Series:
    """One stored version of an instrument's bars."""

    exchange: str
    symbol: str
    timeframe: str
    price_tick: str
    quantity_step: str
    calendar: Calendar
    data_sha256: str
    bar_count: int
    first_bar_time: datetime | None
    """Open of the first bar."""
    end_time: datetime | None
    """End of the last bar."""
    gap_count: int
    size_bytes: int
    import_time: datetime | None
    source: str
    pb: market_data_service_pb2.Series = field(repr=False, compare=False)

    @property
    def subscription(self) -> Subscription:
        """These bars as `backtest(on=...)` takes them: the newest version, not this one pinned."""
        return Subscription(self.exchange, self.symbol, self.timeframe)


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of storing bars."""

    series: Series
    created: bool
    """False if every bar was stored already."""
    rows_read: int
    warnings: Sequence[str]


@dataclass(frozen=True, slots=True)
class ServerInfo:
    """What the server is and how busy."""

    version: str
    git_revision: str
    engine_version: str
    worker_threads: int
    running_runs: int
    pending_runs: int
    uptime: timedelta
    limits: Mapping[str, int]
    """By name, as in "max_trials_per_run"; 0 means without limit."""
    pb: system_service_pb2.GetServerInfoResponse = field(repr=False, compare=False)


Result = dict[str, Any]
"""Outcome of a run as a plain dict; `Run.wait` says what is in it."""

TradeRow = dict[str, Any]
"""One trade as a plain dict; `Run.trades` says what is in it."""
