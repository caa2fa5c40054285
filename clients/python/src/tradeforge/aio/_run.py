"""One run on the server: how it stands, what came of it, and how to stop it."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import aclosing
from typing import TYPE_CHECKING, Generic, Literal, TypeVar, cast

from tradeforge import _convert, _decode
from tradeforge._call import public
from tradeforge._convert import duration, enum_number, patience_seconds
from tradeforge._errors import Precondition, Unavailable, WaitTimeout
from tradeforge._grouping import grouped_days
from tradeforge._html import run_html
from tradeforge._inputs import ExcessOver
from tradeforge._outcome import outcome
from tradeforge._patience import RECONNECT_SECONDS, Patience
from tradeforge._progress import Bar, bar_for
from tradeforge._stress import RobustnessResult, Stress, Variant
from tradeforge._stress_wire import robustness_spec, trial_backtest, variant
from tradeforge._values import (
    Disposition,
    Result,
    RunInfo,
    Status,
    ValidationResult,
    Window,
)
from tradeforge.aio._results import RunResults
from tradeforge.aio._wire import Wire, pause
from tradeforge.v1 import (
    result_service_pb2,
    run_service_pb2,
    types_pb2,
)

if TYPE_CHECKING:
    from datetime import timedelta

    from tradeforge._inputs import TimeInput

# A wait is asked of the server in pieces: long enough to be few, short enough for any proxy, and
# with a bar as often as it is to move.
_POLL_SECONDS = 30.0
_BAR_SECONDS = 0.25
_POLL_GRACE_SECONDS = 15.0

ResultT = TypeVar("ResultT", bound=Result, covariant=True)


class Run(RunResults, Generic[ResultT]):
    """A handle on one run, with the result that it will have as its type.

    It can be made again from the id, and pickled. Letting go of it, or interrupting a wait, does
    not stop the run; `cancel` does. Every method may raise NotFound if the server does not know the
    run, and Unavailable if it can not be reached.
    """

    def __init__(
        self, wire: Wire, run_id: str, answer: run_service_pb2.SubmitResponse | None = None
    ) -> None:
        super().__init__(wire, run_id)
        self._answer = answer
        self._seen: Status | None = None

    def __repr__(self) -> str:
        return f"Run({self.id!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Run):
            return NotImplemented
        return (self.id, self._wire.address) == (other.id, other._wire.address)

    def __hash__(self) -> int:
        return hash(self.id)

    def _repr_html_(self) -> str:
        return run_html(self.id, self.url, self._seen, self._answer)

    @property
    def url(self) -> str:
        """The run's page."""
        return f"{self._wire.url}/runs/{self.id}"

    @property
    async def total(self) -> int:
        """Bars of a backtest or trials of a search; asks the server if not known yet."""
        if self._answer:
            return self._answer.total
        status = await self._poll(0.0)
        return status.progress.total

    @property
    async def run_key(self) -> str:
        """Hash over all that can change the result; asks the server if not known yet."""
        if self._answer:
            return self._answer.run_key
        run = await self._get()
        return run.run_key

    @property
    def disposition(self) -> Disposition | None:
        """How the submission was answered; None for a run that was not submitted by this handle."""
        return _decode.disposition(self._answer) if self._answer else None

    @property
    def is_dedup(self) -> bool:
        """Whether the submission found a run that was there before."""
        return self._answer is not None and self._answer.is_dedup

    @property
    def warnings(self) -> Sequence[str]:
        """What the server remarked on the submission, such as gaps in the data."""
        return tuple(self._answer.warnings) if self._answer else ()

    @property
    def estimate(self) -> timedelta | None:
        """How long it would take on an idle server; None if the server did not say."""
        return _decode.estimate(self._answer) if self._answer else None

    # ── How it stands ───────────────────────────────────────────────────────────────────────────

    @public
    async def status(self) -> Status:
        """Return how the run stands now."""
        return await self._poll(0.0)

    @public
    async def info(self) -> RunInfo:
        """Return the run as it is stored: what was asked for, with nothing left open."""
        return _decode.run_info(await self._get())

    @public
    async def watch(
        self, after_sequence: int | None = None, *, min_interval: float | None = None
    ) -> AsyncIterator[Status]:
        """Yield the run's status as it changes, the final one last and once.

        Sequences rise; a slow reader skips some. The first is the status now, or with
        `after_sequence` the first one newer than that, and a final one in any case. `min_interval`
        is the least time between two, in seconds from 0.05 to 60, by default 0.25. If the
        connection is lost, the watch goes on where it was; Unavailable is raised only once the
        server has been away for a minute.
        """
        request = run_service_pb2.WatchProgressRequest(
            run_id=self.id, after_sequence=after_sequence
        )
        if min_interval is not None:
            request.min_interval.CopyFrom(duration(min_interval))
        patience = Patience(RECONNECT_SECONDS)
        seen = after_sequence
        while True:
            try:
                stream = self._wire.stream(self._wire.runs.WatchProgress, request)
                async with aclosing(stream) as events:
                    async for event in events:
                        patience.renew()
                        if event.WhichOneof("event") != "snapshot":
                            continue
                        status = self._saw(event.snapshot)
                        if status.is_final or seen is None or status.sequence > seen:
                            seen = request.after_sequence = status.sequence
                            yield status
                        if status.is_final:
                            return
                lost = Unavailable(f"server at {self._wire.address}: the watch ended too early")
            except Unavailable as error:
                lost = error
            await pause(patience.next_pause(lost))

    @public
    async def wait(self, timeout: float | None = None, *, progress: bool | None = None) -> ResultT:
        """Wait until the run is final and return its result.

        `progress` shows a bar: a widget in a notebook, tqdm's in a terminal if that is installed,
        else a line of text. None shows it there, and nowhere else, if the run takes a while.

        Raises RunFailed, RunCancelled, or WaitTimeout after `timeout` seconds (None: no limit).
        """
        timeout = patience_seconds("timeout", timeout)
        deadline = None if timeout is None else time.monotonic() + timeout
        bar = bar_for(progress)
        try:
            return await self._wait(bar, timeout, deadline)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(f"run {self.id} goes on; stop it with client.run(id).cancel()")
            raise
        finally:
            if bar is not None:
                bar.close()

    @public
    async def result(self) -> ResultT:
        """Return the result of a completed run, as `wait` does, without waiting.

        Raises RunFailed, RunCancelled, or Precondition (RUN_NOT_FINISHED) if it is not final.
        """
        status = await self._poll(0.0)
        if not status.is_final:
            raise Precondition(
                f"run {self.id} is {status.state} and has no result yet", reason="RUN_NOT_FINISHED"
            )
        return cast("ResultT", outcome(status))

    @public
    async def validate(
        self,
        *,
        excess_over: ExcessOver = ExcessOver.EXPOSURE,
        blocks: int = 0,
        bootstrap: int = 0,
        mean_block_days: float = 0.0,
        seed: int = 0,
        permutations: int = 0,
        cpcv: tuple[int, int] | None = None,
        purge_days: int = 0,
        embargo_days: int | None = None,
    ) -> Run[ValidationResult]:
        """Start judging how much of the best of this completed search is luck, and return at once.

        All its trials are computed again and their daily returns compared; `wait()` of what is
        returned gives the answer, and its `sentence` says it in words.

        Args:
            excess_over: What is taken off the returns first.
            blocks: Into how many blocks the days are cut: even, from 4 to 16; 0 means 16.
            bootstrap: How many draws are made of the days, at most 10,000; 0 means 1,000.
            mean_block_days: Days of a block of a draw on average; 0 finds it from the returns.
            seed: Makes the draws repeatable.
            permutations: How often the whole search is made over the bars in another order as well,
                at most 1,000: it takes so many times as long.
            cpcv: Groups that the days are cut into as well, and how many of them judge: every
                choice of so many does once, as (10, 2) is usual. Fills `paths` of the result.
            purge_days: Days before each group that judges by which nothing is chosen.
            embargo_days: Days after each of them; None means a hundredth of all days.

        Raises:
            Invalid: A setting is out of range, or the search is over several series.
            TypeError: `purge_days` or `embargo_days` is given without `cpcv`.
            Precondition: The run is no search (NOT_AN_OPTIMIZATION), not COMPLETED
                (RUN_NOT_FINISHED), or of another engine (ENGINE_CHANGED).
        """
        spec = types_pb2.ValidationSpec(
            run_id=self.id,
            excess_over=enum_number(
                types_pb2.ExcessOver, "EXCESS_OVER_", "excess_over", excess_over
            ),
            blocks=blocks,
            bootstrap_count=bootstrap,
            mean_block_days=mean_block_days,
            seed=seed,
            permutation_count=permutations,
            combinatorial=grouped_days(cpcv, purge_days, embargo_days),
        )
        request = run_service_pb2.SubmitRequest(validation=spec, request_id=str(uuid.uuid4()))
        answer = await self._wire.call(self._wire.runs.Submit, request)
        return cast("Run[ValidationResult]", Run(self._wire, answer.run_id, answer))

    @public
    async def go_on(
        self,
        *,
        retry_failed: bool = False,
        deadline: TimeInput | timedelta | None = None,
        compute_budget: timedelta | float | None = None,
    ) -> Run[ResultT]:
        """Go on from this search, which was cancelled, failed or ran out of time; return at once.

        What is returned is another run of the same name and labels: it takes over the trials of
        this one, computes the others, and comes to the very result of a search that nobody stopped.

        Args:
            retry_failed: Compute the trials again that failed; then this may be a completed search,
                too.
            deadline: When the new run ends at the latest: a moment, or a timedelta from now.
            compute_budget: How long it may compute, as a timedelta or in seconds.

        Raises:
            Invalid: The run is no search.
            Precondition: It is live (RUN_NOT_FINISHED), completed (RUN_ALREADY_FINISHED), or of
                another engine (ENGINE_CHANGED).
        """
        former = await self.info()
        request = run_service_pb2.SubmitRequest(
            continue_run_id=self.id,
            retry_failed=retry_failed,
            request_id=str(uuid.uuid4()),
            display_name=former.display_name,
            notes=former.notes,
            labels=former.labels,
            priority=former.priority,
            deadline=_convert.deadline(deadline),
            compute_budget=_convert.span(compute_budget),
        )
        answer = await self._wire.call(self._wire.runs.Submit, request)
        return Run(self._wire, answer.run_id, answer)

    @public
    async def windows(self) -> list[Window]:
        """Return the windows of this walk-forward that are done, in order.

        Raises:
            Precondition: The run is no walk-forward (NOT_A_WALK_FORWARD).
        """
        request = result_service_pb2.ListWindowsRequest(run_id=self.id)
        answer = await self._wire.call(self._wire.results.ListWindows, request)
        return [_decode.window(message) for message in answer.windows]

    @public
    async def robustness(
        self, stress: Stress | None = None, *, trial: int | None = None
    ) -> Run[RobustnessResult]:
        """Start examining what this backtest owes to its details, and return at once.

        It is run again with each of them changed, and its days are drawn again; `wait()` of what is
        returned gives the answer, and its `sentence` says it in words. Of a search it is a trial
        that is examined.

        Args:
            stress: Stress: what is changed; None means all that is usual.
            trial: Which trial of a search; None means its best.

        Raises:
            Invalid: A setting is out of range.
            Precondition: The run is neither a backtest nor a search with that trial
                (NOT_A_BACKTEST), or the trial is of numbers of the account besides.
        """
        run = await self._get()
        base = run.backtest
        if run.WhichOneof("spec") == "optimization":
            best = run.status.optimization
            if trial is None and not best.HasField("best_trial"):
                raise Precondition(f"run {self.id} has no best trial", reason="NOT_A_BACKTEST")
            index = best.best_trial.trial_index if trial is None else trial
            request = result_service_pb2.GetTrialRequest(run_id=self.id, trial_index=index)
            answer = await self._wire.call(self._wire.results.GetTrial, request)
            base = trial_backtest(run.optimization.base, answer.trial)
        elif run.WhichOneof("spec") != "backtest":
            raise Precondition(
                f"run {self.id} is neither a backtest nor a search", reason="NOT_A_BACKTEST"
            )
        spec = robustness_spec(base, stress or Stress())
        submitted = run_service_pb2.SubmitRequest(robustness=spec, request_id=str(uuid.uuid4()))
        reply = await self._wire.call(self._wire.runs.Submit, submitted)
        return cast("Run[RobustnessResult]", Run(self._wire, reply.run_id, reply))

    @public
    async def variants(self) -> list[Variant]:
        """Return the backtests of this robustness run that are done, by their places.

        Raises:
            Precondition: The run is no robustness run (NOT_A_ROBUSTNESS_RUN).
        """
        request = result_service_pb2.ListVariantsRequest(run_id=self.id)
        answer = await self._wire.call(self._wire.results.ListVariants, request)
        return [variant(message) for message in answer.variants]

    @public
    async def distribution(self, name: str) -> list[float]:
        """Return what a chart of this completed validation or robustness run is drawn from.

        Args:
            name: In rising order "null_best", the best of each draw by luck, "logits" and
                "permuted_best"; choice by choice "in_sample" and "out_of_sample"; of the best
                twenty "leader_trials", "leader_ratios" and "leader_p"; one value of
                "observed_best" and "observed_objective". Of a robustness run "fan.day" and beside
                it "fan.observed" and "fan.p05" to "fan.p95"; "paths.total_return", "paths.cagr",
                "paths.sharpe", "paths.max_drawdown" and "paths.longest_drawdown_days"; and rising
                what its backtests came to, "noise.total_return", "noise.sharpe",
                "random.total_return" and "random.sharpe".

        Raises:
            Invalid: There is no such name.
            Precondition: The run has none (NO_DISTRIBUTIONS), or is not COMPLETED.
        """
        request = result_service_pb2.GetDistributionsRequest(run_id=self.id, columns=[name])
        answer = await self._wire.call(self._wire.results.GetDistributions, request)
        return list(answer.columns[0].doubles.values)

    @public
    async def cancel(self, reason: str = "") -> Status:
        """Stop the run, for all who joined it, and return how it stands then.

        That is CANCELLED as a rule, or RUNNING if its work did not come to rest within some
        seconds. Trials done by then stay. Raises Precondition if it is COMPLETED or FAILED; one
        that is CANCELLED already is fine.
        """
        request = run_service_pb2.CancelRequest(run_id=self.id, reason=reason)
        answer = await self._wire.call(self._wire.runs.Cancel, request)
        return self._saw(answer.status)

    @public
    async def pause(self, reason: str = "") -> Status:
        """Halt the run, for all who joined it, and return how it stands then.

        That is PAUSED as a rule, or RUNNING if its work did not come to rest within some seconds.
        The trials of a search stay; a backtest begins anew when it is resumed. It stays paused
        over restarts of the server. Raises Precondition if it is final or asked to stop.
        """
        request = run_service_pb2.PauseRequest(run_id=self.id, reason=reason)
        answer = await self._wire.call(self._wire.runs.Pause, request)
        return self._saw(answer.status)

    @public
    async def resume(self) -> Status:
        """Let the paused run go on, and return how it stands then.

        Its result is the very one that it would have had without the pause. A run that is not
        paused goes on as it does. Raises Precondition if it is final or asked to stop.
        """
        request = run_service_pb2.ResumeRequest(run_id=self.id)
        answer = await self._wire.call(self._wire.runs.Resume, request)
        return self._saw(answer.status)

    @public
    async def update(
        self,
        *,
        display_name: str | None = None,
        notes: str | None = None,
        labels: Mapping[str, str | None] | None = None,
        deadline: TimeInput | timedelta | Literal["none"] | None = None,
        compute_budget: timedelta | float | Literal["none"] | None = None,
        etag: str = "",
    ) -> RunInfo:
        """Change what people say of the run, and how long it may take; return it as it is then.

        What is None stays as it is. Of `labels` each one named is set, or taken away by None; the
        others stay. A `deadline` is a moment, or a timedelta from now; a `compute_budget` a
        timedelta or seconds; "none" takes either away. With the `etag` of an `info()` it is changed
        only if that is still what is there, else Precondition (RUN_CHANGED) is raised.
        """
        request = run_service_pb2.UpdateRunRequest(run_id=self.id, etag=etag)
        if display_name is not None:
            request.display_name = display_name
            request.update_mask.paths.append("display_name")
        if notes is not None:
            request.notes = notes
            request.update_mask.paths.append("notes")
        for label, value in (labels or {}).items():
            if value is not None:
                request.labels[label] = value
            request.update_mask.paths.append(f"labels.{label}")
        if deadline is not None:
            moment = None if deadline == "none" else _convert.deadline(deadline)
            if moment is not None:
                request.deadline.CopyFrom(moment)
            request.update_mask.paths.append("deadline")
        if compute_budget is not None:
            span = None if compute_budget == "none" else _convert.span(compute_budget)
            if span is not None:
                request.compute_budget.CopyFrom(span)
            request.update_mask.paths.append("compute_budget")
        answer = await self._wire.call(self._wire.runs.UpdateRun, request)
        return _decode.run_info(answer.run)

    @public
    async def delete(self) -> None:
        """Remove the run with all its results. Raises Precondition while it is live."""
        request = run_service_pb2.DeleteRunRequest(run_id=self.id)
        await self._wire.call(self._wire.runs.DeleteRun, request)

    # ── On the wire ─────────────────────────────────────────────────────────────────────────────

    async def _wait(
        self, bar: Bar | None, timeout: float | None, deadline: float | None
    ) -> ResultT:
        patience = Patience(RECONNECT_SECONDS)
        most = _POLL_SECONDS if bar is None else _BAR_SECONDS
        while True:
            left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
            try:
                status = await self._poll(most if left is None else min(left, most))
            except Unavailable as error:
                await pause(patience.next_pause(error, at_most=left))
                continue
            patience.renew()
            if bar is not None:
                bar.show(status)
            if status.is_final:
                return cast("ResultT", outcome(status))
            if timeout is not None and deadline is not None and time.monotonic() >= deadline:
                raise WaitTimeout(status, timeout)

    async def _poll(self, wait: float) -> Status:
        request = run_service_pb2.GetStatusRequest(run_id=self.id)
        timeout = None
        if wait > 0:
            request.wait.CopyFrom(duration(wait))
            timeout = wait + _POLL_GRACE_SECONDS
        answer = await self._wire.call(self._wire.runs.GetStatus, request, timeout)
        return self._saw(answer.status)

    def _saw(self, message: types_pb2.RunStatus) -> Status:
        self._seen = _decode.status(message)
        return self._seen


AnyRun = Run[Result]
"""A run of which it is not known what it will result in."""
