-- The same tables stand in ../postgres/0001_first.sql; a test compares the two.
-- Times are microseconds since 1970 in columns that end in _us; hashes are lower-case hexadecimal, but for those of
-- file_seen, the one table with a row for every file there is: bytes, half as long.

CREATE TABLE setting (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- The document stands last: a row whose other columns are asked for need not read its overflow pages.
CREATE TABLE project_page (
    id              INTEGER PRIMARY KEY NOT NULL,
    upstream        TEXT NOT NULL,
    project         TEXT NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('present', 'absent')),
    etag            TEXT,
    last_modified   TEXT,
    last_serial     INTEGER,
    document_sha256 TEXT CHECK (length(document_sha256) = 64),
    checked_us      INTEGER NOT NULL,
    changed_us      INTEGER NOT NULL,
    first_seen_us   INTEGER,
    document        BLOB,
    CHECK ((document IS NULL) = (document_sha256 IS NULL)),
    CHECK (state = 'absent' OR document IS NOT NULL)
) STRICT;
CREATE UNIQUE INDEX project_page_key ON project_page (upstream, project);
CREATE INDEX project_page_state ON project_page (upstream, state);

-- First-seen pins. Rows are inserted, never updated and never deleted; those of a page at once, by filename. No index
-- on the hash: each row would go to another page of it, which costs four times as much as all the rest.
CREATE TABLE file_seen (
    page_id       INTEGER NOT NULL,
    filename      TEXT NOT NULL,
    sha256        BLOB NOT NULL CHECK (length(sha256) = 32),
    first_seen_us INTEGER NOT NULL,
    not_before_us INTEGER,
    PRIMARY KEY (page_id, filename)
) STRICT, WITHOUT ROWID;
CREATE INDEX file_seen_filename ON file_seen (filename);
CREATE TRIGGER file_seen_is_not_updated BEFORE UPDATE ON file_seen
BEGIN SELECT RAISE(ABORT, 'a row of file_seen is never changed'); END;
CREATE TRIGGER file_seen_is_not_deleted BEFORE DELETE ON file_seen
BEGIN SELECT RAISE(ABORT, 'a row of file_seen is never deleted'); END;

CREATE TABLE core_metadata (
    file_sha256 TEXT NOT NULL PRIMARY KEY CHECK (length(file_sha256) = 64),
    body_sha256 TEXT CHECK (length(body_sha256) = 64),
    size        INTEGER CHECK (size >= 0),
    source      TEXT NOT NULL,
    error       TEXT,
    stored_us   INTEGER NOT NULL,
    body        BLOB,
    CHECK ((body IS NULL) = (body_sha256 IS NULL) AND (body IS NULL) = (size IS NULL))
) STRICT;

CREATE TABLE blob (
    sha256       TEXT NOT NULL PRIMARY KEY CHECK (length(sha256) = 64),
    size         INTEGER NOT NULL CHECK (size >= 0),
    state        TEXT NOT NULL CHECK (state IN ('stored', 'evicting')),
    pinned       INTEGER NOT NULL CHECK (pinned IN (0, 1)),
    stored_us    INTEGER NOT NULL,
    last_used_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_candidate ON blob (last_used_us, sha256) WHERE state = 'stored' AND NOT pinned;
CREATE INDEX blob_evicting ON blob (sha256) WHERE state = 'evicting';

-- AUTOINCREMENT: an id that was given out is never given to another row.
CREATE TABLE job (
    id              INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    kind            TEXT NOT NULL,
    key             TEXT NOT NULL,
    payload         TEXT NOT NULL,
    priority        INTEGER NOT NULL,
    run_at_us       INTEGER NOT NULL,
    attempts        INTEGER NOT NULL,
    max_attempts    INTEGER NOT NULL CHECK (max_attempts > 0),
    asked           INTEGER NOT NULL,
    state           TEXT NOT NULL CHECK (state IN ('ready', 'running', 'failed')),
    locked_by       TEXT,
    locked_until_us INTEGER,
    last_error      TEXT,
    created_us      INTEGER NOT NULL,
    CHECK ((state = 'running') = (locked_by IS NOT NULL)),
    CHECK ((state = 'running') = (locked_until_us IS NOT NULL))
) STRICT;
CREATE UNIQUE INDEX job_key ON job (kind, key) WHERE state <> 'failed';
CREATE INDEX job_ready ON job (priority DESC, run_at_us, id) WHERE state = 'ready';
CREATE INDEX job_running ON job (locked_until_us) WHERE state = 'running';
CREATE INDEX job_failed ON job (id) WHERE state = 'failed';

-- What a refusal does not have (a version, a filename, a hash) is '', so that it takes part in the key.
CREATE TABLE refusal (
    id         INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL,
    index_name TEXT NOT NULL,
    project    TEXT NOT NULL,
    version    TEXT NOT NULL,
    filename   TEXT NOT NULL,
    sha256     TEXT NOT NULL CHECK (length(sha256) IN (0, 64)),
    rule       TEXT NOT NULL,
    sentence   TEXT NOT NULL,
    first_us   INTEGER NOT NULL,
    last_us    INTEGER NOT NULL,
    times      INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX refusal_key ON refusal (project, index_name, version, filename, sha256, rule);
CREATE INDEX refusal_last ON refusal (last_us, id);

CREATE TABLE name_list (
    upstream    TEXT NOT NULL PRIMARY KEY,
    etag        TEXT,
    checked_us  INTEGER NOT NULL,
    blob_sha256 TEXT NOT NULL CHECK (length(blob_sha256) = 64),
    count       INTEGER NOT NULL CHECK (count >= 0)
) STRICT, WITHOUT ROWID;
