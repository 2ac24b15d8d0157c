//! The records of a pax header: `LENGTH KEY=VALUE\n` (POSIX.1-2017, *pax*, section *pax Extended Header*).

/// What extended headers say of the next entry.
#[derive(Debug, Default)]
pub(super) struct Records {
    pub(super) path: Option<Vec<u8>>,
    pub(super) target: Option<Vec<u8>>,
    pub(super) size: Option<u64>,
}

/// Reads a header for one entry. The error is the problem in words.
pub(super) fn local(bytes: &[u8], records: &mut Records) -> Result<(), &'static str> {
    each(bytes, |key, value| match key {
        b"path" => once(&mut records.path, value.to_vec(), "two paths"),
        b"linkpath" => once(&mut records.target, value.to_vec(), "two link targets"),
        b"size" => {
            let text = std::str::from_utf8(value).ok().filter(|text| !text.starts_with('+'));
            let size = text.and_then(|text| text.parse().ok()).ok_or("its size is no number")?;
            once(&mut records.size, size, "two sizes")
        }
        _ => harmless(key),
    })
}

/// Reads a header for all entries that follow. `git archive` keeps the commit there.
pub(super) fn global(bytes: &[u8]) -> Result<(), &'static str> {
    each(bytes, |key, _| match key {
        // One name for many entries: readers apply it to all of them, to the next, or not at all.
        b"path" | b"linkpath" | b"size" => Err("a path, link target or size for all entries"),
        _ => harmless(key),
    })
}

/// GNU long names hold the text and a NUL.
pub(super) fn long_name(bytes: &[u8]) -> Result<Vec<u8>, &'static str> {
    let text = bytes.strip_suffix(b"\0").unwrap_or(bytes);
    if text.contains(&0) { Err("a NUL character in a long name") } else { Ok(text.to_vec()) }
}

pub(super) fn once<T>(slot: &mut Option<T>, value: T, problem: &'static str) -> Result<(), &'static str> {
    // The first counts to some readers, the last to others.
    if slot.is_some() {
        return Err(problem);
    }
    *slot = Some(value);
    Ok(())
}

fn harmless(key: &[u8]) -> Result<(), &'static str> {
    // A sparse file's real name and content are in its records and its data; only some readers look.
    if key.starts_with(b"GNU.sparse.") {
        return Err("a sparse file");
    }
    if key == b"hdrcharset" { Err("a character set other than UTF-8") } else { Ok(()) }
}

fn each(
    mut bytes: &[u8],
    mut take: impl FnMut(&[u8], &[u8]) -> Result<(), &'static str>,
) -> Result<(), &'static str> {
    const DAMAGED: &str = "its records are damaged";
    while !bytes.is_empty() {
        let blank = bytes.iter().take(20).position(|byte| *byte == b' ').ok_or(DAMAGED)?;
        let digits = &bytes[..blank];
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(DAMAGED);
        }
        let length: usize =
            std::str::from_utf8(digits).ok().and_then(|text| text.parse().ok()).ok_or(DAMAGED)?;
        let (record, rest) = bytes.split_at_checked(length).ok_or(DAMAGED)?;
        let record = record.get(blank + 1..).and_then(|record| record.strip_suffix(b"\n")).ok_or(DAMAGED)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or(DAMAGED)?;
        // CPython stops reading here and takes no further record, others go on.
        if equals == 0 {
            return Err(DAMAGED);
        }
        take(&record[..equals], &record[equals + 1..])?;
        bytes = rest;
    }
    Ok(())
}
