# Written by synchronous.py from aio/_hooks.py: change that, and run it again.
"""Webhooks of the server: addresses that are told what happened."""

from __future__ import annotations

from collections.abc import Iterable

from tradeforge import _hook_values
from tradeforge._call import public
from tradeforge._hook_values import Delivery, Hook
from tradeforge._wire import Wire
from tradeforge.v1 import hook_service_pb2

_PAGE_SIZE = 1_000
# The server waits so long for the receiver.
_TEST_SECONDS = 20.0


class Hooks:
    """What a client can be asked about webhooks."""

    wire: Wire

    @public
    def add_hook(
        self,
        url: str,
        *,
        on: Iterable[str] | str = (),
        filter: str = "",  # noqa: A002
    ) -> Hook:
        """Have an address told what happens. The answer alone has the key of its signatures.

        Args:
            url: Where to post: https, or what the server's hook_allow admits.
            on: What to tell of: "run.completed", "run.failed", "run.cancelled", "run.paused",
                "series.changed"; none means every end of a run.
            filter: Of which runs, as in `runs`; empty means of all.

        Raises:
            Invalid: The server does not post there, or the filter can not be read.
            Exhausted: There are too many webhooks.
        """
        wanted = hook_service_pb2.Hook(
            url=url, event_types=_hook_values.types_of(on), filter=filter
        )
        request = hook_service_pb2.CreateHookRequest(hook=wanted)
        answer = self.wire.call(self.wire.hooks.CreateHook, request)
        return _hook_values.hook(answer.hook, answer.signing_secret)

    @public
    def hooks(self) -> list[Hook]:
        """Return the caller's webhooks, or all for an admin, the newest first."""
        request = hook_service_pb2.ListHooksRequest()
        answer = self.wire.call(self.wire.hooks.ListHooks, request)
        return [_hook_values.hook(each) for each in answer.hooks]

    @public
    def test_hook(self, hook: Hook | str) -> Delivery:
        """Post a test event once. It has a `delivery_time` if it arrived.

        If it arrives, a webhook that was disabled delivers again.
        """
        request = hook_service_pb2.TestHookRequest(hook_id=_id(hook))
        patience = None if self.wire.timeout is None else max(self.wire.timeout, _TEST_SECONDS)
        answer = self.wire.call(self.wire.hooks.TestHook, request, patience)
        return _hook_values.delivery(answer.delivery)

    @public
    def hook_deliveries(self, hook: Hook | str, *, limit: int = 100) -> list[Delivery]:
        """Return what a webhook was told, the newest first."""
        deliveries: list[Delivery] = []
        token = ""
        while len(deliveries) < limit:
            request = hook_service_pb2.ListDeliveriesRequest(
                hook_id=_id(hook),
                page_size=min(limit - len(deliveries), _PAGE_SIZE),
                page_token=token,
            )
            answer = self.wire.call(self.wire.hooks.ListDeliveries, request)
            deliveries += [_hook_values.delivery(each) for each in answer.deliveries]
            token = answer.next_page_token
            if not token:
                break
        return deliveries

    @public
    def remove_hook(self, hook: Hook | str) -> None:
        """Remove a webhook with what was still to be delivered to it."""
        request = hook_service_pb2.DeleteHookRequest(hook_id=_id(hook))
        self.wire.call(self.wire.hooks.DeleteHook, request)


def _id(hook: Hook | str) -> str:
    return hook if isinstance(hook, str) else hook.id
