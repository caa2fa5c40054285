-- What lists are filtered by, and what is only inferred of a series.

-- exchanges, symbols, timeframes: each of the subscriptions' once, between line feeds, so that
-- "has this one" is one search in one column.
ALTER TABLE runs ADD COLUMN strategy TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN exchanges TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN symbols TEXT NOT NULL DEFAULT '';
ALTER TABLE runs ADD COLUMN timeframes TEXT NOT NULL DEFAULT '';

UPDATE runs SET
    strategy = spec ->> '$.backtest.strategy.name',
    exchanges = (SELECT char(10) || group_concat(name, char(10)) || char(10) FROM
        (SELECT DISTINCT value ->> '$.instrument.exchange' AS name
         FROM json_each(spec, '$.backtest.subscriptions'))),
    symbols = (SELECT char(10) || group_concat(name, char(10)) || char(10) FROM
        (SELECT DISTINCT value ->> '$.instrument.symbol' AS name
         FROM json_each(spec, '$.backtest.subscriptions'))),
    timeframes = (SELECT char(10) || group_concat(name, char(10)) || char(10) FROM
        (SELECT DISTINCT value ->> '$.timeframe' AS name
         FROM json_each(spec, '$.backtest.subscriptions')));

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
