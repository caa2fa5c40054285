-- Of a completed search that compares combinations across series, the score of each by its trial on
-- the first series; NULL where one of its trials failed, broke a constraint or has no value.

CREATE TABLE trial_groups (
    run_no INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    first_index INTEGER NOT NULL,
    value REAL,
    PRIMARY KEY (run_no, first_index)
) STRICT, WITHOUT ROWID;

CREATE INDEX trial_groups_by_value ON trial_groups (run_no, value, first_index);
