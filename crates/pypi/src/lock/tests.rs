use super::*;

macro_rules! fixture {
    ($name:literal) => {
        include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/locks/", $name))
    };
}

mod properties;
mod recognised;

const SIX_WHEEL: &str = "4721f391ed90541fddacab5acf947aa0d3dc7d27b2e1e8eda2be8970586c3274";

/// One line for each package, one for each of its files, one for each skipped line.
fn shown(lockfile: &Lockfile) -> String {
    let mut shown = vec![lockfile.format.to_string()];
    for Locked { project, version, files, line, source } in &lockfile.packages {
        let version = version.as_deref().unwrap_or("?");
        let source = match source {
            Source::Index => "index",
            Source::Direct(url) => url,
            Source::Local => "local",
        };
        shown.push(format!("{line}: {project} {version} {source}"));
        for LockedFile { filename, sha256, url } in files {
            let filename = filename.as_deref().unwrap_or("-");
            let sha256 = sha256.map_or_else(|| "-".to_owned(), |sha256| sha256.hex()[..4].to_owned());
            let url = url.as_deref().map_or("", |url| if url.ends_with(filename) { " url" } else { url });
            shown.push(format!("{filename} {sha256}{url}"));
        }
    }
    let skipped = lockfile.skipped.iter().map(|Skipped { line, text, why }| format!("{line}! {text}: {why}"));
    shown.into_iter().chain(skipped).collect::<Vec<_>>().join("\n")
}

#[track_caller]
fn check(file_name: &str, text: &str, expected: &str) {
    let lockfile = read(file_name, text).expect(file_name);
    let lines = |text: &str| {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
    };
    assert_eq!(shown(&lockfile), lines(expected), "{file_name}");
}

/// What the tools wrote for `itsdangerous==2.2.0`, `Blinker==1.9.0` and six by URL.
#[test]
fn real_files_are_read() {
    const SIX_URL: &str = "https://files.upstream.invalid/packages/b7/ce/149a00dd41f10bc29e5921b496af8b574d8413afcd5e30dfa0\
                           ed46c2cc5e/six-1.17.0-py2.py3-none-any.whl";
    let both = |lines: [usize; 3], head: &str, url: &str, sdist_first: bool, six: &str| {
        let pair = |name: &str, wheel: &str, sdist: &str| {
            let mut pair =
                [format!("{name}-py3-none-any.whl {wheel}{url}"), format!("{name}.tar.gz {sdist}{url}")];
            if sdist_first {
                pair.reverse();
            }
            pair.join("\n")
        };
        let blinker = pair("blinker-1.9.0", "ba0e", "b4ce");
        let itsdangerous = pair("itsdangerous-2.2.0", "c624", "e005");
        format!(
            "{head}\n{}: blinker 1.9.0 index\n{blinker}\n{}: itsdangerous 2.2.0 index\n{itsdangerous}\n{}: six 1.17.0 \
             {SIX_URL}\n{six}",
            lines[0], lines[1], lines[2]
        )
    };
    let six = "six-1.17.0-py2.py3-none-any.whl 4721";
    let six_url = "six-1.17.0-py2.py3-none-any.whl 4721 url";
    check("poetry.lock", fixture!("poetry-2.1.lock"), &both([3, 20, 37], "poetry.lock", "", false, six));
    check("poetry.lock", fixture!("poetry-1.1.lock"), &both([1, 14, 27], "poetry.lock", "", false, ""));
    check("pdm.lock", fixture!("pdm-4.5.lock"), &both([13, 24, 35], "pdm.lock", "", false, six));
    check("pdm.lock", fixture!("pdm-4.5-urls.lock"), &both([13, 24, 35], "pdm.lock", " url", false, six_url));
    check("pdm.lock", fixture!("pdm-4.1.lock"), &both([1, 7, 13], "pdm.lock", " url", false, six_url));
    check(
        "pylock.toml",
        fixture!("pylock.uv.toml"),
        &both([7, 14, 21], "pylock.toml", " url", true, six_url),
    );
    check(
        "pylock.dev.toml",
        fixture!("pylock.pdm.toml"),
        &both([10, 23, 36], "pylock.toml", " url", true, six_url),
    );
    let uv = both([5, 31, 40], "uv.lock", " url", true, six_url);
    check("uv.lock", fixture!("uv.lock"), &uv.replace("31: its", "14: demo-app 0.1.0 local\n31: its"));

    let requirements = |shift: usize, skipped: &str| {
        format!(
            "requirements.txt\n{}: blinker 1.9.0 index\n- b4ce\n- ba0e\n{}: itsdangerous 2.2.0 index\n- c624\n- e005\n{}: \
             six 1.17.0 {SIX_URL}\n{six_url}\n{skipped}",
            3,
            6 + shift,
            9 + 2 * shift
        )
    };
    check("requirements.txt", fixture!("uv-export.txt"), &requirements(1, ""));
    let index = "1! --index-url https://upstream.invalid/simple: it sends the client to another index; what comes from there \
                 is not decided here";
    check("requirements.txt", fixture!("poetry-export.txt"), &requirements(0, index));
}

