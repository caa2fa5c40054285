-- What lists are filtered by, and what is only inferred of a series.
-- The first text of this failed where there was an optimization. It left nothing behind then, and
-- where it did not fail it did what this does: `src/storage/schema.rs` knows both by one checksum.

-- exchanges, symbols, timeframes: each of the subscriptions' once, between line feeds, so that
-- "has this one" is one search in one column.
ALTER TABLE runs ADD COLUMN strategy TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN exchanges TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN symbols TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN timeframes TEXT NOT NULL DEFAULT '';

-- What all trials of an optimization share stands in its base.
UPDATE runs SET
    strategy = coalesce(
        spec ->> '$.backtest.strategy.name', spec ->> '$.optimization.base.strategy.name', ''
    ),
    exchanges = char(10) || coalesce((SELECT group_concat(name, char(10)) FROM
        (SELECT DISTINCT value ->> '$.instrument.exchange' AS name FROM json_each(coalesce(
            spec -> '$.backtest.subscriptions', spec -> '$.optimization.base.subscriptions', '[]'
        )) ORDER BY name)), '') || char(10),
    symbols = char(10) || coalesce((SELECT group_concat(name, char(10)) FROM
        (SELECT DISTINCT value ->> '$.instrument.symbol' AS name FROM json_each(coalesce(
            spec -> '$.backtest.subscriptions', spec -> '$.optimization.base.subscriptions', '[]'
        )) ORDER BY name)), '') || char(10),
    timeframes = char(10) || coalesce((SELECT group_concat(name, char(10)) FROM
        (SELECT DISTINCT value ->> '$.timeframe' AS name FROM json_each(coalesce(
            spec -> '$.backtest.subscriptions', spec -> '$.optimization.base.subscriptions', '[]'
        )) ORDER BY name)), '') || char(10);

-- The order of the list, and all that it is filtered by but keys and labels: a page and a count
-- read this index instead of the wide rows.
CREATE INDEX runs_listed ON runs (
    create_ms, run_id, state, kind, strategy, exchanges, symbols, timeframes
);

CREATE TABLE run_labels (
    label TEXT NOT NULL,
    value TEXT NOT NULL,
    run_no INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    PRIMARY KEY (label, value, run_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX run_labels_of_run ON run_labels (run_no);
INSERT INTO run_labels (label, value, run_no)
SELECT json_each.key, json_each.value, run_no FROM runs, json_each(runs.labels);

CREATE INDEX submit_requests_of_run ON submit_requests (run_id);

-- What nobody declared: a further import may settle it anew.
ALTER TABLE series_versions ADD COLUMN is_tick_inferred INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series_versions ADD COLUMN is_step_inferred INTEGER NOT NULL DEFAULT 0;
ALTER TABLE series_versions ADD COLUMN is_calendar_inferred INTEGER NOT NULL DEFAULT 0;
