-- Strategies as text that users keep by name, each text a version. Nothing refers to them: a run has
-- the text that it was made of.

CREATE TABLE strategies (
    name TEXT NOT NULL,
    version INTEGER NOT NULL,
    source TEXT NOT NULL,
    rule_sha256 BLOB NOT NULL,
    language TEXT NOT NULL,
    owner TEXT NOT NULL DEFAULT '',
    create_ms INTEGER NOT NULL,
    PRIMARY KEY (name, version)
) STRICT, WITHOUT ROWID;
