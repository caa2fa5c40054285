"""Writes the bars of a CSV file as Parquet, in as many ways as people do, into a folder."""

import sys
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

source, folder = Path(sys.argv[1]), Path(sys.argv[2])
prices = ["open", "high", "low", "close"]
table = pyarrow.csv.read_csv(source)
table = table.set_column(0, "time", table["timestamp_ms"].cast(pa.timestamp("ms")))


def write(name, table, **options):
    pyarrow.parquet.write_table(table, folder / f"{name}.parquet", **options)


def retyped(names, kind, via=lambda column: column):
    changed = table
    for name in names:
        index = changed.column_names.index(name)
        changed = changed.set_column(index, name, via(changed[name]).cast(kind))
    return changed


def exact(column):
    return pa.chunked_array([[Decimal(repr(value)) for value in column.to_pylist()]])


write("milliseconds", table)
write("microseconds_utc", retyped(["time"], pa.timestamp("us", tz="UTC")))
write("nanoseconds", retyped(["time"], pa.timestamp("ns")))
write("int96", table, use_deprecated_int96_timestamps=True)
write("unix_seconds", retyped(["time"], pa.int64(), lambda column: column.cast(pa.timestamp("s"))))
write("decimals", retyped(prices, pa.decimal128(18, 4), exact))
write("text", retyped([*prices, "volume"], pa.string()))
write("more_columns", table.append_column("venue", pa.array(["x"] * len(table))))
for codec in ["none", "snappy", "gzip", "zstd"]:
    write(codec, table, compression=codec, row_group_size=37)
