//! Requirements: `Requires-Dist` of core metadata, a line of a profile (the specification *Dependency
//! specifiers*, PEP 508).

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use packhouse_model::ProjectName;

use crate::environment::Environment;
use crate::marker::{self, Cursor, Marker};
use crate::name::{InvalidName, normalize};
use crate::specifiers::VersionSpecifiers;
use crate::text::excerpt;

/// The longest requirement that we accept, in bytes.
pub const LONGEST_REQUIREMENT: usize = 20_000;
/// How many extras one requirement may ask for.
pub const MOST_EXTRAS: usize = 200;

/// The normalised name of an extra. Cheap to clone.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Extra(Arc<str>);

impl Extra {
    /// Checks a name and normalises it, by the same rules as a project's (PEP 685).
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        Ok(Self(normalize(text)?.as_str().into()))
    }

    /// The normalised name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Extra {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extra({})", self.0)
    }
}

/// What a release needs: a project, perhaps with extras, in some versions, in some environments.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Requirement {
    /// The project.
    pub project: ProjectName,
    /// The extras asked for, sorted, without repetition.
    pub extras: Box<[Extra]>,
    /// Where the project is to come from.
    pub source: Source,
    /// When the requirement holds; always if there is none.
    pub marker: Option<Marker>,
}

/// Where a required project comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Source {
    /// From the index, in one of these versions.
    Index(VersionSpecifiers),
    /// From this URL. No index can satisfy such a requirement.
    Url(Box<str>),
}

/// The text is not a requirement.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("not a requirement: expected {expected}; found {found:?}")]
pub struct InvalidRequirement {
    /// What should have stood there.
    pub expected: &'static str,
    /// The first 80 characters of the requirement.
    pub found: String,
}

impl Requirement {
    /// Reads a requirement of at most [`LONGEST_REQUIREMENT`] bytes.
    pub fn parse(text: &str) -> Result<Self, InvalidRequirement> {
        if text.len() > LONGEST_REQUIREMENT {
            let expected = "at most 20,000 bytes";
            return Err(InvalidRequirement { expected, found: excerpt(text) });
        }
        read(&mut Cursor::new(text)).map_err(|expected| InvalidRequirement { expected, found: excerpt(text) })
    }

    /// Whether the requirement holds in the environment, when this extra is asked for or none.
    pub fn holds(&self, environment: &Environment, extra: Option<&Extra>) -> bool {
        self.marker.as_ref().is_none_or(|marker| marker.holds(environment, extra))
    }

    /// The versions asked for; `None` for a requirement by URL.
    pub fn specifiers(&self) -> Option<&VersionSpecifiers> {
        match &self.source {
            Source::Index(specifiers) => Some(specifiers),
            Source::Url(_) => None,
        }
    }

    /// The requirement without its marker, for people: `flask[async]>=3.1`.
    pub fn bare(&self) -> String {
        let mut text = self.project.as_str().to_owned();
        if !self.extras.is_empty() {
            let extras: Vec<&str> = self.extras.iter().map(Extra::as_str).collect();
            text.push_str(&format!("[{}]", extras.join(",")));
        }
        match &self.source {
            Source::Index(specifiers) => text.push_str(&specifiers.to_string()),
            Source::Url(url) => text.push_str(&format!(" @ {url}")),
        }
        text
    }
}

fn read(cursor: &mut Cursor<'_>) -> Result<Requirement, &'static str> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    cursor.skip_space();
    let project = normalize(cursor.take_while(is_name)).map_err(|_| "the name of a project")?;
    cursor.skip_space();
    let extras = if cursor.eat("[") { extras(cursor)? } else { Box::default() };
    cursor.skip_space();
    let source = if cursor.eat("@") {
        cursor.skip_space();
        let url = cursor.take_while(|c| !c.is_whitespace());
        if url.is_empty() {
            return Err("a URL after `@`");
        }
        Source::Url(url.into())
    } else {
        let text = if cursor.eat("(") {
            cursor.take_until(')').ok_or("`)`")?
        } else {
            cursor.take_while(|c| c != ';')
        };
        Source::Index(VersionSpecifiers::parse(text).map_err(|_| "version specifiers such as >=3.1,<4")?)
    };
    cursor.skip_space();
    let marker = if cursor.eat(";") { Some(marker::marker(cursor)?) } else { None };
    if cursor.is_done() {
        Ok(Requirement { project, extras, source, marker })
    } else {
        Err("`;` and a marker, or the end")
    }
}

