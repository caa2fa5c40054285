-- What the prices of a series are quoted in, where somebody told.

ALTER TABLE series_versions ADD COLUMN quote_currency TEXT;

-- A list of the runs of an owner counts all of them for its first page: with the kind beside the
-- order, which tells those that are removed, it reads this index and no row.

DROP INDEX runs_of_owner;
CREATE INDEX runs_of_owner ON runs (owner, create_ms, run_id, kind);

-- Of two that fit, SQLite takes the one that was made last: live runs are counted by the short one.
DROP INDEX runs_live_of_owner;
CREATE INDEX runs_live_of_owner ON runs (owner) WHERE state < 3;
