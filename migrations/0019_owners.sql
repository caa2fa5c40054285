-- Who changed what, where callers are asked who they are: written in the transaction of the change,
-- so that neither is there without the other. `details` is JSON.
CREATE TABLE audit (
    event_no INTEGER PRIMARY KEY AUTOINCREMENT,
    time_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    token_id TEXT NOT NULL,
    address TEXT NOT NULL,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    outcome TEXT NOT NULL,
    details TEXT NOT NULL
) STRICT;
CREATE INDEX audit_by_actor ON audit (actor, event_no);
CREATE INDEX audit_by_subject ON audit (subject, event_no);
CREATE INDEX audit_by_time ON audit (time_ms);

-- How much each owner may have at once and ask for in a day; NULL is what the server's settings say.
CREATE TABLE owners (
    owner TEXT PRIMARY KEY,
    live_runs_max INTEGER,
    trials_per_day_max INTEGER,
    priority_max INTEGER
) STRICT, WITHOUT ROWID;

-- What each owner asked for in a day (since 1970, UTC): runs that were made, and their trials.
CREATE TABLE owner_days (
    owner TEXT NOT NULL,
    day INTEGER NOT NULL,
    runs INTEGER NOT NULL,
    trials INTEGER NOT NULL,
    PRIMARY KEY (owner, day)
) STRICT, WITHOUT ROWID;

CREATE INDEX runs_live_of_owner ON runs (owner) WHERE state < 3;
