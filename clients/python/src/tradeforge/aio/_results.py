"""What a run left behind: trades, curves and trials, as tables and as pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from tradeforge import _decode, _report
from tradeforge._call import public
from tradeforge._errors import Precondition, Unavailable
from tradeforge._heatmap import Heatmap, Importance, Search
from tradeforge._inputs import TimeInput
from tradeforge._patience import RECONNECT_SECONDS, Patience
from tradeforge._report import Report
from tradeforge._request import objective, time_range
from tradeforge._table import Joined
from tradeforge._tables import Equity, RuleValues, Trades, Trials, Weights, WindowTrials
from tradeforge._values import FailureGroup, Fill, Front, InstrumentResult, Trial
from tradeforge.aio._wire import Wire, pause
from tradeforge.v1 import (
    bundle_service_pb2,
    result_service_pb2,
    run_service_pb2,
    strategy_service_pb2,
    types_pb2,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_PAGE_SIZE = 1_000


class RunResults:
    """What can be read of one run."""

    def __init__(self, wire: Wire, run_id: str) -> None:
        self._wire = wire
        self.id = run_id
        """The run's id, a UUID."""

    @public
    async def bundle(self, path: str | PathLike[str], *, with_bars: bool = False) -> Path:
        """Write the run into one file that proves itself, and return where it is.

        The file holds what was asked for, every trial or trade, and a hash of each part;
        `tradeforge verify PATH` checks it without a server. A file that is there is replaced, by a
        whole one only.

        Args:
            path: The file to write; its name ends in .tfrun by custom.
            with_bars: Whether the bars are in it, so that it can be computed again from it alone.

        Raises:
            Precondition: The run is not over (RUN_NOT_FINISHED).
        """
        request = bundle_service_pb2.ExportRunRequest(run_id=self.id, with_bars=with_bars)
        target = Path(path)
        partial = target.with_name(f".{target.name}.partial")
        try:
            with partial.open("wb") as file:
                async for message in self._wire.stream(self._wire.bundles.ExportRun, request):
                    file.write(message.chunk)
            return partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    # ── What came out ───────────────────────────────────────────────────────────────────────────

    @public
    async def trades(self, trial_index: int | None = None) -> Trades:
        """Return all trades of a backtest, or of one trial, in order of closing.

        A trade that is still open comes last; its `exit_time`, `exit_price` and `exit_reason` are
        None and its profit is the open profit. Raises Precondition if the run is not finished.
        """
        request = result_service_pb2.ExportTradesRequest(run_id=self.id, trial_index=trial_index)
        stream = self._wire.stream(self._wire.results.ExportTrades, request)
        return Trades([message async for message in stream])

    @public
    async def equity(
        self, trial_index: int | None = None, *, max_points: int | None = None
    ) -> Equity:
        """Return the whole equity curve of a backtest, or of one trial.

        With `max_points` it is thinned to so many, from 5 to 40,000: the first, the last, the
        deepest drawdown and the extremes between stay; `is_thinned` says whether any were left out.
        Raises Precondition if the run is not finished, or can not be computed again.
        """
        if max_points is None:
            whole = result_service_pb2.ExportEquityRequest(run_id=self.id, trial_index=trial_index)
            stream = self._wire.stream(self._wire.results.ExportEquity, whole)
            return Equity([message async for message in stream])
        request = result_service_pb2.GetEquityCurveRequest(
            run_id=self.id, trial_index=trial_index, max_points=max_points
        )
        thinned = await self._wire.call(self._wire.results.GetEquityCurve, request)
        return Equity((), thinned)

    @public
    async def weights(self, trial_index: int | None = None, *, max_points: int = 2_000) -> Weights:
        """Return what share of the equity each instrument of a backtest or of one trial was.

        At points of the equity curve, thinned as it is to at most `max_points`, and to fewer for
        more than two instruments and many points: 100,000 values come at most. Raises Precondition
        as `equity` does.
        """
        request = result_service_pb2.GetEquityCurveRequest(
            run_id=self.id, trial_index=trial_index, max_points=max_points, with_weights=True
        )
        return Weights(await self._wire.call(self._wire.results.GetEquityCurve, request))

    @public
    async def rule_values(
        self,
        names: Sequence[str] = (),
        *,
        trial_index: int | None = None,
        start: TimeInput | None = None,
        end: TimeInput | None = None,
        max_points: int = 0,
        instrument: int = 0,
    ) -> RuleValues:
        """Return what the definitions of a strategy as text were, bar by bar.

        Args:
            names: Definitions, or conditions as the order and its line, as in "enter long:9"; none
                means all definitions.
            trial_index: The trial of a search.
            start: The first moment; None means the start of the run.
            end: The moment after the last.
            max_points: The most bars, evenly spread; 0 means 2,000. `is_thinned` says whether any
                were left out.
            instrument: Of which instrument of the run, by its place.

        Raises:
            Invalid: The text has no such names.
            Precondition: The strategy is no text (STRATEGY_WITHOUT_TEXT), the run is not finished,
                or can not be computed again.
        """
        request = result_service_pb2.GetRuleValuesRequest(
            run_id=self.id,
            trial_index=trial_index,
            names=names,
            max_points=max_points,
            instrument=instrument,
        )
        if start is not None or end is not None:
            request.time_range.CopyFrom(time_range(start, end))
        return RuleValues(await self._wire.call(self._wire.results.GetRuleValues, request))

    @public
    async def trials(
        self,
        filter: str = "",  # noqa: A002
        *,
        order_by: str = "",
        columns: Sequence[str] = (),
        limit: int = 0,
    ) -> Trials:
        """Return the trials of a search as a table, also while it runs.

        Args:
            filter: Which trials, as in "metrics.trade_count > 30 AND params.fast < 20"; empty means
                all.
            order_by: As in "metrics.sharpe desc"; empty means by trial_index.
            columns: Names of columns, as in "params.fast"; none means all. trial_index and state
                always come.
            limit: The most trials to return; 0 means all.

        Raises:
            Invalid: The filter, the order or a column is not understood.
            Precondition: The run is a backtest (NOT_AN_OPTIMIZATION).
        """
        request = result_service_pb2.ExportTrialsRequest(
            run_id=self.id, filter=filter, order_by=order_by, columns=columns, limit=limit
        )
        stream = self._wire.stream(self._wire.results.ExportTrials, request)
        trials = Joined()
        async for message in stream:
            trials.add(message)
        return Trials(trials)

    @public
    async def window_trials(self, window: int, *, columns: Sequence[str] = ()) -> WindowTrials:
        """Return what every trial came to in both parts of a window, as a table.

        Args:
            window: Which window of this walk-forward, from 0 on.
            columns: Names of columns, as in "out_of_sample" or "params.fast"; none means all.
                trial_index and state always come.

        Raises:
            Invalid: There is no such window or column.
            Precondition: The run is no walk-forward (NOT_A_WALK_FORWARD), the window is not done
                (WINDOW_NOT_DONE), or its trials were not kept (NO_WINDOW_TRIALS).
        """
        request = result_service_pb2.ExportWindowTrialsRequest(
            run_id=self.id, window_index=window, columns=columns
        )
        stream = self._wire.stream(self._wire.results.ExportWindowTrials, request)
        return WindowTrials([message async for message in stream])

    @public
    async def trial(self, trial_index: int) -> Trial:
        """Return one trial, with the stack trace if it failed. Raises NotFound if it is not there.

        A trial of a live run is there once it has ended.
        """
        request = result_service_pb2.GetTrialRequest(run_id=self.id, trial_index=trial_index)
        answer = await self._wire.call(self._wire.results.GetTrial, request)
        return _decode.trial(answer.trial)

    @public
    async def pareto(
        self,
        *by: str,
        filter: str = "",  # noqa: A002
        limit: int = 0,
    ) -> Front:
        """Return the trials of a search that no other is better than by all of some metrics.

        Args:
            by: Two or three metrics, with a minus before those of which less is better whatever is
                natural for them, as in "sharpe", "-max_drawdown"; none means the objectives of the
                search.
            filter: Which trials, as in `trials`.
            limit: The most trials to return: 0 means 100, more than 500 are never returned.

        Raises:
            Invalid: A metric is not known, or they are not two or three.
            Precondition: The run is a backtest (NOT_AN_OPTIMIZATION).
        """
        request = result_service_pb2.ListParetoTrialsRequest(
            run_id=self.id,
            objectives=[objective(text) for text in by],
            filter=filter,
            limit=limit,
        )
        answer = await self._wire.call(self._wire.results.ListParetoTrials, request)
        return _decode.front(answer)

    @public
    async def top(
        self,
        count: int = 10,
        *,
        filter: str = "state = COMPLETED",  # noqa: A002
        order_by: str = "",
    ) -> list[Trial]:
        """Return the best trials of a search so far, by its objective or by `order_by`."""
        if not order_by:
            search = await self._search()
            order_by = f"metrics.{search.metric} {'desc' if search.is_maximized else 'asc'}"
        request = result_service_pb2.ListTrialsRequest(
            run_id=self.id, filter=filter, order_by=order_by
        )
        found: list[Trial] = []
        while len(found) < count:
            request.page_size = min(count - len(found), _PAGE_SIZE)
            page = await self._wire.call(self._wire.results.ListTrials, request)
            found += [_decode.trial(message) for message in page.trials]
            if not page.next_page_token:
                break
            request.page_token = page.next_page_token
        return found[:count]

    @public
    async def watch_trials(
        self, *, columns: Sequence[str] = (), after_cursor: int | None = None
    ) -> AsyncIterator[Trials]:
        """Yield the trials of a search as they land, each once, some at a time, to its end.

        Each table has its `cursor`, to go on after with `after_cursor`, also after a restart of
        the server. If the connection is lost, the watch goes on where it was.
        """
        request = result_service_pb2.WatchTrialsRequest(
            run_id=self.id, after_cursor=after_cursor, columns=columns
        )
        patience = Patience(RECONNECT_SECONDS)
        while True:
            try:
                stream = self._wire.stream(self._wire.results.WatchTrials, request)
                async with aclosing(stream) as messages:
                    async for message in messages:
                        patience.renew()
                        request.after_cursor = message.cursor
                        if message.row_count:
                            yield Trials([message], message.cursor)
                return
            except Unavailable as error:
                lost = error
            await pause(patience.next_pause(lost))

    @public
    async def failures(self) -> list[FailureGroup]:
        """Return the failed trials of a search by reason and message, the most frequent first."""
        request = result_service_pb2.ListFailureGroupsRequest(run_id=self.id)
        answer = await self._wire.call(self._wire.results.ListFailureGroups, request)
        return [_decode.failure_group(group) for group in answer.groups]

    @public
    async def fills(self, trade_index: int, trial_index: int | None = None) -> list[Fill]:
        """Return the executions of one trade of a backtest, or of one trial, in their order.

        `trade_index` is its place in `trades`, from 0. Raises Precondition if the run is not
        finished, or can not be computed again.
        """
        request = result_service_pb2.ListFillsRequest(
            run_id=self.id, trial_index=trial_index, trade_index=trade_index, page_size=_PAGE_SIZE
        )
        found: list[Fill] = []
        while True:
            page = await self._wire.call(self._wire.results.ListFills, request)
            found += [_decode.fill(message) for message in page.fills]
            if not page.next_page_token:
                return found
            request.page_token = page.next_page_token

    @public
    async def instruments(self, trial_index: int | None = None) -> list[InstrumentResult]:
        """Return what each instrument of a backtest, or of one trial, did.

        Raises Precondition if the run is not finished, or can not be computed again.
        """
        request = result_service_pb2.ListInstrumentsRequest(run_id=self.id, trial_index=trial_index)
        answer = await self._wire.call(self._wire.results.ListInstruments, request)
        return [_decode.instrument(message) for message in answer.instruments]

    @public
    async def report(self, trial_index: int | None = None, *, rolling_days: int = 63) -> Report:
        """Return what a backtest, or one trial, did from day to day, by month and by year.

        The rolling figures are over windows of `rolling_days`, from 2 to 2,520. Raises Precondition
        if the run is not finished, or can not be computed again.
        """
        request = result_service_pb2.GetReportRequest(
            run_id=self.id, trial_index=trial_index, rolling_days=rolling_days
        )
        return _report.report(await self._wire.call(self._wire.results.GetReport, request))

    # ── Pictures ────────────────────────────────────────────────────────────────────────────────

    @public
    async def plot(self, trial_index: int | None = None, *, max_points: int = 2_000) -> Figure:
        """Draw the equity curve and its drawdown. Raises ImportError without matplotlib."""
        from tradeforge._plot import equity_figure

        equity = await self.equity(trial_index, max_points=max_points)
        return equity_figure(equity, self.id, trial_index)

    @public
    async def heatmap(
        self,
        x: str = "",
        y: str = "",
        *,
        metric: str = "",
        fixed: Mapping[str, object] | None = None,
    ) -> Heatmap:
        """Lay the trials of a search on two of its parameters, as the run's page does.

        Where several fall on one cell, the best stands for it; a parameter in `fixed` is held at
        one of its values instead. Without names, the two with the most values are taken, and the
        objective. It draws itself in a notebook that has matplotlib, and by `plot`.
        """
        search = await self._search(metric)
        return Heatmap(search, await self._trials_of(search), x, y, fixed or {})

    @public
    async def importance(self, metric: str = "") -> list[Importance]:
        """Return what each parameter of a search explains of a metric, the most important first.

        That is eta squared: the share of all variance that lies between the means of its values.
        """
        search = await self._search(metric)
        return search.importance(await self._trials_of(search))

    # ── On the wire ───────────────────────────────────────────────────────────────────────────────

    async def _get(self) -> types_pb2.Run:
        request = run_service_pb2.GetRunRequest(run_id=self.id)
        answer = await self._wire.call(self._wire.runs.GetRun, request)
        return answer.run

    async def _search(self, metric: str = "") -> Search:
        run = await self._get()
        if run.kind != types_pb2.RUN_KIND_OPTIMIZATION:
            raise Precondition(
                f"run {self.id} is a backtest and has no trials", reason="NOT_AN_OPTIMIZATION"
            )
        request = strategy_service_pb2.ListStrategiesRequest()
        answer = await self._wire.call(self._wire.strategies.ListStrategies, request)
        return Search(run.optimization, metric, answer.strategies)

    async def _trials_of(self, search: Search) -> Trials:
        request = result_service_pb2.ExportTrialsRequest(run_id=self.id, columns=search.columns)
        stream = self._wire.stream(self._wire.results.ExportTrials, request)
        trials = Joined()
        async for message in stream:
            trials.add(message)
        return Trials(trials)
