//! Texts of types that other crates own, for serde.

/// A canonical project name as its text.
pub(crate) mod project {
    use packhouse_model::ProjectName;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(name: &ProjectName, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(name)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<ProjectName, D::Error> {
        packhouse_pypi::normalize(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// Versions as their normalised texts.
pub(crate) mod versions {
    use packhouse_pypi::Version;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn serialize<S: Serializer>(versions: &[Version], to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(versions.iter().map(ToString::to_string))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<Version>, D::Error> {
        Vec::<String>::deserialize(from)?
            .iter()
            .map(|text| Version::parse(text).map_err(D::Error::custom))
            .collect()
    }
}

/// A length of time as its shortest exact text: `5d`, `36h`, `90s`.
pub(crate) mod duration {
    use std::time::Duration;

    use packhouse_model::parse_duration;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(crate) fn exact(duration: Duration) -> String {
        match duration.as_secs() {
            0 => "0".to_owned(),
            seconds if seconds % 86_400 == 0 => format!("{}d", seconds / 86_400),
            seconds if seconds % 3_600 == 0 => format!("{}h", seconds / 3_600),
            seconds => format!("{seconds}s"),
        }
    }

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&exact(*duration))
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Duration, D::Error> {
        parse_duration(&String::deserialize(from)?).map_err(D::Error::custom)
    }
}

/// `one`, `one and two`, `one, two and three`.
pub(crate) fn list<T: std::fmt::Display>(words: &[T]) -> String {
    match words {
        [] => String::new(),
        [one] => one.to_string(),
        [first @ .., last] => {
            let first: Vec<String> = first.iter().map(ToString::to_string).collect();
            format!("{} and {last}", first.join(", "))
        }
    }
}
