-- What each window of a walk-forward showed, once it is done: JSON.

CREATE TABLE windows (
    run_no INTEGER NOT NULL REFERENCES runs ON DELETE CASCADE,
    window_no INTEGER NOT NULL,
    found TEXT NOT NULL,
    PRIMARY KEY (run_no, window_no)
) STRICT, WITHOUT ROWID;
