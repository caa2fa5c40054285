"""One run on the server: how it stands, what came of it, and how to stop it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import grpc

from tradeforge import _decode
from tradeforge._call import public
from tradeforge._convert import duration, enum_name
from tradeforge._errors import (
    Precondition,
    RunCancelled,
    RunFailed,
    TradeForgeError,
    Unavailable,
    WaitTimeout,
    from_rpc,
)
from tradeforge._trials import Trials
from tradeforge._values import Disposition, Result, RunState, Status, TradeRow, Trial
from tradeforge._wire import Wire
from tradeforge.v1 import result_service_pb2, run_service_pb2

# A wait is asked of the server in pieces: long enough to be few, short enough for any proxy.
_POLL_SECONDS = 30.0
_POLL_GRACE_SECONDS = 15.0
_PAGE_SIZE = 1_000


class Run:
    """A handle on one run. It holds no connection of its own and can be made again from the id.

    Letting go of it, or interrupting a wait, does not stop the run; `cancel` does. Every method may
    raise NotFound if the server does not know the run, and Unavailable if it can not be reached.
    """

    def __init__(
        self,
        wire: Wire,
        run_id: str,
        answer: run_service_pb2.SubmitResponse | None = None,
        reconnect_seconds: float = 60.0,
    ) -> None:
        self._wire = wire
        self._answer = answer
        self._reconnect_seconds = reconnect_seconds
        self.id = run_id
        """The run's id, a UUID."""

    def __repr__(self) -> str:
        return f"Run({self.id!r})"

    @property
    def total(self) -> int:
        """Bars of a backtest or trials of an optimization; asks the server if not known yet."""
        return self._answer.total if self._answer else self.status().progress.total

    @property
    def run_key(self) -> str:
        """Hash over all that can change the result; asks the server if not known yet."""
        if self._answer:
            return self._answer.run_key
        request = run_service_pb2.GetRunRequest(run_id=self.id)
        return self._wire.call(self._wire.runs.GetRun, request).run.run_key

    @property
    def disposition(self) -> Disposition | None:
        """How the submission was answered; None for a run that was not submitted by this handle."""
        if self._answer is None:
            return None
        return enum_name(
            run_service_pb2.SubmitDisposition,
            "SUBMIT_DISPOSITION_",
            self._answer.disposition,
            Disposition,
        )

    @property
    def is_dedup(self) -> bool:
        """Whether the submission found a run that was there before."""
        return self._answer is not None and self._answer.is_dedup

    @property
    def warnings(self) -> Sequence[str]:
        """What the server remarked on the submission, such as gaps in the data."""
        return tuple(self._answer.warnings) if self._answer else ()

    @public
    def status(self) -> Status:
        """Return how the run stands now."""
        return self._poll(0.0)

    @public
    def watch(
        self, after_sequence: int | None = None, *, min_interval: float | None = None
    ) -> Iterator[Status]:
        """Yield the run's status as it changes, the final one last and once.

        Sequences rise; a slow reader skips some. The first is the status now, or with
        `after_sequence` the first one newer than that, and a final one in any case. `min_interval`
        is the least time between two, in seconds from 0.05 to 60, by default 0.25. If the
        connection is lost, the watch goes on where it was; Unavailable is raised only once the
        server has been away for a minute.
        """
        seen = after_sequence
        patience = _Patience(self._reconnect_seconds)
        while True:
            try:
                for status in self._stream(seen, min_interval):
                    patience.renew()
                    if status is None:
                        continue
                    if status.is_final:
                        yield status
                        return
                    if seen is None or status.sequence > seen:
                        seen = status.sequence
                        yield status
                lost = Unavailable(f"server at {self._wire.address}: the watch ended too early")
            except Unavailable as error:
                lost = error
            patience.pause(lost)

    @public
    def wait(self, timeout: float | None = None) -> Result:
        """Block until the run is final and return its outcome.

        A backtest gives a dict of `run_id`, `metrics` (name to float, undefined ones left out),
        `trade_count` (closed round trips), `equity_point_count`, `rejections` (reason to number of
        refused orders) and `result_sha256`. An optimization gives `run_id`, `completed`, `failed`,
        `infeasible`, `best_trial` (a Trial or None), `top_trials` (at most 10, best first),
        `failures` (dicts of `reason`, `message`, `count`, `sample_trial_index`, `stack_trace`) and
        `result_sha256`.

        Raises RunFailed, RunCancelled, or WaitTimeout after `timeout` seconds (None: no limit).
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        patience = _Patience(self._reconnect_seconds)
        try:
            while True:
                left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
                piece = _POLL_SECONDS if left is None else min(left, _POLL_SECONDS)
                try:
                    status = self._poll(piece)
                except Unavailable as error:
                    patience.pause(error, at_most=left)
                    continue
                patience.renew()
                if status.is_final:
                    return _outcome(status)
                if timeout is not None and deadline is not None and time.monotonic() >= deadline:
                    raise WaitTimeout(status, timeout)
        except KeyboardInterrupt as interrupt:
            interrupt.add_note(f"run {self.id} goes on; stop it with client.run(id).cancel()")
            raise

    @public
    def result(self) -> Result:
        """Return the outcome of a completed run, as `wait` does, without waiting.

        Raises RunFailed, RunCancelled, or Precondition (RUN_NOT_FINISHED) if it is not final.
        """
        status = self.status()
        if not status.is_final:
            raise Precondition(
                f"run {self.id} is {status.state} and has no result yet", reason="RUN_NOT_FINISHED"
            )
        return _outcome(status)

    @public
    def cancel(self, reason: str = "") -> Status:
        """Stop the run, for all who joined it, and return how it stands then.

        That is CANCELLED as a rule, or RUNNING if its work did not come to rest within some
        seconds. Trials done by then stay. Raises Precondition if it is COMPLETED or FAILED; one
        that is CANCELLED already is fine.
        """
        request = run_service_pb2.CancelRequest(run_id=self.id, reason=reason)
        return _decode.status(self._wire.call(self._wire.runs.Cancel, request).status)

    @public
    def trades(self, trial_index: int | None = None) -> list[TradeRow]:
        """Return all trades of a backtest, or of one trial, in order of closing.

        Each is a dict of `trade_index`, `symbol`, `side` ("LONG" or "SHORT"), `entry_time` and
        `exit_time` (datetime, UTC), `entry_price`, `exit_price`, `quantity`, `profit` (after fees),
        `fees`, `exit_reason` and `ambiguous` (stop and target inside one bar). A trade that is
        still open comes last; its exit_time, exit_price and exit_reason are None and its profit is
        the open profit. Raises Precondition if the run is not finished.
        """
        request = result_service_pb2.ListTradesRequest(
            run_id=self.id, trial_index=trial_index, page_size=_PAGE_SIZE
        )
        rows: list[TradeRow] = []
        while True:
            page = self._wire.call(self._wire.results.ListTrades, request)
            rows += [_decode.trade(message) for message in page.trades]
            if not page.next_page_token:
                return rows
            request.page_token = page.next_page_token

    @public
    def trials(
        self,
        filter: str = "",  # noqa: A002
        *,
        order_by: str = "",
        columns: Sequence[str] = (),
        limit: int = 0,
    ) -> Trials:
        """Return the trials of an optimization as columns, also while it runs.

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
        try:
            return Trials(self._wire.results.ExportTrials(request))
        except grpc.RpcError as error:
            raise from_rpc(error, self._wire.address) from error

    @public
    def trial(self, trial_index: int) -> Trial:
        """Return one trial, with the stack trace if it failed. Raises NotFound if it is not there.

        A trial of a live run is there once it has ended.
        """
        request = result_service_pb2.GetTrialRequest(run_id=self.id, trial_index=trial_index)
        return _decode.trial(self._wire.call(self._wire.results.GetTrial, request).trial)

    def _poll(self, wait: float) -> Status:
        request = run_service_pb2.GetStatusRequest(run_id=self.id)
        timeout = None
        if wait > 0:
            request.wait.CopyFrom(duration(wait))
            timeout = wait + _POLL_GRACE_SECONDS
        answer = self._wire.call(self._wire.runs.GetStatus, request, timeout)
        return _decode.status(answer.status)

    def _stream(
        self, after_sequence: int | None, min_interval: float | None
    ) -> Iterator[Status | None]:
        """Yield what one stream brings: statuses, and None as a sign of life."""
        request = run_service_pb2.WatchProgressRequest(
            run_id=self.id, after_sequence=after_sequence
        )
        if min_interval is not None:
            request.min_interval.CopyFrom(duration(min_interval))
        stream = self._wire.runs.WatchProgress(request)
        try:
            for message in stream:
                is_snapshot = message.WhichOneof("event") == "snapshot"
                yield _decode.status(message.snapshot) if is_snapshot else None
        except grpc.RpcError as error:
            raise from_rpc(error, self._wire.address) from error
        finally:
            stream.cancel()


class _Patience:
    """Pauses between tries to reach a server, longer and longer, for a limited time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Start over: the server is there."""
        self._until: float | None = None
        self._pause = 0.1

    def pause(self, error: TradeForgeError, at_most: float | None = None) -> None:
        """Sleep before the next try, or raise the error if there is to be none."""
        now = time.monotonic()
        if self._until is None:
            self._until = now + self._seconds
        if now >= self._until or at_most == 0:
            raise error
        pause = min(max(self._pause, error.retry_after or 0.0), 5.0, self._until - now)
        time.sleep(pause if at_most is None else min(pause, at_most))
        self._pause = min(self._pause * 2, 2.0)


def _outcome(status: Status) -> Result:
    match status.state:
        case RunState.FAILED:
            raise RunFailed(status)
        case RunState.CANCELLED:
            raise RunCancelled(status)
        case _:
            return _decode.result(status.pb)
