-- Every imported version of an auxiliary series: values beside bars, by the time at which each row was
-- known. The rows stand in a file named by data_sha256, beside those of bars. exchange and symbol are
-- empty for one that belongs to no instrument. columns is JSON: what each is called and is like.
CREATE TABLE aux_versions (
    version_no INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    exchange TEXT NOT NULL,
    symbol TEXT NOT NULL,
    columns TEXT NOT NULL,
    data_sha256 BLOB NOT NULL,
    row_count INTEGER NOT NULL,
    first_ms INTEGER NOT NULL,
    last_ms INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    import_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    is_newest INTEGER NOT NULL CHECK (is_newest IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX aux_newest ON aux_versions (name, exchange, symbol) WHERE is_newest = 1;
CREATE INDEX aux_by_content ON aux_versions (data_sha256);

-- How a backtest used its auxiliary series, as JSON; NULL if it has none.
ALTER TABLE backtests ADD COLUMN uses_aux TEXT;
