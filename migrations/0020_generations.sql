-- The trials that a search which learns proposed, generation by generation: indices of eight bytes,
-- the lowest first.

CREATE TABLE generations (
    run_no INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    generation INTEGER NOT NULL,
    indices BLOB NOT NULL,
    PRIMARY KEY (run_no, generation)
) STRICT, WITHOUT ROWID;
