"""The way in: one connection to a server, and what can be asked of it."""

from __future__ import annotations

import html
import os
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self, Unpack, cast

import grpc

from tradeforge import _decode, _request, _shapes
from tradeforge._call import public
from tradeforge._channel import ADDRESS_VARIABLE, DEFAULT_ADDRESS
from tradeforge._convert import duration, patience_seconds
from tradeforge._errors import Invalid, Unavailable, from_rpc
from tradeforge._inputs import (
    Handover,
    ParamInput,
    RunOptions,
    SearchOptions,
    SubscriptionInput,
    Swept,
    TimeInput,
)
from tradeforge._patience import RECONNECT_SECONDS, Patience
from tradeforge._rules import Checked, Function
from tradeforge._shapes import Shape, Shapes
from tradeforge._stress import RobustnessResult, Stress
from tradeforge._stress_wire import robustness_spec
from tradeforge._tables import Runs
from tradeforge._values import (
    AuditEvent,
    BacktestResult,
    Batch,
    LedgerEntry,
    Result,
    RunInfo,
    ServerInfo,
    Status,
    Strategy,
    SweepResult,
    Validation,
    WalkForwardResult,
    Worker,
)
from tradeforge.aio._aux_series import AuxData
from tradeforge.aio._bars import MarketData
from tradeforge.aio._hooks import Hooks
from tradeforge.aio._run import AnyRun, Run
from tradeforge.aio._study import LABEL, Study
from tradeforge.aio._wire import Wire, pause
from tradeforge.v1 import (
    access_service_pb2,
    bundle_service_pb2,
    result_service_pb2,
    run_service_pb2,
    strategy_service_pb2,
    system_service_pb2,
    types_pb2,
)

_PAGE_SIZE = 1_000
_CHUNK_BYTES = 256 << 10

Work = run_service_pb2.SubmitRequest | types_pb2.BacktestSpec | types_pb2.OptimizationSpec
"""What `Client.submit` takes: a whole request, or only its spec."""


@public
def connect(
    address: str | None = None,
    *,
    timeout: float | None = 30.0,
    token: str | None = None,
    tls_ca: str | os.PathLike[str] | None = None,
    client_cert: str | os.PathLike[str] | None = None,
    client_key: str | os.PathLike[str] | None = None,
) -> Client:
    """Return a client of the server at "HOST:PORT" or "http(s)://HOST:PORT".

    Without an address, the variable TRADEFORGE_SERVER is taken, else 127.0.0.1:50051. Nothing is
    sent yet: a server that is not there shows in the first call, as Unavailable. `timeout` bounds
    each call in seconds (None: no limit), except uploads, waits and watches.

    A server that asks who calls is shown `token`, or else the variable TRADEFORGE_TOKEN; to another
    machine it goes by https only. `tls_ca` (or TRADEFORGE_TLS_CA) is a file of certificates in PEM
    that the server's must rest on, where that is none of the usual ones. `client_cert` (or
    TRADEFORGE_CLIENT_CERT) is shown to a server that knows its clients by certificates; its key is
    in `client_key` (or TRADEFORGE_CLIENT_KEY), or else in the same file.
    """
    place = address or os.environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS
    return Client(
        place,
        timeout=timeout,
        token=token,
        tls_ca=tls_ca,
        client_cert=client_cert,
        client_key=client_key,
    )


