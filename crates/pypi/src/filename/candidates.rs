use packhouse_model::ProjectName;

use crate::name::normalize;

/// How many names one filename can speak of: `a-b-c-1.0.tar.gz` may be of `a-b-c`, `a-b` or `a`.
const MOST: usize = 4;

/// The projects that a file of this name may belong to, the likeliest first.
///
/// A wheel's name says it (PEP 427); an old sdist's does not say where the name ends and the version begins
/// (PEP 625 came late), so every split before something like a version is one.
pub fn possible_projects(filename: &str) -> Vec<ProjectName> {
    let mut found: Vec<ProjectName> = Vec::new();
    let mut add = |text: &str| {
        if let Ok(name) = normalize(text)
            && !found.contains(&name)
            && found.len() < MOST
        {
            found.push(name);
        }
    };
    if filename.ends_with(".whl") || filename.ends_with(".egg") {
        add(filename.split('-').next().unwrap_or_default());
        return found;
    }
    let splits: Vec<usize> = filename.match_indices('-').map(|(at, _)| at).collect();
    let like_a_version = |at: usize| filename[at + 1..].starts_with(|c: char| c.is_ascii_digit() || c == 'v');
    for at in splits.iter().rev().filter(|at| like_a_version(**at)) {
        add(&filename[..*at]);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn candidates() {
        for (filename, expected) in [
            ("six-1.17.0-py2.py3-none-any.whl", &["six"][..]),
            ("typing_extensions-4.12.2-py3-none-any.whl", &["typing-extensions"]),
            ("python-dateutil-2.8.0.tar.gz", &["python-dateutil"]),
            ("zope.interface-5.0.zip", &["zope-interface"]),
            ("x-2-3.0.tar.gz", &["x-2", "x"]),
            ("nothing", &[]),
            ("", &[]),
            ("-1.0.tar.gz", &[]),
        ] {
            let names = possible_projects(filename);
            assert_eq!(names.iter().map(ProjectName::as_str).collect::<Vec<_>>(), expected, "{filename}");
        }
    }
}
