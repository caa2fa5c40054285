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
