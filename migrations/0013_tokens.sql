-- Who may call a server that asks. Of a token its hash is kept, so that whoever reads this file or a
-- backup of it cannot call. role: 1 viewer, 2 submitter, 3 admin. Times are UTC milliseconds.
CREATE TABLE tokens (
    token_id TEXT PRIMARY KEY,
    sha256 BLOB NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    role INTEGER NOT NULL CHECK (role BETWEEN 1 AND 3),
    description TEXT NOT NULL,
    create_ms INTEGER NOT NULL,
    expire_ms INTEGER,
    last_use_ms INTEGER,
    revoke_ms INTEGER
) STRICT, WITHOUT ROWID;
