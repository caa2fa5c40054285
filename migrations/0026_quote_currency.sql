-- What the prices of a series are quoted in, where somebody told.

ALTER TABLE series_versions ADD COLUMN quote_currency TEXT;
