//! A wheel against its own list of files, both ways.

use packhouse_archive::{RecordCheck, RecordedFile};

use super::Result;
use crate::inspection::budget::Trouble;
use crate::inspection::contents::Contents;
use crate::inspection::file::File;
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};

pub(super) fn look(contents: &Contents, sink: &mut Sink<'_>) -> Result {
    if !contents.recorded {
        return Ok(());
    }
    let mut check = RecordCheck::default();
    for (path, content) in &contents.files {
        let whole = content.size == content.bytes.len() as u64;
        check.see(RecordedFile {
            path,
            size: content.size,
            sha256: *content.sha256.as_bytes(),
            bytes: whole.then_some(&content.bytes),
        });
        // Most hashes were made when the file was unpacked.
        sink.budget.spend(1)?;
    }
    let problems = check.finish();
    if problems.is_empty() {
        return Ok(());
    }
    // Said of the list, as it is the list that changes with each release: a file that stayed as it was, and that only the new
    // list does not know, must not count as known.
    let comparable = contents.comparable();
    let listed = comparable.iter().find(|(_, path)| path.ends_with(".dist-info/RECORD"));
    let (key, path) = listed.map(|(key, path)| (key.clone(), (*path).to_owned())).unwrap_or_default();
    let Some(content) = contents.files.get(&path).or_else(|| contents.files.values().next()) else {
        return Err(Trouble::Damaged { problem: "the wheel is empty".to_owned() });
    };
    let list = File::new(path, key, content, contents.shape(), 0);
    for problem in problems {
        let rule = if problem.is_lack() { &rule::RECORD_LACK } else { &rule::RECORD };
        let what = problem.to_string();
        sink.add(&list, rule, At::File, what.clone(), &what)?;
    }
    Ok(())
}
