"""Frames into files that the server reads: whatever has columns, as Parquet.

Nothing here reads prices or times: what a column means is the server's to tell, as of a file.
"""

from __future__ import annotations

import importlib
import importlib.util
import io
from typing import Any

_NO_WRITER = "to send this frame, pyarrow or polars is needed: pip install pyarrow"


def file_of(frame: object) -> bytes:
    """Write a frame of pandas or polars, or anything that gives Arrow's PyCapsules, as a file.

    Raises TypeError for what is no frame, ValueError for one of several instruments, ImportError if
    nothing is at hand that writes Parquet.
    """
    family = type(frame).__module__.partition(".")[0]
    whole: Any = frame
    # By its type: to ask a lazy frame for its columns would compute it.
    is_frame = hasattr(type(frame), "columns")
    if family == "pandas" and is_frame:
        return _of_pandas(_starts(_flat(whole)))
    if family == "polars" and is_frame:
        # What is lazy is computed now.
        whole = whole.collect() if hasattr(whole, "collect") else whole
    elif family in ("pandas", "polars") or not hasattr(frame, "__arrow_c_stream__"):
        raise TypeError(
            "a frame of pandas or polars, or what gives Arrow's PyCapsules, is needed, "
            f"not {type(frame).__name__}"
        )
    return _parquet(whole)


def _parquet(frame: Any) -> bytes:
    file = io.BytesIO()
    if hasattr(frame, "write_parquet"):
        frame.write_parquet(file)
    elif importlib.util.find_spec("pyarrow"):
        table: Any = importlib.import_module("pyarrow").table(frame)
        parquet: Any = importlib.import_module("pyarrow.parquet")
        parquet.write_table(table, file)
    elif importlib.util.find_spec("polars"):
        importlib.import_module("polars").DataFrame(frame).write_parquet(file)
    else:
        raise ImportError(_NO_WRITER)
    return file.getvalue()


def _of_pandas(frame: Any) -> bytes:
    # Without pyarrow, pandas gives no Arrow. Text it always does, and its digits are exact.
    if importlib.util.find_spec("pyarrow"):
        return _parquet(frame)
    text: str = frame.to_csv(index=False)
    return text.encode()


def _are_prices(frame: Any, level: int) -> bool:
    """Tell whether the names of columns on that level are those of prices."""
    names = {str(name[level]).lower() for name in frame.columns}
    return {"open", "high", "low", "close"} <= names


def _flat(frame: Any) -> Any:
    """Make columns of the index, and one name of the names that a column has on several levels."""
    if frame.columns.nlevels > 1:
        # As yfinance has it: what it is, then whose, or the other way round when it is grouped by
        # that; and of one instrument whose says nothing.
        own, other = (0, -1) if not _are_prices(frame, -1) else (-1, 0)
        symbols = sorted({str(name[other]) for name in frame.columns if name[other] != ""})
        if len(symbols) > 1:
            raise ValueError(
                f"the frame holds {', '.join(symbols)}: import one at a time, "
                f"as in frame.xs({symbols[0]!r}, axis=1, level={other})"
            )
        frame = frame.set_axis([str(name[own]) for name in frame.columns], axis=1)
    index = frame.index
    is_numbered = type(index).__name__ == "RangeIndex" and index.name is None
    if is_numbered:
        return frame
    names = [name or "time" for name in index.names]
    return frame.reset_index(names=names)


def _starts(frame: Any) -> Any:
    """Make periods the times at which they begin: Arrow would have their numbers."""
    kinds = [str(kind) for kind in frame.dtypes]
    for position, kind in enumerate(kinds):
        if kind.startswith("period["):
            moments = frame.iloc[:, position].dt.to_timestamp()
            frame = frame.copy(deep=False)
            frame.isetitem(position, moments)
    return frame
