//! Differences and risk classes of releases, through the crate's public functions.

mod differences;
mod properties;
mod releases;
mod risks;
mod texts;

use packhouse_inspect::Release;

/// A release of these files.
pub(crate) fn release(files: &[(&str, &str)]) -> Release {
    Release::from_files(files.iter().map(|(path, content)| (*path, content.as_bytes())))
}

/// A wheel of `p` with this version, these metadata headers and files.
pub(crate) fn wheel(version: &str, headers: &str, files: &[(&str, &str)]) -> Release {
    let metadata = format!("Metadata-Version: 2.4\nName: p\nVersion: {version}\n{headers}\nA project.\n");
    let mut all = vec![
        (format!("p-{version}.dist-info/METADATA"), metadata),
        (format!("p-{version}.dist-info/RECORD"), format!("p-{version}.dist-info/METADATA,,\n")),
        ("p/__init__.py".to_owned(), "x = 1\n".to_owned()),
    ];
    for (path, content) in files {
        let path = path.replace("{version}", version);
        all.retain(|(known, _)| *known != path);
        all.push((path, (*content).to_owned()));
    }
    Release::from_files(all)
}
