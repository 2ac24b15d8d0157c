use object_store::path::Path;
use packhouse_model::Sha256;

/// The folder of all blobs, under the store's prefix.
pub(crate) const TOP: &str = "sha256";

/// `sha256/ab/cd/<hex>`: two levels keep folders small at millions of files.
pub(crate) fn parts(sha: Sha256) -> [String; 4] {
    let hex = sha.hex();
    [TOP.to_owned(), hex[..2].to_owned(), hex[2..4].to_owned(), hex]
}

/// The blob's key in the object store.
pub(crate) fn path(prefix: &Path, sha: Sha256) -> Path {
    parts(sha).iter().fold(prefix.clone(), |path, part| path.join(part.as_str()))
}

/// The hash a key stands for; nothing for any file that is not a blob's, which is then left alone.
pub(crate) fn parse(prefix: &Path, key: &Path) -> Option<Sha256> {
    let sha: Sha256 = key.filename()?.parse().ok()?;
    (path(prefix, sha) == *key).then_some(sha)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_back_and_nothing_else_is() {
        let sha = Sha256::of(b"six");
        for prefix in ["", "a", "a/b"] {
            let prefix = Path::from(prefix);
            let key = path(&prefix, sha);
            assert!(key.as_ref().ends_with(&sha.hex()), "{key}");
            assert_eq!(parse(&prefix, &key), Some(sha));
        }
        let hex = sha.hex();
        for foreign in [
            format!("sha256/{hex}"),
            format!("sha256/00/00/{hex}"),
            format!("other/{}/{}/{hex}", &hex[..2], &hex[2..4]),
            format!("sha256/{}/{}/{}", &hex[..2], &hex[2..4], hex.to_uppercase()),
            format!("sha256/{}/{}/{hex}.part", &hex[..2], &hex[2..4]),
            "sha256/readme".to_owned(),
        ] {
            assert_eq!(parse(&Path::from(""), &Path::from(foreign.as_str())), None, "{foreign}");
        }
    }
}
