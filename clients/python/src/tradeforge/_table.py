"""Tables of rows and columns, and frames of them: pandas, polars, anything that reads Arrow.

There is one way out for all: the columns' bytes as they are. Nothing here knows a server.
"""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from tradeforge._arrow import schema_capsule, stream_capsule
from tradeforge._column import Column, ColumnBuilder

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from tradeforge.v1 import result_service_pb2

_Row = TypeVar("_Row", covariant=True)
_HTML_ROWS = 10


class Table(Generic[_Row]):
    """Rows of one sort, held by column.

    `table[0]` is a row, `for row in table` goes through them and `len(table)` counts them;
    `table["name"]` is a column as a list, `table.columns` names them. It is a frame by `to_pandas`,
    `to_polars` and `to_arrow`, and whatever reads Arrow's PyCapsules takes it as it is.
    """

    index: str | None = None
    """The column that a pandas frame is indexed by."""

    def __init__(
        self, columns: Mapping[str, Column], row: Callable[[Mapping[str, Any]], _Row]
    ) -> None:
        self._columns = dict(columns)
        self._row = row
        self._lists: dict[str, list[Any]] = {}
        counts = {column.rows for column in self._columns.values()}
        if len(counts) > 1:
            raise ValueError(f"columns of a table are equally long, not {sorted(counts)}")
        self._count = next(iter(counts), 0)

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return tuple(self._columns)

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return self._count

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[_Row]:
        for values in self.to_dicts():
            yield self._row(values)

    @overload
    def __getitem__(self, key: int) -> _Row: ...
    @overload
    def __getitem__(self, key: slice) -> list[_Row]: ...
    @overload
    def __getitem__(self, key: str) -> list[Any]: ...
    def __getitem__(self, key: int | slice | str) -> _Row | list[_Row] | list[Any]:
        if isinstance(key, str):
            return self._list(key)
        if isinstance(key, slice):
            return [self._at(row) for row in range(self._count)[key]]
        return self._at(range(self._count)[key])

    def __contains__(self, name: object) -> bool:
        return name in self._columns

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Table):
            return NotImplemented
        return self.columns == other.columns and all(
            self._list(name) == other._list(name) for name in self._columns
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._count} rows of {len(self._columns)} columns)"

    def _repr_html_(self) -> str:
        heading = "".join(f"<th>{html.escape(name)}</th>" for name in self._columns)
        lines = [
            "".join(f"<td>{html.escape(_shown(value))}</td>" for value in values.values())
            for values in self.to_dicts(_HTML_ROWS)
        ]
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        return (
            f"<table><thead><tr>{heading}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{html.escape(repr(self))}</p>"
        )

    def to_dicts(self, limit: int | None = None) -> Iterator[dict[str, Any]]:
        """Yield each row as a dict of its columns, at most `limit` of them."""
        lists = [self._list(name) for name in self._columns]
        for place, values in enumerate(zip(*lists, strict=True)):
            if place == limit:
                return
            yield dict(zip(self._columns, values, strict=True))

    def to_dict(self) -> dict[str, list[Any]]:
        """Return all columns as lists, by name."""
        return {name: self._list(name) for name in self._columns}

    def to_pandas(self) -> pandas.DataFrame:
        """Return a pandas frame over the same bytes.

        Whole numbers are Int64, text is string and moments are in UTC, so that a missing value
        changes no type; a number that is undefined is NaN. Raises ImportError without pandas.
        """
        import_module("pandas")
        from tradeforge._pandas import frame

        return frame(self._columns, self.index)

    def to_polars(self) -> polars.DataFrame:
        """Return a polars frame over the same bytes. Raises ImportError without polars."""
        made: polars.DataFrame = import_module("polars").DataFrame(self)
        return made

    def to_arrow(self) -> pyarrow.Table:  # pyright: ignore[reportUnknownParameterType]
        """Return a table of pyarrow over the same bytes. Raises ImportError without pyarrow."""
        made: pyarrow.Table = import_module("pyarrow").table(self)
        return made  # pyright: ignore[reportUnknownVariableType]

    def __arrow_c_schema__(self) -> object:
        """Return the schema, by Arrow's PyCapsule protocol."""
        return schema_capsule(self._columns)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return the rows as one batch, by Arrow's PyCapsule protocol."""
        return stream_capsule(self._columns, self._count, requested_schema)

    def _list(self, name: str) -> list[Any]:
        if name not in self._lists:
            if name not in self._columns:
                raise KeyError(f"there is no column {name!r}, but {', '.join(self._columns)}")
            self._lists[name] = self._columns[name].to_list()
        return self._lists[name]

    def _at(self, row: int) -> _Row:
        return self._row({name: self._list(name)[row] for name in self._columns})


class Part(Protocol):
    """A message of an export."""

    @property
    def row_count(self) -> int:
        """How many rows it has."""
        ...

    @property
    def columns(self) -> Sequence[result_service_pb2.Column]:
        """Their values."""
        ...


class Joined:
    """The messages of an export, put into columns as they come: while others are on their way."""

    def __init__(self) -> None:
        self._builders: dict[str, ColumnBuilder] = {}

    def add(self, part: Part) -> None:
        """Take the next message."""
        self.add_columns(part.row_count, part.columns)

    def add_columns(self, rows: int, columns: Iterable[result_service_pb2.Column]) -> None:
        """Take the next columns, which have so many rows."""
        for column in columns:
            name = column.name
            builder = self._builders.get(name)
            if builder is None:
                builder = self._builders[name] = ColumnBuilder()
            builder.add(column, rows)

    def columns(self) -> dict[str, Column]:
        """Return all of them, by name."""
        return {name: builder.build() for name, builder in self._builders.items()}


def columns_of(messages: Joined | Iterable[Part]) -> dict[str, Column]:
    """Return the columns of an export."""
    if isinstance(messages, Joined):
        return messages.columns()
    joined = Joined()
    for message in messages:
        joined.add(message)
    return joined.columns()


def import_module(name: str) -> Any:
    """Import what is optional; the error says how to get it."""
    import importlib

    try:
        return importlib.import_module(name)
    except ImportError as error:
        package = name.partition(".")[0]
        error.add_note(f"{package} is optional: pip install {package}")
        raise


def _shown(value: object) -> str:
    match value:
        case None:
            return ""
        case float():
            return f"{value:.6g}"
        case _:
            return str(value)
