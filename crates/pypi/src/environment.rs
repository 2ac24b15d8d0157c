//! An environment: a Python on a platform, for which an installer chooses files and requirements.

use std::fmt;
use std::sync::Arc;

use crate::marker::Variable;
use crate::specifiers::VersionSpecifiers;
use crate::tags::{Interpreter, Place, SupportedTags, WheelTags};
use crate::text::excerpt;
use crate::version::{InvalidVersion, Version};

/// The longest name of an environment that we accept, in bytes.
pub const LONGEST_ENVIRONMENT: usize = 100;
/// The patch release of an environment that does not name one: later than any there is, so that bounds such as
/// `>=3.12.4` hold as they do for those who keep their Python up to date.
const LATE_PATCH: u8 = 99;

/// A Python on a platform. Cheap to clone. Two environments are equal when their name, patch release and
/// way with sdists are.
#[derive(Clone)]
pub struct Environment(Arc<Inner>);

#[derive(Clone)]
struct Inner {
    name: String,
    interpreter: Interpreter,
    place: Place,
    tags: SupportedTags,
    python_version: String,
    python: Version,
    python_text: String,
    implementation_version: String,
    allow_sdists: bool,
}

/// The text is not the name of an environment.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error(
    "expected an interpreter and a platform such as `cp312 manylinux_2_28_x86_64`, `cp313t musllinux_1_2_aarch64`, \
     `pp310 macosx_14_0_arm64` or `cp312 win_amd64`; found {found:?}"
)]
pub struct InvalidEnvironment {
    /// The first 80 characters.
    pub found: String,
}

impl Environment {
    /// Reads a name: an interpreter (`cp312`, free-threaded `cp313t`, `pp310` of `PyPy`), a blank, and a platform
    /// in the words of wheel tags with the newest version that is there (`manylinux_2_28_x86_64`,
    /// `musllinux_1_2_aarch64`, `macosx_14_0_arm64`, `win_amd64`). Takes no sdists.
    pub fn parse(name: &str) -> Result<Self, InvalidEnvironment> {
        let invalid = || InvalidEnvironment { found: excerpt(name) };
        if name.len() > LONGEST_ENVIRONMENT {
            return Err(invalid());
        }
        let (interpreter, place) = name.split_once(' ').ok_or_else(invalid)?;
        let interpreter = Interpreter::parse(interpreter).ok_or_else(invalid)?;
        let place = Place::parse(place).ok_or_else(invalid)?;
        let tags = place.tags(interpreter).ok_or_else(invalid)?;
        let python_version = format!("{}.{}", interpreter.major, interpreter.minor);
        let python_text = format!("{python_version}.{LATE_PATCH}");
        let python = Version::parse(&python_text).map_err(|_| invalid())?;
        let implementation_version =
            if interpreter.pypy { format!("7.3.{LATE_PATCH}") } else { python_text.clone() };
        Ok(Self(Arc::new(Inner {
            name: name.to_owned(),
            interpreter,
            place,
            tags,
            python_version,
            python,
            python_text,
            implementation_version,
            allow_sdists: false,
        })))
    }

    /// The same environment with this full version of Python, such as `3.12.4`. Its minor must be the one in
    /// the name, or else what the wheels are built for and what the markers say would not agree.
    pub fn with_python(&self, full: &str) -> Result<Self, InvalidVersion> {
        let version = Version::parse(full)?;
        let text = version.to_string();
        if !text.strip_prefix(&self.0.python_version).is_some_and(|rest| rest.starts_with('.')) {
            return Err(InvalidVersion { found: excerpt(full) });
        }
        let mut inner = (*self.0).clone();
        if !inner.interpreter.pypy {
            inner.implementation_version.clone_from(&text);
        }
        inner.python = version;
        inner.python_text = text;
        Ok(Self(Arc::new(inner)))
    }

    /// The same environment, which builds from sdists where no wheel fits, or does not.
    #[must_use]
    pub fn with_sdists(&self, allowed: bool) -> Self {
        Self(Arc::new(Inner { allow_sdists: allowed, ..(*self.0).clone() }))
    }

    /// The name as it was given.
    pub fn name(&self) -> &str {
        &self.0.name
    }

    /// The full version of Python, which `Requires-Python` is compared with.
    pub fn python(&self) -> &Version {
        &self.0.python
    }

