-- Who is told what happened, by HTTP. event_types: a bit for each kind of event, 1 << its number.
-- told_of_all: 1 of the runs of all, 0 of its owner's. disabled_reason 'DELETED': it is gone for every
-- reader, and its deliveries go in pieces. key_sha256: of the key of its signatures, which is not here.
CREATE TABLE hooks (
    hook_no INTEGER PRIMARY KEY AUTOINCREMENT,
    hook_id BLOB NOT NULL UNIQUE,
    url TEXT NOT NULL,
    event_types INTEGER NOT NULL,
    filter TEXT NOT NULL,
    owner TEXT NOT NULL,
    told_of_all INTEGER NOT NULL,
    key_sha256 BLOB NOT NULL,
    create_ms INTEGER NOT NULL,
    pending INTEGER NOT NULL DEFAULT 0,
    failing_since_ms INTEGER,
    disabled_reason TEXT NOT NULL DEFAULT ''
) STRICT;

-- The outbox: an event on its way to a hook, written in the transaction that makes the event true.
-- next_ms: when it is sent next; NULL once it arrived or was given up. body: '' from then on.
CREATE TABLE deliveries (
    delivery_no INTEGER PRIMARY KEY AUTOINCREMENT,
    hook_no INTEGER NOT NULL REFERENCES hooks,
    event_id BLOB NOT NULL,
    event_type INTEGER NOT NULL,
    subject TEXT NOT NULL,
    event_ms INTEGER NOT NULL,
    body TEXT NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    next_ms INTEGER,
    delivery_ms INTEGER,
    last_outcome TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX deliveries_due ON deliveries (hook_no, next_ms, delivery_no) WHERE next_ms IS NOT NULL;
CREATE INDEX deliveries_of_hook ON deliveries (hook_no, delivery_no);
