-- What a submission was answered besides its run, so that the same request is answered the same.

ALTER TABLE submit_requests ADD COLUMN estimate_ms INTEGER NOT NULL DEFAULT 0;
-- A JSON list of texts.
ALTER TABLE submit_requests ADD COLUMN warnings TEXT NOT NULL DEFAULT '[]';
