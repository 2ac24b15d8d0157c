//! Child processes that see nothing of this machine's settings and leave nothing behind.

use std::fmt;
use std::io::Read;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// What a program said and how it ended.
#[derive(Debug, Clone)]
pub struct Ran {
    /// The program and its arguments, for messages.
    pub command: String,
    /// The exit code; `None` when a signal ended it.
    pub code: Option<i32>,
    /// Whether it was killed because it took too long.
    pub timed_out: bool,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Ran {
    /// Whether it ended with 0.
    pub fn success(&self) -> bool {
        self.code == Some(0)
    }

    /// Both outputs, one after the other.
    pub fn text(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// Both outputs with every run of white space, and so every line break a client put in, as one space.
    pub fn unwrapped(&self) -> String {
        self.text().split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Panics with all that was said unless it succeeded.
    #[track_caller]
    pub fn assert_success(&self) -> &Self {
        assert!(self.success(), "expected success\n{self}");
        self
    }

    /// Panics with all that was said unless it ended by itself with an exit code other than 0.
    #[track_caller]
    pub fn assert_failure(&self) -> &Self {
        assert!(self.code.is_some_and(|code| code != 0), "expected a failure\n{self}");
        self
    }

    /// Panics with all that was said unless these words stand in it, wherever lines were broken.
    #[track_caller]
    pub fn assert_says(&self, words: &str) -> &Self {
        assert!(self.unwrapped().contains(words), "expected to read {words:?}\n{self}");
        self
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let end = match (self.timed_out, self.code) {
            (true, _) => "took too long".to_owned(),
            (false, Some(code)) => format!("exit code {code}"),
            (false, None) => "ended by a signal".to_owned(),
        };
        write!(f, "$ {}\n[{end}]\n--- stdout\n{}\n--- stderr\n{}", self.command, self.stdout, self.stderr)
    }
}

/// Takes everything of this process's environment away and gives the program a home of its own.
pub(crate) fn clean(command: &mut Command, home: &Path, search: &str) {
    command.env_clear();
    command.env("PATH", search).env("HOME", home).env("LANG", "C.UTF-8").env("TERM", "dumb");
    command.env("TMPDIR", home).env("XDG_CONFIG_DIRS", home.join(".none"));
    for (name, folder) in [
        ("XDG_CONFIG_HOME", ".config"),
        ("XDG_CACHE_HOME", ".cache"),
        ("XDG_DATA_HOME", ".local/share"),
        ("XDG_STATE_HOME", ".local/state"),
    ] {
        command.env(name, home.join(folder));
    }
    // Where coverage is measured, the program's counts too.
    if let Some(profile) = std::env::var_os("LLVM_PROFILE_FILE") {
        command.env("LLVM_PROFILE_FILE", profile);
    }
}

/// Runs a program to its end, or kills it and all it started when the limit is reached.
pub(crate) fn run(mut command: Command, limit: Duration) -> Ran {
    let line = describe(&command);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut group = Group::spawn(&mut command).unwrap_or_else(|error| panic!("{line}: {error}"));
    let (stdout, stderr) = (collect(group.child.stdout.take()), collect(group.child.stderr.take()));
    let status = group.wait(limit);
    // Grandchildren may hold the pipes open.
    drop(group);
    Ran {
        command: line,
        code: status.and_then(|status| status.code()),
        timed_out: status.is_none(),
        stdout: stdout.join().unwrap_or_default(),
        stderr: stderr.join().unwrap_or_default(),
    }
}

fn collect(pipe: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        let _ = pipe.map(|mut pipe| pipe.read_to_end(&mut bytes));
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

fn describe(command: &Command) -> String {
    let words = std::iter::once(command.get_program()).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

/// A child that leads a process group of its own; the whole group is killed when this is dropped.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) child: Child,
}

impl Group {
    pub(crate) fn spawn(command: &mut Command) -> std::io::Result<Self> {
        Ok(Self { child: command.process_group(0).spawn()? })
    }

    /// Signals the child and all that it started and that stayed in its group.
    pub(crate) fn signal(&self, signal: Signal) {
        if let Some(pid) = Pid::from_raw(self.child.id() as i32) {
            let _ = kill_process_group(pid, signal);
        }
    }

    /// The status once it has ended; `None` when the limit is reached first.
    pub(crate) fn wait(&mut self, limit: Duration) -> Option<ExitStatus> {
        let end = Instant::now() + limit;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child can be waited for") {
                return Some(status);
            }
            if Instant::now() >= end {
                return None;
            }
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.signal(Signal::KILL);
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, limit: Duration) -> Ran {
        let home = tempfile::tempdir().expect("a folder");
        let mut command = Command::new("/bin/sh");
        clean(&mut command, home.path(), "/usr/bin:/bin");
        command.args(["-c", script]);
        run(command, limit)
    }

    #[test]
    fn says_how_it_ended() {
        let ran = shell("echo out; echo err >&2; exit 3", Duration::from_mins(1));
        assert_eq!((ran.code, ran.stdout.as_str(), ran.stderr.as_str()), (Some(3), "out\n", "err\n"));
        ran.assert_failure().assert_says("out err");
    }

    #[test]
    fn nothing_of_the_machine_leaks_in() {
        let ran = shell("env", Duration::from_mins(1));
        let allowed = ["PATH", "HOME", "LANG", "TERM", "TMPDIR", "PWD", "SHLVL", "_", "LLVM_PROFILE_FILE"];
        for line in ran.stdout.lines() {
            let name = line.split('=').next().unwrap_or_default();
            assert!(allowed.contains(&name) || name.starts_with("XDG_"), "{line}");
        }
    }

    #[test]
    fn what_takes_too_long_is_killed_with_all_it_started() {
        let ran = shell("sleep 600 & echo $!; wait", Duration::from_millis(300));
        assert!(ran.timed_out, "{ran}");
        let grandchild = ran.stdout.trim();
        let state = std::fs::read_to_string(format!("/proc/{grandchild}/stat")).unwrap_or_default();
        // Gone, or a zombie that nobody has collected yet.
        assert!(state.is_empty() || state.contains(") Z "), "{state}");
    }
}
