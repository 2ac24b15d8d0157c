//! Paths that line up between two releases: without the version that stands in them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// Pairs each path with the one that it is compared by: `flask-3.0.0/src/flask/app.py` is `src/flask/app.py`, and
/// `flask-3.0.0.dist-info/METADATA` is `flask.dist-info/METADATA`.
///
/// Two paths that would become one (two `dist-info` folders of different versions) stay as they are.
pub(crate) fn comparable<'a>(paths: impl Iterator<Item = &'a str> + Clone) -> BTreeMap<String, &'a str> {
    let root = common_root(paths.clone());
    let mut found: BTreeMap<String, &str> = BTreeMap::new();
    let mut clashing = Vec::new();
    for path in paths {
        match found.entry(one(path, root)) {
            Entry::Vacant(entry) => {
                entry.insert(path);
            }
            Entry::Occupied(_) => clashing.push(path),
        }
    }
    found.extend(clashing.into_iter().map(|path| (path.to_owned(), path)));
    found
}

/// One path, where `root` is the folder that holds everything, or empty.
pub(crate) fn one(path: &str, root: &str) -> String {
    if !root.is_empty()
        && let Some(rest) = path.strip_prefix(root)
    {
        return rest.trim_start_matches('/').to_owned();
    }
    let Some((first, rest)) = path.split_once('/') else { return path.to_owned() };
    for ending in [".dist-info", ".data"] {
        let name = first.strip_suffix(ending).and_then(without_version);
        if let Some(name) = name {
            return format!("{name}{ending}/{rest}");
        }
    }
    path.to_owned()
}

/// The `NAME-VERSION` folder of an sdist (PEP 625), if everything lies in it; else empty.
pub(crate) fn common_root<'a>(mut paths: impl Iterator<Item = &'a str>) -> &'a str {
    let Some((first, _)) = paths.next().and_then(|path| path.split_once('/')) else { return "" };
    let versioned =
        without_version(first).is_some() && !first.ends_with(".dist-info") && !first.ends_with(".data");
    let holds = |path: &str| path.strip_prefix(first).is_some_and(|rest| rest.starts_with('/'));
    if versioned && paths.all(holds) { first } else { "" }
}

/// `flask` of `flask-3.0.0`.
fn without_version(stem: &str) -> Option<&str> {
    let begins_version = |at: &usize| stem[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == 'v');
    let at = stem.match_indices('-').map(|(at, _)| at).find(begins_version)?;
    Some(&stem[..at]).filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_up() {
        for (paths, expected) in [
            (&["flask-3.0.0/src/app.py", "flask-3.0.0/PKG-INFO"][..], &["PKG-INFO", "src/app.py"][..]),
            (&["a-b-1.0/x"], &["x"]),
            (
                &["flask/app.py", "flask-3.0.0.dist-info/METADATA"],
                &["flask.dist-info/METADATA", "flask/app.py"],
            ),
            (&["x-1.data/scripts/run", "y"], &["x.data/scripts/run", "y"]),
            (&["src/a.py", "src/b.py"], &["src/a.py", "src/b.py"]),
            (&["a-1/x", "b-1/x"], &["a-1/x", "b-1/x"]),
            (&["a-1/x", "a-10/x"], &["a-1/x", "a-10/x"]),
            (&["a-1.dist-info/X", "a-2.dist-info/X", "b"], &["a-2.dist-info/X", "a.dist-info/X", "b"]),
            (&["a-1.dist-info/X"], &["a.dist-info/X"]),
            (&["-1/x"], &["-1/x"]),
            (&[], &[]),
        ] {
            let found = comparable(paths.iter().copied());
            assert_eq!(found.keys().map(String::as_str).collect::<Vec<_>>(), expected, "{paths:?}");
            assert_eq!(found.len(), paths.len());
        }
    }
}
