-- What a run that judges others found: the whole of it as JSON in the format of that number.

CREATE TABLE findings (
    run_no INTEGER PRIMARY KEY REFERENCES runs ON DELETE CASCADE,
    format INTEGER NOT NULL,
    blob BLOB NOT NULL,
    result_sha256 BLOB NOT NULL
) STRICT;
