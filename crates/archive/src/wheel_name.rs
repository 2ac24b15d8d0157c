use crate::error::{ArchiveError, shown};

/// The name and version in a wheel's filename, in a form that can be compared.
#[derive(Debug)]
pub(crate) struct WheelName {
    stem: String,
    name: String,
    version: String,
}

impl WheelName {
    /// Reads `NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl` (PEP 427, section *File name convention*).
    pub(crate) fn parse(filename: &str) -> Result<Self, ArchiveError> {
        let refuse = || ArchiveError::NotAWheelName { found: shown(filename.as_bytes()) };
        let parts: Vec<&str> = filename.strip_suffix(".whl").ok_or_else(refuse)?.splitn(7, '-').collect();
        let [name, version, ..] = parts[..] else { return Err(refuse()) };
        let safe = |part: &&str| !part.is_empty() && !part.contains(['/', '\\', '\0']);
        if !(5..=6).contains(&parts.len()) || !parts.iter().all(safe) {
            return Err(refuse());
        }
        Ok(Self { stem: format!("{name}-{version}"), name: name_key(name), version: version_key(version) })
    }

    /// `NAME-VERSION` as the filename spells it.
    pub(crate) fn stem(&self) -> &str {
        &self.stem
    }

    /// Whether `stem`, the folder's name without `.dist-info`, means this name and version. Old build back ends
    /// escaped and normalised folder and file differently, so names are compared by PEP 503 and versions by PEP 440,
    /// and any `-` may part the two.
    pub(crate) fn matches(&self, stem: &[u8]) -> bool {
        let Ok(stem) = std::str::from_utf8(stem) else { return false };
        stem.match_indices('-')
            .any(|(at, _)| name_key(&stem[..at]) == self.name && version_key(&stem[at + 1..]) == self.version)
    }
}

/// PEP 503, section *Normalized Names*.
fn name_key(name: &str) -> String {
    let mut key = String::new();
    for character in name.chars() {
        match character {
            '-' | '_' | '.' if key.ends_with('-') => {}
            '-' | '_' | '.' => key.push('-'),
            other => key.push(other.to_ascii_lowercase()),
        }
    }
    key
}

/// A text that is equal for versions that PEP 440 calls equal: its parts, with the alternative spellings of section
/// *Normalization* replaced. The `+` of a local version counts as a separator, as it is `_` in some filenames.
fn version_key(version: &str) -> String {
    let lower = version.to_ascii_lowercase();
    let mut parts: Vec<String> = Vec::new();
    let mut rest = lower.trim();
    rest = rest.strip_prefix('v').unwrap_or(rest);
    while let Some(first) = rest.chars().next() {
        let same_kind = |c: char| match first {
            '0'..='9' => c.is_ascii_digit(),
            'a'..='z' => c.is_ascii_lowercase(),
            _ => false,
        };
        let length = rest.find(|c| !same_kind(c)).unwrap_or(rest.len()).max(first.len_utf8());
        let (part, after) = rest.split_at(length);
        rest = after;
        match part {
            "." | "-" | "_" | "+" => {}
            "alpha" => parts.push("a".into()),
            "beta" => parts.push("b".into()),
            "c" | "pre" | "preview" => parts.push("rc".into()),
            "rev" | "r" => parts.push("post".into()),
            _ if first.is_ascii_digit() => parts.push(part.trim_start_matches('0').into()),
            _ => parts.push(part.into()),
        }
        // `1.0a` is `1.0a0`: an empty number stands for zero, here and above.
        if first.is_ascii_lowercase()
            && !after.trim_start_matches(['.', '-', '_']).starts_with(|c: char| c.is_ascii_digit())
        {
            parts.push(String::new());
        }
    }
    let release = parts
        .iter()
        .position(|part| part.starts_with(|c: char| c.is_ascii_lowercase()))
        .unwrap_or(parts.len());
    let zeros = parts[..release].iter().rev().take_while(|part| part.is_empty()).count();
    parts.drain(release - zeros..release);
    parts.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn compares_names_and_versions_as_installers_do() {
        for (filename, stem, expected) in [
            ("six-1.17.0-py2.py3-none-any.whl", "six-1.17.0", true),
            ("six-1.17.0-py2.py3-none-any.whl", "six-1.17", true),
            ("six-1.17.0-py2.py3-none-any.whl", "six-1.16.0", false),
            ("six-1.17.0-py2.py3-none-any.whl", "seven-1.17.0", false),
            ("six-1.17.0-py2.py3-none-any.whl", "six", false),
            ("six-1.17.0-py2.py3-none-any.whl", "", false),
            ("ruamel.yaml-0.18-1-cp311-cp311-any.whl", "ruamel_yaml-0.18", true),
            ("zope_interface-5.0-py3-none-any.whl", "Zope.Interface-5.0", true),
            ("my_package-1.0-py3-none-any.whl", "my-package-1.0", true),
            ("x-1.0.post1-py3-none-any.whl", "x-1.0post1", true),
            ("x-1.0rc1-py3-none-any.whl", "x-1.0.C1", true),
            ("x-1.0_alpha-py3-none-any.whl", "x-1.0a0", true),
            ("x-01.0.0-py3-none-any.whl", "x-v1", true),
            ("x-1.0.dev0-py3-none-any.whl", "x-1.0dev", true),
            ("x-1.0+ph.1-py3-none-any.whl", "x-1.0_ph.1", true),
            ("x-1.0+ph.1-py3-none-any.whl", "x-1.0+ph.2", false),
            ("x-1!2.0-py3-none-any.whl", "x-2.0", false),
            ("x-10-py3-none-any.whl", "x-1", false),
            ("x-1.10-py3-none-any.whl", "x-1.1", false),
            ("x-1.0a1-py3-none-any.whl", "x-1.0b1", false),
            ("x-0-py3-none-any.whl", "x-0.0", true),
        ] {
            let wheel = WheelName::parse(filename).expect(filename);
            assert_eq!(wheel.matches(stem.as_bytes()), expected, "{filename} {stem}");
        }
        assert!(!WheelName::parse("x-1-py3-none-any.whl").expect("a wheel").matches(b"\xff-1"));
    }

    #[test]
    fn refuses_what_is_no_wheel_name() {
        for filename in [
            "",
            ".whl",
            "six.whl",
            "six-1.0.whl",
            "six-1.0-py3-none.whl",
            "six-1.0.tar.gz",
            "-1.0-py3-none-any.whl",
            "a-1-2-3-4-5-6.whl",
            "a/b-1.0-py3-none-any.whl",
            "six-1.17.0-py2.py3-none-any.whl.metadata",
        ] {
            assert!(WheelName::parse(filename).is_err(), "{filename}");
        }
    }
}
