-- How fast work went here, so that a submission can be told how long it may take: units of work
-- (bars, or runs and trials beside their bars) and the microseconds that they took.

CREATE TABLE paces (
    strategy TEXT NOT NULL,
    version TEXT NOT NULL,
    route TEXT NOT NULL,
    units REAL NOT NULL,
    micros REAL NOT NULL,
    PRIMARY KEY (strategy, version, route)
) STRICT, WITHOUT ROWID;
