-- The ledger: entries are added, never changed, never removed.
CREATE TABLE ledger (
    number    INTEGER NOT NULL PRIMARY KEY CHECK (number > 0),
    hash      BLOB NOT NULL CHECK (length(hash) = 32),
    previous  BLOB NOT NULL CHECK (length(previous) = 32),
    statement BLOB NOT NULL CHECK (length(statement) = 32),
    kind      TEXT NOT NULL,
    envelope  BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX ledger_hash ON ledger (hash);
CREATE UNIQUE INDEX ledger_statement ON ledger (statement);
CREATE TRIGGER ledger_is_not_updated BEFORE UPDATE ON ledger
    BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is never changed or deleted'); END;
CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger
    BEGIN SELECT RAISE(ABORT, 'an entry of the ledger is never changed or deleted'); END;

-- What the entries add up to: can be made again from them at any time.
CREATE TABLE distribution_row (
    kind  TEXT NOT NULL,
    key   TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
