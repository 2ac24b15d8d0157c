use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use tokio::sync::Mutex;

use crate::discover::{Found, NotFound, Surroundings, discover};

/// A program that another thread is just starting inherits, for a moment, the handle through which a script is
/// being written, and a script that is open for writing cannot be started. So: one of these tests at a time.
static PROGRAMS: Mutex<()> = Mutex::const_new(());

/// A machine with a home, an `/etc`, and programs that say what they are told to.
struct Machine {
    folder: TempDir,
    surroundings: Surroundings,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        for name in ["bin", "home", "etc"] {
            fs::create_dir(at(name)).unwrap();
        }
        let surroundings = Surroundings {
            variables: BTreeMap::new(),
            home: Some(at("home")),
            path: vec![at("nowhere"), at("bin")],
            cwd: at("home"),
            etc: at("etc"),
            patience: Duration::from_secs(30),
        };
        Self { folder, surroundings }
    }

    fn variable(mut self, name: &str, value: &str) -> Self {
        self.surroundings.variables.insert(name.to_owned(), value.to_owned());
        self
    }

    fn file(self, name: &str, text: &str) -> Self {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
        self
    }

    fn program(self, name: &str, script: &str) -> Self {
        let path = self.folder.path().join("bin").join(name);
        let this = self.file(&format!("bin/{name}"), &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
        this
    }

    async fn discover(&self) -> Result<Found, NotFound> {
        discover(&self.surroundings, |url| url.host_str() == Some("self.invalid")).await
    }

    async fn finds(&self, url: &str, source: &str) {
        let found = self.discover().await.unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(found.url.expose().as_str(), url);
        let home = self.folder.path().to_str().unwrap();
        assert_eq!(found.source.replace(home, ""), source);
    }
}

/// A pip with nothing configured.
const EMPTY_PIP: &str = "echo 'ERROR: No such key - global.index-url' >&2; exit 1";
const GLOBAL_PIP: &str =
    "[ \"$*\" = 'config get global.index-url' ] && echo https://pip.invalid/simple && exit
echo \"ERROR: No such key - $3\" >&2; exit 1";
const BUILT_IN: &str =
    "[ \"$1\" = -c ] && echo https://built-in.invalid/simple && exit; echo 'No such key' >&2; exit 1";

#[tokio::test]
async fn the_places_in_their_order() {
    let _one = PROGRAMS.lock().await;
    let uv = "[[index]]\nurl = 'https://uv.invalid/simple'\ndefault = true\n";
    let mut machine = Machine::new().program("python3", BUILT_IN);
    let python = "the default of the pip of /bin/python3";
    machine.finds("https://built-in.invalid/simple/", python).await;
    machine = machine.program("pip", EMPTY_PIP);
    machine.finds("https://built-in.invalid/simple/", python).await;
    machine = machine.file("etc/uv/uv.toml", "index-url = 'https://etc.invalid/'");
    machine.finds("https://etc.invalid/", "/etc/uv/uv.toml (index-url)").await;
    machine = machine.file("etc/xdg/uv/uv.toml", "[pip]\nindex-url = 'https://xdg.invalid/'");
    machine.finds("https://xdg.invalid/", "/etc/xdg/uv/uv.toml (index-url of [pip])").await;
    machine = machine.file("home/.config/uv/uv.toml", uv);
    machine.finds("https://uv.invalid/simple/", "/home/.config/uv/uv.toml (the default of [[index]])").await;
    machine = machine.program("pip", GLOBAL_PIP);
    machine
        .finds("https://pip.invalid/simple/", "pip's configuration (global.index-url, from `pip config get`)")
        .await;
    machine = machine.variable("UV_INDEX_URL", "https://uv-old.invalid/simple/");
    machine.finds("https://uv-old.invalid/simple/", "the environment variable UV_INDEX_URL").await;
    machine = machine.variable("UV_DEFAULT_INDEX", "work=https://uv-new.invalid/simple/");
    machine.finds("https://uv-new.invalid/simple/", "the environment variable UV_DEFAULT_INDEX").await;
    machine = machine.variable("PIP_INDEX_URL", " https://me:pw@env.invalid/simple ");
    machine.finds("https://me:pw@env.invalid/simple/", "the environment variable PIP_INDEX_URL").await;
}

#[tokio::test]
async fn packhouse_itself_and_what_cannot_be_asked_is_passed_over() {
    let _one = PROGRAMS.lock().await;
    let machine = Machine::new()
        .variable("PIP_INDEX_URL", "http://self.invalid/simple/")
        .variable("UV_DEFAULT_INDEX", "file:///srv/index")
        .variable("UV_INDEX_URL", "")
        .variable("XDG_CONFIG_HOME", "/proc/nowhere")
        .variable("XDG_CONFIG_DIRS", "relative:/proc/nothing")
        .file("etc/uv/uv.toml", "this is = no toml")
        .program("pip", "echo http://self.invalid/simple/")
        .program("python3", BUILT_IN);
    machine.finds("https://built-in.invalid/simple/", "the default of the pip of /bin/python3").await;
}

