-- Where the days of a series begin: an IANA name, and a minute of that zone's wall clock.

ALTER TABLE series_versions ADD COLUMN time_zone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE series_versions ADD COLUMN day_start_minute INTEGER NOT NULL DEFAULT 0
CHECK (day_start_minute BETWEEN 0 AND 1439);
