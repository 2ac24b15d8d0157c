//! The files of a replay. Nothing in them does anything: addresses end in `.invalid`, what is encoded says a harmless
//! sentence, machine code is a header without code.

use std::fmt::Write as _;
use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use packhouse_testkit::{BuiltFile, Sdist, Wheel};

use crate::scenario::{Content, Kind, Release};
use crate::shapes;

/// What a release is made of: what all made-up projects have, then what the project and the release say.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Recipe<'a> {
    pub(crate) project: &'a str,
    pub(crate) version: &'a str,
    pub(crate) kind: Kind,
    /// The name of the project whose code it has, when that is another.
    pub(crate) code_of: Option<&'a str>,
    pub(crate) project_with: &'a Content,
    pub(crate) with: &'a Content,
    /// An sdist is built by what it brings along, so that no client needs a network. Else its setup.py is all it has.
    pub(crate) installable: bool,
}

impl<'a> Recipe<'a> {
    pub(crate) fn of(release: &'a Release, project: &'a str, project_with: &'a Content, bad: bool) -> Self {
        Self {
            project,
            version: &release.version,
            kind: release.kind,
            code_of: release.clone_of.as_deref(),
            project_with,
            with: &release.with,
            installable: !bad,
        }
    }

    pub(crate) fn build(&self) -> Vec<BuiltFile> {
        match self.kind {
            Kind::Wheel => vec![self.wheel()],
            Kind::Sdist => vec![self.sdist()],
            Kind::Both => vec![self.wheel(), self.sdist()],
        }
    }

    /// What the release has by path; of a path that is named twice, what the release itself says.
    fn texts(&self, sdist: bool) -> Vec<(String, Vec<u8>)> {
        let mut files = usual(self.code_of.unwrap_or(self.project), self.version);
        for content in [self.project_with, self.with] {
            files.retain(|(path, _)| !content.without.contains(path));
            let source = content.sdist_files.iter().filter(|_| sdist);
            let texts = source.chain(&content.files).map(|(path, text)| (path, write(text).into_bytes()));
            let binaries = content.binaries.iter().map(|(path, kind)| (path, binary(kind)));
            for (path, bytes) in texts.chain(binaries) {
                files.retain(|(known, _)| known != path);
                files.push((path.clone(), bytes));
            }
        }
        files
    }

    fn headers(&self) -> Vec<(&'static str, String)> {
        let pick = |choose: fn(&Content) -> Option<&String>| choose(self.with).or(choose(self.project_with));
        let name = self.project;
        let author = pick(|content| content.author.as_ref());
        let author = author.cloned().unwrap_or_else(|| format!("{name} people <people@{name}.invalid>"));
        let repository = pick(|content| content.repository.as_ref());
        let repository = repository.cloned().unwrap_or_else(|| format!("https://git.invalid/{name}/{name}"));
        vec![
            ("Summary", format!("What {name} is for")),
            ("Author-email", author),
            ("License", "MIT".to_owned()),
            ("Project-URL", format!("Source, {repository}")),
        ]
    }

    fn requires(&self) -> impl Iterator<Item = &'a String> {
        self.project_with.requires.iter().chain(&self.with.requires)
    }

    fn wheel(&self) -> BuiltFile {
        let mut wheel = Wheel::named(self.project).version(self.version);
        for (name, value) in self.headers() {
            wheel = wheel.header(name, &value);
        }
        for requirement in self.requires() {
            wheel = wheel.requires(requirement);
        }
        for (path, content) in self.texts(false) {
            if !is_for_building(&path) {
                wheel = wheel.module(&path, content);
            }
        }
        match self.with.tag.as_ref().or(self.project_with.tag.as_ref()) {
            Some(tag) => wheel.tag(tag).build(),
            None => wheel.build(),
        }
    }

    fn sdist(&self) -> BuiltFile {
        let mut sdist = Sdist::named(self.project).version(self.version);
        for (name, value) in self.headers() {
            sdist = sdist.header(name, &value);
        }
        for requirement in self.requires() {
            sdist = sdist.requires(requirement);
        }
        for (path, content) in self.texts(true) {
            if path == "setup.py" && !self.installable {
                sdist = sdist.setup_py(std::str::from_utf8(&content).expect("a text"));
            } else {
                sdist = sdist.module(&path, content);
            }
        }
        sdist.build()
    }
}

fn is_for_building(path: &str) -> bool {
    path == "setup.py" || path.starts_with("tests/") || path.starts_with("build-aux/")
}

/// The import package of a project.
pub(crate) fn module(project: &str) -> String {
    project.to_lowercase().replace(['-', '.'], "_")
}

