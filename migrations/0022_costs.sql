-- What a backtest paid by kind, as JSON; NULL of one that was stored before it was kept.
ALTER TABLE backtests ADD COLUMN costs TEXT;
