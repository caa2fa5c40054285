"""A pandas frame over the bytes of columns. Imported only where pandas is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy
import pandas

from tradeforge._column import Column


def frame(columns: Mapping[str, Column], index: str | None) -> pandas.DataFrame:
    """Make the frame; the bytes of numbers are not copied unless some are undefined."""
    arrays = {name: _array(column) for name, column in columns.items()}
    row_count = next((column.rows for column in columns.values()), 0)
    made = pandas.DataFrame(arrays, index=pandas.RangeIndex(row_count), copy=False)
    return made.set_index(index) if index in arrays else made


def _array(column: Column) -> Any:
    missing = _missing(column)
    match column.kind:
        case "int":
            mask = numpy.zeros(column.rows, bool) if missing is None else missing
            return pandas.arrays.IntegerArray(numpy.frombuffer(column.data, "<i8"), mask)
        case "double":
            doubles = numpy.frombuffer(column.data, "<f8")
            return doubles if missing is None else numpy.where(missing, numpy.nan, doubles)
        case "time":
            moments = numpy.frombuffer(column.data, "<M8[ms]")
            if missing is not None:
                moments = numpy.where(missing, numpy.datetime64("NaT", "ms"), moments)
            return pandas.DatetimeIndex(moments).tz_localize("UTC")
        case "bool":
            packed = numpy.frombuffer(column.data, numpy.uint8)
            bits = numpy.unpackbits(packed, count=column.rows, bitorder="little").astype(bool)
            return bits if missing is None else pandas.arrays.BooleanArray(bits, missing)
        case "text":
            return _text(column, missing)


def _text(column: Column, missing: Any) -> Any:
    # A column of text holds few different ones as a rule: each is made and checked once.
    if column.runs:
        texts = numpy.array([text for text, _ in column.runs], dtype=object)
        codes, uniques = pandas.factorize(texts)
        codes = numpy.repeat(codes, [times for _, times in column.runs])
        if missing is not None:
            codes[missing] = -1
    else:
        codes, uniques = pandas.factorize(numpy.array(column.to_list(), dtype=object))
    texts = pandas.array(uniques, dtype="string")
    return texts.take(codes, allow_fill=True)


def _missing(column: Column) -> Any:
    if not column.validity:
        return None
    packed = numpy.frombuffer(column.validity, numpy.uint8)
    return ~numpy.unpackbits(packed, count=column.rows, bitorder="little").astype(bool)
