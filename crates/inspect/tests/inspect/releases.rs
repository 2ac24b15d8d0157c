//! Releases out of archives.

use std::io::Write as _;

use packhouse_archive::UnpackLimits;
use packhouse_inspect::{ContentKind, ReadLimits, Release, Tree};

/// A wheel of stored members, by hand.
fn wheel(files: &[(&str, &[u8])]) -> Vec<u8> {
    let (mut bytes, mut directory) = (Vec::new(), Vec::new());
    for (name, content) in files {
        let mut common = Vec::new();
        for field in [20_u16, 0, 0, 0, 0x21] {
            common.extend(field.to_le_bytes());
        }
        common.extend(crc(content).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((content.len() as u32).to_le_bytes());
        common.extend((name.len() as u32).to_le_bytes());
        directory.extend(b"PK\x01\x02\x14\x03");
        directory.extend(&common);
        directory.extend([0; 10]);
        directory.extend((bytes.len() as u32).to_le_bytes());
        directory.extend(name.as_bytes());
        bytes.extend(b"PK\x03\x04");
        bytes.extend(&common);
        bytes.extend(name.as_bytes());
        bytes.extend(*content);
    }
    let start = bytes.len() as u32;
    bytes.extend(&directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend((files.len() as u16).to_le_bytes());
    bytes.extend((files.len() as u16).to_le_bytes());
    bytes.extend((directory.len() as u32).to_le_bytes());
    bytes.extend(start.to_le_bytes());
    bytes.write_all(&[0; 2]).expect("into memory");
    bytes
}

fn crc(content: &[u8]) -> u32 {
    !content.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(
            crc ^ u32::from(*byte),
            |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0xedb8_8320 } else { crc >> 1 },
        )
    })
}

#[test]
fn reads_a_wheel() {
    let archive = wheel(&[
        ("p/__init__.py", b"x = 1\n"),
        ("p/n.so", b"\x7fELF"),
        ("p-1.dist-info/METADATA", b"Name: p\nVersion: 1\n"),
    ]);
    let release = Release::read(&archive, "p-1-py3-none-any.whl", &ReadLimits::default()).expect("well made");
    let kinds: Vec<_> =
        release.tree.files.iter().map(|(path, file)| (path.as_str(), file.kind, file.size)).collect();
    assert_eq!(
        kinds,
        [
            ("p-1.dist-info/METADATA", ContentKind::Metadata, 19),
            ("p/__init__.py", ContentKind::Python, 6),
            ("p/n.so", ContentKind::NativeBinary, 4),
        ]
    );
    assert_eq!(release.content("p/__init__.py"), Some(&b"x = 1\n"[..]));
    assert_eq!(release.content("p/n.so"), None, "binaries are not kept");
    let limits = ReadLimits { kept_file: 6, ..ReadLimits::default() };
    let release = Release::read(&archive, "p-1-py3-none-any.whl", &limits).expect("well made");
    assert_eq!(release.content("p-1.dist-info/METADATA"), None);
    assert!(release.content("p/__init__.py").is_some());
    let limits = ReadLimits { unpack: UnpackLimits { entries: 2, ..UnpackLimits::default() }, ..limits };
    assert!(Release::read(&archive, "p-1-py3-none-any.whl", &limits).is_err());
    assert!(Release::read(&archive, "p-1.tar.bz2", &limits).is_err());
    assert!(Release::read(&archive, "p-1.tar.gz", &limits).is_err());
}

#[test]
fn kinds_do_not_depend_on_the_common_folder() {
    let sdist = Release::from_files([
        ("p-1/sitecustomize.py", &b"x"[..]),
        ("p-1/PKG-INFO", b"Name: p\nVersion: 1\n"),
    ]);
    assert_eq!(sdist.tree.files["p-1/sitecustomize.py"].kind, ContentKind::Pth);
    let folder = Release::from_files([("p/sitecustomize.py", &b"x"[..]), ("q.py", b"")]);
    assert_eq!(folder.tree.files["p/sitecustomize.py"].kind, ContentKind::Python);
    let _: &Tree = &folder.tree;
}
