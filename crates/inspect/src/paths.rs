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

/// `p/_x.so` of `p/_x.cpython-312-x86_64-linux-gnu.so`, and `p.libs/libz.so.1` of `p.libs/libz-eb09ad1d.so.1`: what a file is
/// called whatever Python and machine it was built for, and whoever bundled it.
pub(crate) fn of_any_build(path: &str) -> String {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let join = |name: String| if folder.is_empty() { name } else { format!("{folder}/{name}") };
    if let Some((stem, ending)) = name.rsplit_once('.').filter(|(_, ending)| matches!(*ending, "so" | "pyd"))
        && let Some((module, tag)) = stem.split_once('.')
        && ["cpython-", "cp3", "abi3", "pypy"].iter().any(|begin| tag.starts_with(begin))
    {
        return join(format!("{module}.{ending}"));
    }
    if (folder.ends_with(".libs") || folder.ends_with(".dylibs"))
        && let Some((stem, rest)) = name.split_once('-')
    {
        let hash = rest.split(['.', '-']).next().unwrap_or_default();
        if hash.len() == 8 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return join(format!("{stem}{}", &rest[hash.len()..]));
        }
    }
    path.to_owned()
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
    fn builds_of_one_module_have_one_name() {
        for (path, expected) in [
            ("_cffi_backend.cpython-312-x86_64-linux-gnu.so", "_cffi_backend.so"),
            ("p/_x.abi3.so", "p/_x.so"),
            ("p/_x.cp313-win_amd64.pyd", "p/_x.pyd"),
            ("p/lib.so", "p/lib.so"),
            ("p/libfoo.1.2.so", "p/libfoo.1.2.so"),
            ("p.libs/libz-eb09ad1d.so.1.2.11", "p.libs/libz.so.1.2.11"),
            ("p.libs/libopen-blas.so", "p.libs/libopen-blas.so"),
            ("p/libz-eb09ad1d.so.1", "p/libz-eb09ad1d.so.1"),
            ("a.py", "a.py"),
        ] {
            assert_eq!(of_any_build(path), expected, "{path}");
        }
    }

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
