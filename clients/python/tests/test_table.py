"""Tables: columns off the wire, and frames of them over the same bytes."""

from __future__ import annotations

import math
import pickle
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import nanoarrow
import numpy
import pandas
import polars
import pyarrow
import pytest

import tradeforge
from tradeforge._column import Column, column, pack
from tradeforge._table import Table, columns_of
from tradeforge.v1 import result_service_pb2

MOMENT = datetime(2022, 1, 2, 3, 4, 5, 678_000, tzinfo=UTC)
VALUES: dict[str, tuple[Any, list[Any]]] = {
    "whole": ("int", [1, None, -(2**63)]),
    "number": ("double", [0.1, None, -0.0]),
    "text": ("text", ["a", None, "äöü€"]),
    "time": ("time", [MOMENT, None, datetime(1969, 12, 31, tzinfo=UTC)]),
    "switch": ("bool", [True, None, False]),
}


def made() -> Table[Any]:
    columns = {name: column(kind, values) for name, (kind, values) in VALUES.items()}
    return Table(columns, dict)


def message(
    rows: int, values: Sequence[Any], validity: bytes
) -> result_service_pb2.ExportTrialsResponse:
    match values[0]:
        case str():
            strings = result_service_pb2.StringColumn(values=values)
            part = result_service_pb2.Column(name="x", strings=strings)
        case float():
            doubles = result_service_pb2.DoubleColumn(values=values)
            part = result_service_pb2.Column(name="x", doubles=doubles)
        case _:
            ints = result_service_pb2.IntColumn(values=values)
            part = result_service_pb2.Column(name="x", ints=ints)
    part.validity = validity
    return result_service_pb2.ExportTrialsResponse(row_count=rows, columns=[part])


def test_a_column_gives_back_what_was_put_in() -> None:
    for kind, values in VALUES.values():
        assert column(kind, values).to_list() == values
        assert column(kind, values[:1]).to_list() == values[:1]
        assert column(kind, []).to_list() == []


