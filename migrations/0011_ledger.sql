-- What charts of findings are drawn from: JSON of lists by name. NULL of an older version.
ALTER TABLE findings ADD COLUMN distributions BLOB;

-- The best of a search over bars in another order, once all of its trials are computed; NULL if none
-- was feasible.
CREATE TABLE reorderings (
    run_no INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    draw INTEGER NOT NULL,
    best REAL,
    completed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (run_no, draw)
) STRICT, WITHOUT ROWID;

-- How many configurations of a strategy were ever tried on an instrument. It belongs to no run, and
-- outlives them: `sketch` is what counts them without counting one twice, `configurations` its count.

CREATE TABLE ledger (
    exchange TEXT NOT NULL,
    symbol TEXT NOT NULL,
    strategy TEXT NOT NULL,
    trials INTEGER NOT NULL,
    configurations INTEGER NOT NULL,
    sketch BLOB NOT NULL,
    PRIMARY KEY (exchange, symbol, strategy)
) STRICT;
