-- What rules go by and no page says: words of people about names, advisories, what was shown of those who publish, and
-- what was handed out.

-- The number of the last change of such a fact: one row, changed with each, so that changes are seen in their order.
CREATE TABLE fact_mark (
    id     BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    number BIGINT NOT NULL
);
INSERT INTO fact_mark (id, number) VALUES (1, 0);

-- Of which projects; an empty name means that it may be any.
CREATE TABLE fact_change (
    number  BIGINT NOT NULL,
    project TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (number, project)
);

-- "This name does not mean that one": never forgotten.
CREATE TABLE name_confirmation (
    project      TEXT COLLATE "C" NOT NULL,
    original     TEXT COLLATE "C" NOT NULL,
    reason       TEXT COLLATE "C" NOT NULL,
    author       TEXT COLLATE "C" NOT NULL,
    confirmed_us BIGINT NOT NULL,
    PRIMARY KEY (project, original)
);

-- Names that were there when somebody said so.
CREATE TABLE name_established (
    name TEXT COLLATE "C" NOT NULL PRIMARY KEY
);

CREATE TABLE advisory (
    id           TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    source       TEXT COLLATE "C" NOT NULL,
    modified_us  BIGINT NOT NULL,
    withdrawn_us BIGINT,
    malware      BIGINT NOT NULL CHECK (malware IN (0, 1)),
    summary      TEXT COLLATE "C" NOT NULL,
    stored_us    BIGINT NOT NULL,
    document     BYTEA NOT NULL
);
CREATE INDEX advisory_source_of ON advisory (source, id);

CREATE TABLE advisory_project (
    ecosystem TEXT COLLATE "C" NOT NULL,
    project   TEXT COLLATE "C" NOT NULL,
    id        TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (ecosystem, project, id)
);
CREATE INDEX advisory_project_id ON advisory_project (id);

CREATE TABLE advisory_source (
    name          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    etag          TEXT COLLATE "C",
    last_modified TEXT COLLATE "C",
    checked_us    BIGINT NOT NULL,
    updated_us    BIGINT,
    problem       TEXT COLLATE "C"
);

-- Files that clients got. Without a client and an agent (both empty) where those are not kept.
CREATE TABLE handed_out (
    sha256   TEXT COLLATE "C" NOT NULL CHECK (length(sha256) = 64),
    client   TEXT COLLATE "C" NOT NULL,
    agent    TEXT COLLATE "C" NOT NULL,
    first_us BIGINT NOT NULL,
    last_us  BIGINT NOT NULL,
    times    BIGINT NOT NULL CHECK (times > 0),
    PRIMARY KEY (sha256, client, agent)
);
CREATE INDEX handed_out_last ON handed_out (last_us);

-- What the upstream showed of those who publish a project when a version was first looked at, as JSON.
CREATE TABLE publisher_seen (
    upstream TEXT COLLATE "C" NOT NULL,
    project  TEXT COLLATE "C" NOT NULL,
    version  TEXT COLLATE "C" NOT NULL,
    seen_us  BIGINT NOT NULL,
    shown    TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (upstream, project, version)
);
ALTER TABLE advisory ALTER COLUMN document SET STORAGE EXTERNAL;
