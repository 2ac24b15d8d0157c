-- How far the ledger of another distribution was read and verified, and what it adds up to there: a restart goes on from it.
-- A copy, which can be made again from the peer's ledger at any time.
CREATE TABLE peer_mark (
    peer         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    distribution BYTEA NOT NULL CHECK (length(distribution) = 32),
    number       BIGINT NOT NULL,
    hash         BYTEA NOT NULL CHECK (length(hash) = 32),
    rows_format  BIGINT NOT NULL,
    bytes        BIGINT NOT NULL
);

CREATE TABLE peer_row (
    peer  TEXT COLLATE "C" NOT NULL,
    kind  TEXT COLLATE "C" NOT NULL,
    key   TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (peer, kind, key)
);
