//! One PostgreSQL server for all tests of a process, and a database on it for each.

use std::env;
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{self, Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

/// `require`: no server is a failure. `postgres://…`: use this one, as a user who may create databases.
const VARIABLE: &str = "PACKHOUSE_TEST_POSTGRES";

const HINT: &str = "install PostgreSQL's server programs (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf \
                    install postgresql-server; macOS: brew install postgresql), or name a running server in \
                    PACKHOUSE_TEST_POSTGRES=postgres://user:password@host:port/postgres";

/// A database of one test.
pub(super) struct Database {
    name: String,
    url: String,
    admin: &'static str,
}

impl Database {
    pub(super) async fn create() -> Option<Self> {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let admin = admin_url()?;
        let name = format!("packhouse_test_{}_{}", process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        command(admin, format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        let mut url = url::Url::parse(admin).expect("the URL of the server");
        url.set_path(&name);
        Some(Self { name, url: url.into(), admin })
    }

    pub(super) fn url(&self) -> &str {
        &self.url
    }

    pub(super) async fn drop_it(self) {
        command(self.admin, format!("DROP DATABASE {} WITH (FORCE)", self.name)).await;
    }
}

/// Runs a statement about databases. Its text has no input but our own numbers.
async fn command(admin: &str, sql: String) {
    let mut connection = PgConnection::connect(admin).await.expect("the server for tests answers");
    connection.execute(AssertSqlSafe(sql)).await.expect("the server for tests makes and drops databases");
    connection.close().await.expect("the server for tests says goodbye");
}

/// The URL of the server's first database; starts the server on the first call.
fn admin_url() -> Option<&'static str> {
    static URL: OnceLock<Result<String, String>> = OnceLock::new();
    static HINTED: AtomicBool = AtomicBool::new(false);
    let wanted = env::var(VARIABLE).unwrap_or_default();
    assert!(
        matches!(wanted.as_str(), "" | "require") || wanted.starts_with("postgres"),
        "{VARIABLE} is `require` or postgres://…; found {wanted:?}"
    );
    let url = URL.get_or_init(|| if wanted.starts_with("postgres") { Ok(wanted.clone()) } else { start() });
    match url {
        Ok(url) => Some(url),
        Err(problem) => {
            assert!(wanted != "require", "{VARIABLE}=require, but {problem}; {HINT}");
            let test = std::thread::current().name().unwrap_or("a test").to_owned();
            // Not by `eprintln!`, whose text is only shown of tests that fail. The hint is for the first time.
            let hint = if HINTED.swap(true, Ordering::Relaxed) { String::new() } else { format!("; {HINT}") };
            let _ = writeln!(io::stderr(), "skipped: {test}: {problem}{hint}");
            None
        }
    }
}

fn start() -> Result<String, String> {
    let programs = programs().ok_or("found no PostgreSQL server programs (initdb, pg_ctl)")?;
    let folder =
        tempfile::Builder::new().prefix("packhouse-pg-").tempdir().map_err(|error| error.to_string())?;
    let mut guard = Command::new("sh");
    guard.args(["-c", include_str!("postgres.sh"), "postgres.sh"]).arg(&programs).arg(folder.path());
    let own = fs::metadata(folder.path()).map_err(|error| error.to_string())?.uid();
    if own == 0 {
        // initdb and postgres refuse to run as root.
        let (user, group) = unprivileged().ok_or("we are root, and there is no user postgres or nobody")?;
        chown(folder.path(), Some(user), Some(group)).map_err(|error| error.to_string())?;
        guard.uid(user).gid(group);
    }
    // A process group of its own: an interrupt on the terminal must not end it before it has cleaned up.
    let guard =
        guard.process_group(0).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    // From here on the folder is the guard's to delete.
    let folder = folder.keep();
    let guard = guard.map_err(|error| format!("cannot start sh: {error}"))?;
    wait_until_ready(guard)?;
    let mut url = url::Url::parse("postgres://postgres@localhost/postgres").expect("a fixed URL");
    url.query_pairs_mut().append_pair("host", &folder.to_string_lossy());
    Ok(url.into())
}

/// Waits for the guard's word, and leaves its standard input open for as long as this process lives.
fn wait_until_ready(mut guard: Child) -> Result<(), String> {
    static GUARD: OnceLock<Child> = OnceLock::new();
    let mut said = String::new();
    let mut output = guard.stdout.take().expect("the guard's output is piped");
    let mut byte = [0];
    while said != "ready\n" && output.read(&mut byte).is_ok_and(|count| count == 1) {
        said.push(char::from(byte[0]));
    }
    if said != "ready\n" {
        return Err(format!("the PostgreSQL server for tests did not start: {said}"));
    }
    // A static is never dropped, and so the pipe not closed, before the process ends.
    GUARD.set(guard).map_err(|_| "the PostgreSQL server for tests was started twice".to_owned())
}

/// The folder of the server programs: where PATH says, or else the newest where packages put them.
fn programs() -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let complete = |folder: &PathBuf| ["initdb", "pg_ctl"].iter().all(|name| folder.join(name).is_file());
    env::split_paths(&path).find(&complete).or_else(|| {
        let mut found: Vec<(u32, PathBuf)> =
            ["/usr/lib/postgresql", "/usr", "/opt/homebrew/opt", "/usr/local/opt", "/usr/local"]
                .iter()
                .flat_map(|root| fs::read_dir(root).into_iter().flatten().flatten())
                .map(|entry| (version(&entry.path()), entry.path().join("bin")))
                .filter(|(_, folder)| complete(folder))
                .collect();
        found.sort();
        found.pop().map(|(_, folder)| folder)
    })
}

/// The number in a folder's name: 15 of `15`, `pgsql-15` and `postgresql@15`.
fn version(folder: &Path) -> u32 {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    name.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap_or(0)
}

fn unprivileged() -> Option<(u32, u32)> {
    let id = |user: &str, which: &str| {
        let output = Command::new("id").args([which, user]).stderr(Stdio::null()).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse().ok()
    };
    ["postgres", "nobody"].iter().find_map(|user| Some((id(user, "-u")?, id(user, "-g")?)))
}