/// What every made-up project has: an ordinary small library that nothing is the matter with.
fn usual(project: &str, version: &str) -> Vec<(String, Vec<u8>)> {
    let module = module(project);
    let init = format!(
        "\"\"\"{project}: a small library.\"\"\"\n\nfrom .core import join, split, tidy\n\n\
         __all__ = [\"join\", \"split\", \"tidy\"]\n__version__ = \"{version}\"\n"
    );
    let mut core =
        format!("\"\"\"The functions of {project}.\"\"\"\n\nimport re\n\nWORD = re.compile(r\"\\w+\")\n");
    for (name, what, line) in [
        ("split", "The words of a text.", "return WORD.findall(text)"),
        ("join", "Words as one text.", "return \" \".join(text)"),
        ("tidy", "The text with single blanks.", "return join(split(text))"),
        ("longest", "The longest word.", "return max(split(text), key=len, default=\"\")"),
        ("count", "How many words there are.", "return len(split(text))"),
    ] {
        let _ = write!(core, "\n\ndef {name}(text):\n    \"\"\"{what}\"\"\"\n    {line}\n");
    }
    // No two projects have the same functions.
    let _ = write!(
        core,
        "\n\ndef of_{module}(text):\n    \"\"\"Whether the text is about {project}.\"\"\"\n    return {project:?} in text\n"
    );
    vec![
        (format!("{module}/__init__.py"), init.into_bytes()),
        (format!("{module}/core.py"), core.into_bytes()),
    ]
}

/// Fills in what nobody can write by hand:
///
/// | | |
/// |---|---|
/// | `{{base64:TEXT}}` | the text in base 64 |
/// | `{{hex:TEXT}}` | in base 16 |
/// | `{{xor:KEY:TEXT}}` | each byte with the key's, in base 16 |
/// | `{{layers:N:TEXT}}` | N times compressed and in base 64 |
/// | `{{noise:N}}` | N characters of base 64 without a pattern |
/// | `{{lines:N:TEXT}}` | the text N times, `#` in it the number |
/// | `{{beacon:NAME}}`, `{{miner}}`, … | what several rows have in common: see `shapes` |
pub(crate) fn write(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("{{") {
        let (inner, after) = after.split_once("}}").expect("`{{` has its `}}`");
        out.push_str(before);
        out.push_str(&fill(inner));
        rest = after;
    }
    out + rest
}

fn fill(inner: &str) -> String {
    let (word, argument) = inner.split_once(':').unwrap_or((inner, ""));
    let pair = || argument.split_once(':').unwrap_or_else(|| panic!("`{word}` has two arguments"));
    let number = |text: &str| text.parse::<usize>().unwrap_or_else(|_| panic!("{text:?} is no number"));
    match word {
        "base64" => BASE64_STANDARD.encode(argument),
        "hex" => hex(argument.as_bytes()),
        "xor" => {
            let (key, text) = pair();
            let bytes: Vec<u8> = text.bytes().zip(key.bytes().cycle()).map(|(a, b)| a ^ b).collect();
            hex(&bytes)
        }
        "layers" => {
            let (count, text) = pair();
            let mut bytes = text.as_bytes().to_vec();
            for _ in 0..number(count) {
                let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
                encoder.write_all(&bytes).expect("memory");
                bytes = BASE64_STANDARD.encode(encoder.finish().expect("memory")).into_bytes();
            }
            String::from_utf8(bytes).expect("base 64")
        }
        "noise" => noise(number(argument)),
        "lines" => {
            let (count, text) = pair();
            (0..number(count)).map(|at| text.replace('#', &at.to_string()) + "\n").collect()
        }
        other => write(&shapes::of(other, argument)),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn noise(length: usize) -> String {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        char::from(ALPHABET[(state >> 20) as usize % ALPHABET.len()])
    };
    (0..length).map(|_| next()).collect()
}

/// Headers of machine code without any code, and other bytes that are no text.
fn binary(kind: &str) -> Vec<u8> {
    match kind {
        "elf" => elf(),
        "exe" => exe(),
        "wav" => {
            let mut wave = b"RIFF\x24\x10\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0\x40\x1f\0\0\x01\0\x08\0data\0\x10\0\0".to_vec();
            wave.extend(noise(4096).bytes());
            wave
        }
        "blob" => noise(20_000).into_bytes(),
        other => panic!("nothing is known of the binary {other:?}"),
    }
}

/// An ELF header (64 bits, little endian, a shared object for x86-64) without sections or segments.
fn elf() -> Vec<u8> {
    let mut bytes = b"\x7fELF\x02\x01\x01".to_vec();
    bytes.resize(16, 0);
    bytes.extend(3_u16.to_le_bytes());
    bytes.extend(62_u16.to_le_bytes());
    bytes.extend(1_u32.to_le_bytes());
    bytes.extend([0; 24]);
    bytes.extend(0_u32.to_le_bytes());
    for half in [64_u16, 56, 0, 64, 0, 0] {
        bytes.extend(half.to_le_bytes());
    }
    bytes
}

/// The two headers of a Windows program (PE32+) without sections.
fn exe() -> Vec<u8> {
    let mut bytes = b"MZ".to_vec();
    bytes.resize(60, 0);
    bytes.extend(64_u32.to_le_bytes());
    bytes.extend(b"PE\0\0");
    bytes.extend(0x8664_u16.to_le_bytes());
    bytes.extend([0; 14]);
    bytes.extend(240_u16.to_le_bytes());
    bytes.extend(0x22_u16.to_le_bytes());
    bytes.extend(0x20b_u16.to_le_bytes());
    bytes.resize(64 + 24 + 240, 0);
    bytes
}
