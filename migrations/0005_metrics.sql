-- METRICS_V2: what trials tell besides. NULL where it is undefined, and in all trials of engine 1.

ALTER TABLE trials ADD COLUMN carry_cost REAL;
ALTER TABLE trials ADD COLUMN traded_notional REAL;
ALTER TABLE trials ADD COLUMN break_even_cost REAL;
ALTER TABLE trials ADD COLUMN turnover REAL;
ALTER TABLE trials ADD COLUMN exposure_long REAL;
ALTER TABLE trials ADD COLUMN exposure_short REAL;
ALTER TABLE trials ADD COLUMN average_leverage REAL;
ALTER TABLE trials ADD COLUMN average_trade_days REAL;
ALTER TABLE trials ADD COLUMN max_consecutive_losses REAL;
ALTER TABLE trials ADD COLUMN recovery_factor REAL;
ALTER TABLE trials ADD COLUMN liquidation_count REAL;
ALTER TABLE trials ADD COLUMN doubtful_hold_count REAL;
ALTER TABLE trials ADD COLUMN expired_order_count REAL;
ALTER TABLE trials ADD COLUMN volume_share_max REAL;
ALTER TABLE trials ADD COLUMN return_days REAL;
ALTER TABLE trials ADD COLUMN alpha REAL;
ALTER TABLE trials ADD COLUMN beta REAL;
ALTER TABLE trials ADD COLUMN information_ratio REAL;
ALTER TABLE trials ADD COLUMN skewness REAL;
ALTER TABLE trials ADD COLUMN kurtosis REAL;
ALTER TABLE trials ADD COLUMN autocorrelation REAL;
ALTER TABLE trials ADD COLUMN psr REAL;
ALTER TABLE trials ADD COLUMN mean_exposure REAL;
ALTER TABLE trials ADD COLUMN sharpe_excess REAL;
