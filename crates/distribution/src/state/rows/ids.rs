//! The keys of rows that are made of two words.

use std::fmt;
use std::str::FromStr;

use packhouse_model::{ProjectName, SuiteName};
use packhouse_pypi::normalize;

macro_rules! pair_key {
    ($(#[$doc:meta])* $name:ident($first:ident: $first_type:ty, $separator:literal, $second:ident: $second_type:ty, $parse:expr)) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name {
            /// The suite.
            pub $first: $first_type,
            /// Within it.
            pub $second: $second_type,
        }

        impl $name {
            /// The key of the two.
            pub fn new($first: $first_type, $second: $second_type) -> Self {
                Self { $first, $second }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!("{}", $separator, "{}"), self.$first, self.$second)
            }
        }

        impl FromStr for $name {
            type Err = ();

            fn from_str(text: &str) -> Result<Self, ()> {
                let (first, second) = text.split_once($separator).ok_or(())?;
                let parse: fn(&str) -> Option<$second_type> = $parse;
                Ok(Self { $first: first.parse().map_err(|_| ())?, $second: parse(second).ok_or(())? })
            }
        }
    };
}

pair_key! {
    /// `testing@12`.
    SnapshotId(suite: SuiteName, "@", serial: u64, |text| text.parse().ok())
}

pair_key! {
    /// `testing/flask`.
    PlacementId(suite: SuiteName, "/", project: ProjectName, |text| normalize(text).ok())
}

pair_key! {
    /// `testing/flask-3`.
    TransitionId(suite: SuiteName, "/", name: String, |text| Some(text.to_owned()))
}

/// A project as the key of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProjectKey(pub ProjectName);

impl fmt::Display for ProjectKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ProjectKey {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        normalize(text).map(Self).map_err(|_| ())
    }
}