#[tokio::test]
async fn a_broken_pip_is_not_the_last_word() {
    let _one = PROGRAMS.lock().await;
    let machine = Machine::new()
        .program("pip", "echo 'pip: command not found' >&2; exit 127")
        .program("pip3", "exec /nowhere/python")
        .program("python3", "[ \"$*\" = '-m pip config get install.index-url' ] && echo https://module.invalid/s && exit; exit 1");
    let source = "pip's configuration (install.index-url, from `python3 -m pip config get`)";
    machine.finds("https://module.invalid/s/", source).await;
}

#[tokio::test]
async fn the_python_of_pip_is_asked_when_there_is_no_other() {
    let _one = PROGRAMS.lock().await;
    let machine = Machine::new().program("python-of-pip", BUILT_IN);
    let python = machine.folder.path().join("bin/python-of-pip");
    let pip = format!("'''exec' \"{}\" \"$0\" \"$@\"", python.display());
    let machine = machine.program("pip", &pip);
    machine.finds("https://built-in.invalid/simple/", "the default of the pip of /bin/python-of-pip").await;
}

#[tokio::test]
async fn programs_get_only_the_environment_they_are_given() {
    let _one = PROGRAMS.lock().await;
    let machine = Machine::new()
        .variable("PIP_CONFIG_FILE", "pip.conf")
        .program("pip", "echo https://$PIP_CONFIG_FILE.$PIP_NO_INPUT.invalid/${HOME##*/}/${PWD##*/}/${CARGO_MANIFEST_DIR:-none}");
    let source = "pip's configuration (install.index-url, from `pip config get`)";
    machine.finds("https://pip.conf.1.invalid/home/home/none/", source).await;
}

#[tokio::test]
async fn nothing_found_says_what_was_tried_and_what_to_do() {
    let _one = PROGRAMS.lock().await;
    let machine = Machine::new()
        .variable("PIP_INDEX_URL", "https://me:secret@self.invalid/simple")
        .variable("UV_INDEX_URL", "no url: secret")
        .file("home/.config/uv/uv.toml", "cache-dir = 'x'")
        .file("etc/uv/uv.toml", "index-url = 'https://me:secret@")
        .program("pip", "exit 3")
        .program("python3", "exit 1");
    let error = machine.discover().await.unwrap_err();
    let root = machine.folder.path().to_str().unwrap();
    assert_eq!(
        error.to_string().replace(root, ""),
        "no upstream index was found on this machine. What was tried:
  - the environment variable PIP_INDEX_URL names this Packhouse itself (https://***@self.invalid/simple)
  - the environment variable UV_DEFAULT_INDEX is not set
  - the environment variable UV_INDEX_URL cannot be used: it is not a URL; expected the form https://host/simple/
  - pip's configuration cannot be read: `pip config get` failed, pip3 is not installed, `python3 -m pip config get` failed
  - /home/.config/uv/uv.toml names no default index
  - /etc/uv/uv.toml is not valid TOML
  - the default of the pip of /bin/python3 cannot be had: it has no pip
Give one with --upstream URL, with the environment variable PACKHOUSE_UPSTREAM_URL, or as upstream.url in packhouse.toml."
    );
    let empty = Machine::new();
    let error = discover(&empty.surroundings, |_| false).await.unwrap_err().to_string();
    assert!(
        error.contains("the default of an installed pip cannot be had: neither pip nor python3 is installed"),
        "{error}"
    );
}

#[tokio::test]
async fn a_program_that_hangs_is_given_up() {
    let _one = PROGRAMS.lock().await;
    let mut machine = Machine::new().program("pip", "exec /bin/sleep 1000");
    machine.surroundings.patience = Duration::from_millis(50);
    let error = machine.discover().await.unwrap_err();
    let pip = error.tried.iter().find(|tried| tried.place == "pip's configuration").unwrap();
    assert!(pip.outcome.contains("`pip config get` did not end within 50ms"), "{}", pip.outcome);
}

/// The machine's own pip, where there is one, is understood.
#[tokio::test]
#[ignore = "needs a pip on the machine"]
async fn this_machine() {
    let _one = PROGRAMS.lock().await;
    let found = discover(&Surroundings::current(), |_| false).await.unwrap();
    assert!(found.url.expose().path().ends_with('/') && !found.source.is_empty());
    assert!(Path::new("/etc").is_dir());
}
