use std::process::Command;

use packhouse_testkit::{BuiltFile, Client, FakeUpstream, Sdist, Wheel};

/// Checks a wheel as strictly as the standard library can: readable, and `RECORD` right in every row.
const CHECK: &str = "
import base64, csv, hashlib, io, sys, zipfile
archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None
record = next(name for name in archive.namelist() if name.endswith('.dist-info/RECORD'))
rows = list(csv.reader(io.StringIO(archive.read(record).decode())))
assert sorted(row[0] for row in rows) == sorted(archive.namelist()), rows
for path, digest, size in rows:
    if path == record: continue
    content = archive.read(path)
    assert int(size) == len(content), path
    assert digest == 'sha256=' + base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode(), path
print('good')
";

fn checked(file: &BuiltFile) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(&file.filename);
    std::fs::write(&path, &file.bytes).unwrap();
    let output = Command::new("python3").args(["-c", CHECK]).arg(&path).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "good\n", "{output:?}");
}

#[test]
fn wheels_are_valid() {
    checked(&Wheel::named("a").module("a/__init__.py", "x = 1\n").module("a/data.bin", [0; 5000]).build());
    checked(&Wheel::named("a").stored().padding(70_000).script("a", "a:main").build_tag("2").build());
}

#[test]
fn an_sdist_builds_without_a_network() {
    let Some(pip) = Client::Pip.ready() else { return };
    let upstream = FakeUpstream::start();
    let run = pip.fresh();
    let mark = run.home().join("was-built");
    let at_build = format!("open({:?}, 'w').close()", mark.display().to_string());
    upstream.publish(
        Sdist::named("Thing.X")
            .version("1.5")
            .module("thing_x/__init__.py", "answer = 42\n")
            .module("flat.py", "y = 2\n")
            .requires("dep")
            .at_build(&at_build)
            .build(),
    );
    upstream.publish(Wheel::named("dep").module("dep.py", "z = 3\n").script("dep-run", "dep:main").build());
    run.install(&upstream.simple_url(), &["thing.x"], &[]).assert_success();
    assert!(mark.exists(), "the back end ran");
    let installed = run.installed();
    assert_eq!((installed["thing-x"].as_str(), installed["dep"].as_str()), ("1.5", "1.0"));
    let ran = run.python("import thing_x, flat, dep; print(thing_x.answer, flat.y, dep.z)");
    assert_eq!(ran.assert_success().stdout, "42 2 3\n");
    assert!(run.venv().join("bin/dep-run").exists());
}
