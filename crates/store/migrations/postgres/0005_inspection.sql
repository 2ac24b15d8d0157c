-- What was seen in files, by the hash of their bytes. `rule_set` names the rules that the report was made by; it is empty
-- when the inspection failed. `told` is what decisions rest on, as JSON; there is none where nothing weighs.
CREATE TABLE inspection (
    file_sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(file_sha256) = 64),
    filename    TEXT NOT NULL,
    rule_set    TEXT NOT NULL,
    verdict     TEXT NOT NULL,
    told        TEXT,
    base_sha256 TEXT CHECK (length(base_sha256) = 64),
    made_us     BIGINT NOT NULL,
    report      BYTEA NOT NULL
);
CREATE INDEX inspection_rule_set ON inspection (rule_set);