@pytest.mark.parametrize("value", [7, 0.5, "héllo"])
def test_messages_of_any_length_are_joined_with_their_gaps(value: Any) -> None:
    chance = random.Random(5)
    expected: list[Any] = []
    messages = []
    for rows in (0, 1, 3, 8, 500, 17, 1, 64):
        has = [chance.random() < 0.7 for _ in range(rows)]
        bits = sum(1 << row for row, each in enumerate(has) if each)
        is_whole = chance.random() < 0.3
        validity = b"" if is_whole else bits.to_bytes((rows + 7) // 8, "little")
        expected += [value if each or is_whole else None for each in has]
        messages.append(message(rows, [value] * rows or [value], validity) if rows else None)
    assert columns_of(it for it in messages if it)["x"].to_list() == expected
    assert None in expected


@pytest.mark.parametrize(
    "parts",
    [
        [["a"] * 40, ["a"] * 9],
        [["äöü€"] * 40, ["b"] * 30],
        [[""] * 40, ["a"] * 30, ["", "a"]],
        # The bytes of these repeat themselves where their values do not.
        [["a\n\x01a"] * 40, ["a", "a\n\x01a"] * 20],
        [["a", "b"] * 20, ["a"] * 40],
    ],
)
def test_text_that_is_the_same_in_many_rows_is_what_it_would_be_row_by_row(
    parts: list[list[str]],
) -> None:
    values = [value for part in parts for value in part]
    has = [place % 3 > 0 for place in range(len(values))]
    for gaps in (False, True):
        messages, done = [], 0
        for part in parts:
            validity = pack(has[done : done + len(part)]) if gaps else b""
            messages.append(message(len(part), part, validity))
            done += len(part)
        joined = columns_of(messages)
        expected = [
            value if each or not gaps else None for value, each in zip(values, has, strict=True)
        ]
        plain: Table[Any] = Table({"x": column("text", expected)}, dict)
        table: Table[Any] = Table(joined, dict)
        assert table["x"] == expected
        assert table.to_pandas().equals(plain.to_pandas())
        assert table.to_polars().equals(plain.to_polars())


def test_text_that_is_the_same_in_many_rows_is_held_once() -> None:
    same = columns_of([message(500, ["COMPLETED"] * 500, b"")] * 4)["x"]
    assert same.runs == (("COMPLETED", 500),) * 4
    other = columns_of([message(500, ["COMPLETED", "FAILED"] * 250, b"")])["x"]
    assert other.runs == ()


def test_rows_columns_and_slices_are_had_by_name_and_place() -> None:
    table = made()
    assert len(table) == table.row_count == 3
    assert table.columns == tuple(VALUES)
    assert table["text"] == ["a", None, "äöü€"]
    assert table[0]["whole"] == table[-3]["whole"] == 1
    assert [row["number"] for row in table[1:]] == [None, -0.0]
    assert [row["switch"] for row in table] == [True, None, False]
    assert "text" in table
    with pytest.raises(KeyError, match="there is no column 'txt', but whole, number"):
        table["txt"]
    with pytest.raises(IndexError):
        table[3]


def test_polars_and_pyarrow_take_a_table_as_it_is() -> None:
    frame = polars.DataFrame(made())
    assert frame.equals(made().to_polars())
    assert frame["whole"].to_list() == VALUES["whole"][1]
    assert frame["text"].to_list() == VALUES["text"][1]
    assert frame["switch"].to_list() == VALUES["switch"][1]
    assert frame["time"].to_list() == VALUES["time"][1]
    assert frame.schema["time"] == polars.Datetime("ms", "UTC")

    table = pyarrow.table(made())
    assert table.equals(made().to_arrow())
    assert table.to_pydict() == made().to_dict()
    table.validate(full=True)
    assert nanoarrow.ArrayStream(made()).read_all().to_pylist()[0]["text"] == "a"


def test_a_pandas_frame_keeps_types_where_values_are_missing() -> None:
    frame = made().to_pandas()
    assert [str(kind) for kind in frame.dtypes] == [
        "Int64",
        "float64",
        "string",
        "datetime64[ms, UTC]",
        "boolean",
    ]
    for name, (_, values) in VALUES.items():
        assert [None if pandas.isna(each) else each for each in frame[name]] == values


def test_the_bytes_of_a_column_are_those_of_the_frame() -> None:
    numbers = column("double", [1.0, 2.0, 3.0])
    table: Table[Any] = Table({"x": numbers}, dict)
    at = numpy.frombuffer(numbers.data).__array_interface__["data"][0]
    assert table.to_arrow().column("x").chunk(0).buffers()[1].address == at
    assert table.to_pandas()["x"].to_numpy().__array_interface__["data"][0] == at
    assert table.to_polars()["x"].to_numpy().__array_interface__["data"][0] == at


def test_a_frame_outlives_its_table() -> None:
    frame = made().to_polars()
    again = polars.DataFrame(made())
    assert frame.equals(again)


def test_a_table_without_rows_or_columns_is_a_frame_too() -> None:
    empty: Table[Any] = Table({name: column(kind, []) for name, (kind, _) in VALUES.items()}, dict)
    assert empty.to_pandas().shape == empty.to_polars().shape == (0, 5)
    assert len(empty.to_arrow()) == 0
    assert list(empty) == []


def test_columns_of_unequal_length_are_no_table() -> None:
    with pytest.raises(ValueError, match="equally long"):
        Table({"a": column("int", [1]), "b": column("int", [])}, dict)


def test_a_table_shows_itself_without_letting_html_through() -> None:
    table: Table[Any] = Table({"<b>": column("text", ["<i>"] * 20)}, dict)
    shown = table._repr_html_()
    assert "<b>" not in shown
    assert shown.count("&lt;i&gt;") == 10
    assert "20 rows" in shown


def test_an_optional_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "polars", None)
    with pytest.raises(ImportError) as caught:
        made().to_polars()
    assert "pip install polars" in caught.value.__notes__[0]


def test_rows_of_trials_have_their_parameters_and_metrics() -> None:
    index = result_service_pb2.Column(
        name="trial_index", ints=result_service_pb2.IntColumn(values=[4])
    )
    state = result_service_pb2.Column(
        name="state", strings=result_service_pb2.StringColumn(values=["COMPLETED"])
    )
    fast = result_service_pb2.Column(
        name="params.fast", ints=result_service_pb2.IntColumn(values=[10])
    )
    sharpe = result_service_pb2.Column(
        name="metrics.sharpe", doubles=result_service_pb2.DoubleColumn(values=[1.5])
    )
    answer = result_service_pb2.ExportTrialsResponse(
        row_count=1, columns=[index, state, fast, sharpe]
    )
    trials = tradeforge.Trials([answer])
    assert trials[0] == tradeforge.Trial(
        4, tradeforge.TrialState.COMPLETED, {"fast": 10}, {"sharpe": 1.5}, None, None
    )
    assert pickle.loads(pickle.dumps(trials)) == trials


def test_a_number_that_is_undefined_is_not_a_number_in_pandas_only() -> None:
    table: Table[Any] = Table({"x": Column("double", 1, bytearray(8), validity=b"\0")}, dict)
    assert table["x"] == [None]
    assert math.isnan(table.to_pandas()["x"][0])
    assert table.to_polars()["x"].to_list() == [None]
