//! What people do with their client, in each client's own words.
//!
//! | | pip | uv | Poetry | PDM |
//! |---|---|---|---|---|
//! | install | `pip install` | `uv pip install` | project, lock, sync | project, lock, sync |
//! | download | `pip download` | | | |
//! | compile | | `uv pip compile` | | |
//! | project | | `[[tool.uv.index]]` | `[[tool.poetry.source]]` | `[[tool.pdm.source]]` |
//! | lock | | `uv lock` | `poetry lock` | `pdm lock` |
//! | sync | | `uv sync --frozen` | `poetry install` | `pdm sync` |

use std::fmt::Write as _;
use std::fs;

use super::{Client, ClientRun};
use crate::process::Ran;

impl ClientRun {
    /// Installs requirements from an index and from nowhere else. For Poetry and PDM this makes a project of
    /// them, locks it and installs from the lock; the result is that of the first step that fails.
    pub fn install(&self, index: &str, requirements: &[&str], extra: &[&str]) -> Ran {
        match self.client() {
            Client::Pip | Client::OldPip => {
                let venv = self.venv().join("bin/python").display().to_string();
                let words = ["--python", &venv, "install", "--index-url", index];
                self.run([&words[..], extra, requirements].concat())
            }
            Client::Uv => {
                let venv = self.venv().display().to_string();
                let words = ["pip", "install", "--python", &venv, "--default-index", index];
                self.run([&words[..], extra, requirements].concat())
            }
            Client::Poetry | Client::Pdm => {
                self.project(index, requirements);
                let locked = self.lock(extra);
                if locked.success() { self.sync(&[]) } else { locked }
            }
        }
    }

    /// `pip download` into the folder `downloads` of the project; see [`Self::downloads`].
    pub fn download(&self, index: &str, requirements: &[&str], extra: &[&str]) -> Ran {
        self.only(&[Client::Pip, Client::OldPip], "download");
        let words = ["download", "--dest", "downloads", "--index-url", index];
        self.run([&words[..], extra, requirements].concat())
    }

    /// The names of the files that [`Self::download`] has put down, sorted.
    pub fn downloads(&self) -> Vec<String> {
        let entries = fs::read_dir(self.project_folder().join("downloads")).into_iter().flatten();
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// `uv pip compile` of these requirements; the result stands on standard output.
    pub fn compile(&self, index: &str, requirements: &[&str], extra: &[&str]) -> Ran {
        self.only(&[Client::Uv], "compile");
        self.write("requirements.in", &requirements.join("\n"));
        let words = ["pip", "compile", "requirements.in", "--default-index", index];
        self.run([&words[..], extra].concat())
    }

    /// Writes `pyproject.toml`: a project that needs these and asks one index only.
    pub fn project(&self, index: &str, requirements: &[&str]) {
        self.only(&Client::LOCKING, "have projects");
        let list: Vec<String> = requirements.iter().map(|one| format!("{one:?}")).collect();
        let mut text = format!(
            "[project]\nname = \"throwaway\"\nversion = \"0\"\nrequires-python = \">=3.11\"\n\
             dependencies = [{}]\n\n",
            list.join(", ")
        );
        let _ = match self.client() {
            Client::Uv => writeln!(
                text,
                "[tool.uv]\npackage = false\n\n[[tool.uv.index]]\nname = \"packhouse\"\nurl = {index:?}\ndefault = true"
            ),
            Client::Poetry => writeln!(
                text,
                "[tool.poetry]\npackage-mode = false\n\n[[tool.poetry.source]]\nname = \"packhouse\"\nurl = {index:?}\n\
                 priority = \"primary\""
            ),
            // A source of this very name takes the place of the built-in one.
            _ => writeln!(
                text,
                "[tool.pdm]\ndistribution = false\n\n[[tool.pdm.source]]\nname = \"pypi\"\nurl = {index:?}\nverify_ssl = false"
            ),
        };
        self.write("pyproject.toml", &text);
    }

    /// Locks the project.
    pub fn lock(&self, extra: &[&str]) -> Ran {
        self.only(&Client::LOCKING, "lock");
        self.run([&["lock"], extra].concat())
    }

    /// Installs what the lock file says, without resolving again.
    pub fn sync(&self, extra: &[&str]) -> Ran {
        let words: &[&str] = match self.client() {
            Client::Uv => &["sync", "--frozen"],
            Client::Poetry => &["install"],
            Client::Pdm => &["sync"],
            Client::Pip | Client::OldPip => panic!("pip does not lock"),
        };
        self.run([words, extra].concat())
    }

    /// The text of the lock file.
    pub fn lock_file(&self) -> String {
        self.only(&Client::LOCKING, "lock");
        self.read(&format!("{}.lock", self.client().pin().0))
    }

    /// Empties the client's cache: what is asked for next is asked of the index.
    pub fn forget_cache(&self) {
        let cache = self.home().join(".cache");
        if cache.exists() {
            fs::remove_dir_all(&cache).unwrap_or_else(|error| panic!("{}: {error}", cache.display()));
        }
    }

    #[track_caller]
    fn only(&self, clients: &[Client], what: &str) {
        let client = self.client();
        assert!(clients.contains(&client), "{client:?} does not {what}");
    }
}
