"""What a final status comes to: a result, or the error that says why there is none."""

from __future__ import annotations

from tradeforge import _decode
from tradeforge._errors import RunCancelled, RunFailed
from tradeforge._values import Result, RunState, Status


def outcome(status: Status) -> Result:
    """Return the result; raise RunFailed or RunCancelled if there is none."""
    match status.state:
        case RunState.FAILED:
            raise RunFailed(status)
        case RunState.CANCELLED:
            raise RunCancelled(status)
        case _:
            return _decode.result(status.pb)
