//! Tags of wheels, and which of them an environment takes (PEP 425, 600, 656; the specification *Platform
//! compatibility tags*).

use std::str::FromStr;

use uv_platform_tags::{AbiTag, Arch, LanguageTag, Os, Platform, PlatformTag, Tags, TagsOptions};

use crate::text::excerpt;

/// How many tags each of the three parts of a wheel's name may hold.
const MOST_TAGS: usize = 64;
/// The highest number that the name of an environment may hold: it is counted down from.
const HIGHEST: u16 = 99;

/// The tags of a wheel: for every combination of the three there would be a wheel of its own.
///
/// A tag that nobody knows fits no environment and is dropped.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct WheelTags {
    python: Box<[LanguageTag]>,
    abi: Box<[AbiTag]>,
    platform: Box<[PlatformTag]>,
}

/// The text is not `<python>-<abi>-<platform>`, or has too many parts.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error(
    "expected the tags of a wheel such as py3-none-any, at most {MOST_TAGS} in each part; found {found:?}"
)]
pub struct InvalidTags {
    /// The first 80 characters.
    pub found: String,
}

impl WheelTags {
    /// Reads `<python>-<abi>-<platform>`, each of which is one tag or several with dots between.
    pub fn parse(text: &str) -> Result<Self, InvalidTags> {
        let invalid = || InvalidTags { found: excerpt(text) };
        let mut parts = text.split('-');
        let (Some(python), Some(abi), Some(platform), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(invalid());
        };
        let tags = || -> Option<Self> {
            Some(Self { python: known(python)?, abi: known(abi)?, platform: known(platform)? })
        };
        tags().ok_or_else(invalid)
    }

    /// The tags in the filename of a wheel.
    pub fn of_wheel(filename: &str) -> Result<Self, InvalidTags> {
        let invalid = || InvalidTags { found: excerpt(filename) };
        let stem = filename.strip_suffix(".whl").ok_or_else(invalid)?;
        let hyphens: Vec<usize> = stem.match_indices('-').map(|(at, _)| at).take(6).collect();
        // Name, version, perhaps a build tag.
        match hyphens.as_slice() {
            [_, at, _, _] | [_, _, at, _, _] => Self::parse(&stem[at + 1..]).map_err(|_| invalid()),
            _ => Err(invalid()),
        }
    }
}

/// The tags of one part, those that nobody knows left out. `None` when it is not made of tags.
fn known<T: FromStr>(part: &str) -> Option<Box<[T]>> {
    let tag = |tag: &str| !tag.is_empty() && tag.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    let few = part.split('.').count() <= MOST_TAGS;
    (few && part.split('.').all(tag)).then(|| part.split('.').filter_map(|tag| tag.parse().ok()).collect())
}

/// An interpreter and the place where it runs, and so the tags that fit there.
#[derive(Debug, Clone)]
pub(crate) struct SupportedTags(Tags);

impl SupportedTags {
    pub(crate) fn fits(&self, wheel: &WheelTags) -> bool {
        self.0.is_compatible(&wheel.python, &wheel.abi, &wheel.platform)
    }
}

/// An interpreter, as the name of an environment has it: `cp312`, `cp313t`, `pp310`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Interpreter {
    pub(crate) pypy: bool,
    pub(crate) major: u8,
    pub(crate) minor: u8,
    pub(crate) free_threaded: bool,
}

impl Interpreter {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (pypy, rest) = match text.strip_prefix("cp") {
            Some(rest) => (false, rest),
            None => (true, text.strip_prefix("pp")?),
        };
        let (digits, free_threaded) = match rest.strip_suffix('t') {
            Some(digits) if !pypy => (digits, true),
            _ => (rest, false),
        };
        let minor = digits.strip_prefix('3').filter(|minor| minor.bytes().all(|b| b.is_ascii_digit()))?;
        let minor: u8 = minor.parse().ok().filter(|minor| u16::from(*minor) <= HIGHEST)?;
        Some(Self { pypy, major: 3, minor, free_threaded })
    }
}

/// A platform, as the name of an environment has it, and what Python says of it there.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    platform: Platform,
    /// `os.name`.
    pub(crate) os_name: &'static str,
    /// `sys.platform`.
    pub(crate) sys_platform: &'static str,
    /// `platform.system()`.
    pub(crate) system: &'static str,
    /// `platform.machine()`.
    pub(crate) machine: String,
}

