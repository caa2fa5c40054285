"""The trials of an optimization as columns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tradeforge.v1 import result_service_pb2

if TYPE_CHECKING:
    import pandas

Value = int | float | str | None

# What keeps a column's type in a data frame where some of its values are missing.
_PANDAS_TYPES = {"ints": "Int64", "doubles": "float64", "strings": "string"}


class Trials(Mapping[str, list[Value]]):
    """Columns by name, all equally long; a value that is undefined is None.

    There are `trial_index`, `state`, `subscription`, `params.NAME` and `metrics.NAME` for each of
    them, `objective_value`, `error.reason`, `error.message` and `compute_ms`, or those that were
    asked for.
    """

    def __init__(self, messages: Iterable[result_service_pb2.ExportTrialsResponse]) -> None:
        self._columns: dict[str, list[Value]] = {}
        self._types: dict[str, str] = {}
        self.row_count = 0
        """How many trials there are."""
        for message in messages:
            self.row_count += message.row_count
            for column in message.columns:
                values = self._columns.setdefault(column.name, [])
                values += _values(column)
                self._types[column.name] = column.WhichOneof("values") or "strings"

    def __getitem__(self, name: str) -> list[Value]:
        return self._columns[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        return len(self._columns)

    def __repr__(self) -> str:
        return f"Trials({self.row_count} rows of {len(self)} columns)"

    def rows(self) -> Iterator[dict[str, Value]]:
        """Yield each trial as a dict of its columns."""
        for values in zip(*self._columns.values(), strict=True):
            yield dict(zip(self._columns, values, strict=True))

    def to_pandas(self) -> pandas.DataFrame:
        """Return the columns as a data frame, indexed by `trial_index`.

        Whole numbers are Int64 and text is string, so that a missing value changes no type; an
        undefined metric is NaN. Raises ImportError if pandas is not installed.
        """
        try:
            import pandas
        except ImportError as error:
            error.add_note("pandas is optional: pip install 'tradeforge[pandas]'")
            raise
        columns: dict[str, Any] = {
            name: pandas.Series(values, dtype=_PANDAS_TYPES[self._types[name]])
            for name, values in self._columns.items()
        }
        return pandas.DataFrame(columns).set_index("trial_index")


def _values(column: result_service_pb2.Column) -> list[Value]:
    kind = column.WhichOneof("values")
    if kind is None:
        return []
    values: list[Value] = list(getattr(column, kind).values)
    bitmap = column.validity
    if bitmap:
        # One bit a row, the least significant first.
        values = [
            value if bitmap[row // 8] >> row % 8 & 1 else None for row, value in enumerate(values)
        ]
    return values
