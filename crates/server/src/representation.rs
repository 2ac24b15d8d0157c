//! Which representation of a page the headers of a request ask for.

use std::borrow::Cow;
use std::cell::RefCell;

use http::header::{ACCEPT, ACCEPT_ENCODING};
use http::{HeaderMap, HeaderName, HeaderValue};
use packhouse_pypi::negotiate::{Encoding, Format, encoding, negotiate};

/// How many pairs of headers each thread remembers: a few versions of a few clients ask for nearly everything.
const PLACES: usize = 8;
/// Bytes of the longest header that is remembered; pip's are below 150.
const LONGEST: usize = 500;

/// What a pair of headers came to.
struct Known {
    accept: Option<Box<[u8]>>,
    accept_encoding: Option<Box<[u8]>>,
    chosen: (Format, Encoding),
}

/// Pairs in the order of their last use, the oldest first.
#[derive(Default)]
struct Recent(Vec<Known>);

impl Recent {
    fn get(&mut self, accept: Option<&[u8]>, accept_encoding: Option<&[u8]>) -> Option<(Format, Encoding)> {
        let same = |known: &Known| {
            known.accept.as_deref() == accept && known.accept_encoding.as_deref() == accept_encoding
        };
        let place = self.0.iter().rposition(same)?;
        self.0[place..].rotate_left(1);
        self.0.last().map(|known| known.chosen)
    }

    fn add(&mut self, known: Known) {
        if self.0.len() == PLACES {
            self.0.remove(0);
        }
        self.0.push(known);
    }
}

thread_local! {
    static RECENT: RefCell<Recent> = RefCell::default();
}

/// The form and the content coding that a request gets, by its headers.
pub(crate) fn representation(headers: &HeaderMap) -> (Format, Encoding) {
    let several = |name: &HeaderName| headers.get_all(name).iter().nth(1).is_some();
    let line = |name: &HeaderName| headers.get(name).map(HeaderValue::as_bytes);
    let (accept, accept_encoding) = (line(&ACCEPT), line(&ACCEPT_ENCODING));
    let length = |line: Option<&[u8]>| line.map_or(0, <[u8]>::len);
    if several(&ACCEPT) || several(&ACCEPT_ENCODING) || length(accept).max(length(accept_encoding)) > LONGEST
    {
        return choose(headers);
    }
    RECENT.with_borrow_mut(|recent| {
        recent.get(accept, accept_encoding).unwrap_or_else(|| {
            let chosen = choose(headers);
            let (accept, accept_encoding) = (accept.map(Box::from), accept_encoding.map(Box::from));
            recent.add(Known { accept, accept_encoding, chosen });
            chosen
        })
    })
}

fn choose(headers: &HeaderMap) -> (Format, Encoding) {
    let accept_encoding = list(headers, &ACCEPT_ENCODING);
    (negotiate(list(headers, &ACCEPT).as_deref(), None), encoding(accept_encoding.as_deref()))
}

/// As [`representation`], with the `format` of the URL, which wins over the header.
pub(crate) fn representation_with(headers: &HeaderMap, format: &str) -> (Format, Encoding) {
    (negotiate(list(headers, &ACCEPT).as_deref(), Some(format)), representation(headers).1)
}

/// A header that is a list: several lines of it are one (RFC 9110 section 5.3).
fn list<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<Cow<'a, str>> {
    let mut lines = headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
    let first = lines.next()?;
    Some(lines.fold(Cow::Borrowed(first), |list, line| Cow::Owned(format!("{list}, {line}"))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_remembered_is_what_would_be_chosen() {
        let long = format!("application/vnd.pypi.simple.v1+json,{}", " ".repeat(LONGEST));
        let accepts: [&[&[u8]]; 8] = [
            &[],
            &[b""],
            &[b"application/vnd.pypi.simple.v1+json"],
            &[b"text/html"],
            &[b"text/html", b"application/vnd.pypi.simple.v1+json"],
            &[b"application/vnd.pypi.simple.v1+html, text/html;q=0.5"],
            &[b"application/vnd.pypi.simple.v1+json\xff"],
            &[long.as_bytes()],
        ];
        let encodings: [&[&[u8]]; 5] =
            [&[], &[b"gzip"], &[b"gzip, zstd"], &[b"gzip", b"zstd"], &[b"identity"]];
        let mut requests = Vec::new();
        for accept in accepts {
            for encoding in encodings {
                let mut headers = HeaderMap::new();
                for (name, lines) in [(ACCEPT, accept), (ACCEPT_ENCODING, encoding)] {
                    for line in lines {
                        headers.append(&name, HeaderValue::from_bytes(line).expect("a value"));
                    }
                }
                requests.push(headers);
            }
        }
        // Steps that leave some in memory while others push each other out.
        for step in [0, 1, 3, 7, 0] {
            for place in 0..requests.len() {
                for headers in [&requests[place], &requests[place * step % requests.len()]] {
                    assert_eq!(representation(headers), choose(headers), "{headers:?}");
                }
            }
        }
        RECENT.with_borrow(|recent| assert_eq!(recent.0.len(), PLACES));
    }
}
