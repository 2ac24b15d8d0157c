//! For all inputs: no panic, the limits hold, and the same as an independent writer wrote.

use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};

use packhouse_archive::{ArchiveFormat, EntryKind, UnpackLimits, unpack};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;
use proptest::sample::Index;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use crate::support::{build, members};
use crate::tars::{entry, gzip, link, pax, sdist};

const LIMITS: UnpackLimits = UnpackLimits {
    entries: 30,
    total: 60_000,
    entry: 20_000,
    ratio: 50,
    ratio_free: 5_000,
    path: 100,
    ..UnpackLimits::default()
};

type Files = BTreeMap<String, (Vec<u8>, bool)>;

/// What came out, after a check that the limits were kept.
fn files(archive: &[u8], format: ArchiveFormat, limits: &UnpackLimits) -> Option<Files> {
    let mut found = Files::new();
    let (mut entries, mut bytes) = (0, 0);
    let result = unpack(archive, format, limits, &mut |entry| {
        entries += 1;
        bytes += entry.bytes.len() as u64;
        assert!(entry.bytes.len() as u64 <= limits.entry && entry.path.len() <= limits.path);
        assert!(
            !entry.path.starts_with('/')
                && entry.path.split('/').all(|part| !matches!(part, "" | "." | ".."))
        );
        if entry.kind == EntryKind::File {
            let before = found.insert(entry.path.to_owned(), (entry.bytes.to_vec(), entry.executable));
            assert!(before.is_none(), "twice");
        }
    });
    assert!(entries <= limits.entries && bytes <= limits.total);
    let done = result.ok()?;
    assert_eq!((done.entries, done.bytes), (entries, bytes));
    Some(found)
}

fn trees() -> impl Strategy<Value = Files> {
    let name = "([a-z]{1,9}/){0,3}[a-z]{1,9}\\.py|([a-z]{60}/){2}[a-zé]{4}\\.txt";
    btree_map(name, (vec(any::<u8>(), 0..700), any::<bool>()), 0..9)
}

proptest! {
    #[test]
    fn reads_what_the_zip_crate_writes(tree in trees(), stored in any::<bool>()) {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (path, (content, executable)) in &tree {
            let mode = if *executable { 0o755 } else { 0o644 };
            let method = if stored { zip::CompressionMethod::Stored } else { zip::CompressionMethod::Deflated };
            let options = SimpleFileOptions::default().compression_method(method).unix_permissions(mode);
            writer.start_file(path.as_str(), options).expect("a new name");
            writer.write_all(content).expect("into memory");
        }
        let archive = writer.finish().expect("into memory").into_inner();
        prop_assert_eq!(files(&archive, ArchiveFormat::Zip, &UnpackLimits::default()), Some(tree));
    }

    #[test]
    fn reads_what_the_tar_crate_writes(tree in trees(), gnu in any::<bool>()) {
        let mut writer = tar::Builder::new(Vec::new());
        for (path, (content, executable)) in &tree {
            let mut header = if gnu { tar::Header::new_gnu() } else { tar::Header::new_ustar() };
            header.set_mode(if *executable { 0o755 } else { 0o644 });
            header.set_size(content.len() as u64);
            if gnu || path.len() <= 100 {
                writer.append_data(&mut header, path, &content[..]).expect("into memory");
            } else {
                writer.append_pax_extensions([("path", path.as_bytes())]).expect("into memory");
                header.set_cksum();
                writer.append(&header, &content[..]).expect("into memory");
            }
        }
        let archive = gzip(&writer.into_inner().expect("into memory"));
        prop_assert_eq!(files(&archive, ArchiveFormat::TarGz, &UnpackLimits::default()), Some(tree));
    }

    #[test]
    fn any_bytes(bytes in vec(any::<u8>(), 0..700)) {
        let _ = files(&bytes, ArchiveFormat::Zip, &LIMITS);
        let _ = files(&bytes, ArchiveFormat::TarGz, &LIMITS);
        let _ = files(&gzip(&bytes), ArchiveFormat::TarGz, &LIMITS);
    }

    #[test]
    fn changed_zips(changes in vec((any::<Index>(), any::<u8>()), 1..6), zip64 in any::<bool>()) {
        let mut archive = build(&members(), zip64, b"").bytes;
        for (at, byte) in changes {
            let at = at.index(archive.len());
            archive[at] = byte;
        }
        let _ = files(&archive, ArchiveFormat::Zip, &LIMITS);
    }

    #[test]
    fn changed_tars(changes in vec((any::<Index>(), any::<u8>()), 0..6), whole in any::<bool>()) {
        let parts = [
            pax(b'g', &[("comment", "x")]),
            pax(b'x', &[("path", "p/long"), ("size", "1")]),
            entry(b"a", b'0', b"x"),
            entry(b"L", b'L', b"p/longer\0"),
            entry(b"a", b'0', b"yyy"),
            link(b"p/link", b'2', b"long"),
            link(b"p/hard", b'1', b"p/long"),
        ];
        let mut archive = if whole { sdist(&parts) } else { [parts.concat(), vec![0; 1024]].concat() };
        for (at, byte) in changes {
            let at = at.index(archive.len());
            archive[at] = byte;
        }
        let archive = if whole { archive } else { gzip(&archive) };
        let _ = files(&archive, ArchiveFormat::TarGz, &LIMITS);
    }

    #[test]
    fn runs_of_blocks(blocks in vec(prop_oneof![
        (vec(any::<u8>(), 1..20), any::<u8>(), vec(any::<u8>(), 0..700)).prop_map(|(n, k, c)| entry(&n, k, &c)),
        ("[a-cA-C./]{1,6}", "[0-7LKxg]", vec(any::<u8>(), 0..20)).prop_map(|(n, k, c)| entry(n.as_bytes(), k.as_bytes()[0], &c)),
        ("[a-c./]{1,6}", "[12]", "[a-c./]{0,6}").prop_map(|(n, k, t)| link(n.as_bytes(), k.as_bytes()[0], t.as_bytes())),
        ("path|size|linkpath|x", "[a-c./0-9]{0,6}").prop_map(|(k, v)| pax(b'x', &[(&k, &v)])),
    ], 0..8)) {
        let _ = files(&sdist(&blocks), ArchiveFormat::TarGz, &LIMITS);
    }
}
