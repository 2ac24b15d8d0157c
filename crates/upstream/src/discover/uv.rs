use std::io::Read as _;
use std::path::{Path, PathBuf};

use super::Surroundings;

/// Larger than any settings file a person writes.
const MOST_BYTES: u64 = 1024 * 1024;

/// The `uv.toml` files that exist, the user's first, then the system's, in the order in which uv looks for them.
pub(super) fn files(surroundings: &Surroundings) -> Vec<(PathBuf, Result<String, String>)> {
    let user = surroundings
        .variable("XDG_CONFIG_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(surroundings.home.as_ref()?.join(".config")));
    let system = surroundings.variable("XDG_CONFIG_DIRS").map_or_else(
        || vec![surroundings.etc.join("xdg")],
        |folders| std::env::split_paths(folders).collect(),
    );
    user.into_iter()
        .chain(system)
        .chain([surroundings.etc.clone()])
        .map(|folder| folder.join("uv").join("uv.toml"))
        .filter(|path| path.is_absolute())
        .filter_map(|path| read(&path).map(|content| (path, content)))
        .collect()
}

fn read(path: &Path) -> Option<Result<String, String>> {
    let file = match std::fs::File::open(path) {
        Err(error)
            if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) =>
        {
            return None;
        }
        opened => opened,
    };
    let mut text = String::new();
    let read = file.and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text));
    Some(read.map(|_| text).map_err(|error| format!("cannot be read: {error}")))
}

/// The key and the URL of the index that replaces uv's built-in one, by uv's own precedence.
pub(super) fn default_index(text: &str) -> Result<Option<(&'static str, String)>, String> {
    // The parser's own message shows the line, in which a password may stand.
    let settings: toml::Table = text.parse().map_err(|_| "is not valid TOML".to_owned())?;
    let text = |value: Option<&toml::Value>| value.and_then(toml::Value::as_str).map(str::to_owned);
    let default = settings
        .get("index")
        .and_then(toml::Value::as_array)
        .into_iter()
        .flatten()
        .find(|index| index.get("default").and_then(toml::Value::as_bool) == Some(true));
    let pip = settings.get("pip").and_then(|pip| pip.get("index-url"));
    let found = [
        ("the default of [[index]]", text(default.and_then(|index| index.get("url")))),
        ("index-url", text(settings.get("index-url"))),
        ("index-url of [pip]", text(pip)),
    ];
    Ok(found.into_iter().find_map(|(key, url)| Some((key, url?))))
}

/// `UV_DEFAULT_INDEX` may be `name=url`.
pub(super) fn without_name(text: &str) -> &str {
    match text.split_once('=') {
        Some((name, url))
            if !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c)) =>
        {
            url
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_index_of_a_uv_toml() {
        for (text, expected) in [
            ("", None),
            ("[[index]]\nurl = \"https://a.invalid/\"", None),
            (
                "index-url = \"https://c.invalid/\"\n[[index]]\nurl = \"https://a.invalid/\"\n[[index]]\nurl = \"https://b.invalid/\"\ndefault = true",
                Some("https://b.invalid/"),
            ),
            (
                "index-url = \"https://c.invalid/\"\n[pip]\nindex-url = \"https://d.invalid/\"",
                Some("https://c.invalid/"),
            ),
            ("[pip]\nindex-url = \"https://d.invalid/\"", Some("https://d.invalid/")),
            ("index = 3\nindex-url = 4\npip = 5", None),
        ] {
            assert_eq!(default_index(text).unwrap().map(|(_, url)| url).as_deref(), expected, "{text}");
        }
        assert_eq!(default_index("index-url = \"https://me:secret@").unwrap_err(), "is not valid TOML");
    }

    #[test]
    fn a_name_before_the_url_is_dropped() {
        for (text, url) in [
            ("https://a.invalid/simple", "https://a.invalid/simple"),
            ("work=https://a.invalid/simple", "https://a.invalid/simple"),
            ("https://a.invalid/simple?x=1", "https://a.invalid/simple?x=1"),
        ] {
            assert_eq!(without_name(text), url);
        }
    }
}