fn extras(cursor: &mut Cursor<'_>) -> Result<Box<[Extra]>, &'static str> {
    let text = cursor.take_until(']').ok_or("`]`")?;
    if text.trim().is_empty() {
        return Ok(Box::default());
    }
    let mut extras = Vec::new();
    for name in text.split(',') {
        if extras.len() == MOST_EXTRAS {
            return Err("fewer extras");
        }
        extras.push(Extra::parse(name.trim()).map_err(|_| "names of extras")?);
    }
    extras.sort_unstable();
    extras.dedup();
    Ok(extras.into())
}

impl fmt::Display for Requirement {
    /// The requirement in the form that it would be read from.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.bare())?;
        let before = if matches!(self.source, Source::Url(_)) { " " } else { "" };
        self.marker.as_ref().map_or(Ok(()), |marker| write!(f, "{before}; {marker}"))
    }
}

impl FromStr for Requirement {
    type Err = InvalidRequirement;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_requirements() {
        for (text, expected) in [
            ("flask", "flask"),
            ("Flask>=3.1,<4", "flask>=3.1,<4"),
            (" zope.interface ( >= 5 ) ", "zope-interface>=5"),
            ("a[X_y, b,b]==1.0", "a[b,x-y]==1.0"),
            ("a[]~=2.2", "a~=2.2"),
            ("a>=1;python_version<'3'", "a>=1; python_version < \"3\""),
            (
                "a ; extra == 'x' and (os_name=='nt' or os_name=='posix')",
                "a; extra == \"x\" and (os_name == \"nt\" or os_name == \"posix\")",
            ),
            ("a===1.0-custom", "a===1.0-custom"),
            ("a (==1.*); extra == 'y'", "a==1.*; extra == \"y\""),
            ("a @ https://upstream.invalid/a-1.0.tar.gz", "a @ https://upstream.invalid/a-1.0.tar.gz"),
            ("a[b]@file:///x;y ; os_name == 'nt'", "a[b] @ file:///x;y ; os_name == \"nt\""),
        ] {
            let requirement = Requirement::parse(text).expect(text);
            assert_eq!(requirement.to_string(), expected);
            assert_eq!(Requirement::parse(expected), Ok(requirement));
        }
    }

    #[test]
    fn refuses_what_are_none() {
        for text in [
            "",
            ">=1",
            "-a",
            "a b",
            "a>=1 <2",
            "a>=1,<",
            "a[b",
            "a[,]",
            "a(>=1",
            "a(>=1) b",
            "a @",
            "a @ https://x.invalid y",
            "a;",
            "a; unknown == 'x'",
            "./local",
            "é",
        ] {
            assert!(Requirement::parse(text).is_err(), "{text}");
        }
        assert!(Requirement::parse(&format!("a{}", " ".repeat(LONGEST_REQUIREMENT))).is_err());
        assert!(Requirement::parse(&format!("a[{}]", vec!["b"; MOST_EXTRAS + 1].join(","))).is_err());
    }

    proptest! {
        #[test]
        fn never_panics(
            text in "\\PC{0,60}",
            odd in "a(\\[[a-c,]{0,4}\\]?)?( ?[@(;]| ?[<>=!~]{1,3}[0-9.*]{0,4}| extra == 'x'|,|\\)|é){0,6}",
        ) {
            for text in [text, odd] {
                if let Ok(requirement) = Requirement::parse(&text) {
                    prop_assert_eq!(Requirement::parse(&requirement.to_string()), Ok(requirement));
                }
            }
        }
    }
}
