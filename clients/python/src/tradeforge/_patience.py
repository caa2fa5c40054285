"""How long to go on trying to reach a server that is away."""

from __future__ import annotations

import time

from tradeforge._errors import TradeForgeError

RECONNECT_SECONDS = 60.0
"""So long a wait or a watch outlives a server that is away."""

_PAUSE_FIRST = 0.1
_PAUSE_MAX = 2.0
_ASKED_PAUSE_MAX = 5.0


class Patience:
    """Pauses between tries, longer and longer, for a limited time."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self.renew()

    def renew(self) -> None:
        """Start over: the server is there."""
        self._until: float | None = None
        self._pause = _PAUSE_FIRST

    def next_pause(self, error: TradeForgeError, at_most: float | None = None) -> float:
        """Return the seconds to the next try, or raise the error if there is to be none."""
        now = time.monotonic()
        if self._until is None:
            self._until = now + self._seconds
        if now >= self._until or at_most == 0:
            raise error
        pause = max(self._pause, error.retry_after or 0.0)
        pause = min(pause, _ASKED_PAUSE_MAX, self._until - now)
        self._pause = min(self._pause * 2, _PAUSE_MAX)
        return pause if at_most is None else min(pause, at_most)
