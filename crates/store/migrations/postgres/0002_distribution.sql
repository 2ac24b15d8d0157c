-- The ledger: entries are added, never changed, never removed.
CREATE TABLE ledger (
    number    BIGINT NOT NULL PRIMARY KEY CHECK (number > 0),
    hash      BYTEA NOT NULL CHECK (length(hash) = 32),
    previous  BYTEA NOT NULL CHECK (length(previous) = 32),
    statement BYTEA NOT NULL CHECK (length(statement) = 32),
    kind      TEXT COLLATE "C" NOT NULL,
    envelope  BYTEA NOT NULL
);
CREATE UNIQUE INDEX ledger_hash ON ledger (hash);
CREATE UNIQUE INDEX ledger_statement ON ledger (statement);
CREATE FUNCTION ledger_is_fixed() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'an entry of the ledger is never changed or deleted'; END $$;
CREATE TRIGGER ledger_is_not_updated BEFORE UPDATE ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_is_fixed();
CREATE TRIGGER ledger_is_not_deleted BEFORE DELETE ON ledger FOR EACH ROW EXECUTE FUNCTION ledger_is_fixed();

-- What the entries add up to: can be made again from them at any time.
CREATE TABLE distribution_row (
    kind  TEXT COLLATE "C" NOT NULL,
    key   TEXT COLLATE "C" NOT NULL,
    value TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (kind, key)
);
