-- How far the ledger was when something was last appended, and which rows there are: one row, changed with each entry.
-- An entry that is gone from the ledger still stands here.
CREATE TABLE ledger_mark (
    id          BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number      BIGINT NOT NULL,
    hash        BYTEA NOT NULL CHECK (length(hash) = 32),
    generation  BIGINT NOT NULL,
    rows_format BIGINT NOT NULL
);
INSERT INTO ledger_mark (id, number, hash, generation, rows_format) VALUES (1, 0, decode(repeat('00', 32), 'hex'), 0, 0);
UPDATE ledger_mark SET
    number = (SELECT MAX(number) FROM ledger),
    hash = (SELECT hash FROM ledger ORDER BY number DESC LIMIT 1)
WHERE EXISTS (SELECT 1 FROM ledger);
