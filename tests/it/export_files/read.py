"""Prints the rows of the files given as JSON: a list of [column, value] lists for each file.

CSV and JSON lines are read by Python's own modules, Parquet by pyarrow, so that nothing that wrote
them says what they hold. CSV knows text only; its empty fields are null.
"""

import csv
import json
import sys


def read(path):
    if path.endswith(".csv"):
        with open(path, newline="", encoding="utf-8") as file:
            headings, *rows = csv.reader(file, strict=True)
        return [[[name, text or None] for name, text in zip(headings, row, strict=True)] for row in rows]
    if path.endswith(".jsonl"):
        with open(path, encoding="utf-8") as file:
            return [list(map(list, json.loads(line).items())) for line in file]
    import pyarrow.parquet

    rows = pyarrow.parquet.read_table(path).to_pylist()
    return [list(map(list, row.items())) for row in rows]


json.dump([read(path) for path in sys.argv[1:]], sys.stdout)
