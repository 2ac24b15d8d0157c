//! What a review can assert. The texts are in `src/criteria`, one file for each.

use std::collections::BTreeSet;

/// Something that a review asserts of the bytes it is about.
#[derive(Debug, PartialEq, Eq)]
pub struct Criterion {
    /// As in statements: `safe-to-run`.
    pub name: &'static str,
    /// What it asserts, what the reviewer must have done, who may sign it; the first line says it in one sentence.
    pub text: &'static str,
    /// The criteria that are met where this one is; those that follow from them are not repeated.
    pub implies: &'static [&'static str],
}

impl Criterion {
    /// The first line of the text: one sentence.
    pub fn summary(&self) -> &'static str {
        self.text.lines().next().unwrap_or_default()
    }
}

macro_rules! criteria {
    ($($name:literal implies $implies:expr;)*) => {
        static ALL: &[Criterion] = &[
            $(Criterion {
                name: $name,
                text: include_str!(concat!("../criteria/", $name, ".txt")),
                implies: &$implies,
            },)*
        ];
    };
}

criteria! {
    "provenance-ok" implies [];
    "build-clean" implies [];
    "safe-to-install" implies ["build-clean"];
    "safe-to-run" implies ["safe-to-install"];
    "safe-to-deploy" implies ["safe-to-run"];
    "license-ok" implies [];
    "native-reviewed" implies [];
    "crypto-ok" implies [];
}

/// What a release must meet in order to be reviewed.
pub const REQUIRED: &[&str] = &["safe-to-run"];

/// All criteria, in the order in which a reviewer would come to them.
pub fn all() -> &'static [Criterion] {
    ALL
}

/// The criterion of that name.
pub fn find(name: &str) -> Option<&'static Criterion> {
    ALL.iter().find(|criterion| criterion.name == name)
}

/// The criteria that are named, and all that follow from them. Unknown names say nothing.
pub fn closure<'n>(names: impl IntoIterator<Item = &'n str>) -> BTreeSet<&'static str> {
    let mut closure = BTreeSet::new();
    let mut open: Vec<&Criterion> = names.into_iter().filter_map(find).collect();
    while let Some(criterion) = open.pop() {
        if closure.insert(criterion.name) {
            open.extend(criterion.implies.iter().filter_map(|name| find(name)));
        }
    }
    closure
}

/// The first required criterion that these do not cover.
pub(super) fn lacking(names: &[String]) -> Option<&'static str> {
    let closure = closure(names.iter().map(String::as_str));
    REQUIRED.iter().copied().find(|name| !closure.contains(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_says_what_it_must() {
        assert_eq!(ALL.len(), 8);
        for criterion in ALL {
            for part in ["Asserts", "Who signs it has ", "May be signed by "] {
                assert!(criterion.text.contains(part), "{} lacks {part:?}", criterion.name);
            }
            let stated = criterion.text.lines().last().unwrap();
            let names = if criterion.implies.is_empty() {
                "nothing".to_owned()
            } else {
                criterion.implies.join(", ")
            };
            assert_eq!(stated, format!("Implies: {names}."), "{}", criterion.name);
            assert!(criterion.summary().ends_with('.'));
        }
    }

    #[test]
    fn what_follows_from_what() {
        for (names, covered) in [
            (&["safe-to-run"][..], true),
            (&["safe-to-deploy"], true),
            (&["license-ok", "safe-to-deploy"], true),
            (&["safe-to-install"], false),
            (&["provenance-ok", "build-clean", "license-ok", "native-reviewed", "crypto-ok"], false),
            (&["no-such-thing"], false),
            (&[], false),
        ] {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(lacking(&names).is_none(), covered, "{names:?}");
        }
        assert!(closure(["safe-to-deploy"]).contains("build-clean"));
        assert!(REQUIRED.iter().all(|name| find(name).is_some()));
    }
}
