-- The spine: series, runs and what they leave behind.
-- Times are UTC milliseconds. Ids are 16-byte UUIDs, hashes 32-byte SHA-256 values.

-- Every imported version of a series. The bars stand in a file named by data_sha256.
CREATE TABLE series_versions (
    version_no INTEGER PRIMARY KEY AUTOINCREMENT,
    exchange TEXT NOT NULL,
    symbol TEXT NOT NULL,
    timeframe_ms INTEGER NOT NULL,
    price_tick TEXT NOT NULL,
    quantity_step TEXT NOT NULL,
    calendar TEXT NOT NULL,
    data_sha256 BLOB NOT NULL,
    bar_count INTEGER NOT NULL,
    first_open_ms INTEGER NOT NULL,
    end_ms INTEGER NOT NULL,
    gap_count INTEGER NOT NULL,
    size_bytes INTEGER NOT NULL,
    import_ms INTEGER NOT NULL,
    source TEXT NOT NULL,
    is_newest INTEGER NOT NULL CHECK (is_newest IN (0, 1))
) STRICT;
CREATE UNIQUE INDEX series_newest ON series_versions (exchange, symbol, timeframe_ms)
WHERE is_newest = 1;
CREATE INDEX series_by_content ON series_versions (data_sha256);

-- state: 1 pending, 2 running, 3 completed, 4 failed, 5 cancelled.
-- join_key: the run key while equal work may join, else NULL; its uniqueness is the dedup.
CREATE TABLE runs (
    run_no INTEGER PRIMARY KEY AUTOINCREMENT,
    run_id BLOB NOT NULL UNIQUE,
    run_key BLOB NOT NULL,
    join_key BLOB UNIQUE,
    kind INTEGER NOT NULL,
    state INTEGER NOT NULL CHECK (state BETWEEN 1 AND 5),
    attempt INTEGER NOT NULL,
    sequence INTEGER NOT NULL,
    engine_version TEXT NOT NULL,
    spec TEXT NOT NULL,
    total INTEGER NOT NULL,
    completed INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    display_name TEXT NOT NULL,
    labels TEXT NOT NULL,
    priority INTEGER NOT NULL,
    owner TEXT NOT NULL,
    create_ms INTEGER NOT NULL,
    start_ms INTEGER,
    end_ms INTEGER,
    cancel_request_ms INTEGER,
    cancel_reason TEXT,
    cancel_requester TEXT,
    failure TEXT
) STRICT;
CREATE INDEX runs_by_key ON runs (run_key, run_no);
CREATE INDEX runs_live ON runs (state) WHERE state < 3;

-- The first answer to each client-named submission.
CREATE TABLE submit_requests (
    request_id BLOB PRIMARY KEY,
    payload_sha256 BLOB NOT NULL,
    run_id BLOB NOT NULL,
    run_key BLOB NOT NULL,
    total INTEGER NOT NULL,
    state INTEGER NOT NULL,
    disposition INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What a completed backtest has beside its metrics. An open trade is listed but not closed.
CREATE TABLE backtests (
    run_no INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    closed_trade_count INTEGER NOT NULL,
    listed_trade_count INTEGER NOT NULL,
    equity_point_count INTEGER NOT NULL,
    rejections TEXT NOT NULL,
    result_sha256 BLOB NOT NULL
) STRICT;

-- Which ranges of trials are done. What they leave out is what a restart has to do.
CREATE TABLE commits (
    run_no INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    commit_no INTEGER NOT NULL,
    start INTEGER NOT NULL,
    len INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    PRIMARY KEY (run_no, commit_no)
) STRICT, WITHOUT ROWID;

-- Failures that many trials share.
CREATE TABLE failures (
    run_no INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    failure_no INTEGER NOT NULL,
    reason TEXT NOT NULL,
    message TEXT NOT NULL,
    count INTEGER NOT NULL,
    sample_trial_index INTEGER NOT NULL,
    PRIMARY KEY (run_no, failure_no),
    UNIQUE (run_no, reason, message)
) STRICT, WITHOUT ROWID;

-- The values and the stack trace of single failures; kept for the first few of a kind.
CREATE TABLE failure_details (
    run_no INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    trial_index INTEGER NOT NULL,
    metadata TEXT NOT NULL,
    stack_trace TEXT NOT NULL,
    PRIMARY KEY (run_no, trial_index)
) STRICT, WITHOUT ROWID;

-- What a completed optimization tells; its best trials by index, as a JSON list.
CREATE TABLE optimizations (
    run_no INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    completed INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    infeasible INTEGER NOT NULL,
    top TEXT NOT NULL,
    result_sha256 BLOB NOT NULL
) STRICT;

-- Trades of backtests, in parts. codec 1: columns of little-endian i64, zstd.
CREATE TABLE artefacts (
    run_no INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    trial_index INTEGER NOT NULL,
    kind TEXT NOT NULL,
    part_no INTEGER NOT NULL,
    codec INTEGER NOT NULL,
    blob BLOB NOT NULL,
    PRIMARY KEY (run_no, trial_index, kind, part_no)
) STRICT;

-- One row a trial, a backtest being one trial; a run is one contiguous range.
-- state: 1 completed, 2 failed, 3 infeasible. An undefined metric is NULL. Parameters come from the index.
CREATE TABLE trials (
    run_no INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    trial_index INTEGER NOT NULL,
    state INTEGER NOT NULL,
    failure_no INTEGER,
    compute_us INTEGER NOT NULL,
    final_equity REAL,
    net_profit REAL,
    realized_profit REAL,
    open_profit REAL,
    fees_paid REAL,
    slippage_cost REAL,
    total_return REAL,
    cagr REAL,
    buy_hold_return REAL,
    volatility REAL,
    sharpe REAL,
    sortino REAL,
    calmar REAL,
    ulcer_index REAL,
    max_drawdown REAL,
    max_drawdown_duration_days REAL,
    sharpe_bar REAL,
    volatility_bar REAL,
    exposure REAL,
    trade_count REAL,
    win_rate REAL,
    profit_factor REAL,
    gross_profit REAL,
    gross_loss REAL,
    average_win REAL,
    average_loss REAL,
    expectancy REAL,
    sqn REAL,
    largest_win REAL,
    largest_loss REAL,
    average_bars_held REAL,
    long_trade_count REAL,
    short_trade_count REAL,
    fill_count REAL,
    order_count REAL,
    rejected_order_count REAL,
    ambiguous_exit_count REAL,
    ambiguous_profit_difference REAL,
    bankrupt REAL,
    PRIMARY KEY (run_no, trial_index)
) STRICT, WITHOUT ROWID;
