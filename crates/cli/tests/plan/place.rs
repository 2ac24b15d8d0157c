//! A folder of its own for each test, with tables of the forms that the real ones have.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use packhouse_testkit::Ran;
use serde_json::Value;

/// A folder, where the program runs. Its data are in `data`.
pub(crate) struct Place {
    pub(crate) folder: PathBuf,
}

impl Place {
    /// An empty folder; `name` is unique among the tests.
    pub(crate) fn new(name: &str) -> Self {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("plan-{name}"));
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        Self { folder }
    }

    /// A folder with everything imported: 300 packages of which three need each other, their owners, two incidents.
    pub(crate) fn with_data(name: &str) -> Self {
        let place = Self::new(name);
        place.write("pypi_downloads_2023-01-01.csv.gz", packed(downloads().as_bytes()));
        place.write("pypi_dependencies_2023-01-02.csv", DEPENDENCIES);
        place.write("owners_2020-12-23.csv", "package,owner_id\nidna,o1\nrequests,o1\nrequests,o2\np3,o3\n");
        place.write("incidents.csv", INCIDENTS);
        let files = [
            "pypi_downloads_2023-01-01.csv.gz",
            "pypi_dependencies_2023-01-02.csv",
            "owners_2020-12-23.csv",
            "incidents.csv",
        ];
        let mut arguments = vec!["import"];
        arguments.extend(files);
        place.plan(&arguments).assert_success();
        place
    }

    /// Writes a file there.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.folder.join(name), bytes).expect("a file in the test's folder");
    }

    /// `packhouse plan …`, not started.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_packhouse"));
        command.args(["plan", "--data", "data"]).args(arguments).current_dir(&self.folder);
        command.stdin(Stdio::null()).env_clear().env("HOME", &self.folder);
        command
    }

    /// Runs `packhouse plan …` to its end.
    pub(crate) fn plan(&self, arguments: &[&str]) -> Ran {
        let output = self.command(arguments).output().expect("the program starts");
        Ran {
            command: format!("packhouse plan {}", arguments.join(" ")),
            code: output.status.code(),
            timed_out: false,
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }

    /// The same with `--json`, which has to succeed.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json");
        let ran = self.plan(&all);
        ran.assert_success();
        serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}\n{ran}"))
    }

    /// What the manifest says was imported.
    pub(crate) fn manifest(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.folder.join("data/plan/manifest.json"));
        text.map_or_else(|_| Vec::new(), |text| serde_json::from_str(&text).expect("a list"))
    }

    /// How many data sets were imported.
    pub(crate) fn kept(&self) -> usize {
        self.manifest().len()
    }

    /// Whether nothing was left behind that does not stand in the manifest.
    pub(crate) fn is_whole(&self) -> bool {
        let raw = std::fs::read_dir(self.folder.join("data/plan/raw"));
        raw.map_or(0, Iterator::count) == self.kept()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// Packs with gzip.
pub(crate) fn packed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory");
    encoder.finish().expect("memory")
}

/// 300 packages, each downloaded half as often as … a third, a quarter: as real lists fall.
pub(crate) fn downloads() -> String {
    let names = |rank: usize| match rank {
        1 => "idna".to_owned(),
        2 => "requests".to_owned(),
        other => format!("p{other}"),
    };
    let rows = (1..=300).map(|rank| format!("{rank},{},{}\n", names(rank), 1_000_000 / rank));
    std::iter::once("rank,package,downloads_30d\n".to_owned()).chain(rows).collect()
}

const DEPENDENCIES: &str = "package,version,source,dependency,specifier,marker,extra\n\
    requests,2.31.0,wheel,idna,>=2.5,,\n\
    requests,2.31.0,wheel,pysocks,>=1.5,,socks\n\
    app,1.0,wheel,requests,,,\n\
    app,1.0,wheel,enum34,,\"python_version < '3.4'\",\n";

const INCIDENTS: &str = "date,ecosystem,packages,technique\n\
    2023-06-01,PyPI,\"p3, p4 (both of one account)\",stolen token\n\
    2023-07-01,PyPI,never-listed,typosquat\n\
    2022-01-01,PyPI,p9,before any data\n\
    2023-08-01,npm,left-pad,another registry\n";
