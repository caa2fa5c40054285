"""Webhooks as values, and how a receiver knows that the server sent what it got."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tradeforge._convert import from_timestamp
from tradeforge.v1 import hook_service_pb2

_PREFIX = "whsec_"
_TOLERANCE = timedelta(minutes=5)

_EVENTS = {
    "run.completed": hook_service_pb2.HOOK_EVENT_TYPE_RUN_COMPLETED,
    "run.failed": hook_service_pb2.HOOK_EVENT_TYPE_RUN_FAILED,
    "run.cancelled": hook_service_pb2.HOOK_EVENT_TYPE_RUN_CANCELLED,
    "run.paused": hook_service_pb2.HOOK_EVENT_TYPE_RUN_PAUSED,
    "series.changed": hook_service_pb2.HOOK_EVENT_TYPE_SERIES_CHANGED,
    "test": hook_service_pb2.HOOK_EVENT_TYPE_TEST,
}
_NAMES = {number: name for name, number in _EVENTS.items()}


@dataclass(frozen=True, slots=True)
class Hook:
    """A webhook: an address that is told what happened."""

    id: str
    url: str
    events: Sequence[str]
    """What it tells of, as in "run.completed"."""
    filter: str
    """Of which runs; empty means of all."""
    owner: str
    all_owners: bool
    """Whether it tells of the runs of all owners, or of its own alone."""
    create_time: datetime
    disabled_reason: str
    """Why it no longer delivers; empty while it does."""
    pending: int
    """Events on their way to it."""
    secret: str = field(repr=False)
    """The key of its signatures, as in "whsec_…", where it was just made; else empty."""
    pb: hook_service_pb2.Hook = field(repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one webhook."""

    event_id: str
    event: str
    subject: str
    """What it tells of: a run's id or a series."""
    event_time: datetime
    attempts: int
    delivery_time: datetime | None
    """When it arrived; None if it has not."""
    next_attempt_time: datetime | None
    last_outcome: str
    """What came of the last attempt: an HTTP status, or why there is none."""
    pb: hook_service_pb2.Delivery = field(repr=False, compare=False)


class SignatureError(ValueError):
    """What was posted is not what the server sent, or it was sent long ago."""


def verify_webhook(
    body: bytes | str,
    headers: Mapping[str, str],
    secret: str,
    *,
    tolerance: timedelta | None = _TOLERANCE,
) -> dict[str, Any]:
    """Return the event that a webhook posted, having made sure that the server sent it.

    For the program that is told: nothing of it needs a connection. Events may come twice; the
    header `webhook-id` is the same then.

    Args:
        body: What was posted, byte for byte.
        headers: The request's headers, in any case.
        secret: What `add_hook` answered, as in "whsec_…".
        tolerance: How old it may be; None takes it however old it is.

    Raises:
        SignatureError: Another key signed it, it was changed on its way, or it is too old.
    """
    raw = body.encode() if isinstance(body, str) else body
    if not secret.startswith(_PREFIX):
        raise ValueError(f"a key of signatures looks like {_PREFIX}…")
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    known = {name.lower(): value for name, value in headers.items()}
    try:
        event_id, sent = known["webhook-id"], known["webhook-timestamp"]
        signatures = known["webhook-signature"]
    except KeyError as missing:
        raise SignatureError(f"there is no header {missing.args[0]}") from None
    signed = f"{event_id}.{sent}.".encode() + raw
    wanted = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    each = (one.partition(",") for one in signatures.split())
    if not any(version == "v1" and hmac.compare_digest(it, wanted) for version, _, it in each):
        raise SignatureError("another key signed this, or it was changed on its way")
    # Signed, so it is a number.
    if tolerance is not None and abs(time.time() - int(sent)) > tolerance.total_seconds():
        raise SignatureError(f"this was sent at {sent}, which is too long ago")
    event: dict[str, Any] = json.loads(raw)
    return event


def types_of(events: Iterable[str] | str) -> list[hook_service_pb2.HookEventType.ValueType]:
    """Read names of events."""
    names = [events] if isinstance(events, str) else list(events)
    unknown = [name for name in names if name not in _EVENTS or name == "test"]
    if unknown:
        known = ", ".join(name for name in _EVENTS if name != "test")
        raise ValueError(f"{', '.join(map(repr, unknown))}: the events are {known}")
    return [_EVENTS[name] for name in names]


def hook(message: hook_service_pb2.Hook, secret: str = "") -> Hook:
    """Read a webhook."""
    return Hook(
        id=message.hook_id,
        url=message.url,
        events=tuple(_NAMES.get(number, str(number)) for number in message.event_types),
        filter=message.filter,
        owner=message.owner,
        all_owners=message.all_owners,
        create_time=from_timestamp(message.create_time),
        disabled_reason=message.disabled_reason,
        pending=message.pending,
        secret=secret,
        pb=message,
    )


def delivery(message: hook_service_pb2.Delivery) -> Delivery:
    """Read what became of an event."""
    arrived = message.HasField("delivery_time")
    again = message.HasField("next_attempt_time")
    return Delivery(
        event_id=message.event_id,
        event=_NAMES.get(message.event_type, str(message.event_type)),
        subject=message.subject,
        event_time=from_timestamp(message.event_time),
        attempts=message.attempts,
        delivery_time=from_timestamp(message.delivery_time) if arrived else None,
        next_attempt_time=from_timestamp(message.next_attempt_time) if again else None,
        last_outcome=message.last_outcome,
        pb=message,
    )
