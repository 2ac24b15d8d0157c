//! A folder of its own for each test, and the program in it with nothing of this machine's settings.

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read};
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::Duration;

use packhouse_testkit::{BuiltFile, FakeUpstream, Fault, Ran, Sdist, Upload, Wheel};
use serde_json::Value;

/// A folder, where the program runs.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
}

impl Place {
    /// An empty folder; `name` is unique among the tests.
    pub(crate) fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("command-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        Self { folder }
    }

    /// Writes a file there.
    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = self.folder.join(name);
        std::fs::write(&path, text).expect("a file in the test's folder");
        path
    }

    /// The program, not yet started. It finds no other program: no pip and no uv that could name an upstream.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_packhouse"));
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::null()).env_clear();
        command.env("HOME", &self.folder).env("PATH", self.folder.join("no-programs"));
        command.env("XDG_CONFIG_HOME", self.folder.join("config"));
        command.env("XDG_CONFIG_DIRS", self.folder.join("config"));
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, &[])
    }

    /// Runs the program to its end with these environment variables.
    pub(crate) fn run_with(&self, arguments: &[&str], environment: &[(&str, &str)]) -> Ran {
        let mut command = self.command(arguments);
        command.envs(environment.iter().copied()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stdout = collect(child.stdout.take().expect("piped"));
        let stderr = collect(child.stderr.take().expect("piped"));
        // One that goes on is killed: what it said is then in the message.
        let ended = (0..3_000).find_map(|_| {
            std::thread::sleep(Duration::from_millis(10));
            child.try_wait().expect("a child can be asked")
        });
        let _ = child.kill();
        let _ = child.wait();
        Ran {
            command: format!("packhouse {}", arguments.join(" ")),
            code: ended.and_then(|status| status.code()),
            timed_out: ended.is_none(),
            stdout: stdout.join().expect("UTF-8"),
            stderr: stderr.join().expect("UTF-8"),
        }
    }

    /// Starts `serve` (or another command that goes on) and waits for its first line.
    pub(crate) fn start(&self, arguments: &[&str]) -> Running {
        let errors = File::create(self.folder.join("stderr")).expect("a file for the log");
        let mut command = self.command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(errors).spawn().expect("the program starts");
        let mut lines = BufReader::new(child.stdout.take().expect("piped"));
        let mut first = String::new();
        lines.read_line(&mut first).expect("UTF-8");
        let running = Running { child, lines, first, log: self.folder.join("stderr") };
        assert!(!running.first.is_empty(), "it ended at once: {}", running.log());
        running
    }
}

fn collect(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).expect("UTF-8");
        text
    })
}

impl Drop for Place {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// The program while it runs; killed when dropped.
pub(crate) struct Running {
    child: Child,
    lines: BufReader<ChildStdout>,
    /// The first line of its standard output.
    pub(crate) first: String,
    log: PathBuf,
}

impl Running {
    /// `http://127.0.0.1:<port>`, from the first line.
    pub(crate) fn url(&self) -> String {
        let at =
            self.first.find("http://127.0.0.1:").unwrap_or_else(|| panic!("no address in {:?}", self.first));
        self.first[at..].chars().take_while(|c| !c.is_whitespace() && *c != '"').collect()
    }

    /// Further lines of its standard output, up to one that contains `words`.
    pub(crate) fn read_until(&mut self, words: &str) -> String {
        let mut text = self.first.clone();
        while !text.contains(words) {
            let read = self.lines.read_line(&mut text).expect("UTF-8");
            assert!(read > 0, "it ended before it said {words:?}:\n{text}\n{}", self.log());
        }
        text
    }

    /// What stands on its standard error so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// Waits for words on its standard error.
    pub(crate) fn wait_for_log(&self, words: &str) {
        patiently(&format!("{words:?} in the log"), || self.log().contains(words).then_some(()));
    }

    /// Sends a signal: `TERM`, `INT`.
    pub(crate) fn signal(&self, name: &str) {
        let script = format!("kill -{name} {}", self.child.id());
        let sent = Command::new("/bin/sh").args(["-c", &script]).status().expect("a shell");
        assert!(sent.success(), "{script}: {sent}");
    }

    /// Whether it still runs.
    pub(crate) fn runs(&mut self) -> bool {
        self.child.try_wait().expect("a child can be asked").is_none()
    }

    /// Waits for its end.
    pub(crate) fn wait(&mut self) -> ExitStatus {
        let child = &mut self.child;
        patiently("the program to end", || child.try_wait().expect("a child can be asked"))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            #[expect(clippy::print_stderr, reason = "a failing test shows what the program said")]
            {
                eprintln!("--- {}", self.log());
            }
        }
    }
}

/// Looks again and again; panics when that takes a minute.
pub(crate) fn patiently<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..6_000 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("waited a minute for {what}");
}

/// The JSON on standard output, which is nothing but that.
pub(crate) fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("no JSON ({error})\n{ran}"))
}

/// Panics unless it ended with this code.
#[track_caller]
pub(crate) fn ends_with(ran: &Ran, code: i32) {
    assert_eq!(ran.code, Some(code), "{ran}");
}

/// What the upstream of these tests holds.
pub(crate) struct Shop {
    pub(crate) upstream: FakeUpstream,
    /// Old: served.
    pub(crate) six: BuiltFile,
    /// Its sdist: refused beside a wheel.
    pub(crate) six_sdist: BuiltFile,
    /// An hour old: held back.
    pub(crate) newborn: BuiltFile,
}

impl Shop {
    pub(crate) fn open() -> Self {
        let upstream = FakeUpstream::start();
        let six = Wheel::named("six").version("1.17.0").build();
        let six_sdist = Sdist::named("six").version("1.17.0").build();
        let newborn = Wheel::named("newborn").version("1.0").build();
        upstream.publish(Upload::of(six.clone()));
        upstream.publish(Upload::of(six_sdist.clone()));
        upstream.publish(Upload::of(newborn.clone()).age(Duration::from_hours(1)));
        upstream.publish(Wheel::named("denied").build());
        Self { upstream, six, six_sdist, newborn }
    }

    pub(crate) fn url(&self) -> String {
        self.upstream.simple_url()
    }

    /// Hangs up on everybody who asks.
    pub(crate) fn close(&self) {
        self.upstream.fail_all(Fault::Hangup);
    }

    /// Answers again.
    pub(crate) fn reopen(&self) {
        self.upstream.heal_all();
    }
}
