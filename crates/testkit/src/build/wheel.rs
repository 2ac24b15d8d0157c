use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use packhouse_model::Sha256;
use std::fmt::Write as _;

use super::zip::ZipWriter;
use super::{BuiltFile, Metadata, noise};

/// Builds a valid wheel.
///
/// ```
/// use packhouse_testkit::Wheel;
/// let six = Wheel::named("six").version("1.17.0").module("six.py", "answer = 42\n").build();
/// assert_eq!(six.filename, "six-1.17.0-py3-none-any.whl");
/// ```
#[derive(Debug, Clone)]
#[must_use]
pub struct Wheel {
    metadata: Metadata,
    build_tag: Option<String>,
    tag: String,
    files: Vec<(String, Vec<u8>)>,
    entry_points: Vec<String>,
    stored: bool,
}

impl Wheel {
    /// A pure wheel of version 1.0 with no module yet.
    pub fn named(name: &str) -> Self {
        Self {
            metadata: Metadata::named(name),
            build_tag: None,
            tag: "py3-none-any".into(),
            files: Vec::new(),
            entry_points: Vec::new(),
            stored: false,
        }
    }

    /// The version, as the vendor writes it.
    pub fn version(mut self, version: &str) -> Self {
        self.metadata.version = version.into();
        self
    }

    /// Adds a file at a path relative to site-packages.
    pub fn module(mut self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.files.push((path.into(), content.as_ref().to_vec()));
        self
    }

    /// Adds a `Requires-Dist`, a PEP 508 requirement.
    pub fn requires(mut self, requirement: &str) -> Self {
        self.metadata.requires.push(requirement.into());
        self
    }

    /// Sets `Requires-Python`.
    pub fn requires_python(mut self, requirement: &str) -> Self {
        self.metadata.requires_python = Some(requirement.into());
        self
    }

    /// Adds any other metadata field: `Summary`, `License`, `Project-URL`, `Provides-Extra`.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.metadata.headers.push((name.into(), value.into()));
        self
    }

    /// The body of `METADATA`: the project's README.
    pub fn description(mut self, text: &str) -> Self {
        self.metadata.description = text.into();
        self
    }

    /// The compatibility tag, `py3-none-any` unless set. Dots join alternatives, as in PEP 425.
    pub fn tag(mut self, tag: &str) -> Self {
        self.tag = tag.into();
        self
    }

    /// The build tag, such as `1ph`.
    pub fn build_tag(mut self, tag: &str) -> Self {
        self.build_tag = Some(tag.into());
        self
    }

    /// Adds a console script: `name` runs `module:function`.
    pub fn script(mut self, name: &str, target: &str) -> Self {
        self.entry_points.push(format!("{name} = {target}"));
        self
    }

    /// Adds a data file of so many bytes that do not compress, for files of a certain size.
    pub fn padding(self, bytes: usize) -> Self {
        let path = format!("{}_padding.bin", self.metadata.file_name());
        let content = noise(bytes as u64, bytes);
        self.module(&path, content)
    }

    /// Stores the members instead of deflating them.
    pub fn stored(mut self) -> Self {
        self.stored = true;
        self
    }

    /// Writes the wheel.
    pub fn build(self) -> BuiltFile {
        let stem = format!("{}-{}", self.metadata.file_name(), self.metadata.version.replace('-', "_"));
        let build = self.build_tag.as_ref().map(|tag| format!("-{tag}")).unwrap_or_default();
        let filename = format!("{stem}{build}-{}.whl", self.tag);
        let info = format!("{stem}.dist-info");
        let metadata = self.metadata.render();

        let mut files = self.files;
        files.push((format!("{info}/METADATA"), metadata.clone()));
        files.push((format!("{info}/WHEEL"), wheel_file(&self.tag, self.build_tag.as_deref()).into_bytes()));
        if !self.entry_points.is_empty() {
            let text = format!("[console_scripts]\n{}\n", self.entry_points.join("\n"));
            files.push((format!("{info}/entry_points.txt"), text.into_bytes()));
        }
        let mut record = String::new();
        for (path, content) in &files {
            let digest = BASE64_URL_SAFE_NO_PAD.encode(Sha256::of(content).as_bytes());
            let _ = writeln!(record, "{path},sha256={digest},{}", content.len());
        }
        let _ = writeln!(record, "{info}/RECORD,,");
        files.push((format!("{info}/RECORD"), record.into_bytes()));

        let mut zip = ZipWriter::default();
        for (path, content) in &files {
            zip.add(path, content, !self.stored);
        }
        let bytes = zip.finish();
        BuiltFile {
            metadata,
            requires_python: self.metadata.requires_python.clone(),
            ..BuiltFile::raw(&self.metadata.name, &self.metadata.version, &filename, bytes)
        }
    }
}

fn wheel_file(tag: &str, build: Option<&str>) -> String {
    let mut text = String::from("Wheel-Version: 1.0\nGenerator: packhouse-testkit\n");
    let pure = tag.ends_with("-none-any");
    let _ = writeln!(text, "Root-Is-Purelib: {pure}");
    if let Some(build) = build {
        let _ = writeln!(text, "Build: {build}");
    }
    let [python, abi, platform] = tag.split('-').collect::<Vec<_>>()[..] else {
        panic!("a wheel's tag has three parts: python-abi-platform; found {tag:?}");
    };
    for python in python.split('.') {
        for abi in abi.split('.') {
            for platform in platform.split('.') {
                let _ = writeln!(text, "Tag: {python}-{abi}-{platform}");
            }
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::zip::member;
    use super::*;

    #[test]
    fn the_same_calls_give_the_same_bytes() {
        let build = || Wheel::named("A.b_C").version("2.0+l.1").module("a.py", "x = 1\n").build();
        assert_eq!(build().sha256, build().sha256);
        assert_eq!(build().filename, "a_b_c-2.0+l.1-py3-none-any.whl");
    }

    #[test]
    fn metadata_is_what_the_file_holds() {
        let wheel = Wheel::named("x")
            .requires("y>=1")
            .requires_python(">=3.8")
            .header("Summary", "S")
            .description("Read me\n")
            .tag("py2.py3-none-any")
            .build_tag("1ph")
            .script("x", "x:main")
            .build();
        assert_eq!(wheel.filename, "x-1.0-1ph-py2.py3-none-any.whl");
        assert_eq!(member(&wheel.bytes, ".dist-info/METADATA").as_ref(), Some(&wheel.metadata));
        assert_eq!(
            String::from_utf8(wheel.metadata).expect("UTF-8"),
            "Metadata-Version: 2.1\nName: x\nVersion: 1.0\nSummary: S\nRequires-Python: >=3.8\n\
             Requires-Dist: y>=1\n\nRead me\n"
        );
        let wheel_file = member(&wheel.bytes, "/WHEEL").expect("a WHEEL file");
        let text = String::from_utf8(wheel_file).expect("UTF-8");
        assert!(text.contains("Build: 1ph\nTag: py2-none-any\nTag: py3-none-any\n"), "{text}");
    }

    #[test]
    fn padding_sets_the_size() {
        let wheel = Wheel::named("big").padding(100_000).build();
        assert!((100_000..101_000).contains(&wheel.bytes.len()), "{}", wheel.bytes.len());
    }
}
