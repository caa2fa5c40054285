-- What can be done to runs once they are there.

-- What is stored of a backtest, hashed when it was stored: a bit that turns later, or a row that
-- somebody edits, is found by it. NULL of an older version.
ALTER TABLE backtests ADD COLUMN seal BLOB;

-- Since when a run is paused, why, and by whom. Its state is that of a run that waits for its turn:
-- what looks for live runs finds it as before.
ALTER TABLE runs ADD COLUMN pause_ms INTEGER;
ALTER TABLE runs ADD COLUMN pause_reason TEXT;
ALTER TABLE runs ADD COLUMN pause_requester TEXT;

-- What people want to remember of a run.
ALTER TABLE runs ADD COLUMN notes TEXT NOT NULL DEFAULT '';

-- What lists of runs are filtered and ordered by: the metrics of a completed backtest, and those of
-- the best trial of a completed optimization. An undefined one is NULL. It has the columns of
-- `trials`.
CREATE TABLE run_metrics (
    run_no INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
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
    carry_cost REAL,
    traded_notional REAL,
    break_even_cost REAL,
    turnover REAL,
    exposure_long REAL,
    exposure_short REAL,
    average_leverage REAL,
    average_trade_days REAL,
    max_consecutive_losses REAL,
    recovery_factor REAL,
    liquidation_count REAL,
    doubtful_hold_count REAL,
    expired_order_count REAL,
    volume_share_max REAL,
    return_days REAL,
    alpha REAL,
    beta REAL,
    information_ratio REAL,
    skewness REAL,
    kurtosis REAL,
    autocorrelation REAL,
    psr REAL,
    mean_exposure REAL,
    sharpe_excess REAL
) STRICT;
INSERT INTO run_metrics (
    run_no,
    final_equity, net_profit, realized_profit, open_profit, fees_paid, slippage_cost, total_return,
    cagr, buy_hold_return, volatility, sharpe, sortino, calmar, ulcer_index, max_drawdown,
    max_drawdown_duration_days, sharpe_bar, volatility_bar, exposure, trade_count, win_rate,
    profit_factor, gross_profit, gross_loss, average_win, average_loss, expectancy, sqn,
    largest_win, largest_loss, average_bars_held, long_trade_count, short_trade_count, fill_count,
    order_count, rejected_order_count, ambiguous_exit_count, ambiguous_profit_difference, bankrupt,
    carry_cost, traded_notional, break_even_cost, turnover, exposure_long, exposure_short,
    average_leverage, average_trade_days, max_consecutive_losses, recovery_factor,
    liquidation_count, doubtful_hold_count, expired_order_count, volume_share_max, return_days,
    alpha, beta, information_ratio, skewness, kurtosis, autocorrelation, psr, mean_exposure,
    sharpe_excess
)
SELECT
    run_no,
    final_equity, net_profit, realized_profit, open_profit, fees_paid, slippage_cost, total_return,
    cagr, buy_hold_return, volatility, sharpe, sortino, calmar, ulcer_index, max_drawdown,
    max_drawdown_duration_days, sharpe_bar, volatility_bar, exposure, trade_count, win_rate,
    profit_factor, gross_profit, gross_loss, average_win, average_loss, expectancy, sqn,
    largest_win, largest_loss, average_bars_held, long_trade_count, short_trade_count, fill_count,
    order_count, rejected_order_count, ambiguous_exit_count, ambiguous_profit_difference, bankrupt,
    carry_cost, traded_notional, break_even_cost, turnover, exposure_long, exposure_short,
    average_leverage, average_trade_days, max_consecutive_losses, recovery_factor,
    liquidation_count, doubtful_hold_count, expired_order_count, volume_share_max, return_days,
    alpha, beta, information_ratio, skewness, kurtosis, autocorrelation, psr, mean_exposure,
    sharpe_excess
FROM runs JOIN trials USING (run_no)
WHERE runs.state = 3 AND trials.state = 1 AND trial_index = CASE kind
    WHEN 1 THEN 0
    WHEN 2 THEN (SELECT top ->> 0 FROM optimizations WHERE optimizations.run_no = runs.run_no)
END;

-- The four that runs are ordered by most; each costs some microseconds a run.
CREATE INDEX run_metrics_by_sharpe ON run_metrics (sharpe, run_no) WHERE sharpe IS NOT NULL;
CREATE INDEX run_metrics_by_total_return ON run_metrics (total_return, run_no) WHERE total_return IS NOT NULL;
CREATE INDEX run_metrics_by_max_drawdown ON run_metrics (max_drawdown, run_no) WHERE max_drawdown IS NOT NULL;
CREATE INDEX run_metrics_by_net_profit ON run_metrics (net_profit, run_no) WHERE net_profit IS NOT NULL;

CREATE INDEX runs_of_owner ON runs (owner, create_ms, run_id);
CREATE INDEX runs_by_name ON runs (display_name, create_ms, run_id) WHERE display_name <> '';
