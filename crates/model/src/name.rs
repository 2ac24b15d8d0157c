use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// A project's canonical name in its ecosystem. Cheap to clone.
///
/// Only the ecosystem's crate knows what canonical means (PEP 503 for Python), so only it should call
/// [`ProjectName::from_canonical`].
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProjectName(Arc<str>);

impl ProjectName {
    /// Wraps a name that is canonical already.
    pub fn from_canonical(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as it stands in URLs.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The name of an index, an upstream, a suite, a maintainer or a peer was not a short word.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error(
    "a name of an index, upstream, suite, maintainer or peer is 1 to 40 of a-z, 0-9 and -, and starts with a letter; found {found:?}"
)]
pub struct NameError {
    /// The offending text, cut to 80 characters.
    pub found: String,
}

fn short(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
}

fn short_or_snapshot(text: &str) -> bool {
    match text.split_once('@') {
        None => short(text),
        Some((suite, serial)) => {
            short(suite) && (1..=19).contains(&serial.len()) && serial.bytes().all(|b| b.is_ascii_digit())
        }
    }
}

macro_rules! short_name {
    ($(#[$doc:meta])* $name:ident, $is_good:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The name as it stands in URLs, tables and the configuration.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = NameError;

            fn from_str(text: &str) -> Result<Self, NameError> {
                if $is_good(text) { Ok(Self(text.into())) } else { Err(NameError { found: text.chars().take(80).collect() }) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({:?})", stringify!($name), &*self.0)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

short_name! {
    /// What a client's index URL points at: `/pypi/<index>/simple/`. `default` is also `/simple/`. That of a snapshot has its
    /// number behind an `@`: `testing@12`.
    IndexName, short_or_snapshot
}

short_name! {
    /// A registry we proxy, as the tables know it. Two indexes may share one.
    UpstreamName, short
}

short_name! {
    /// A named set of releases: `unstable`, `testing`, a codename, `security`.
    SuiteName, short
}

short_name! {
    /// A person of the distribution, as statements and pages name them: `alice`.
    MaintainerId, short
}

short_name! {
    /// Another distribution whose reviews are imported, as it is called here: `elsewhere`.
    PeerName, short
}

impl fmt::Display for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ProjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ProjectName({:?})", &*self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_name_is_a_short_word() {
        for good in ["default", "a", "team-1", "testing@12"] {
            assert_eq!(good.parse::<IndexName>().expect(good).as_str(), good);
        }
        for bad in
            ["", "Default", "1a", "a b", "../x", "ä", &"a".repeat(41), "a\0", "a@", "a@b", "@1", "a@1@2"]
        {
            assert!(bad.parse::<IndexName>().is_err(), "{bad}");
        }
    }
}
