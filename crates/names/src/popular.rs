//! Names that are known from the first minute on.

use packhouse_model::ProjectName;

/// A list of names, the most used first.
#[derive(Debug, Clone, Copy)]
pub struct Popular {
    text: &'static str,
    /// Top-level modules whose project has another name, with the project's.
    pub modules: &'static [(&'static str, &'static str)],
}

impl Popular {
    /// Python's 15,000 most downloaded projects of 2026-04-01.
    pub const PYTHON: Self = Self { text: include_str!("../data/popular-python.txt"), modules: MODULES };

    /// The names, canonical, the most used first.
    pub fn names(self) -> impl Iterator<Item = ProjectName> {
        self.lines().map(ProjectName::from_canonical)
    }

    /// The names as they stand in the list: to look whether one is there.
    pub fn lines(self) -> impl Iterator<Item = &'static str> {
        self.text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
    }
}

const MODULES: &[(&str, &str)] = &[
    ("yaml", "pyyaml"),
    ("bs4", "beautifulsoup4"),
    ("sklearn", "scikit-learn"),
    ("cv2", "opencv-python"),
    ("pil", "pillow"),
    ("dateutil", "python-dateutil"),
    ("dotenv", "python-dotenv"),
    ("jwt", "pyjwt"),
    ("attr", "attrs"),
    ("git", "gitpython"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
    ("openssl", "pyopenssl"),
    ("crypto", "pycryptodome"),
    ("mysqldb", "mysqlclient"),
    ("psycopg2", "psycopg2-binary"),
    ("googleapiclient", "google-api-python-client"),
    ("usb", "pyusb"),
    ("zmq", "pyzmq"),
    ("fitz", "pymupdf"),
    ("docx", "python-docx"),
    ("pptx", "python-pptx"),
    ("magic", "python-magic"),
    ("telegram", "python-telegram-bot"),
    ("discord", "discord-py"),
    ("ldap", "python-ldap"),
    ("nacl", "pynacl"),
    ("slugify", "python-slugify"),
    ("socks", "pysocks"),
    ("win32api", "pywin32"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_holds_canonical_names_each_once() {
        let names: Vec<String> = Popular::PYTHON.names().map(|name| name.to_string()).collect();
        assert_eq!(names.len(), 15_000);
        assert_eq!(names[..3], ["boto3", "packaging", "setuptools"]);
        let canonical = |name: &&String| {
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            name.bytes().all(|byte| plain(byte) || byte == b'-') && !name.contains("--")
        };
        assert_eq!(names.iter().find(|name| !canonical(name)), None);
        let distinct: std::collections::BTreeSet<_> = names.iter().collect();
        assert_eq!(distinct.len(), names.len());
    }
}
