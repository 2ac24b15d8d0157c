-- What was seen in files, by the hash of their bytes. `rule_set` names the rules that the report was made by; it is empty
-- when the inspection failed. `told` is what decisions rest on, as JSON; there is none where nothing weighs.
CREATE TABLE inspection (
    file_sha256 TEXT COLLATE "C" NOT NULL PRIMARY KEY CHECK (length(file_sha256) = 64),
    filename    TEXT COLLATE "C" NOT NULL,
    rule_set    TEXT COLLATE "C" NOT NULL,
    verdict     TEXT COLLATE "C" NOT NULL,
    told        TEXT COLLATE "C",
    base_sha256 TEXT COLLATE "C" CHECK (length(base_sha256) = 64),
    made_us     BIGINT NOT NULL,
    report      BYTEA NOT NULL
);
CREATE INDEX inspection_rule_set ON inspection (rule_set);
