-- How long a run may take, and where a search goes on from that was stopped.

-- Until when it may compute, and how many milliseconds; NULL is for ever. How many it has computed,
-- over all of its attempts.
ALTER TABLE runs ADD COLUMN deadline_ms INTEGER;
ALTER TABLE runs ADD COLUMN budget_ms INTEGER;
ALTER TABLE runs ADD COLUMN spent_ms INTEGER NOT NULL DEFAULT 0;

-- The id of the run whose trials it takes over, and whether it tries again those that failed there.
ALTER TABLE runs ADD COLUMN continues BLOB;
ALTER TABLE runs ADD COLUMN retries_failed INTEGER NOT NULL DEFAULT 0;
