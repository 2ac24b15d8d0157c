//! A lock, made on one machine and installed from on others: the lock file of uv, Poetry and PDM; for pip, requirements
//! with the hashes of our page; for `uv pip`, what `uv pip compile --generate-hashes` writes.

use packhouse_testkit::{Client, ClientRun, Ran};

use crate::world::{fresh, listed};

/// Whose lock, and in which form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// `uv.lock`, `poetry.lock`, `pdm.lock` beside `pyproject.toml`.
    Project,
    /// `requirements.txt` with hashes.
    Hashes,
}

/// A lock that any machine can install from.
pub(crate) struct Lock {
    pub(crate) client: Client,
    pub(crate) form: Form,
    requirement: String,
    pub(crate) text: String,
}

impl Lock {
    /// Locks the project's requirement against `index`; nothing is installed.
    pub(crate) fn of_project(client: Client, index: &str, requirement: &str) -> Self {
        let run = fresh(client);
        run.project(index, &[requirement]);
        run.lock(&[]).assert_success();
        assert!(run.installed().is_empty(), "{client:?} installs nothing when it locks");
        let text = run.lock_file();
        assert!(text.contains("sha256:"), "{text}");
        Self { client, form: Form::Project, requirement: requirement.into(), text }
    }

    /// Requirements for pip with every hash that the pages of `index` show for these versions.
    pub(crate) fn of_pages(client: Client, index: &str, versions: &[(&str, &str)]) -> Self {
        let mut text = String::new();
        for (name, version) in versions {
            text.push_str(&format!("{name}=={version}"));
            let start = format!("{name}-{version}-");
            for file in listed(index, name) {
                if file["filename"].as_str().is_some_and(|filename| filename.starts_with(&start)) {
                    let sha256 = file["hashes"]["sha256"].as_str().expect("every file has a sha256");
                    text.push_str(&format!(" --hash=sha256:{sha256}"));
                }
            }
            text.push('\n');
        }
        Self { client, form: Form::Hashes, requirement: String::new(), text }
    }

    /// What `uv pip compile --generate-hashes` writes for the requirement, for `client` to install from.
    pub(crate) fn compiled(client: Client, index: &str, requirement: &str) -> Self {
        let ran = fresh(Client::Uv).compile(index, &[requirement], &["--generate-hashes"]);
        ran.assert_success();
        assert!(ran.stdout.contains("--hash=sha256:"), "{ran}");
        Self { client, form: Form::Hashes, requirement: String::new(), text: ran.stdout }
    }

    /// The lock on a fresh machine, whose project asks `index`.
    pub(crate) fn machine(&self, index: &str) -> ClientRun {
        let run = fresh(self.client);
        if self.form == Form::Project {
            run.project(index, &[&self.requirement]);
            run.write(&format!("{}.lock", self.client.pin().0), &self.text);
        } else {
            run.write("requirements.txt", &self.text);
        }
        run
    }

    /// Installs from the lock on that machine.
    pub(crate) fn install_on(&self, run: &ClientRun, index: &str) -> Ran {
        if self.form == Form::Project {
            let ran = run.sync(&[]);
            assert_eq!(run.lock_file(), self.text, "installing leaves the lock as it is");
            ran
        } else {
            run.install(index, &[], &["--require-hashes", "--requirement", "requirements.txt"])
        }
    }

    /// Installs from the lock on a fresh machine.
    pub(crate) fn install(&self, index: &str) -> (ClientRun, Ran) {
        let run = self.machine(index);
        let ran = self.install_on(&run, index);
        (run, ran)
    }
}
