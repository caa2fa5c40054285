"""Makes databases of older schemas out of that of a newer one: python3 older.py NEWER OLDER...

The older migrations are run anew, and of every table the columns that it has are copied: what a
server of that schema would have left, where only columns were added since. Needs zstd.
"""

import pathlib
import sqlite3
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).parent
MIGRATIONS = sorted((HERE.parents[2] / "migrations").glob("*.sql"))
APPLICATION_ID = 0x54467267


def file_of(schema):
    return HERE / f"schema-{schema}.db.zst"


def make(newer, older, folder):
    path = pathlib.Path(folder) / f"{older}.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA foreign_keys = OFF")
    database.execute("ATTACH ? AS newer", [str(newer)])
    ledger = "SELECT sql FROM newer.sqlite_schema WHERE name = '_sqlx_migrations'"
    database.executescript(database.execute(ledger).fetchone()[0])
    for migration in MIGRATIONS[:older]:
        database.executescript(migration.read_text())
    tables = "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for (table,) in database.execute(tables).fetchall():
        rows = database.execute(f"PRAGMA main.table_info({table})").fetchall()
        columns = ", ".join(row[1] for row in rows)
        which = f"WHERE version <= {older}" if table == "_sqlx_migrations" else ""
        database.execute(
            f"INSERT INTO main.{table} ({columns}) SELECT {columns} FROM newer.{table} {which}"
        )
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute(f"PRAGMA user_version = {older}")
    database.commit()
    database.close()
    subprocess.run(["zstd", "-19", "-f", "-q", path, "-o", file_of(older)], check=True)


def main():
    newer, *olders = map(int, sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder:
        unpacked = pathlib.Path(folder) / "newer.db"
        subprocess.run(["zstd", "-d", "-q", file_of(newer), "-o", unpacked], check=True)
        for older in olders:
            make(unpacked, older, folder)


main()