impl Place {
    /// Reads `manylinux_2_28_x86_64`, `musllinux_1_2_aarch64`, `macosx_14_0_arm64`, `win_amd64`,
    /// `win_arm64` or `win32`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let windows = |arch: Arch, machine: &str| Self {
            platform: Platform::new(Os::Windows, arch),
            os_name: "nt",
            sys_platform: "win32",
            system: "Windows",
            machine: machine.to_owned(),
        };
        match text {
            "win32" => return Some(windows(Arch::X86, "x86")),
            "win_amd64" => return Some(windows(Arch::X86_64, "AMD64")),
            "win_arm64" => return Some(windows(Arch::Aarch64, "ARM64")),
            _ => {}
        }
        let mut parts = text.splitn(4, '_');
        let family = parts.next()?;
        let mut number = || parts.next()?.parse::<u16>().ok().filter(|number| *number <= HIGHEST);
        let (major, minor) = (number()?, number()?);
        let machine = parts.next()?;
        let (os, arch) = match family {
            "manylinux" => (Os::Manylinux { major, minor }, Arch::from_str(machine).ok()?),
            "musllinux" => (Os::Musllinux { major, minor }, Arch::from_str(machine).ok()?),
            "macosx" => {
                let arch = match machine {
                    "arm64" => Arch::Aarch64,
                    "x86_64" => Arch::X86_64,
                    _ => return None,
                };
                (Os::Macos { major, minor }, arch)
            }
            _ => return None,
        };
        let mac = family == "macosx";
        Some(Self {
            platform: Platform::new(os, arch),
            os_name: "posix",
            sys_platform: if mac { "darwin" } else { "linux" },
            system: if mac { "Darwin" } else { "Linux" },
            machine: machine.to_owned(),
        })
    }

    /// `None` for a platform that there is not, such as macOS 9.
    pub(crate) fn tags(&self, interpreter: Interpreter) -> Option<SupportedTags> {
        let python = (interpreter.major, interpreter.minor);
        let (implementation, version) = if interpreter.pypy { ("pypy", (7, 3)) } else { ("cpython", python) };
        let options = TagsOptions {
            manylinux_compatible: true,
            gil_disabled: interpreter.free_threaded,
            debug_enabled: false,
            is_cross: false,
        };
        Tags::from_env(self.platform.clone(), python, implementation, version, options)
            .ok()
            .map(SupportedTags)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn fits_wheels_into_environments() {
        let linux = "cp312 manylinux_2_28_x86_64";
        for (environment, wheel, expected) in [
            (linux, "py3-none-any", true),
            (linux, "py2.py3-none-any", true),
            (linux, "py2-none-any", false),
            (linux, "py313-none-any", false),
            (linux, "cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64", true),
            (linux, "cp312-cp312-manylinux_2_34_x86_64", false),
            (linux, "cp312-cp312-manylinux_2_17_aarch64", false),
            (linux, "cp312-cp312-musllinux_1_2_x86_64", false),
            (linux, "cp312-cp312-linux_x86_64", true),
            (linux, "cp311-cp311-manylinux_2_17_x86_64", false),
            (linux, "cp39-abi3-manylinux_2_17_x86_64", true),
            (linux, "cp313-abi3-manylinux_2_17_x86_64", false),
            (linux, "cp312-cp312t-manylinux_2_17_x86_64", false),
            (linux, "pp310-pypy310_pp73-manylinux_2_17_x86_64", false),
            (linux, "py3-none-manylinux1_x86_64", true),
            (linux, "py3-none-win_amd64", false),
            (linux, "newlanguage9-newabi-newplatform", false),
            ("cp313t manylinux_2_28_x86_64", "cp313-cp313t-manylinux_2_28_x86_64", true),
            ("cp313t manylinux_2_28_x86_64", "cp39-abi3-manylinux_2_28_x86_64", false),
            ("cp313t manylinux_2_28_x86_64", "py3-none-any", true),
            ("cp312 musllinux_1_2_x86_64", "cp312-cp312-musllinux_1_1_x86_64", true),
            ("cp312 musllinux_1_2_x86_64", "cp312-cp312-manylinux_2_17_x86_64", false),
            ("cp312 macosx_14_0_arm64", "cp312-cp312-macosx_11_0_arm64", true),
            ("cp312 macosx_14_0_arm64", "cp312-cp312-macosx_10_13_universal2", true),
            ("cp312 macosx_14_0_arm64", "cp312-cp312-macosx_15_0_arm64", false),
            ("cp312 macosx_14_0_arm64", "cp312-cp312-macosx_10_13_x86_64", false),
            ("cp312 win_amd64", "cp312-cp312-win_amd64", true),
            ("cp312 win_amd64", "cp312-cp312-win32", false),
            ("cp312 win_arm64", "cp312-cp312-win_arm64", true),
            ("pp310 manylinux_2_28_x86_64", "pp310-pypy310_pp73-manylinux_2_17_x86_64", true),
            ("pp310 manylinux_2_28_x86_64", "cp310-cp310-manylinux_2_17_x86_64", false),
        ] {
            let (interpreter, place) = environment.split_once(' ').expect("two words");
            let tags = Place::parse(place)
                .expect(place)
                .tags(Interpreter::parse(interpreter).expect(interpreter))
                .expect(environment);
            let wheel = WheelTags::of_wheel(&format!("some_name-1.0-{wheel}.whl")).expect(wheel);
            assert_eq!(tags.fits(&wheel), expected, "{environment}: {wheel:?}");
        }
    }

    #[test]
    fn reads_names_of_wheels() {
        let tags = WheelTags::parse("py3-none-any").expect("tags");
        for name in ["a-1.0-py3-none-any.whl", "a-1.0-1ph-py3-none-any.whl"] {
            assert_eq!(WheelTags::of_wheel(name), Ok(tags.clone()), "{name}");
        }
        for name in [
            "a-1.0-py3-none-any",
            "a-1.0-py3-none.whl",
            "a-1-1-1-1-py3-none-any.whl",
            "a-1-py3-none-.whl",
            "a-1-py3-no ne-any.whl",
            "a-1-py3..py2-none-any.whl",
            ".whl",
        ] {
            assert!(WheelTags::of_wheel(name).is_err(), "{name}");
        }
        assert!(WheelTags::parse(&format!("{}-none-any", vec!["py3"; MOST_TAGS + 1].join("."))).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,60}", tags in "[a-z0-9_.-]{0,60}") {
            for text in [&text, &tags] {
                let _ = WheelTags::parse(text);
                let _ = WheelTags::of_wheel(&format!("a-1-{text}.whl"));
                let _ = Interpreter::parse(text);
                let _ = Place::parse(text);
            }
            let named = format!("{}_{tags}", "manylinux_2");
            let _ = Place::parse(&named).map(|place| place.tags(Interpreter::parse("cp312").unwrap()));
        }
    }
}
