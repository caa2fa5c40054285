"""The way in: one connection to a server, and what can be asked of it."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self, Unpack

import grpc

from tradeforge import _decode, _request
from tradeforge._call import public
from tradeforge._convert import SubscriptionInput, TimeInput, timestamp
from tradeforge._errors import from_rpc
from tradeforge._run import Run
from tradeforge._values import (
    Calendar,
    DecimalInput,
    EndOfRunPolicy,
    EntryBarPolicy,
    Imported,
    ParamInput,
    Reuse,
    RunOptions,
    Series,
    ServerInfo,
    Sizing,
    Strategy,
    Subscription,
    Swept,
    Validation,
)
from tradeforge._wire import Wire
from tradeforge.v1 import (
    market_data_service_pb2,
    run_service_pb2,
    strategy_service_pb2,
    system_service_pb2,
    types_pb2,
)

ADDRESS_VARIABLE = "TRADEFORGE_SERVER"
DEFAULT_ADDRESS = "127.0.0.1:50051"
_CHUNK_BYTES = 512 * 1024
_PAGE_SIZE = 1_000

Work = run_service_pb2.SubmitRequest | types_pb2.BacktestSpec | types_pb2.OptimizationSpec
"""What `Client.submit` takes: a whole request, or only its spec."""


@public
def connect(address: str | None = None, *, timeout: float | None = 30.0) -> Client:
    """Return a client of the server at "HOST:PORT" or "http(s)://HOST:PORT".

    Without an address, the variable TRADEFORGE_SERVER is taken, else 127.0.0.1:50051. Nothing is
    sent yet: a server that is not there shows in the first call, as Unavailable. `timeout` bounds
    each call in seconds (None: no limit), except uploads, waits and watches.
    """
    return Client(address or os.environ.get(ADDRESS_VARIABLE) or DEFAULT_ADDRESS, timeout=timeout)


class Client:
    """A connection to one server; safe to share between threads, not across a fork.

    Use it in a `with`, or close it. Every call may raise a TradeForgeError: Unavailable if the
    server can not be reached, Invalid with all faulty fields if it refuses a request.
    """

    def __init__(self, address: str, *, timeout: float | None = 30.0) -> None:
        self.wire = Wire(address, timeout)
        """The generated stubs, for calls that have no method here."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.wire.address!r})"

    @public
    def close(self) -> None:
        """End the connection. Runs go on."""
        self.wire.close()

    # ── Runs ────────────────────────────────────────────────────────────────────────────────────

    @public
    def backtest(
        self,
        strategy: str,
        *,
        on: SubscriptionInput | Sequence[SubscriptionInput],
        params: Mapping[str, ParamInput] | None = None,
        cash: DecimalInput = "10000",
        commission: DecimalInput = "0",
        slippage_ticks: DecimalInput = "0",
        sizing: Sizing | None = None,
        max_leverage: DecimalInput | None = None,
        entry_bar_policy: EntryBarPolicy | str | None = None,
        end_of_run_policy: EndOfRunPolicy | str | None = None,
        risk_free_rate: DecimalInput = "0",
        periods_per_year: int = 0,
        start: TimeInput | None = None,
        end: TimeInput | None = None,
        version: str = "",
        reuse: Reuse | str = Reuse.JOIN_ACTIVE,
        display_name: str = "",
        labels: Mapping[str, str] | None = None,
        priority: int = 0,
        request_id: str | None = None,
    ) -> Run:
        """Start a backtest and return at once, without waiting for it.

        Args:
            strategy: Name of the strategy, as in "sma_cross".
            on: The bars, as in "BINANCE:BTCUSDT@1m", or several of them.
            params: Parameters by name; one left out takes the strategy's default. An int is sent as
                an integer, a float as a double, a bool as a switch, a str as a choice.
            cash: Money at the start, in quote currency. Exact: a str, int or Decimal, never a
                float; so are all amounts and rates here.
            commission: Fraction of each fill's notional, "0.001" being 0.1 %.
            slippage_ticks: Whole ticks that market and stop fills move against the trader.
            sizing: FixedQuantity, FixedNotional or EquityFraction; None means all of the equity, or
                what the strategy does by itself.
            max_leverage: Greatest gross notional as a multiple of equity; None means 1.
            entry_bar_policy: What exits may do on the bar of their entry; None means WORST_CASE.
            end_of_run_policy: What becomes of open positions; None means MARK_OPEN.
            risk_free_rate: Fraction per year, for Sharpe and Sortino ratios.
            periods_per_year: Return periods in a year; 0 means by the calendar.
            start: First moment of the run; None means from the first bar.
            end: Moment after the last; None means to the last bar.
            version: Version of the strategy; empty means the newest.
            reuse: What to do if equal work is there already.
            display_name: A name for people.
            labels: Labels to find the run by.
            priority: Runs of higher priority leave the queue first.
            request_id: A UUID that makes repeated submissions one; None makes a new one.

        Raises:
            Invalid: The request is faulty; `fields` lists every fault.
            Precondition: There are no such bars (DATA_MISSING).
            Exhausted: The server's queue is full.
            TypeError: An amount is a float, or a value has no type the wire knows.
            ValueError: A text is not of the form it should have.
        """
        return self.submit(
            _request.backtest_request(
                strategy,
                on=on,
                params=params or {},
                cash=cash,
                commission=commission,
                slippage_ticks=slippage_ticks,
                sizing=sizing,
                max_leverage=max_leverage,
                entry_bar_policy=entry_bar_policy,
                end_of_run_policy=end_of_run_policy,
                risk_free_rate=risk_free_rate,
                periods_per_year=periods_per_year,
                start=start,
                end=end,
                version=version,
                reuse=reuse,
                display_name=display_name,
                labels=labels,
                priority=priority,
                request_id=request_id,
            )
        )

    @public
    def sweep(
        self,
        strategy: str,
        *,
        on: SubscriptionInput | Sequence[SubscriptionInput] = (),
        params: Mapping[str, ParamInput | Swept],
        on_each: Sequence[SubscriptionInput] = (),
        where: str | Sequence[str] = (),
        objective: str = "",
        goal: str = "UNSPECIFIED",
        constraints: Mapping[str, tuple[float | None, float | None]] | None = None,
        random_trials: int = 0,
        seed: int = 0,
        max_trials: int = 0,
        max_failed_trials: int = 0,
        **options: Unpack[RunOptions],
    ) -> Run:
        """Start a search over parameters and return at once; `run.total` is how many trials it has.

        `run.trials()` gives them as columns, also while it runs. What is not said here is as in
        `backtest`.

        Args:
            strategy: Name of the strategy, as in "sma_cross".
            on: The bars of every trial.
            params: Parameters by name: one value is fixed; a range, Steps or a list is swept, as in
                {"fast": range(5, 61, 5), "level": Steps(0.1, 0.5, 0.1), "direction": ["both"]}.
            on_each: Runs the same trials on each of these bars instead of `on`.
            where: Rules such as "fast < slow"; combinations that break one are no trials.
            objective: The metric to be best by; empty means sharpe.
            goal: MAXIMIZE or MINIMIZE; UNSPECIFIED means what is natural for the metric.
            constraints: Least and greatest value of metrics, None meaning no bound: trials outside
                are INFEASIBLE and never best.
            random_trials: Draw so many combinations at random instead of taking all.
            seed: Makes the draw repeatable.
            max_trials: Refuse a search of more trials; 0 means the server's limit.
            max_failed_trials: End the run once more than this many failed; 0 means never.
            **options: The account, the range and the rest, as in `backtest`.

        Raises:
            Invalid: The request is faulty; `fields` lists every fault.
            Precondition: There are no such bars (DATA_MISSING).
            ValueError: A range is empty, or a rule is none.
        """
        fixed, swept = _request.split_params(params)
        request = _request.backtest_request(strategy, on=on, params=fixed, **options)
        spec = _request.optimization_spec(
            request.backtest,
            swept=swept,
            on_each=on_each,
            where=where,
            objective=objective,
            goal=goal,
            constraints=constraints or {},
            random_trials=random_trials,
            seed=seed,
            max_trials=max_trials,
            max_failed_trials=max_failed_trials,
        )
        request.optimization.CopyFrom(spec)
        return self.submit(request)

    @public
    def submit(self, work: Work) -> Run:
        """Start what a message of `tradeforge.v1` describes and return at once.

        A request without request_id gets one, so that the call is repeated safely if the connection
        breaks. Raises as `backtest` does.
        """
        request = _request.submit_request(work)
        if request.validate_only:
            raise ValueError("validate_only starts no run; use client.validate")
        request.request_id = request.request_id or str(uuid.uuid4())
        answer = self.wire.call(self.wire.runs.Submit, request)
        return Run(self.wire, answer.run_id, answer)

    @public
    def validate(self, work: Work) -> Validation:
        """Check a request in full without running it. Raises as `backtest` does."""
        request = _request.submit_request(work)
        request.validate_only = True
        answer = self.wire.call(self.wire.runs.Submit, request)
        return Validation(answer.run_key, answer.total, tuple(answer.warnings), pb=answer)

    @public
    def run(self, run_id: str) -> Run:
        """Return a handle on a run by its id. Nothing is sent: an unknown id shows on first use."""
        return Run(self.wire, run_id)

    # ── Strategies and bars ─────────────────────────────────────────────────────────────────────

    @public
    def strategies(self) -> list[Strategy]:
        """Return the strategies that the server knows, by name."""
        request = strategy_service_pb2.ListStrategiesRequest()
        answer = self.wire.call(self.wire.strategies.ListStrategies, request)
        return [_decode.strategy(message) for message in answer.strategies]

    @public
    def series(self, filter: str = "") -> list[Series]:  # noqa: A002
        """Return the stored bars, all or those of a filter as in 'exchange = "BINANCE"'."""
        request = market_data_service_pb2.ListSeriesRequest(page_size=_PAGE_SIZE, filter=filter)
        found: list[Series] = []
        while True:
            page = self.wire.call(self.wire.market_data.ListSeries, request)
            found += [_decode.series(message) for message in page.series]
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    @public
    def import_csv(
        self,
        path: str | os.PathLike[str] | Sequence[str | os.PathLike[str]],
        *,
        exchange: str,
        symbol: str,
        timeframe: str,
        price_tick: DecimalInput | None = None,
        quantity_step: DecimalInput | None = None,
        calendar: Calendar | str = Calendar.UNSPECIFIED,
        columns: Mapping[str, str] | None = None,
        replace: bool = False,
    ) -> Imported:
        """Upload bars from one CSV file, or from several of the same series, all or nothing.

        Args:
            path: The file or files, of any size; they are streamed.
            exchange: Where the instrument trades, as in "BINANCE".
            symbol: The instrument's name there, as in "BTCUSDT".
            timeframe: Length of a bar, as in "1m".
            price_tick: Smallest price step; None means the finest decimal found in the prices.
            quantity_step: Smallest quantity step; None means as the server sees fit.
            calendar: When the instrument trades; UNSPECIFIED means that the bars tell.
            columns: Our name of a column to the file's, for headings that can not be told.
            replace: Take the new values where a bar of the same time is stored with other ones.

        Raises:
            Invalid: A file is faulty; the message names file, line and column.
            OSError: A file can not be read.
        """
        paths = [path] if isinstance(path, str | os.PathLike) else list(path)
        header = market_data_service_pb2.UploadBarsHeader(
            series=_request.series_spec(
                exchange=exchange,
                symbol=symbol,
                timeframe=timeframe,
                price_tick=price_tick,
                quantity_step=quantity_step,
                calendar=calendar,
                columns=columns,
            ),
            format=market_data_service_pb2.BAR_FORMAT_CSV,
            replace=replace,
        )
        with ExitStack() as stack:
            files = [stack.enter_context(Path(item).open("rb")) for item in paths]
            upload = _Upload(header, files)
            try:
                answer = self.wire.market_data.UploadBars(upload)
            except grpc.RpcError as error:
                raise upload.error or from_rpc(error, self.wire.address) from error
        return Imported(
            series=_decode.series(answer.series),
            created=answer.created,
            rows_read=answer.rows_read,
            warnings=tuple(answer.warnings),
        )

    @public
    def generate(
        self,
        on: SubscriptionInput = "SYN:DEMO@1h",
        *,
        bars: int,
        seed: int = 42,
        volatility: float = 0.0,
        drift: float = 0.0,
        start: TimeInput | None = None,
        price_tick: DecimalInput | None = None,
        quantity_step: DecimalInput | None = None,
    ) -> Imported:
        """Let the server make up bars and store them; the same arguments always make the same ones.

        `volatility` and `drift` are fractions per year, 0 meaning 0.6 and 0.1; `start` is the first
        bar's open, None meaning 2020-01-01.
        """
        place = Subscription.parse(on) if isinstance(on, str) else on
        walk = market_data_service_pb2.SyntheticBars(
            bar_count=bars, seed=seed, annual_volatility=volatility, annual_drift=drift
        )
        if start is not None:
            walk.start_time.CopyFrom(timestamp(start))
        request = market_data_service_pb2.ImportBarsRequest(
            series=_request.series_spec(
                exchange=place.exchange,
                symbol=place.symbol,
                timeframe=place.timeframe,
                price_tick=price_tick,
                quantity_step=quantity_step,
            ),
            synthetic=walk,
        )
        answer = self.wire.call(self.wire.market_data.ImportBars, request)
        return Imported(
            series=_decode.series(answer.series),
            created=answer.created,
            rows_read=answer.rows_read,
            warnings=tuple(answer.warnings),
        )

    # ── The server ──────────────────────────────────────────────────────────────────────────────

    @public
    def server_info(self) -> ServerInfo:
        """Return the server's versions, limits and load."""
        request = system_service_pb2.GetServerInfoRequest()
        return _decode.server_info(self.wire.call(self.wire.system.GetServerInfo, request))


class _Upload(Iterator[market_data_service_pb2.UploadBarsRequest]):
    """The pieces of an upload: for each file a header that names it, then its bytes.

    gRPC reads it in a thread of its own and hides what it raises, so `error` keeps that.
    """

    def __init__(
        self, header: market_data_service_pb2.UploadBarsHeader, files: Sequence[BinaryIO]
    ) -> None:
        self.error: Exception | None = None
        self._pieces = self._read(header, files)

    def __next__(self) -> market_data_service_pb2.UploadBarsRequest:
        try:
            return next(self._pieces)
        except StopIteration:
            raise
        except Exception as error:
            self.error = error
            raise

    @staticmethod
    def _read(
        header: market_data_service_pb2.UploadBarsHeader, files: Sequence[BinaryIO]
    ) -> Iterator[market_data_service_pb2.UploadBarsRequest]:
        for file in files:
            named = market_data_service_pb2.UploadBarsHeader()
            named.CopyFrom(header)
            named.source_name = Path(file.name).name
            yield market_data_service_pb2.UploadBarsRequest(header=named)
            while chunk := file.read(_CHUNK_BYTES):
                yield market_data_service_pb2.UploadBarsRequest(chunk=chunk)
