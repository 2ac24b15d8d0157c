//! The checks that every entry of a page goes through, whatever form the page has.

use std::borrow::Cow;
use std::collections::HashMap;
use std::collections::hash_map::Entry;

use packhouse_model::Sha256;
use percent_encoding::percent_decode_str;
use url::Url;

use super::{File, Limits, PageError, Skipped};
use crate::filename::check_filename;
use crate::text::{cut, excerpt};

/// The longest part of a filename that a [`Skipped`] repeats, in bytes.
const SKIPPED_FILENAME: usize = 200;

/// Gathers the files of a page and the reasons for those left out.
pub(super) struct Collector<'a> {
    base: Url,
    pub(super) limits: &'a Limits,
    files: Vec<File>,
    skipped: Vec<Skipped>,
    /// Entries seen, kept or not.
    entries: usize,
}

/// A file's URL, checked, with the hash that stood in its fragment.
pub(super) struct Location {
    pub(super) url: Url,
    pub(super) sha256: Option<Sha256>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(base: &Url, limits: &'a Limits) -> Self {
        Self { base: base.clone(), limits, files: Vec::new(), skipped: Vec::new(), entries: 0 }
    }

    /// Changes what relative URLs are relative to (HTML's `<base href>`).
    pub(super) fn rebase(&mut self, href: &str) {
        if href.len() <= self.limits.text
            && let Ok(base) = self.base.join(href)
            && is_http(&base)
        {
            self.base = base;
        }
    }

    /// Counts one entry, before it is looked at.
    pub(super) fn count(&mut self) -> Result<(), PageError> {
        self.entries += 1;
        if self.entries > self.limits.files {
            return Err(PageError::TooMany { what: "files", limit: self.limits.files });
        }
        Ok(())
    }

    pub(super) fn keep(&mut self, file: File) {
        self.files.push(file);
    }

    pub(super) fn skip(&mut self, filename: &str, reason: impl Into<String>) {
        self.skipped.push(skipped(filename, reason));
    }

    /// Checks a filename and its URL: PEP 503 and PEP 691 let the two differ in theory, but clients
    /// disagree on which of them counts (pip takes the URL's last segment, uv the filename), so a file that
    /// answers to two names is refused.
    pub(super) fn locate(&self, filename: &str, href: &str) -> Result<Location, Cow<'static, str>> {
        check_filename(filename).map_err(|error| error.to_string())?;
        if href.len() > self.limits.text {
            return Err(format!("its URL has more than {} bytes", self.limits.text).into());
        }
        let mut url = self.url(href).ok_or("its URL is not an http or https URL")?;
        let last = url.path().rsplit('/').next().unwrap_or_default();
        if last != filename && percent_decode_str(last).ne(filename.bytes()) {
            return Err(format!("its URL ends in {:?}, not in the filename", excerpt(last)).into());
        }
        let sha256 = url.fragment().map(fragment_sha256).transpose()?.flatten();
        url.set_fragment(None);
        Ok(Location { url, sha256 })
    }

    /// An absolute http or https URL without user name and password: a page that is stored and shown must not
    /// hold a password, and what opens our upstream is not the page's to say.
    pub(super) fn url(&self, href: &str) -> Option<Url> {
        let mut url = self.base.join(href).ok().filter(is_http)?;
        if !url.username().is_empty() || url.password().is_some() {
            url.set_username("").ok()?;
            url.set_password(None).ok()?;
        }
        Some(url)
    }

    /// The files and what was left out. A filename that is listed twice with the same bytes is kept once;
    /// with different bytes, or with no hash to tell, none of its entries is kept: choosing one silently
    /// would let whoever can add an entry replace a file.
    pub(super) fn finish(mut self) -> (Vec<File>, Vec<Skipped>) {
        let mut first = HashMap::<&str, (usize, bool)>::with_capacity(self.files.len());
        let mut repeated = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            match first.entry(&file.filename) {
                Entry::Vacant(entry) => {
                    entry.insert((at, true));
                }
                Entry::Occupied(mut entry) => {
                    let (earlier, agree) = entry.get_mut();
                    *agree &= same_bytes(&self.files[*earlier], file);
                    repeated.push(at);
                }
            }
        }
        if repeated.is_empty() {
            return (self.files, self.skipped);
        }
        let mut dropped = vec![false; self.files.len()];
        for at in repeated {
            dropped[at] = true;
        }
        let mut clashes: Vec<usize> =
            first.into_values().filter(|(_, agree)| !agree).map(|(at, _)| at).collect();
        clashes.sort_unstable();
        for at in clashes {
            dropped[at] = true;
            let reason = "it is listed more than once, with different bytes";
            self.skipped.push(skipped(&self.files[at].filename, reason));
        }
        let mut dropped = dropped.into_iter();
        self.files.retain(|_| !dropped.next().unwrap_or_default());
        (self.files, self.skipped)
    }
}

pub(super) fn skipped(filename: &str, reason: impl Into<String>) -> Skipped {
    Skipped { filename: cut(filename, SKIPPED_FILENAME).to_owned(), reason: reason.into() }
}

fn same_bytes(one: &File, other: &File) -> bool {
    one.sha256 == other.sha256 && (one.sha256.is_some() || one.url == other.url)
}

fn is_http(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
}

/// PEP 503: `#<algorithm>=<digest>`. Other algorithms and other parts (`egg=`) are not an error.
fn fragment_sha256(fragment: &str) -> Result<Option<Sha256>, Cow<'static, str>> {
    match fragment.split('&').find_map(|part| part.strip_prefix("sha256=")) {
        None => Ok(None),
        Some(digest) => {
            digest.parse().map(Some).map_err(|_| Cow::Borrowed("the sha256 in its URL is malformed"))
        }
    }
}
