-- Where a run comes from that was computed elsewhere, as JSON, and the id that it has there: no run
-- is imported twice.

ALTER TABLE runs ADD COLUMN origin TEXT;
ALTER TABLE runs ADD COLUMN origin_run_id BLOB;
CREATE UNIQUE INDEX runs_imported ON runs (origin_run_id) WHERE origin_run_id IS NOT NULL;
