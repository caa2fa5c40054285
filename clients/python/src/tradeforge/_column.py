"""One column of a table, laid out as Arrow has it: what comes off the wire is not touched by cell.

A column is bytes. Numbers and moments are eight bytes a row, as protobuf packs them and as Arrow
and numpy read them, so that a frame is made of them without a look at any value. No table here.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import accumulate, chain, pairwise, repeat
from typing import Any, Literal

from tradeforge.v1 import result_service_pb2

Kind = Literal["int", "double", "text", "time", "bool"]
"""Whole numbers, numbers, text, moments in milliseconds since 1970 UTC, and switches."""

_WIDTH = 8
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Column:
    """Values of one kind, one a row; what a row without a value holds means nothing."""

    kind: Kind
    rows: int
    data: bytearray
    """Eight bytes a row; of text, all of it in UTF-8; of switches, one bit a row."""
    offsets: bytearray | None = None
    """Of text: where each row begins, and where the last ends, eight bytes each."""
    validity: bytes = b""
    """Which rows have a value, one bit a row, the least significant first; empty: all have."""
    runs: tuple[tuple[str, int], ...] = ()
    """Of text that is the same in many rows on end: each and how often; else empty."""

    def to_list(self) -> list[Any]:
        """Return the values as Python has them, None where there is none."""
        values = self._values()
        if not self.validity:
            return values
        return [
            value if has else None for value, has in zip(values, bits(self.validity), strict=False)
        ]

    def _values(self) -> list[Any]:
        match self.kind:
            case "int":
                return memoryview(self.data).cast("q").tolist()
            case "double":
                return memoryview(self.data).cast("d").tolist()
            case "time":
                return [moment(at) for at in memoryview(self.data).cast("q").tolist()]
            case "bool":
                return list(bits(self.data))[: self.rows]
            case "text" if self.runs:
                return list(chain.from_iterable(repeat(text, times) for text, times in self.runs))
            case "text":
                ends = memoryview(self.offsets or bytearray(_WIDTH)).cast("q").tolist()
                data = bytes(self.data)
                if data.isascii():
                    text = data.decode("ascii")
                    return [text[a:b] for a, b in pairwise(ends)]
                return [data[a:b].decode() for a, b in pairwise(ends)]


def moment(unix_ms: int) -> datetime:
    """Turn milliseconds since 1970 into a datetime in UTC."""
    return _EPOCH + timedelta(milliseconds=unix_ms)


def unix_ms(time: datetime) -> int:
    """Turn a datetime with a zone into milliseconds since 1970."""
    return (time - _EPOCH) // timedelta(milliseconds=1)


def bits(packed: bytes | bytearray) -> Iterable[bool]:
    """Return the bits in the order of their rows; there may be some too many at the end."""
    return (bool(byte >> place & 1) for byte in packed for place in range(8))


def column(kind: Kind, values: Sequence[Any]) -> Column:
    """Make a column of values as Python has them, None where there is none."""
    validity = b""
    if None in values:
        validity = pack([value is not None for value in values])
    match kind:
        case "text":
            return _text(["" if value is None else value for value in values], validity)
        case "bool":
            return Column(kind, len(values), bytearray(pack(values)), validity=validity)
        case "time":
            values = [0 if value is None else unix_ms(value) for value in values]
        case _:
            values = [0 if value is None else value for value in values]
    return numbers(kind, values, validity)


def numbers(kind: Kind, values: Iterable[float], validity: bytes = b"") -> Column:
    """Make a column of numbers as the wire has them: moments are whole milliseconds."""
    made: array[Any] = array("d" if kind == "double" else "q", values)
    return Column(kind, len(made), bytearray(made.tobytes()), validity=validity)


def pack(has: Sequence[bool | None]) -> bytes:
    """Pack one bit a row, the least significant first."""
    number = int("".join("1" if each else "0" for each in reversed(has)) or "0", 2)
    return number.to_bytes((len(has) + 7) // 8, "little")


class ColumnBuilder:
    """Joins the parts of one column as they come off the wire."""

    def __init__(self) -> None:
        self._kind: Kind = "text"
        self._rows = 0
        self._parts: list[memoryview] = []
        self._text: list[tuple[str, int]] = []
        self._validity: list[tuple[bytes, int]] = []
        self._has_gaps = False

    def add(self, part: result_service_pb2.Column, rows: int) -> None:
        """Take the next part, which has so many rows."""
        match part.WhichOneof("values"):
            case "doubles":
                self._kind = "double"
                self._parts.append(_packed(part.doubles, rows))
            case "ints":
                # Columns of moments say so by their name, and the unit with it.
                self._kind = "time" if part.name.endswith("_unix_ms") else "int"
                self._parts.append(_packed(part.ints, rows))
            case _:
                self._text += _runs(part.strings, rows)
        self._validity.append((part.validity, rows))
        self._has_gaps = self._has_gaps or bool(part.validity)
        self._rows += rows

    def build(self) -> Column:
        """Return all that was added as one column."""
        validity = _joined(self._validity) if self._has_gaps else b""
        if self._kind == "text":
            # What differs from row to row is told by row.
            if len(self._text) > self._rows // _WIDTH:
                return _text([text for text, times in self._text for _ in range(times)], validity)
            return _of_runs(self._text, self._rows, validity)
        return Column(self._kind, self._rows, bytearray().join(self._parts), validity=validity)


def _packed(
    values: result_service_pb2.DoubleColumn | result_service_pb2.IntColumn, rows: int
) -> memoryview:
    """Return the values as they stand in the message: packed, and the last thing in it."""
    wire = values.SerializeToString()
    return memoryview(wire)[len(wire) - _WIDTH * rows :]


def _runs(part: result_service_pb2.StringColumn, rows: int) -> list[tuple[str, int]]:
    """Return the values with how often each comes on end: once, unless all are the same."""
    if rows > 1:
        # As they stand in the message, each after its length: compared without making one of each.
        wire = part.SerializeToString()
        size = len(wire) // rows
        if wire == wire[:size] * rows and wire[:size] == _wire_of(first := part.values[0]):
            return [(first, rows)]
    return [(value, 1) for value in part.values]


def _wire_of(text: str) -> bytes:
    return result_service_pb2.StringColumn(values=[text]).SerializeToString()


def _of_runs(runs: list[tuple[str, int]], rows: int, validity: bytes) -> Column:
    data, offsets, end = bytearray(), array("q", [0]), 0
    for text, times in runs:
        encoded = text.encode()
        data += encoded * times
        if encoded:
            offsets.extend(range(end + len(encoded), len(data) + 1, len(encoded)))
        else:
            offsets.extend(repeat(end, times))
        end = len(data)
    return Column("text", rows, data, bytearray(offsets.tobytes()), validity, tuple(runs))


def _text(values: list[str], validity: bytes) -> Column:
    text = "".join(values)
    data = bytearray(text, "utf-8")
    if len(data) == len(text):
        lengths: Iterable[int] = map(len, values)
    else:
        lengths = (len(value.encode()) for value in values)
    offsets = array("q", accumulate(lengths, initial=0)).tobytes()
    return Column("text", len(values), data, bytearray(offsets), validity)


def _joined(parts: Iterable[tuple[bytes, int]]) -> bytes:
    """Join bits of so many rows each; the parts need not fill whole bytes."""
    joined = bytearray()
    held, count = 0, 0
    for validity, rows in parts:
        number = int.from_bytes(validity, "little") if validity else (1 << rows) - 1
        held |= (number & ((1 << rows) - 1)) << count
        count += rows
        whole = count // 8
        joined += (held & ((1 << 8 * whole) - 1)).to_bytes(whole, "little")
        held >>= 8 * whole
        count -= 8 * whole
    if count:
        joined.append(held)
    return bytes(joined)
