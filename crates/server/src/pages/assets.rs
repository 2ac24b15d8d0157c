/// A file that the pages load, compiled in.
#[derive(Debug, Clone, Copy)]
pub struct Asset {
    /// Where it is served.
    pub path: &'static str,
    /// Its media type.
    pub content_type: &'static str,
    /// Its bytes.
    pub body: &'static str,
    /// A hash of its bytes. Pages ask for `path?v=<stamp>`, so that answer may be cached for ever; it is
    /// also good for an `ETag`. Not a cryptographic hash.
    pub stamp: u64,
}

impl Asset {
    const fn new(path: &'static str, content_type: &'static str, body: &'static str) -> Self {
        Self { path, content_type, body, stamp: fnv(body.as_bytes()) }
    }

    /// The address that the pages use.
    pub fn href(&self) -> String {
        format!("{}?v={:016x}", self.path, self.stamp)
    }
}

pub(crate) const CSS: Asset = Asset::new(
    "/static/packhouse.css",
    "text/css; charset=utf-8",
    include_str!("../../static/packhouse.css"),
);
pub(crate) const COPY: Asset =
    Asset::new("/static/copy.js", "text/javascript; charset=utf-8", include_str!("../../static/copy.js"));
pub(crate) const ICON: Asset =
    Asset::new("/static/favicon.svg", "image/svg+xml", include_str!("../../static/favicon.svg"));

/// Everything under `/static/`.
pub const ASSETS: [Asset; 3] = [CSS, COPY, ICON];

/// The asset at a path, without its query.
pub fn asset(path: &str) -> Option<&'static Asset> {
    static ALL: [Asset; 3] = ASSETS;
    ALL.iter().find(|asset| asset.path == path)
}

/// FNV-1a with 64 bits.
const fn fnv(bytes: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut at = 0;
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0000_0100_0000_01b3);
        at += 1;
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(fnv(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(fnv(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn finds_by_path() {
        assert_eq!(asset("/static/packhouse.css").map(|found| found.stamp), Some(CSS.stamp));
        assert!(asset("/static/../Cargo.toml").is_none());
    }
}
