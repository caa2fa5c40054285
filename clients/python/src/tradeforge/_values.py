"""The nouns of TradeForge as frozen dataclasses: what a caller gets.

A type that was read from a message keeps it as `pb`, for what is not spelled out here. Times are
`datetime` in UTC, spans are `timedelta`, measured numbers are `float`; what is undefined is None
or not in the mapping.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal, TypeAlias

from tradeforge._inputs import Calendar, ParamInput, Subscription
from tradeforge._stress import RobustnessResult
from tradeforge.v1 import (
    access_service_pb2,
    market_data_service_pb2,
    result_service_pb2,
    run_service_pb2,
    strategy_service_pb2,
    system_service_pb2,
    types_pb2,
)


class RunKind(StrEnum):
    """What sort of work a run is."""

    UNSPECIFIED = "UNSPECIFIED"
    BACKTEST = "BACKTEST"
    OPTIMIZATION = "OPTIMIZATION"
    WALK_FORWARD = "WALK_FORWARD"
    VALIDATION = "VALIDATION"
    ROBUSTNESS = "ROBUSTNESS"


class RunState(StrEnum):
    """Where a run is in its life: COMPLETED, FAILED and CANCELLED are final."""

    UNSPECIFIED = "UNSPECIFIED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    PAUSED = "PAUSED"
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
    """One parameter set of a sweep, and how it did."""

    index: int
    state: TrialState
    params: Mapping[str, ParamInput]
    metrics: Mapping[str, float]
    objective: float | None
    """None if undefined."""
    failure: Failure | None
    subscription: Subscription | None = None
    """What it ran on."""
    compute_time: timedelta | None = None
    """How long it took; None if that was not kept."""
    across: float | None = None
    """The score of its combination over all series, of a search that has `across`."""


@dataclass(frozen=True, slots=True)
class WindowTrial:
    """One parameter set in both parts of a window of a walk-forward."""

    index: int
    state: TrialState
    """What became of it in sample: one that is not COMPLETED was no choice."""
    params: Mapping[str, ParamInput]
    in_sample: float | None
    """The objective over the days to choose by; None if undefined."""
    out_of_sample: float | None
    """The objective over the days after them; None if undefined."""


@dataclass(frozen=True, slots=True)
class Front:
    """Trials that no other is better than in everything."""

    trials: list[Trial]
    """The best by the first metric first."""
    total: int
    """How many there are: of more than the limit, `trials` has the first ones."""
    hypervolume: float | None
    """What lies between all and the worst of them by each metric; None if there are none."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How much of a run is done, in bars of a backtest or trials of a sweep."""

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


class WaitReason(StrEnum):
    """Why a run stands still."""

    UNSPECIFIED = "UNSPECIFIED"
    QUEUE = "QUEUE"
    """Others are before it."""
    STORAGE_FULL = "STORAGE_FULL"
    """The server's disk has no room; it goes on by itself once there is."""
    STORAGE_ERROR = "STORAGE_ERROR"
    """The server's database can not be written; it is tried again and again."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a live run waits for."""

    reason: WaitReason
    since: datetime | None
    message: str
    """For people."""


@dataclass(frozen=True, slots=True)
class Pause:
    """That somebody halted a run."""

    since: datetime | None
    reason: str
    requester: str
    """Empty if the server does not know its callers."""


@dataclass(frozen=True, slots=True)
class Status:
    """How a run stands at one moment."""

    run_id: str
    kind: RunKind
    state: RunState
    attempt: int
    """How often it was started: once more after a restart of the server, and when it is resumed."""
    sequence: int
    """Rises with each change; what `Run.watch(after_sequence=...)` resumes after."""
    progress: Progress
    failure: Failure | None
    """Set if and only if the state is FAILED."""
    is_cancel_requested: bool
    waiting: Waiting | None
    """None while it goes on, while it is paused, and once it has ended."""
    pause: Pause | None
    """Set if and only if the state is PAUSED."""
    create_time: datetime | None
    start_time: datetime | None
    end_time: datetime | None
    pb: types_pb2.RunStatus = field(repr=False, compare=False)

    @property
    def is_final(self) -> bool:
        """Whether the run can change no more."""
        return self.state.is_final