class Client(MarketData, AuxData, Hooks):
    """A connection to one server; safe to share between threads, not across a fork.

    Use it in a `with`, or close it. Pickled, it is the address, without a token. Every call may
    raise a TradeForgeError: Unavailable if the server can not be reached, Invalid with all faulty
    fields if it refuses a request.
    """

    def __init__(
        self,
        address: str,
        *,
        timeout: float | None = 30.0,
        token: str | None = None,
        tls_ca: str | os.PathLike[str] | None = None,
        client_cert: str | os.PathLike[str] | None = None,
        client_key: str | os.PathLike[str] | None = None,
    ) -> None:
        patience = patience_seconds("timeout", timeout)
        self.wire = Wire(address, patience, token, tls_ca, client_cert, client_key)
        """The generated stubs: the calls of the contract as they are."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"Client({self.wire.address!r})"

    def _repr_html_(self) -> str:
        url = html.escape(self.wire.url, quote=True)
        return f'TradeForge at <a href="{url}" target="_blank">{url}</a>'

    @public
    async def close(self) -> None:
        """End the connection. Runs go on."""
        await self.wire.close()

    # ── Runs ────────────────────────────────────────────────────────────────────────────────────

    @public
    async def backtest(
        self,
        strategy: str,
        *,
        on: SubscriptionInput | Sequence[SubscriptionInput],
        params: Mapping[str, ParamInput] | None = None,
        schedule: Mapping[TimeInput, Mapping[str, ParamInput] | None] | None = None,
        handover: Handover | str = Handover.CLOSE,
        **options: Unpack[RunOptions],
    ) -> Run[BacktestResult]:
        """Start a backtest and return at once, without waiting for it.

        Args:
            strategy: Name of the strategy, as in "sma_cross".
            on: The bars, as in "BINANCE:BTCUSDT@1m", or several of them.
            params: Parameters by name; one left out takes the strategy's default. An int is sent as
                an integer, a float as a double, a bool as a switch, a str as a choice.
            schedule: Other parameters from a moment on, in the order of time, as in
                {"2024-07-01": {"fast": 5}, "2024-10-01": None}; None holds nothing.
            handover: What such a change does with the open position: CLOSE, RUN_OFF, KEEP or
                ADOPT.
            **options: The account, the range and the rest:
                cash: Money at the start, in quote currency, by default "10000". Exact: a str, int
                    or Decimal, never a float; so are all amounts and rates here.
                commission: Fraction of each fill's notional, "0.001" being 0.1 %.
                fees: Fees, in place of commission: maker and taker, by the unit, least and most.
                slippage_ticks: Whole ticks that market and stop fills move against the trader.
                slippage_rate: The same as a fraction of the price, added to the ticks.
                slippage_range: The same as a fraction of the range, high less low, of the bar
                    before the fill, added to both.
                limit_through_ticks: Ticks by which a price must go through a waiting limit or a
                    target to fill it; 0 means that a touch does.
                sizing: FixedQuantity, FixedNotional, EquityFraction, RiskFraction or
                    RangeFraction; None means all of the equity, or what the strategy does by
                    itself.
                max_leverage: Greatest gross notional as a multiple of equity; None means 1.
                entry_bar_policy: What exits may do on the bar of their entry; None means
                    WORST_CASE.
                end_of_run_policy: What becomes of open positions; None means MARK_OPEN.
                risk_free_rate: Fraction per year, for Sharpe and Sortino ratios.
                periods_per_year: Return periods in a year; 0 means by the calendar.
                exits: Exits: how positions are left besides the strategy.
                limits: Limits: what may be held, and when entries are refused.
                carry: Carry: what holding costs or brings: borrowing, interest, funding, dividends.
                margin: Margin: what must be left of the equity, below which positions are
                    liquidated; None means that only an equity of 0 or less ends a run.
                instruments: what differs for single ones, as in
                    `{"CME:ES": InstrumentTerms(contract_multiplier=50)}`: what a point is worth,
                    fees, slippage, margin, the rate of borrowing.
                start: First moment of the run; None means from the first bar.
                end: Moment after the last; None means to the last bar.
                warmup: Bars before `start` that the strategy sees beforehand, so that its averages
                    are there from the first bar on; they are not traded and not counted.
                aux: Auxiliary series that the strategy follows, as in "signals" or
                    "weights@BINANCE:BTCUSDT": one for each instrument; see `import_aux`.
                benchmark: Another market to be measured against, as in "US:SPY@1d": alpha, beta,
                    information_ratio and sharpe_excess; None means none.
                version: Version of the strategy; empty means the newest.
                reuse: What to do if equal work is there already; by default JOIN_ACTIVE.
                display_name: A name for people.
                notes: What to remember of the run.
                labels: Labels to find the run by.
                priority: Runs of higher priority leave the queue first.
                deadline: When the run ends at the latest, FAILED with DEADLINE_EXCEEDED if it is
                    not done: a moment, or a timedelta from now.
                compute_budget: How long it may compute, as a timedelta or in seconds, over all of
                    its attempts; then it is FAILED with COMPUTE_BUDGET_EXHAUSTED.
                request_id: A UUID that makes repeated submissions one; None makes a new one.

        Raises:
            Invalid: The request is faulty; `fields` lists every fault.
            Precondition: There are no such bars (DATA_MISSING).
            Exhausted: The server's queue is full.
            TypeError: A keyword is not known, an amount is a float, or a value has no type the
                wire knows.
            ValueError: A text is not of the form it should have.
        """
        request = _request.backtest_request(strategy, on=on, params=params or {}, **options)
        if schedule:
            changes = [_request.param_change(moment, to) for moment, to in schedule.items()]
            request.backtest.schedule.extend(changes)
            request.backtest.handover = _request.handover_value(handover)
        return cast("Run[BacktestResult]", await self._submit(request))

    @public
    async def sweep(
        self,
        strategy: str,
        *,
        on: SubscriptionInput | Sequence[SubscriptionInput] = (),
        params: Mapping[str, ParamInput | Swept] | None = None,
        **options: Unpack[SearchOptions],
    ) -> Run[SweepResult]:
        """Start a search over parameters and return at once; `run.total` is how many trials it has.

        `run.trials()` gives them as a table, also while it runs.

        Args:
            strategy: Name of the strategy, as in "sma_cross".
            on: The bars of every trial.
            params: Parameters by name: one value is fixed; a range, Steps, a list or an array of
                numpy is swept, as in {"fast": range(5, 61, 5), "level": np.arange(0.1, 0.6, 0.1)}.
                Numbers of the account are swept by their path, as in
                {"exits.trailing_stop.distance.percent": tf.Steps(0.01, 0.05, 0.01)}.
            **options: Those of `backtest`, and:
                on_each: Runs the same trials on each of these bars instead of `on`.
                across: Compares combinations by one score over all of `on_each`, the MEAN, MEDIAN
                    or LEAST (the worst) of the objective there; empty compares each trial.
                where: Rules such as "fast < slow"; combinations that break one are no trials.
                objective: The metric to be best by; empty means sharpe.
                goal: MAXIMIZE or MINIMIZE; UNSPECIFIED means what is natural for the metric.
                constraints: Least and greatest value of metrics, None meaning no bound: trials
                    outside are INFEASIBLE and never best.
                points: Tries these combinations instead, as in [{"fast": 5, "slow": 20}, ...]:
                    each names the same parameters, and trial k is the k-th of them.
                search: Genetic(320, seed=1) breeds trials from the best so far instead of trying
                    all, Tpe(320, seed=1) tries them where good ones are dense.
                also: Metrics that a genetic search goes by besides the objective, as in
                    ["-max_drawdown"]; at most two.
                random_trials: Draw so many combinations at random instead of taking all.
                seed: Makes the draw repeatable.
                max_trials: Refuse a search of more trials; 0 means the server's limit.
                max_failed_trials: End the run once more than this many failed; 0 means never.
                extend: A completed search, or its id, whose trials are taken over: only the others
                    are computed, and the result is as if all had been.

        Raises:
            Invalid: The request is faulty; `fields` lists every fault.
            Precondition: There are no such bars (DATA_MISSING), or the search to extend is not
                finished or of another engine.
            TypeError: As in `backtest`.
            ValueError: A range is empty, or a rule is none.
        """
        request = _request.sweep_request(strategy, on=on, params=params or {}, **options)
        return cast("Run[SweepResult]", await self._submit(request))

    @public
    def study(
        self,
        name: str,
        strategy: str,
        *,
        on: SubscriptionInput | Sequence[SubscriptionInput],
        params: Mapping[str, ParamInput] | None = None,
        metrics: Sequence[str] = ("sharpe",),
        **options: Unpack[RunOptions],
    ) -> Study:
        """Let another program search: it proposes points in batches and is told their metrics.

        `study.optimize` is driven by a study of Optuna, `study.drive` by any two functions, and
        `study.try_points` computes what it is given.

        Args:
            name: Stands in the label `study` of its runs, to find them by.
            strategy: Name of the strategy, as in "sma_cross".
            on: The bars of every trial.
            params: Parameters that are the same in all trials.
            metrics: What a point is told by; trials of a run are compared by the first.
            **options: Those of `backtest`; reuse and display_name are the study's own.

        Raises:
            TypeError: An option that a backtest does not take.
        """
        if not metrics:
            raise ValueError("metrics needs at least one")
        own: dict[str, Any] = dict(options)
        own["labels"] = {**(options.get("labels") or {}), LABEL: name}
        for taken in ("reuse", "display_name", "request_id"):
            own.pop(taken, None)
        return Study(self, name, strategy, on, params or {}, metrics, own)

    @public
    async def walk_forward(
        self,
        strategy: str,
        *,
        on: SubscriptionInput | Sequence[SubscriptionInput] = (),
        params: Mapping[str, ParamInput | Swept],
        in_sample_days: int = 0,
        out_of_sample_days: int = 0,
        step_days: int = 0,
        purge_days: int = 0,
        windows: int = 0,
        anchored: bool = False,
        plateau: bool = False,
        carried: bool = False,
        handover: Handover | str = Handover.CLOSE,
        **options: Unpack[SearchOptions],
    ) -> Run[WalkForwardResult]:
        """Start a search that is made anew in every window, judged by the days after it.

        `run.windows()` gives those that are done, also while it runs.

        Args:
            strategy: Name of the strategy, as in "sma_cross".
            on: The bars of every trial.
            params: Parameters by name, as in `sweep`.
            in_sample_days: Days to choose by; 0 for both leaves the lengths to the server.
            out_of_sample_days: Days to be judged by, after them.
            step_days: Days from window to window; 0 means as many as are judged by.
            purge_days: Days between the two that nobody looks at.
            windows: How many windows where no lengths are given; 0 means 8.
            anchored: Chooses by all days before instead of the latest.
            plateau: Chooses by the median of each trial and its neighbours: a plateau before a lone
                peak.
            carried: Simulates each trial once over all days, and chooses by what it came to in a
                part of them: what it held is carried in and out.
            handover: What `result.carried` does with a position where the choice is another: CLOSE,
                RUN_OFF or KEEP.
            **options: Those of `sweep`.

        Raises:
            Invalid: The request is faulty; `fields` lists every fault.
            Precondition: There are no such bars (DATA_MISSING).
        """
        request = _request.sweep_request(strategy, on=on, params=params, **options)
        lengths = types_pb2.Windows(
            in_sample_days=in_sample_days,
            out_of_sample_days=out_of_sample_days,
            step_days=step_days,
            purge_days=purge_days,
            window_count=windows,
        )
        walk = types_pb2.WalkForwardSpec(search=request.optimization)
        (walk.anchored if anchored else walk.rolling).CopyFrom(lengths)
        if plateau:
            walk.smoothing = types_pb2.SMOOTHING_MEDIAN
        if carried:
            walk.in_sample_mode = types_pb2.IN_SAMPLE_MODE_CARRIED
        walk.handover = _request.handover_value(handover)
        request.walk_forward.CopyFrom(walk)
        return cast("Run[WalkForwardResult]", await self._submit(request))

    @public
    async def walk_forward_shapes(
        self,
        strategy: str,
        *,
        on: SubscriptionInput | Sequence[SubscriptionInput] = (),
        params: Mapping[str, ParamInput | Swept],
        in_sample_days: Sequence[int],
        out_of_sample_days: Sequence[int],
        carried: bool = False,
        anchored: bool = False,
        timeout: float | None = None,
        **options: Unpack[SearchOptions],
    ) -> Shapes:
        """Walk forward by windows of every shape, and wait for all of them.

        Each shape is a walk-forward of its own, and one more try over the same days: they show how
        much a result hangs on the shape, and the best of them is no result.

        Args:
            strategy: Name of the strategy, as in "sma_cross".
            on: The bars of every trial.
            params: Parameters by name, as in `sweep`.
            in_sample_days: Lengths of the days to choose by.
            out_of_sample_days: Lengths of the days to be judged by; 64 shapes at most together.
            carried: As in `walk_forward`.
            anchored: As in `walk_forward`.
            timeout: Seconds to wait for each; None waits as long as it takes.
            **options: Those of `sweep`.

        Raises:
            Invalid: The request is faulty; a shape that does not fit into the days is not, and
                has no result.
            ValueError: The lengths are none, or make too many shapes.
        """
        begun: list[tuple[tuple[int, int], Run[WalkForwardResult] | str]] = []
        for inside, outside in _shapes.lengths(in_sample_days, out_of_sample_days):
            try:
                run = await self.walk_forward(
                    strategy,
                    on=on,
                    params=params,
                    in_sample_days=inside,
                    out_of_sample_days=outside,
                    carried=carried,
                    anchored=anchored,
                    **options,
                )
                begun.append(((inside, outside), run))
            except Invalid as refused:
                if not _shapes.only_too_long(refused):
                    raise
                begun.append(((inside, outside), str(refused)))
        found: list[Shape] = []
        for (inside, outside), run_or_reason in begun:
            if isinstance(run_or_reason, str):
                found.append(Shape(inside, outside, None, run_or_reason))
            else:
                result = await run_or_reason.wait(timeout=timeout)
                found.append(Shape(inside, outside, result, ""))
        return Shapes(tuple(found))

    @public
    async def robustness(
        self,
        strategy: str,
        *,
        on: SubscriptionInput | Sequence[SubscriptionInput],
        params: Mapping[str, ParamInput] | None = None,
        stress: Stress | None = None,
        **options: Unpack[RunOptions],
    ) -> Run[RobustnessResult]:
        """Start examining what a backtest owes to its details, and return at once.

        It is run again with each of them changed, and its days are drawn again. `run.variants()`
        gives the backtests that are done, also while it runs; `run.robustness()` does the same of
        one that is there.

        Args:
            strategy: Name of the strategy, as in "sma_cross".
            on: The bars, as in `backtest`.
            params: Parameters by name, as in `backtest`.
            stress: Stress: what is changed; None means all that is usual.
            **options: Those of `backtest`.

        Raises:
            Invalid: The request is faulty; `fields` lists every fault.
            Precondition: There are no such bars (DATA_MISSING).
        """
        request = _request.backtest_request(strategy, on=on, params=params or {}, **options)
        request.robustness.CopyFrom(robustness_spec(request.backtest, stress or Stress()))
        return cast("Run[RobustnessResult]", await self._submit(request))

    @public
    async def submit(self, work: Work) -> AnyRun:
        """Start what a message of `tradeforge.v1` describes and return at once.

        A request without request_id gets one, so that the call is repeated safely if the connection
        breaks. Raises as `backtest` does.
        """
        request = _request.submit_request(work)
        if request.validate_only:
            raise ValueError("validate_only starts no run; use client.validate")
        return await self._submit(request)

    @public
    async def validate(
        self,
        work: Work | str,
        *,
        on: SubscriptionInput | Sequence[SubscriptionInput] = (),
        params: Mapping[str, ParamInput | Swept] | None = None,
        **options: Unpack[SearchOptions],
    ) -> Validation:
        """Check in full what would be run, and say what it comes to, without running it.

        Takes what `sweep` and `backtest` take, or what `submit` does. Raises as `backtest` does.
        """
        if isinstance(work, str):
            request = _request.request(work, on=on, params=params or {}, **options)
        elif on or params or options:
            raise TypeError("a message says all by itself: no other arguments go with it")
        else:
            request = _request.submit_request(work)
        request.validate_only = True
        return _decode.validation(await self.wire.call(self.wire.runs.Submit, request))

    @public
    def run(self, run_id: str) -> AnyRun:
        """Return a handle on a run by its id. Nothing is sent: an unknown id shows on first use."""
        return Run(self.wire, run_id)

    @public
    async def import_run(self, path: str | os.PathLike[str]) -> AnyRun:
        """Take in a run from the file that `Run.bundle` wrote, on this server or another.

        The server proves it first: a search by the hash over all of its trials, a backtest by
        computing it again, for which its bars must be in the file or on the server. What is there
        already is the answer again. `info().origin` tells where an imported run comes from.

        Args:
            path: The file.

        Raises:
            Invalid: Something in the file is wrong (BUNDLE_DAMAGED); nothing is kept.
            Precondition: It cannot be proved on this server (BUNDLE_NOT_PROVED), a later version
                wrote it (BUNDLE_TOO_NEW), or that run is there with another result
                (BUNDLE_CONFLICT).
        """
        # gRPC reads the pieces where it hides what they raise, so that is kept here.
        failed: list[Exception] = []
        with Path(path).open("rb") as file:
            try:
                answer = await self.wire.bundles.ImportRun(
                    _chunks(file, failed), metadata=self.wire.metadata
                )
            except grpc.RpcError as error:
                if failed:
                    raise failed[0] from None
                raise from_rpc(error, self.wire.address) from None
        return Run(self.wire, answer.run.run_id)

    @public
    async def runs(
        self,
        filter: str = "",  # noqa: A002
        *,
        order_by: str = "",
        limit: int | None = None,
    ) -> Runs:
        """Return runs as a table, the newest first, with their metrics as columns.

        Args:
            filter: Which runs, over state, kind, strategy, exchange, symbol, timeframe, run_key,
                labels.NAME, create_time, owner, display_name and every metric, as in
                'state = COMPLETED AND symbol = "BTCUSDT" AND sharpe > 1';
                empty means all.
            order_by: As in "create_time desc" or "sharpe desc".
            limit: The most runs to return; None means all.
        """
        request = run_service_pb2.ListRunsRequest(filter=filter, order_by=order_by)
        found: list[RunInfo] = []
        while limit is None or len(found) < limit:
            request.page_size = _PAGE_SIZE if limit is None else min(limit - len(found), _PAGE_SIZE)
            page = await self.wire.call(self.wire.runs.ListRuns, request)
            found += [_decode.run_info(message) for message in page.runs]
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        return Runs(found)

    @public
    async def delete(self, run_id: str) -> None:
        """Remove a run with all its results. Raises Precondition while it is live."""
        await Run[Result](self.wire, run_id).delete()

    @public
    async def cancel_runs(
        self,
        filter: str,  # noqa: A002
        *,
        reason: str = "",
        preview: bool = False,
        expected: int | None = None,
    ) -> Batch:
        """Stop all live runs that fit the filter of `runs`, and return how many they are.

        With `preview` they are only counted. With `expected` nothing is done, and Precondition
        (SET_CHANGED) is raised, if there are more or fewer.
        """
        request = run_service_pb2.CancelRunsRequest(
            filter=filter, reason=reason, validate_only=preview, expected_count=expected
        )
        answer = await self.wire.call(self.wire.runs.CancelRuns, request)
        run_ids = tuple(answer.sample_run_ids)
        return Batch(answer.matched, answer.cancelled, answer.denied, run_ids)

    @public
    async def delete_runs(
        self,
        filter: str,  # noqa: A002
        *,
        preview: bool = False,
        expected: int | None = None,
    ) -> Batch:
        """Remove all final runs that fit the filter of `runs` with all their results.

        `preview` and `expected` are as in `cancel_runs`.
        """
        request = run_service_pb2.DeleteRunsRequest(
            filter=filter, validate_only=preview, expected_count=expected
        )
        answer = await self.wire.call(self.wire.runs.DeleteRuns, request)
        run_ids = tuple(answer.sample_run_ids)
        return Batch(answer.matched, answer.deleted, answer.denied, run_ids)

    @public
    async def watch(
        self, runs: Iterable[AnyRun | str] = (), *, min_interval: float | None = None
    ) -> AsyncIterator[Status]:
        """Yield the status of many runs as they change, on one stream.

        Of each the final status comes last and once, and the watch ends when all are final. Without
        runs it is every live one and each new one, without end. `min_interval` and a lost
        connection are as in `Run.watch`.
        """
        ids = [run if isinstance(run, str) else run.id for run in runs]
        request = run_service_pb2.WatchRunsRequest(run_ids=ids)
        if min_interval is not None:
            request.min_interval.CopyFrom(duration(min_interval))
        patience = Patience(RECONNECT_SECONDS)
        seen: dict[str, int] = {}
        while True:
            try:
                stream = self.wire.stream(self.wire.runs.WatchRuns, request)
                async with aclosing(stream) as events:
                    async for event in events:
                        patience.renew()
                        if event.WhichOneof("event") != "snapshot":
                            continue
                        status = _decode.status(event.snapshot)
                        if status.sequence <= seen.get(status.run_id, -1):
                            continue
                        seen[status.run_id] = status.sequence
                        if status.is_final and not ids:
                            # It will not come again, and a watch without end must not grow.
                            del seen[status.run_id]
                        yield status
                if ids:
                    return
                lost = Unavailable(f"server at {self.wire.address}: the watch ended too early")
            except Unavailable as error:
                lost = error
            await pause(patience.next_pause(lost))

    # ── The server ──────────────────────────────────────────────────────────────────────────────

    @public
    async def strategies(self) -> list[Strategy]:
        """Return the strategies that the server knows, by name."""
        request = strategy_service_pb2.ListStrategiesRequest()
        answer = await self.wire.call(self.wire.strategies.ListStrategies, request)
        return [_decode.strategy(message) for message in answer.strategies]

    @public
    async def strategy(self, name: str, *, version: str = "") -> Strategy:
        """Return one strategy with its text, in its newest version unless one is named.

        Raises `NotFound` if the server has none of that name.
        """
        request = strategy_service_pb2.GetStrategyRequest(name=name, version=version)
        answer = await self.wire.call(self.wire.strategies.GetStrategy, request)
        return _decode.strategy(answer.strategy)

    @public
    async def save_strategy(self, name: str, source: str) -> Strategy:
        """Keep a strategy as text on the server, to be run by its name; return it with its version.

        A text that is the newest version already stays that; any other becomes the next version.
        Raises `Invalid` with the places of its mistakes.
        """
        request = strategy_service_pb2.SaveStrategyRequest(name=name, source=source)
        answer = await self.wire.call(self.wire.strategies.SaveStrategy, request)
        return _decode.strategy(answer.strategy)

    @public
    async def delete_strategy(self, name: str) -> None:
        """Remove a saved strategy with all its versions; runs keep their text."""
        request = strategy_service_pb2.DeleteStrategyRequest(name=name)
        await self.wire.call(self.wire.strategies.DeleteStrategy, request)

    @public
    async def check(self, source: str) -> Checked:
        """Tell what is wrong with a strategy as text; runs nothing.

        `source` is the text itself. Its mistakes come with their lines and columns, from 1.
        """
        request = strategy_service_pb2.CheckStrategyRequest(source=source)
        return _decode.checked(await self.wire.call(self.wire.strategies.CheckStrategy, request))

    @public
    async def language(self) -> list[Function]:
        """Return the functions that a strategy as text may use, by name."""
        request = strategy_service_pb2.DescribeLanguageRequest()
        answer = await self.wire.call(self.wire.strategies.DescribeLanguage, request)
        return [_decode.function(message) for message in answer.functions]

    @public
    async def ledger(self, instrument: str = "") -> list[LedgerEntry]:
        """Return how many configurations were ever tried, by instrument and strategy.

        Removed runs count as well, the most tries first, at most 1,000 entries. `instrument` is one
        of them, as in "BINANCE:BTCUSDT"; empty means all.
        """
        exchange, _, symbol = instrument.partition(":")
        request = result_service_pb2.ListLedgerRequest(exchange=exchange, symbol=symbol)
        answer = await self.wire.call(self.wire.results.ListLedger, request)
        return [_decode.ledger_entry(entry) for entry in answer.entries]

    @public
    async def audit(self, where: str = "", *, limit: int = 100) -> list[AuditEvent]:
        """Return who changed what, the newest first, where callers are asked who they are.

        Args:
            where: Which, over actor, token_id, action, subject, outcome and time, as in
                'actor = ann AND action = run.delete'; empty means all.
            limit: How many at most.

        Raises:
            Denied: The caller is no admin (ROLE_TOO_LOW).
            Precondition: The server asks nobody (ACCESS_OFF).
        """
        events: list[AuditEvent] = []
        token = ""
        while len(events) < limit:
            request = access_service_pb2.ListAuditEventsRequest(
                filter=where, page_size=min(limit - len(events), 1_000), page_token=token
            )
            answer = await self.wire.call(self.wire.access.ListAuditEvents, request)
            events += [_decode.audit_event(event) for event in answer.events]
            token = answer.next_page_token
            if not token:
                break
        return events

    @public
    async def server_info(self) -> ServerInfo:
        """Return the server's versions, limits and load."""
        request = system_service_pb2.GetServerInfoRequest()
        return _decode.server_info(await self.wire.call(self.wire.system.GetServerInfo, request))

    @public
    async def workers(self) -> list[Worker]:
        """Return who computes for the server on other machines; nobody where it has no fleet."""
        found: list[Worker] = []
        request = system_service_pb2.ListWorkersRequest(page_size=_PAGE_SIZE)
        while True:
            page = await self.wire.call(self.wire.system.ListWorkers, request)
            found += [_decode.worker(message) for message in page.workers]
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    async def _submit(self, request: run_service_pb2.SubmitRequest) -> AnyRun:
        request.request_id = request.request_id or str(uuid.uuid4())
        answer = await self.wire.call(self.wire.runs.Submit, request)
        return Run(self.wire, answer.run_id, answer)


async def _chunks(
    file: BinaryIO, failed: list[Exception]
) -> AsyncIterator[bundle_service_pb2.ImportRunRequest]:
    """Yield the file in pieces."""
    try:
        while chunk := file.read(_CHUNK_BYTES):
            yield bundle_service_pb2.ImportRunRequest(chunk=chunk)
    except Exception as error:
        failed.append(error)
        raise
