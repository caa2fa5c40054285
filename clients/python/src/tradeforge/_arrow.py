"""Columns as Arrow's C data, by its PyCapsule protocol: no byte of them is copied."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

from tradeforge._column import Column

# It brings no types.
_nanoarrow: Any = importlib.import_module("nanoarrow")

_TYPES: Mapping[str, Any] = {
    "bool": _nanoarrow.bool_(),
    "int": _nanoarrow.int64(),
    "double": _nanoarrow.float64(),
    "text": _nanoarrow.large_string(),
    "time": _nanoarrow.timestamp("ms", "UTC"),
}


def schema_capsule(columns: Mapping[str, Column]) -> object:
    """Return the types of the columns, by their names."""
    capsule: object = _schema(columns).__arrow_c_schema__()
    return capsule


def stream_capsule(columns: Mapping[str, Column], rows: int, requested_schema: object) -> object:
    """Return the columns as a stream of one batch."""
    children = [_array(column) for column in columns.values()]
    build = _nanoarrow.c_array_from_buffers
    batch = build(_schema(columns), rows, [None], children=children)
    capsule: object = _nanoarrow.c_array_stream(batch).__arrow_c_stream__(requested_schema)
    return capsule


def _schema(columns: Mapping[str, Column]) -> Any:
    fields = {name: _TYPES[column.kind] for name, column in columns.items()}
    return _nanoarrow.struct(fields, nullable=False)


def _array(column: Column) -> Any:
    buffers: list[bytes | bytearray | None] = [column.validity or None]
    if column.offsets is not None:
        buffers.append(column.offsets)
    buffers.append(column.data)
    return _nanoarrow.c_array_from_buffers(_TYPES[column.kind], column.rows, buffers)