@dataclass(frozen=True, slots=True)
class FailureGroup:
    """Trials of one run that failed in the same way."""

    reason: str
    message: str
    count: int
    sample_trial_index: int
    """One of them, to look at with `Run.trial`."""
    stack_trace: str
    """Of one of them; empty if there is none."""


@dataclass(frozen=True, slots=True)
class InstrumentResult:
    """What one instrument of a run did."""

    exchange: str
    symbol: str
    metrics: Mapping[str, float]
    """By name, over its own trades; one that is undefined is not there."""


@dataclass(frozen=True, slots=True)
class Fill:
    """One execution of a trade."""

    time: datetime
    """Open time of its bar, or that bar's end for one at its close."""
    side: Literal["BUY", "SELL"]
    quantity: float
    price: float
    """With slippage."""
    fee: float
    slippage_cost: float
    """Part of the price already."""
    priced_by: str
    """The rule that priced it, as in "MARKET_AT_OPEN"."""
    exit_reason: str | None
    """Why it left; None if it entered."""
    position: float
    """What is held after it; negative is short."""


@dataclass(frozen=True, slots=True)
class RuleFact:
    """How often a value of a strategy as text was there."""

    name: str
    """A definition, or a condition as the order and its line, as in "enter long:9"."""
    first_defined_bar: int | None
    """From 0, bars of a warm-up counted; None if it never had a value."""
    undefined_bars: int
    true_bars: int | None
    """None for a number."""
    instrument: int
    """The instrument's place among those of the run."""


