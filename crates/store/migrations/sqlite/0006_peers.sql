-- How far the ledger of another distribution was read and verified, and what it adds up to there: a restart goes on from it.
-- A copy, which can be made again from the peer's ledger at any time.
CREATE TABLE peer_mark (
    peer         TEXT NOT NULL PRIMARY KEY,
    distribution BLOB NOT NULL CHECK (length(distribution) = 32),
    number       INTEGER NOT NULL,
    hash         BLOB NOT NULL CHECK (length(hash) = 32),
    rows_format  INTEGER NOT NULL,
    bytes        INTEGER NOT NULL
) STRICT;

CREATE TABLE peer_row (
    peer  TEXT NOT NULL,
    kind  TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (peer, kind, key)
) STRICT, WITHOUT ROWID;
