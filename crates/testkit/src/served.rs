use std::ffi::OsString;
use std::io::{BufRead as _, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use tempfile::TempDir;

use crate::httptest::get;
use crate::process::{self, Group, Ran};
use crate::watched::{PATIENCE, Watched};

const SEARCH: &str = "/usr/local/bin:/usr/bin:/bin";

/// How to start the program; see [`Served::program`].
#[derive(Debug)]
#[must_use]
pub struct ServedBuilder {
    program: PathBuf,
    data: Option<PathBuf>,
    arguments: Vec<OsString>,
    environment: Vec<(OsString, OsString)>,
}

impl ServedBuilder {
    /// Keeps its data here instead of in a folder that goes away with the [`Served`].
    pub fn data(mut self, folder: impl Into<PathBuf>) -> Self {
        self.data = Some(folder.into());
        self
    }

    /// One more argument, after `serve --data … --listen …`.
    pub fn arg(mut self, argument: impl Into<OsString>) -> Self {
        self.arguments.push(argument.into());
        self
    }

    /// Several more arguments.
    pub fn args<A: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = A>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// One variable in its otherwise clean environment.
    pub fn env(mut self, name: impl Into<OsString>, value: impl Into<OsString>) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Starts it and waits until it is ready; panics with its log when it does not get there.
    #[track_caller]
    pub fn start(self) -> Served {
        self.try_start().unwrap_or_else(|failed| panic!("{failed}"))
    }

    /// Starts it and waits until it is ready; what it said when it ended instead.
    pub fn try_start(self) -> Result<Served, Ran> {
        let home = tempfile::tempdir().expect("a temporary folder");
        let data = self.data.clone().unwrap_or_else(|| home.path().join("data"));
        let log = Arc::default();
        let mut served = Served { how: self, home, data, port: 0, log, group: None };
        served.launch()?;
        Ok(served)
    }
}

/// The program as a child process, listening on a free port of 127.0.0.1. Killed when dropped; when the
/// test is failing then, the end of its log is printed.
#[derive(Debug)]
pub struct Served {
    how: ServedBuilder,
    home: TempDir,
    data: PathBuf,
    port: u16,
    log: Arc<Watched<Log>>,
    group: Option<Group>,
}

#[derive(Debug, Default)]
struct Log {
    lines: Vec<String>,
    /// Of the outputs that are still open; 0 when the program has ended.
    open: usize,
}

impl Served {
    /// A program that understands `serve --data FOLDER --listen ADDRESS`, prints
    /// `listening on http://127.0.0.1:PORT` and then answers `/healthz` with 200.
    pub fn program(program: impl Into<PathBuf>) -> ServedBuilder {
        ServedBuilder { program: program.into(), data: None, arguments: Vec::new(), environment: Vec::new() }
    }

    /// `http://127.0.0.1:<port>`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The default index: `http://127.0.0.1:<port>/simple/`.
    pub fn simple_url(&self) -> String {
        format!("{}/simple/", self.url())
    }

    /// A named index: `http://127.0.0.1:<port>/pypi/<index>/simple/`.
    pub fn index_url(&self, index: &str) -> String {
        format!("{}/pypi/{index}/simple/", self.url())
    }

    /// The port, which stays the same over restarts.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder it keeps its data in.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The process while it runs.
    pub fn pid(&self) -> Option<u32> {
        self.group.as_ref().map(|group| group.child.id())
    }

    /// All it has said on both outputs since the first start.
    pub fn log(&self) -> String {
        self.log.read(|log| log.lines.join("\n"))
    }

    /// Blocks until a line of the log contains these words; panics after a minute.
    pub fn wait_for_log(&self, words: &str) {
        self.log
            .wait(&format!("{words:?} in the log"), |log| log.lines.iter().any(|line| line.contains(words)));
    }

    /// Asks it to stop (SIGTERM) and waits; panics when that takes longer than a minute.
    #[track_caller]
    pub fn terminate(&mut self) -> ExitStatus {
        let mut group = self.group.take().expect("the program runs");
        group.signal(Signal::TERM);
        group.wait(PATIENCE).unwrap_or_else(|| panic!("SIGTERM did not stop it\n{}", self.log()))
    }

    /// Kills it (SIGKILL), at whatever point it is.
    pub fn kill9(&mut self) {
        self.group = None;
    }

    /// Starts it again after [`Self::terminate`] or [`Self::kill9`]: same data, same port.
    #[track_caller]
    pub fn start_again(&mut self) {
        assert!(self.group.is_none(), "the program runs");
        if let Err(failed) = self.launch() {
            panic!("{failed}");
        }
    }

    /// Stops it as [`Self::terminate`] does and starts it again.
    #[track_caller]
    pub fn restart(&mut self) {
        self.terminate();
        self.start_again();
    }

    /// Runs the same program with other arguments, in the same environment, to its end.
    pub fn run<A: Into<OsString>>(&self, arguments: impl IntoIterator<Item = A>) -> Ran {
        let mut command = self.command();
        command.args(arguments.into_iter().map(Into::into));
        process::run(command, PATIENCE)
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.how.program);
        process::clean(&mut command, self.home.path(), SEARCH);
        command.envs(self.how.environment.iter().map(|(name, value)| (name, value)));
        command.current_dir(self.home.path());
        command
    }

    fn launch(&mut self) -> Result<(), Ran> {
        let mut command = self.command();
        command.arg("serve").arg("--data").arg(&self.data);
        command.arg("--listen").arg(format!("127.0.0.1:{}", self.port)).args(&self.how.arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let program = self.how.program.display();
        let mut group = Group::spawn(&mut command).unwrap_or_else(|error| panic!("{program}: {error}"));
        // What the program before this one said last must not be taken for this one's end.
        self.log.wait("the outputs of the program before to end", |log| log.open == 0);
        let before = self.log.read(|log| log.lines.len());
        self.log.change(|log| log.open = 2);
        follow(group.child.stdout.take().expect("piped"), &self.log);
        follow(group.child.stderr.take().expect("piped"), &self.log);
        self.group = Some(group);

        let announced = |log: &Log| log.lines[before..].iter().find_map(|line| port_in(line));
        self.log.wait("the line \"listening on http://127.0.0.1:PORT\"", |log| {
            announced(log).is_some() || log.open == 0
        });
        let Some(port) = self.log.read(announced) else { return Err(self.ended(before)) };
        self.port = port;
        self.until_healthy(before)
    }

    fn until_healthy(&mut self, before: usize) -> Result<(), Ran> {
        let url = format!("{}/healthz", self.url());
        let end = Instant::now() + PATIENCE;
        loop {
            let answer = get(&url, &[]);
            if answer.as_ref().is_ok_and(|answer| answer.status == 200) {
                return Ok(());
            }
            if self.log.read(|log| log.open == 0) {
                return Err(self.ended(before));
            }
            assert!(Instant::now() < end, "{url} is not 200 but {answer:?}\n{}", self.log());
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    fn ended(&mut self, before: usize) -> Ran {
        let status = self.group.take().and_then(|mut group| group.wait(PATIENCE));
        Ran {
            command: format!("{} serve", self.how.program.display()),
            code: status.and_then(|status| status.code()),
            timed_out: status.is_none(),
            stdout: self.log.read(|log| log.lines[before..].join("\n")),
            stderr: String::new(),
        }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.group = None;
        if std::thread::panicking() {
            let lines = self.log.read(|log| log.lines.clone());
            let end = lines[lines.len().saturating_sub(60)..].join("\n");
            let program = self.how.program.display();
            #[expect(clippy::print_stderr, reason = "a failing test shows what the program said")]
            {
                eprintln!("--- the end of what {program} said\n{end}\n---");
            }
        }
    }
}

fn port_in(line: &str) -> Option<u16> {
    let (_, rest) = line.split_once("listening on http://127.0.0.1:")?;
    let digits = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

fn follow(pipe: impl Read + Send + 'static, log: &Arc<Watched<Log>>) {
    let log = Arc::clone(log);
    std::thread::spawn(move || {
        let mut reader = BufReader::new(pipe);
        let mut line = Vec::new();
        while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
            let text = String::from_utf8_lossy(&line).trim_end().to_owned();
            log.change(|log| log.lines.push(text));
            line.clear();
        }
        log.change(|log| log.open = log.open.saturating_sub(1));
    });
}