@dataclass(frozen=True, slots=True)
class BacktestResult:
    """What came of a completed backtest."""

    run_id: str
    metrics: Mapping[str, float]
    """By name; one that is undefined is not there."""
    trade_count: int
    """Closed round trips."""
    equity_point_count: int
    rejections: Mapping[str, int]
    """Orders that were refused, by reason."""
    rule_facts: Sequence[RuleFact]
    """Of a strategy as text, what it went by: what never was there or true does nothing."""
    result_sha256: str
    """Over fills and metrics: equal work has an equal one."""
    costs: Mapping[str, float]
    """What was paid, by kind; negative what was received. Together they are all that lies between
    the profit before costs and the net profit. Empty of runs from before it was kept."""
    acted_rows: int | None
    """Rows of auxiliary series that were acted on; None if the strategy follows none."""
    stale_rows: int | None
    """Rows that said something, but were older than a bar when they were first seen."""
    pb: types_pb2.BacktestResult = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class SweepResult:
    """What came of a completed search."""

    run_id: str
    completed: int
    """Trials that ran, infeasible ones among them."""
    failed: int
    infeasible: int
    best_trial: Trial | None
    """With the metrics of the objective and the constraints; `Run.trial` has them all."""
    top_trials: Sequence[Trial]
    """The best, at most 10, the best first."""
    failures: Sequence[FailureGroup]
    """The most frequent first, at most 20."""
    result_sha256: str
    """Over all trials: equal work has an equal one."""
    pb: types_pb2.OptimizationResult = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class PathSummary:
    """What choosing the best of other days brought, on paths through all groups of days."""

    path_count: int
    split_count: int
    """Choices of groups that the paths are made of."""
    chosen_trial_count: int
    """How many different trials were chosen."""
    quantiles: Sequence[float]
    """Ratios a day: the least, those of 5, 25, 50, 75 and 95 % of paths, and the greatest."""
    share_below_zero: float | None
    """The share of paths that lose; None if none varies."""


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """How much of the best of a search is luck. What needs more trials or days is None."""

    run_id: str
    sentence: str
    """How many of a hundred searches by luck would find a best that looks this good."""
    trial_count: int
    """Trials whose returns vary."""
    left_out_count: int
    """Trials without returns to compare: failed, ended early, or never in the market."""
    days: int
    best_trial: int
    """Index of the best trial by the objective of the search."""
    spa_p: float | None
    """Share of searches by luck whose best looks at least as good: Hansen's, consistent."""
    spa_p_lower: float | None
    spa_p_upper: float | None
    reality_check_p: float | None
    """White's."""
    permutation_p: float | None
    """Share of searches over the bars in another order that found as good a best."""
    pbo: float | None
    """How often the best of one half of the days is among the worse of the other half."""
    probability_of_loss: float | None
    """How often it loses there."""
    psr_2012: float | None
    """How sure the best trial's ratio is to be above 0, of one trial alone."""
    psr_2026: float | None
    dsr_2014: float | None
    """How sure it is to be above the best of so many independent tries by luck."""
    implied_trials: float | None
    """How many independent trials would have a best as good as luck gives these."""
    min_track_record_days: float | None
    min_backtest_days: float | None
    deflated_curve: Sequence[tuple[float, float]]
    """Numbers of independent tries, each with how sure the ratio is to be above their best."""
    discoveries_bh: int
    discoveries_by: int
    discoveries_stepm: int
    discoveries_bonferroni: int | None
    """None of an older server, as the three below."""
    discoveries_holm: int | None
    tried_ever: int | None
    """Configurations that were ever tried on the instrument when the validation ended, about."""
    dsr_ever: float | None
    """How sure the best trial's ratio is to be above the best of that many independent tries."""
    dsr_implied: float | None
    """The same for `implied_trials`; None of an older server."""
    paths: PathSummary | None
    """What choosing the best of other days brought; None without `cpcv`."""
    result_sha256: str
    """Over every number: equal work has an equal one."""
    pb: types_pb2.ValidationResult = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """A change that a known caller made."""

    id: int
    """Later ones are higher."""
    time: datetime
    actor: str
    """Whose token it was."""
    token_id: str
    address: str
    action: str
    """As in "run.cancel"."""
    subject: str
    """What was changed."""
    outcome: str
    details: Mapping[str, str]
    pb: access_service_pb2.AuditEvent = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What was ever tried of one strategy on one instrument, removed runs included."""

    exchange: str
    symbol: str
    strategy: str
    configurations: int
    """Different ones that ran to their end, within 2 % or so."""
    trials: int
    """Trials that ran to their end."""
    pb: result_service_pb2.LedgerEntry = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class CarriedAccount:
    """What the windows of a walk-forward chose, as one backtest that carries positions on."""

    backtest: types_pb2.BacktestSpec = field(repr=False)
    """The backtest: `client.submit(it)` makes it again, with the same result_sha256."""
    metrics: Mapping[str, float]
    """Empty if it could not run to its end."""
    result_sha256: str
    error: str
    """Why it could not; empty if it did."""


@dataclass(frozen=True, slots=True)
class SeriesAccount:
    """What the choices of a walk-forward came to on one of several series."""

    series: str
    """As in "BINANCE:BTCUSDT@1h"."""
    metrics: Mapping[str, float]
    """Over all windows: total_return, trade_count."""
    carried: CarriedAccount | None


@dataclass(frozen=True, slots=True)
class WindowSeries:
    """What the choice of a window came to on one of several series."""

    series: str
    in_sample_metrics: Mapping[str, float]
    out_of_sample_metrics: Mapping[str, float]
    carried_metrics: Mapping[str, float]
    initial_cash: str
    """What the window before left there, exactly."""
    result_sha256: str
    """That of the same backtest; empty if the account rested."""


@dataclass(frozen=True, slots=True)
class WalkForwardResult:
    """A search judged by days that it had not seen. What is not defined is None or absent."""

    run_id: str
    sentence: str
    """What it earned over those days, beside all trials together and the market."""
    window_count: int
    empty_window_count: int
    """Windows in which no trial was feasible."""
    profitable_window_count: int
    metrics: Mapping[str, float]
    """Of the account: total_return, max_drawdown, sharpe_per_day, return_days, trade_count."""
    baselines: Mapping[str, float]
    """What others earned: all_trials, median_trial, defaults, buy_and_hold, hindsight."""
    efficiency: float | None
    """Growth a day out of sample over that in sample."""
    rank_correlation: float | None
    """How ranks in and out of sample go together, in the mean of windows."""
    rank_correlation_t: float | None
    completed: int
    failed: int
    result_sha256: str
    carried: CarriedAccount | None
    """None if an axis sweeps the account, if nothing was ever chosen, or of several series."""
    series: Sequence[SeriesAccount]
    """Of a search with `across`, the account on each of its series; else empty."""
    pb: types_pb2.WalkForwardResult = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Window:
    """One window of a walk-forward."""

    index: int
    in_sample: tuple[datetime, datetime]
    """The days to choose by."""
    out_of_sample: tuple[datetime, datetime]
    """The days to be judged by."""
    selected_trial: int | None
    """None if no trial was feasible."""
    params: Mapping[str, ParamInput]
    in_sample_objective: float | None
    in_sample_metrics: Mapping[str, float]
    initial_cash: str
    """What the window before left, exactly."""
    out_of_sample_metrics: Mapping[str, float]
    """Of the account: a backtest of params with initial_cash, closed at the last close."""
    result_sha256: str
    """That of the same backtest; empty if the account rested."""
    carried_metrics: Mapping[str, float]
    """Of the chosen trial over the same days in its one simulation, of `carried` windows."""
    baselines: Mapping[str, float]
    rank_correlation: float | None
    out_of_sample_rank: float | None
    """Among all trials, 1 being the best."""
    returns: Sequence[float]
    """The account's daily returns out of sample; zeros if it rested."""
    failures: Sequence[FailureGroup]
    """Failed trials, equal ones together."""
    series: Sequence[WindowSeries]
    """Of a search with `across`, what it came to on each series; all above is of them together."""
    pb: types_pb2.Window = field(repr=False, compare=False)