    /// Whether a release without a wheel that fits is installed from its sdist.
    pub fn allows_sdists(&self) -> bool {
        self.0.allow_sdists
    }

    /// Whether a wheel with these tags can be installed.
    pub fn fits(&self, wheel: &WheelTags) -> bool {
        self.0.tags.fits(wheel)
    }

    /// Whether `Requires-Python` lets this Python in. Pre-releases of Python count as any version.
    pub fn satisfies_python(&self, requires_python: &VersionSpecifiers) -> bool {
        requires_python.contains(&self.0.python)
    }

    /// The value of a marker variable. What only a running machine knows is empty, and so is `extra`.
    pub(crate) fn value(&self, variable: Variable) -> &str {
        let Inner { interpreter, place, .. } = &*self.0;
        match variable {
            Variable::PythonVersion => &self.0.python_version,
            Variable::PythonFullVersion => &self.0.python_text,
            Variable::OsName => place.os_name,
            Variable::SysPlatform => place.sys_platform,
            Variable::PlatformSystem => place.system,
            Variable::PlatformMachine => &place.machine,
            Variable::PlatformPythonImplementation => {
                if interpreter.pypy {
                    "PyPy"
                } else {
                    "CPython"
                }
            }
            Variable::ImplementationName => {
                if interpreter.pypy {
                    "pypy"
                } else {
                    "cpython"
                }
            }
            Variable::ImplementationVersion => &self.0.implementation_version,
            Variable::PlatformRelease | Variable::PlatformVersion | Variable::Extra => "",
        }
    }
}

impl PartialEq for Environment {
    fn eq(&self, other: &Self) -> bool {
        let key = |one: &Self| (one.0.name.clone(), one.0.python.clone(), one.0.allow_sdists);
        Arc::ptr_eq(&self.0, &other.0) || key(self) == key(other)
    }
}

impl Eq for Environment {}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.name)
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sdists = if self.0.allow_sdists { ", sdists" } else { "" };
        write!(f, "Environment({}, Python {}{sdists})", self.0.name, self.0.python)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_names() {
        for name in [
            "cp38 manylinux_2_17_x86_64",
            "cp312 manylinux_2_28_aarch64",
            "cp313t musllinux_1_2_x86_64",
            "pp310 macosx_12_0_x86_64",
            "cp314 macosx_14_0_arm64",
            "cp312 win_arm64",
            "cp312 win32",
        ] {
            assert_eq!(Environment::parse(name).expect(name).name(), name);
        }
        for name in [
            "",
            "cp312",
            "cp312 ",
            "cp312  win32",
            "python3.12 win32",
            "cp27 win32",
            "cp3 win32",
            "cp3999 win32",
            "pp310t win32",
            "cp312 manylinux2014_x86_64",
            "cp312 manylinux_2_x86_64",
            "cp312 manylinux_2_60000_x86_64",
            "cp312 manylinux_2_28_pdp11",
            "cp312 macosx_9_0_x86_64",
            "cp312 macosx_14_0_aarch64",
            "cp312 any",
        ] {
            assert!(Environment::parse(name).is_err(), "{name}");
        }
    }

    #[test]
    fn knows_its_python() {
        let late = Environment::parse("cp312 win_amd64").expect("an environment");
        let early = late.with_python("3.12.1").expect("a patch release");
        for (requires, in_late, in_early) in [
            (">=3.8", true, true),
            (">=3.12.4", true, false),
            ("<3.12", false, false),
            ("!=3.12.1,>=3", true, false),
            ("==3.12.*", true, true),
        ] {
            let requires = VersionSpecifiers::parse(requires).expect(requires);
            assert_eq!(late.satisfies_python(&requires), in_late, "{requires}");
            assert_eq!(early.satisfies_python(&requires), in_early, "{requires}");
        }
        assert_ne!(late, early);
        assert_ne!(late, late.with_sdists(true));
        assert_eq!(late, Environment::parse("cp312 win_amd64").expect("an environment"));
        for full in ["3.11.1", "3.12", "3.120.1", "x"] {
            assert!(late.with_python(full).is_err(), "{full}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,40}", odd in "(cp|pp)[0-9]{0,4}t? [a-z]{0,9}(_[0-9]{1,5}){0,3}_[a-z0-9_]{0,8}") {
            let _ = Environment::parse(&text);
            let _ = Environment::parse(&odd);
        }
    }
}