#[test]
fn requirements() {
    let text = format!(
        "\u{feff}# by hand
-r base.txt
-c constraints.txt
--extra-index-url https://user:secret@upstream.invalid/simple
--pre
-e ./here
-e git+https://token@upstream.invalid/x.git#egg=x
Six==1.17.0 --hash=sha256:{SIX_WHEEL} --hash sha256:{upper}
requests[socks, security] (==2.32.0) ; python_version < \"3.9\" and os_name == 'posix'
zope.interface === 5.0
flask>=3
jinja2
click==8.*
click==8.1,!=8.0
attrs == 1.0+ph.1 \\
    --hash=sha512:00 \\
    --hash=md5:00
rich==13.0 --hash=sha256:12
bad name==1
-name==1
../folder
x.whl
./links/idna-3.7-py3-none-any.whl
name @ file:///srv/name-1.0.tar.gz
https://user:secret@files.upstream.invalid/idna-3.7-py3-none-any.whl#sha256={SIX_WHEEL}
https://files.upstream.invalid/idna-3.7.tar.gz
git+ssh://git@upstream.invalid/y.git@main#egg=why[extra]
z @ git+https://upstream.invalid/z.git@v1 ; os_name == 'nt'
token==${{VERSION}}
six==1.17.0 --hash=sha256:{SIX_WHEEL} --hash sha256:{upper}
@
[x]
é==1
six==
six==1.0 2.0
",
        upper = SIX_WHEEL.to_uppercase()
    );
    check(
        "dir/requirements-dev.txt",
        &text,
        "requirements.txt
        8: six 1.17.0 index
          - 4721
          - 4721
        9: requests 2.32.0 index
        10: zope-interface 5.0 index
        15: attrs 1.0+ph.1 index
        18: rich 13.0 index
        23: idna 3.7 local
          idna-3.7-py3-none-any.whl -
        24: name 1.0 local
          name-1.0.tar.gz - url
        25: idna 3.7 https://***@files.upstream.invalid/idna-3.7-py3-none-any.whl
          idna-3.7-py3-none-any.whl 4721 url
        27: why ? git+ssh://git@upstream.invalid/y.git@main
        28: z ? git+https://upstream.invalid/z.git@v1
        2! -r base.txt: it names another requirements file; check that one too
        3! -c constraints.txt: it names a file of constraints, which install nothing by themselves
        4! --extra-index-url https://***@upstream.invalid/simple: it sends the client to another index; what comes from there is not decided here
        5! --pre: an option for the client, not a package
        6! -e ./here: editable: comes from a folder or repository, not from an index
        7! -e git+https://***@upstream.invalid/x.git#egg=x: editable: comes from a folder or repository, not from an index
        11! flask>=3: not pinned to one version; expected NAME==VERSION
        12! jinja2: not pinned to one version; expected NAME==VERSION
        13! click==8.*: not pinned to one version; expected NAME==VERSION
        14! click==8.1,!=8.0: not pinned to one version; expected NAME==VERSION
        15! sha512:00: only a SHA-256 can be compared
        15! md5:00: only a SHA-256 can be compared
        18! sha256:12: not a SHA-256: expected 64 hexadecimal digits
        19! bad name==1: not a requirement
        20! -name==1: an option for the client, not a package
        21! ../folder: a local file or folder without a project name
        22! x.whl: a local file without a project name
        26! https://files.upstream.invalid/idna-3.7.tar.gz: a URL without a project name; expected NAME @ URL
        29! token==${VERSION}: it holds an environment variable, which only the installing machine knows
        31! @: not a requirement
        32! [x]: not a requirement
        33! é==1: not a requirement
        34! six==: not pinned to one version; expected NAME==VERSION
        35! 1.0 2.0: not a version of 1 to 200 visible ASCII characters",
    );
}

