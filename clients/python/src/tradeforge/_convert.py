"""Between Python's values and the wire's: pure functions on single values.

A value of the wrong type is a TypeError, one that no server could accept a ValueError. What only
the server can judge is left to the server.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from numbers import Integral, Real
from typing import TYPE_CHECKING, Any, TypeVar, cast

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp

from tradeforge._call import nearest
from tradeforge._inputs import (
    DecimalInput,
    ParamInput,
    Subscription,
    SubscriptionInput,
    TimeInput,
)
from tradeforge.v1 import types_pb2

if TYPE_CHECKING:
    from google.protobuf.internal.enum_type_wrapper import (
        _EnumTypeWrapper as EnumType,  # pyright: ignore[reportPrivateUsage]
    )

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_Name = TypeVar("_Name", bound=StrEnum)
_Number = TypeVar("_Number", bound=int)


def param_value(name: str, value: ParamInput) -> types_pb2.ParamValue:
    """Give a parameter's value the wire type of its Python type; True is a bool, never 1."""
    if hasattr(value, "dtype") and getattr(value, "ndim", 0) == 0:
        # A scalar of numpy, whose switches are no bool.
        value = cast("Any", value).item()
    if isinstance(value, bool):
        return types_pb2.ParamValue(bool_value=value)
    if isinstance(value, str):
        return types_pb2.ParamValue(string_value=value)
    if isinstance(value, Integral):
        whole = int(value)
        if not -(2**63) <= whole < 2**63:
            raise ValueError(f"parameter {name!r}: {whole} does not fit 64 bits")
        return types_pb2.ParamValue(int_value=whole)
    if isinstance(value, Real):
        number = float(value)
        if not math.isfinite(number):
            raise ValueError(f"parameter {name!r}: {number} is not a finite number")
        return types_pb2.ParamValue(double_value=number)
    kind = type(value).__name__
    several = "; a sweep tries several values" if isinstance(value, Iterable) else ""
    raise TypeError(f"parameter {name!r} must be an int, float, bool or str, not {kind}{several}")


def param_values(params: Mapping[str, ParamInput]) -> dict[str, types_pb2.ParamValue]:
    """Apply `param_value` to each."""
    return {name: param_value(name, value) for name, value in params.items()}


def from_param_value(value: types_pb2.ParamValue) -> ParamInput | None:
    """Return the value that is set, with its own Python type; None if none is."""
    match value.WhichOneof("kind"):
        case "int_value":
            return value.int_value
        case "double_value":
            return value.double_value
        case "bool_value":
            return value.bool_value
        case "string_value":
            return value.string_value
        case _:
            return None


def decimal_string(name: str, value: DecimalInput) -> str:
    """Write an exact number as the wire has it.

    Raises TypeError for a float: what reads 0.1 is not 0.1 in binary, and money is exact here.
    """
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{name} must be finite, not {value}")
        return format(value, "f")
    if isinstance(value, Integral) and not isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        raise TypeError(
            f"{name} must be exact, so give a str, int or Decimal, not a float: "
            f'write "{value!r}" instead of {value!r}'
        )
    raise TypeError(f"{name} must be a str, int or Decimal, not {type(value).__name__}")


def whole_number(name: str, value: int) -> int:
    """Take a whole number, of numpy too, and nothing that would have to be rounded."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        return int(value)
    raise TypeError(f"{name} must be a whole number, not {value!r}")


def patience_seconds(name: str, value: float | None) -> float | None:
    """Take how long to wait at most, in seconds; None and infinity are without limit."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number of seconds or None, not {value!r}")
    seconds = float(value)
    if math.isnan(seconds) or seconds < 0:
        raise ValueError(f"{name} must be a number of seconds from 0, or None, not {value!r}")
    return None if math.isinf(seconds) else seconds


def labels(given: Mapping[str, str]) -> dict[str, str]:
    """Take labels, which are texts."""
    for name, value in given.items():
        if not isinstance(name, str) or not isinstance(value, str):  # pyright: ignore[reportUnnecessaryIsInstance]
            raise TypeError(f"labels must be texts: write {str(name)!r}: {str(value)!r}")
    return dict(given)


def subscription(value: SubscriptionInput) -> types_pb2.Subscription:
    """Read "EXCHANGE:SYMBOL@TIMEFRAME", or take a Subscription as it is."""
    if isinstance(value, str):
        value = Subscription.parse(value)
    if not isinstance(value, Subscription):
        raise TypeError(
            f'"EXCHANGE:SYMBOL@TIMEFRAME" or a Subscription is needed, not {type(value).__name__}'
        )
    return types_pb2.Subscription(
        exchange=value.exchange,
        symbol=value.symbol,
        timeframe=value.timeframe,
        data_sha256=value.data_sha256,
    )


def timestamp(value: TimeInput) -> Timestamp:
    """Turn a moment into the wire's, exactly to the microsecond."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value.strip())
    if not isinstance(value, datetime):
        if not isinstance(value, date):
            raise TypeError(f"a datetime, date or ISO text is needed, not {type(value).__name__}")
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    micros = (value - _EPOCH) // timedelta(microseconds=1)
    return Timestamp(seconds=micros // 1_000_000, nanos=micros % 1_000_000 * 1_000)


def from_timestamp(value: Timestamp) -> datetime:
    """Turn the wire's moment into a datetime in UTC; what is below a microsecond is cut off."""
    return _EPOCH + timedelta(seconds=value.seconds, microseconds=value.nanos // 1_000)


def duration(seconds: float) -> Duration:
    """Turn seconds into the wire's span, to the nearest microsecond."""
    micros = timedelta(seconds=seconds) // timedelta(microseconds=1)
    whole, rest = divmod(abs(micros), 1_000_000)
    sign = -1 if micros < 0 else 1
    return Duration(seconds=sign * whole, nanos=sign * rest * 1_000)


def deadline(value: TimeInput | timedelta | None) -> Timestamp | None:
    """Turn a moment, or how far away it is, into the wire's moment."""
    if value is None:
        return None
    return timestamp(datetime.now(UTC) + value if isinstance(value, timedelta) else value)


def span(value: timedelta | float | None) -> Duration | None:
    """Turn a span, or seconds, into the wire's span."""
    if value is None:
        return None
    return duration(value.total_seconds() if isinstance(value, timedelta) else value)


def from_duration(value: Duration) -> timedelta:
    """Turn the wire's span into a timedelta; what is below a microsecond is cut off."""
    return timedelta(seconds=value.seconds, microseconds=int(value.nanos / 1_000))


def enum_name(enum: EnumType[_Number], prefix: str, number: _Number, kind: type[_Name]) -> _Name:
    """Read an enum value; one that this client is too old to know is UNSPECIFIED."""
    try:
        return kind(enum.Name(number).removeprefix(prefix))
    except ValueError:
        return kind("UNSPECIFIED")


def enum_number(enum: EnumType[_Number], prefix: str, what: str, name: str) -> _Number:
    """Find an enum value by its name without prefix, in any case; ValueError lists them."""
    full = prefix + name.upper()
    known = list(enum.keys())
    if full not in known:
        names = [key.removeprefix(prefix) for key in known]
        meant = nearest(name.upper(), names)
        hint = f"; did you mean {meant!r}?" if meant else ""
        raise ValueError(f"{what} must be one of {', '.join(names)}, not {name!r}{hint}")
    return enum.Value(full)
