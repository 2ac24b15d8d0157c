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

/// An index's or an upstream's name was not a short word.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "a name of an index or upstream is 1 to 40 of a-z, 0-9 and -, and starts with a letter; found {found:?}"
)]
pub struct NameError {
    /// The offending text, cut to 80 characters.
    pub found: String,
}

macro_rules! short_name {
    ($(#[$doc:meta])* $name:ident) => {
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
                let good = (1..=40).contains(&text.len())
                    && text.starts_with(|c: char| c.is_ascii_lowercase())
                    && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
                if good { Ok(Self(text.into())) } else { Err(NameError { found: text.chars().take(80).collect() }) }
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
    };
}

short_name! {
    /// What a client's index URL points at: `/pypi/<index>/simple/`. `default` is also `/simple/`.
    IndexName
}

short_name! {
    /// A registry we proxy, as the tables know it. Two indexes may share one.
    UpstreamName
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
        for good in ["default", "a", "team-1"] {
            assert_eq!(good.parse::<IndexName>().expect(good).as_str(), good);
        }
        for bad in ["", "Default", "1a", "a b", "../x", "ä", &"a".repeat(41), "a\0"] {
            assert!(bad.parse::<IndexName>().is_err(), "{bad}");
        }
    }
}
