use std::io;
use std::path::PathBuf;

/// Why the database could not be opened, read or written.
///
/// No text of it holds a password: a database is named by its path, or by user, host, port and name.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system did not let us open or make the SQLite file.
    #[error("cannot open the database {}: its folder must exist, and the folder and the file be writable", path.display())]
    CannotOpen {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// SQLite could not open the file, though the operating system could.
    #[error("SQLite cannot open the database {}", path.display())]
    Sqlite {
        /// The file.
        path: PathBuf,
        /// What SQLite said.
        source: sqlx::Error,
    },
    /// The file exists and is something else.
    #[error("{} is not a SQLite database; name another file or move this one away", path.display())]
    NotADatabase {
        /// The file.
        path: PathBuf,
    },
    /// The address of the PostgreSQL database could not be understood.
    #[error("the PostgreSQL address {problem}; expected postgres://user:password@host:port/database")]
    BadAddress {
        /// What is wrong with it, without its text.
        problem: String,
    },
    /// No connection, no TLS, or no answer in time.
    #[error("cannot reach PostgreSQL at {place}")]
    Unreachable {
        /// User, host, port and database.
        place: String,
        /// What the connection said.
        source: sqlx::Error,
    },
    /// The server answered and turned us away: user, password, or database.
    #[error("PostgreSQL at {place} refused the connection")]
    Refused {
        /// User, host, port and database.
        place: String,
        /// What the server said.
        source: sqlx::Error,
    },
    /// The database was made or changed by a later version of this program.
    #[error(
        "the database {place} has schema {found}; this program knows schemas up to {known}: \
         it was used by a newer version, run that one"
    )]
    Newer {
        /// The database.
        place: String,
        /// The schema's number there.
        found: i64,
        /// The last number known here.
        known: i64,
    },
    /// The database was made by a program with the same schema number and another schema.
    #[error(
        "the database {place} was made by another build: step {version} of its schema differs from this program's"
    )]
    Different {
        /// The database.
        place: String,
        /// The step that differs.
        version: i64,
    },
    /// A step of the schema could not be applied. Nothing of it, or of the steps before it, remains.
    #[error("cannot bring the database {place} to schema {version}; it stays as it was")]
    Migration {
        /// The database.
        place: String,
        /// The schema's number that was to be reached.
        version: i64,
        /// What the database said.
        source: sqlx::migrate::MigrateError,
    },
    /// The database did not do what it was asked.
    #[error("the database failed at {statement}")]
    Statement {
        /// The statement's name in the registry, or what was done to a transaction.
        statement: &'static str,
        /// What the database said.
        source: sqlx::Error,
    },
    /// A row that this program could not have written.
    #[error("the database holds a {expected} that cannot be read: {found:?}")]
    Corrupt {
        /// What should stand there.
        expected: &'static str,
        /// What stands there, cut to 80 characters.
        found: String,
    },
    /// A name that cannot be kept alike in both databases.
    #[error("a {what} is at most {limit} bytes without NUL; found {found:?}")]
    Unstorable {
        /// Which name.
        what: &'static str,
        /// Bytes allowed.
        limit: usize,
        /// The name, cut to 80 characters.
        found: String,
    },
}

impl Error {
    /// Whether the same call may succeed later: the database was busy, starting, or its connection broke.
    pub fn is_transient(&self) -> bool {
        let (Self::Statement { source, .. }
        | Self::Sqlite { source, .. }
        | Self::Unreachable { source, .. }
        | Self::Refused { source, .. }) = self
        else {
            return false;
        };
        match source {
            sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut => true,
            // PostgreSQL, appendix A: 08 connection, 40 rollback (deadlock, serialisation), 53 resources, 57P0x
            // shutdown and start-up. SQLite, result codes: 5 BUSY, 6 LOCKED.
            sqlx::Error::Database(_) => database_code(source).is_some_and(|code| {
                matches!(sqlite_primary(&code), Some(5 | 6))
                    || code.len() == 5
                        && ["08", "40", "53", "57P0"].iter().any(|class| code.starts_with(class))
            }),
            _ => false,
        }
    }

    /// Whether the database's disk is full.
    pub fn is_disk_full(&self) -> bool {
        let (Self::Statement { source, .. } | Self::Sqlite { source, .. }) = self else { return false };
        database_code(source).is_some_and(|code| code == "53100" || sqlite_primary(&code) == Some(13))
    }
}

/// The code the database gave: five characters from PostgreSQL, a number from SQLite.
pub(crate) fn database_code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(std::borrow::Cow::into_owned)
}

/// The primary result code of SQLite, whose extended codes carry it in their low byte. PostgreSQL's codes have
/// five characters, SQLite's never more than four.
pub(crate) fn sqlite_primary(code: &str) -> Option<u32> {
    (code.len() < 5).then(|| code.parse::<u32>().ok()).flatten().map(|number| number & 0xff)
}