Result: TypeAlias = (
    BacktestResult | SweepResult | ValidationResult | WalkForwardResult | RobustnessResult
)
"""What came of a completed run."""


@dataclass(frozen=True, slots=True)
class RunOrigin:
    """Where an imported run was computed."""

    run_id: str
    """Its id there."""
    manifest_sha256: str
    """The hash of its bundle's manifest: what one cites."""
    version: str
    """The version of the server that wrote the bundle."""
    import_time: datetime
    recomputed: bool
    """Whether it was computed again here, to the same bits."""


@dataclass(frozen=True, slots=True)
class RunInfo:
    """A run as it is stored: what was asked for, with nothing left open, and how it stands."""

    id: str
    run_key: str
    """Hash over all that can change the result."""
    kind: RunKind
    display_name: str
    notes: str
    """What people want to remember of it."""
    labels: Mapping[str, str]
    etag: str
    """Another whenever name, notes or labels are: what `Run.update` takes."""
    priority: int
    deadline: datetime | None
    """When it ends at the latest."""
    compute_budget: timedelta | None
    """How long it may compute, over all of its attempts."""
    compute_time: timedelta
    """How long it has computed."""
    engine_version: str
    strategy: str
    strategy_version: str
    params: Mapping[str, ParamInput]
    """Those that are fixed."""
    subscriptions: Sequence[Subscription]
    status: Status
    origin: RunOrigin | None
    """Where it was computed, of one that was imported; None of one computed on this server."""
    pb: types_pb2.Run = field(repr=False, compare=False)
    """All of it, the spec among it: `client.submit(info.pb.backtest)` runs it again."""


@dataclass(frozen=True, slots=True)
class Trade:
    """One round trip: from flat to flat, or to a reversal."""

    trade_index: int
    symbol: str
    side: str
    """LONG or SHORT."""
    entry_time: datetime
    exit_time: datetime | None
    """None while it is open; it is the last one then."""
    entry_price: float
    exit_price: float | None
    """None while it is open."""
    quantity: float
    profit: float
    """After fees and the cost of holding; of an open trade the open profit."""
    fees: float
    exit_reason: str | None
    ambiguous: bool
    """Whether stop and target lay inside one bar, so that the stop was taken to come first."""
    exchange: str = ""
    slippage_cost: float | None = None
    """What slippage took, which is part of the prices; None, as are the next three, for trades
    that were stored before it was kept."""
    entry_count: int | None = None
    """Fills that opened it or added to it."""
    max_adverse_excursion: float | None = None
    """The least profit at all prices at which it is proven to have been held, 0 or below."""
    max_favorable_excursion: float | None = None
    """The greatest profit, likewise, 0 or above."""
    bars_held: int | None = None
    """Bars from entry to exit; None while it is open."""
    carry_cost: float = 0.0
    """What holding it has cost beside fees: funding, borrowing, dividends; negative if received."""
    entry_value: float = 0.0
    """What the entry was worth: its price times the quantity, times the contract multiplier."""