#[test]
fn uv() {
    check(
        "uv.lock",
        r#"version = 1
requires-python = ">=3.12"
[[package]]
name = "a"
version = "1"
source = { registry = "../links" }
wheels = [{ path = "../links/a-1-py3-none-any.whl" }]
[[package]]
name = "b"
version = "1"
source = { git = "https://u:p@upstream.invalid/b?rev=main#0000" }
[[package]]
name = "c"
source = { editable = "c" }
[[package]]
name = "d"
version = "1"
source = { path = "../d-1.tar.gz" }
sdist = { hash = "sha512:00" }
[[package]]
name = "e"
version = "1"
source = { teleport = "x" }
[[package]]
version = "1"
[[package]]
name = "f"
version = 1
[[package]]
name = "../g"
version = "1"
[[package]]
name = "h"
version = "1"
source = { registry = "https://upstream.invalid/simple" }
wheels = [{ url = "https://files.upstream.invalid/%2e%2e" }, { filename = "h-1-py3-none-any.whl", url = "https://x.invalid/1" }]
"#,
        "uv.lock
        3: a 1 local
          a-1-py3-none-any.whl -
        8: b 1 https://***@upstream.invalid/b?rev=main#0000
        12: c ? local
        15: d 1 local
        32: h 1 index
          - -https://files.upstream.invalid/%2e%2e
          h-1-py3-none-any.whl -https://x.invalid/1
        15! sha512:00: only a SHA-256 can be compared
        20! e: its source is of an unknown kind
        24! : a package without a name
        26! f: its version is not text
        29! ../g: a project name is made of ASCII letters, digits, `.`, `-` and `_`, and starts and ends with a letter or digit; found \"../g\"
        32! ..: a filename starts with a letter, digit or `_` and does not end with a dot; found \"..\"",
    );
    let old = "version = 1\nrequires-python = \">=3.8\"\n[[distribution]]\nname = \"a\"\nversion = \"1\"\nsource = { registry = \
               \"https://upstream.invalid/simple\" }\n";
    check("uv.lock", old, "uv.lock\n3: a 1 index");
    check("uv.lock", "version = 1\n", "uv.lock");
}

#[test]
fn poetry() {
    // Two versions for two environments share the files of their name.
    check(
        "poetry.lock",
        r#"[[package]]
name = "a"
version = "1.0"
[[package]]
name = "a"
version = "2.0.0"
[[package]]
name = "b"
version = "1"
[package.source]
type = "git"
url = "git@upstream.invalid:b.git"
[[package]]
name = "c"
version = "1"
[package.source]
type = "directory"
url = "../c"
[[package]]
name = "d"
version = "1"
[package.source]
type = "wormhole"
[metadata]
lock-version = "1.1"
[metadata.files]
A = [{file = "a-1.0.tar.gz", hash = "sha256:00"}, {file = "a-2.0-py3-none-any.whl"}, {file = "a-x.exe"}]
"#,
        "poetry.lock
        1: a 1.0 index
          a-1.0.tar.gz -
          a-x.exe -
        4: a 2.0.0 index
          a-2.0-py3-none-any.whl -
          a-x.exe -
        7: b 1 git@upstream.invalid:b.git
        13: c 1 local
        1! sha256:00: not a SHA-256: expected 64 hexadecimal digits
        19! d: its source is of an unknown kind",
    );
}

#[test]
fn pdm() {
    check(
        "pdm.lock",
        r#"[metadata]
lock_version = "4.5.0"
[[package]]
name = "requests"
version = "2.0"
files = [{file = "requests-2.0.tar.gz"}]
[[package]]
name = "requests"
extras = ["socks"]
version = "2.0"
files = [{file = "requests-2.0.tar.gz"}]
[[package]]
name = "b"
version = "1"
git = "https://upstream.invalid/b.git"
revision = "0000"
[[package]]
name = "c"
version = "1"
path = "./c"
[metadata.files]
"d[x] 1" = [{file = "d-1.tar.gz"}]
nonsense = []
[[package.dependencies]]
"#,
        "pdm.lock
        3: requests 2.0 index
          requests-2.0.tar.gz -
        12: b 1 https://upstream.invalid/b.git
        17: c 1 local",
    );
}

#[test]
fn pylock() {
    check(
        "pylock.toml",
        r#"lock-version = "1.0"
created-by = "hand"
[[packages]]
name = "A"
version = "1"
wheels = [
    { name = "a-1-py3-none-any.whl", path = "wheels/a-1-py3-none-any.whl", hashes = { md5 = "00" } },
]
[[packages]]
name = "b"
vcs = { type = "git", url = "https://upstream.invalid/b.git", commit-id = "0000" }
[[packages]]
name = "c"
directory = { path = "c" }
[[packages]]
name = "d"
version = "1"
index = "https://upstream.invalid/simple"
sdist = { path = "d-1.tar.gz", hashes = { sha256 = "00", md5 = "00" } }
[[packages]]
name = "e"
archive = { path = "e.zip" }
[[packages]]
name = "f"
version = "1"
"#,
        "pylock.toml
        3: a 1 local
          a-1-py3-none-any.whl -
        9: b ? https://upstream.invalid/b.git
        12: c ? local
        15: d 1 index
          d-1.tar.gz -
        20: e ? local
          e.zip -
        23: f 1 index
        3! md5:…: only a SHA-256 can be compared
        15! sha256:00: not a SHA-256: expected 64 hexadecimal digits",
    );
}
