"""What a caller gives: values, bars, sizes, axes and the options of runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol, Self, TypedDict

from tradeforge._carry import Carry, InstrumentTerms, Margin
from tradeforge._exits import Exits, Limits

ParamInput = int | float | bool | str
"""The value of one strategy parameter; its Python type is its type on the wire."""

DecimalInput = str | int | Decimal
"""An exact number: money, a rate, a tick. A float is refused, since 0.1 is not exact in binary."""


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


class Handover(StrEnum):
    """What a change of parameters does with the position that is open."""

    CLOSE = "CLOSE"
    """It is closed at the next open, and the new parameters begin with nothing. The default."""
    RUN_OFF = "RUN_OFF"
    """The old parameters may only leave it; the new ones begin when nothing is held."""
    KEEP = "KEEP"
    """It stays with its exits, and the new parameters decide about it."""
    ADOPT = "ADOPT"
    """The account holds what the new parameters hold where they traded alone from the beginning."""


class ExcessOver(StrEnum):
    """What is taken off the daily returns of a trial before anything is asked of them.

    EXPOSURE: what holding its own mean exposure to the market all the time would have earned.
    """

    EXPOSURE = "EXPOSURE"
    ZERO = "ZERO"
    MARKET = "MARKET"


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


@dataclass(frozen=True, slots=True)
class RiskFraction:
    """Sizing: every entry loses this fraction of the equity at its stop-loss, costs aside."""

    fraction: DecimalInput


@dataclass(frozen=True, slots=True)
class RangeFraction:
    """Sizing: one average true range over `period` bars moves this fraction of the equity."""

    fraction: DecimalInput
    period: int = 14


Sizing = FixedQuantity | FixedNotional | EquityFraction | RiskFraction | RangeFraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """What a fill pays, where it is more than one rate of commission.

    min(max(rate x notional + per_unit x quantity + per_fill, minimum), maximum_rate x notional).
    """

    taker_rate: DecimalInput = "0"
    """Fraction of the notional."""
    maker_rate: DecimalInput | None = None
    """The same of limits that waited, take-profits among them; None means taker_rate."""
    per_unit: DecimalInput = "0"
    """Money for each unit of quantity, a share say."""
    per_fill: DecimalInput = "0"
    """Money for each fill."""
    minimum: DecimalInput = "0"
    """Least money of a fill."""
    maximum_rate: DecimalInput | None = None
    """Greatest fee as a fraction of the notional, even below the least; None means none."""


@dataclass(frozen=True, slots=True)
class Steps:
    """A swept parameter: from the first number to the last, both included, in exact steps.

    0.1 to 0.5 by 0.1 is 0.1, 0.2, 0.3, 0.4, 0.5. Without a step, a random search draws any number
    between the two.
    """

    first: float
    last: float
    step: float = 0.0


class Values(Protocol):
    """Values in an order: an array of numpy, or a column of pandas or polars."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Any]: ...


Swept = range | Sequence[ParamInput] | Steps | Values
"""What a parameter goes through: a `range` of whole numbers, `Steps`, or the values themselves."""

TimeInput = datetime | date | str
"""A moment: a datetime (naive means UTC), a date (its midnight in UTC), or either as ISO 8601."""

SubscriptionInput = Subscription | str
"""What to run on: "EXCHANGE:SYMBOL@TIMEFRAME", or a Subscription."""


class RunOptions(TypedDict, total=False):
    """What every run can be given; `Client.backtest` says what each means."""

    cash: DecimalInput
    commission: DecimalInput
    fees: Fees | None
    slippage_ticks: DecimalInput
    slippage_rate: DecimalInput
    slippage_range: DecimalInput
    limit_through_ticks: int
    sizing: Sizing | None
    max_leverage: DecimalInput | None
    entry_bar_policy: EntryBarPolicy | str | None
    end_of_run_policy: EndOfRunPolicy | str | None
    risk_free_rate: DecimalInput
    periods_per_year: int
    exits: Exits | None
    limits: Limits | None
    carry: Carry | None
    margin: Margin | None
    instruments: Mapping[str, InstrumentTerms] | None
    start: TimeInput | None
    end: TimeInput | None
    warmup: int
    aux: str | Sequence[str]
    benchmark: SubscriptionInput | None
    version: str
    reuse: Reuse | str
    display_name: str
    notes: str
    labels: Mapping[str, str] | None
    priority: int
    deadline: TimeInput | timedelta | None
    compute_budget: timedelta | float | None
    request_id: str | None


@dataclass(frozen=True, slots=True)
class Genetic:
    """Breeds trials from the best so far, generation by generation, instead of trying all."""

    trials: int
    """How many, at most 100,000."""
    seed: int = 0
    """Equal seeds breed equal trials."""
    batch: int = 0
    """How many to a generation: even, from 8 to 1,024; 0 means 32."""


@dataclass(frozen=True, slots=True)
class Tpe:
    """Tries trials where good ones are dense, generation by generation, instead of trying all."""

    trials: int
    """How many, at most 5,000."""
    seed: int = 0
    """Equal seeds try equal trials."""
    batch: int = 0
    """How many to a generation: from 8 to 1,024; 0 means 32."""


class SearchOptions(RunOptions, total=False):
    """What a search can be given besides; `Client.sweep` says what each means."""

    on_each: Sequence[SubscriptionInput]
    across: str
    where: str | Sequence[str]
    objective: str
    goal: str
    constraints: Mapping[str, tuple[float | None, float | None]] | None
    search: Genetic | Tpe | None
    also: Sequence[str]
    points: Iterable[Mapping[str, ParamInput]]
    random_trials: int
    seed: int
    max_trials: int
    max_failed_trials: int
    extend: object


class SeriesOptions(TypedDict, total=False):
    """How bars are to be read; `Client.import_file` says what each means."""

    price_tick: DecimalInput | None
    quantity_step: DecimalInput | None
    calendar: Calendar | str
    time_zone: str
    day_start: str
    quote_currency: str
    columns: Mapping[str, str] | None
    times_in: str
    time_format: str
    time_is: str
    no_header: bool
    skip_rows: int
    scale: DecimalInput | None
    file_symbol: str
    decimal_mark: str
    replace: bool
    validate_only: bool