@dataclass(frozen=True, slots=True)
class EquityPoint:
    """What an account was worth at the end of a bar; the first point is the start."""

    time: datetime
    equity: float
    drawdown: float
    """Drop from the peak so far, as a fraction of it."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar; `time` is its open."""

    time: datetime
    open: float
    high: float
    low: float
    close: float
    volume: float


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of many runs."""

    matched: int
    """Runs that fit, and that it can be done to by this caller."""
    done: int
    """To how many of them it was done: at most 10,000 in one call."""
    denied: int
    """Runs that fit besides, and are others'."""
    run_ids: Sequence[str]
    """The newest of those that matched, at most 20."""


@dataclass(frozen=True, slots=True)
class Validation:
    """What a submission would come to."""

    run_key: str
    total: int
    """Bars of a backtest, trials of a sweep."""
    warnings: Sequence[str]
    estimate: timedelta | None
    """How long it may take on an idle server; None if the server does not know."""
    warmup: int | None
    """Bars that the strategy sees until it can give a signal: what `warmup=` of a run is for. None
    if that is not known beforehand."""
    bars_per_second: float | None
    """By the pace of such work before; None if there was none."""
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
    """One strategy that the server knows: shipped with it, or saved by somebody as a text.

    `source` is the text, or empty: in lists, and for a shipped one that no text says again.
    """

    name: str
    version: str
    display_name: str
    description: str
    params: Sequence[Parameter]
    metrics: Sequence[Metric]
    warmup: int | None
    """Bars that it sees, with default parameters, until it can give a signal; None if unknown."""
    is_saved: bool
    source: str
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
    time_zone: str
    """Zone whose wall clock the market's days go by; empty means UTC."""
    day_start: str
    """When a day begins on that clock; empty means at midnight."""
    quote_currency: str
    """What the prices are in, as in "USDT"; empty means that nobody told."""
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
    is_newest: bool
    """Whether this is the version that a subscription gets which pins none."""
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
    understood: Sequence[str]
    """How the source was read, a line a file: columns, times, numbers, what was turned round. Then
    a line for each of price tick, quantity step, calendar and days that nobody declared."""
    preview: market_data_service_pb2.BarPreview | None = field(
        default=None, repr=False, compare=False
    )
    """With `validate_only` the first and last bars that would be stored, and a chart of all."""


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


class WorkerState(StrEnum):
    """How it stands with a worker.

    OTHER_BUILD computes other bits and gets no work; nor does one that is UNABLE to take any, or
    one that is SET_ASIDE: what it computed was not what the server computed.
    """

    UNSPECIFIED = "UNSPECIFIED"
    READY = "READY"
    LEAVING = "LEAVING"
    SILENT = "SILENT"
    OTHER_BUILD = "OTHER_BUILD"
    UNABLE = "UNABLE"
    SET_ASIDE = "SET_ASIDE"


@dataclass(frozen=True, slots=True)
class Worker:
    """A process that computes for the server on another machine, as it last said of itself."""

    id: str
    """Random, and new with each start."""
    name: str
    """What it was called by --name; empty if it was not."""
    host: str
    state: WorkerState
    slots: int
    """Its threads."""
    busy_slots: int
    chunks: int
    trials: int
    """Handed in since it started, for all servers of its fleet."""
    trials_per_second: float
    silent_for: timedelta
    version: str
    git_revision: str
    architecture: str
    run_ids: Sequence[str]
    """Runs of this server of which it holds work; the first ten of them."""
    problem: str
    """Why it gets no work, in words; empty where nothing keeps it."""
    pb: system_service_pb2.Worker = field(repr=False, compare=False)
