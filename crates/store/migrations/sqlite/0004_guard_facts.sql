-- What rules go by and no page says: words of people about names, advisories, what was shown of those who publish, and
-- what was handed out.

-- The number of the last change of such a fact: one row, changed with each, so that changes are seen in their order.
CREATE TABLE fact_mark (
    id     INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    number INTEGER NOT NULL
) STRICT;
INSERT INTO fact_mark (id, number) VALUES (1, 0);

-- Of which projects; an empty name means that it may be any.
CREATE TABLE fact_change (
    number  INTEGER NOT NULL,
    project TEXT NOT NULL,
    PRIMARY KEY (number, project)
) STRICT, WITHOUT ROWID;

-- "This name does not mean that one": never forgotten.
CREATE TABLE name_confirmation (
    project      TEXT NOT NULL,
    original     TEXT NOT NULL,
    reason       TEXT NOT NULL,
    author       TEXT NOT NULL,
    confirmed_us INTEGER NOT NULL,
    PRIMARY KEY (project, original)
) STRICT, WITHOUT ROWID;

-- Names that were there when somebody said so.
CREATE TABLE name_established (
    name TEXT NOT NULL PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE advisory (
    id           TEXT NOT NULL PRIMARY KEY,
    source       TEXT NOT NULL,
    modified_us  INTEGER NOT NULL,
    withdrawn_us INTEGER,
    malware      INTEGER NOT NULL CHECK (malware IN (0, 1)),
    summary      TEXT NOT NULL,
    stored_us    INTEGER NOT NULL,
    document     BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX advisory_source_of ON advisory (source, id);

CREATE TABLE advisory_project (
    ecosystem TEXT NOT NULL,
    project   TEXT NOT NULL,
    id        TEXT NOT NULL,
    PRIMARY KEY (ecosystem, project, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX advisory_project_id ON advisory_project (id);

CREATE TABLE advisory_source (
    name          TEXT NOT NULL PRIMARY KEY,
    etag          TEXT,
    last_modified TEXT,
    checked_us    INTEGER NOT NULL,
    updated_us    INTEGER,
    problem       TEXT
) STRICT, WITHOUT ROWID;

-- Files that clients got. Without a client and an agent (both empty) where those are not kept.
CREATE TABLE handed_out (
    sha256   TEXT NOT NULL CHECK (length(sha256) = 64),
    client   TEXT NOT NULL,
    agent    TEXT NOT NULL,
    first_us INTEGER NOT NULL,
    last_us  INTEGER NOT NULL,
    times    INTEGER NOT NULL CHECK (times > 0),
    PRIMARY KEY (sha256, client, agent)
) STRICT, WITHOUT ROWID;
CREATE INDEX handed_out_last ON handed_out (last_us);

-- What the upstream showed of those who publish a project when a version was first looked at, as JSON.
CREATE TABLE publisher_seen (
    upstream TEXT NOT NULL,
    project  TEXT NOT NULL,
    version  TEXT NOT NULL,
    seen_us  INTEGER NOT NULL,
    shown    TEXT NOT NULL,
    PRIMARY KEY (upstream, project, version)
) STRICT, WITHOUT ROWID;
