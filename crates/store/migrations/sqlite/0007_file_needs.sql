-- The new projects that a file needs and that the release before it did not need, as JSON: what was found when the file was
-- asked for. An empty list: somebody has looked, and there are none.
CREATE TABLE file_needs (
    upstream    TEXT NOT NULL,
    file_sha256 TEXT NOT NULL CHECK (length(file_sha256) = 64),
    seen_us     INTEGER NOT NULL,
    newcomers   TEXT NOT NULL,
    PRIMARY KEY (upstream, file_sha256)
) STRICT, WITHOUT ROWID;
