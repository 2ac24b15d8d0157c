//! Which form of a page and which content coding a client gets (PEP 691, section *Version + Format
//! Selection*; RFC 9110, section 12.5).

/// More ranges than this in one header are not looked at.
const MOST_RANGES: usize = 64;

/// A form of the Simple API's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// PEP 691's JSON.
    Json,
    /// PEP 691's name for PEP 503's HTML.
    Html1,
    /// The same HTML under the name that every client knows.
    HtmlLegacy,
}

impl Format {
    /// All of them, in the order in which we prefer them for a client that does not care.
    pub const ALL: [Self; 3] = [Self::Json, Self::Html1, Self::HtmlLegacy];

    /// The exact `Content-Type`; uv wants no other. `latest` is answered with the version it stands for.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/vnd.pypi.simple.v1+json",
            Self::Html1 => "application/vnd.pypi.simple.v1+html",
            Self::HtmlLegacy => "text/html",
        }
    }

    /// Whether the page is HTML.
    pub fn is_html(self) -> bool {
        self != Self::Json
    }

    fn named(essence: &str) -> Option<Self> {
        Some(match essence {
            "application/vnd.pypi.simple.v1+json" | "application/vnd.pypi.simple.latest+json" => Self::Json,
            "application/vnd.pypi.simple.v1+html" | "application/vnd.pypi.simple.latest+html" => Self::Html1,
            "text/html" => Self::HtmlLegacy,
            _ => return None,
        })
    }
}

/// Chooses a form by the `Accept` header and the `format` parameter of the URL, which wins if it names a
/// form we have.
///
/// Without a header, with one that accepts nothing we have, and for a bare `*/*`, the answer is
/// `text/html`, as with Warehouse: the tools that ask so are those from before PEP 691. Of forms that a
/// client names and likes equally well, it gets JSON.
pub fn negotiate(accept: Option<&str>, format: Option<&str>) -> Format {
    // In a query, an unescaped `+` reads as a blank.
    let asked = format.map(|name| name.trim().to_ascii_lowercase().replace(' ', "+"));
    if let Some(format) = asked.as_deref().and_then(Format::named) {
        return format;
    }
    let ranges = accept.map(ranges).unwrap_or_default();
    Format::ALL
        .into_iter()
        .filter_map(|format| Some((wish(&ranges, format)?, format)))
        .filter(|(wish, _)| wish.quality > 0)
        // `max_by` keeps the last of equals, and `ALL` starts with what we prefer.
        .rev()
        .max_by_key(|(wish, format)| {
            (*wish, wish.precision == Precision::Anything && *format == Format::HtmlLegacy)
        })
        .map_or(Format::HtmlLegacy, |(_, format)| format)
}

/// How precisely a range names a form; the more precise range decides (RFC 9110, section 12.5.1).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Precision {
    Anything,
    Family,
    Exact,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Wish {
    /// In thousandths.
    quality: u16,
    precision: Precision,
}

fn wish(ranges: &[(String, u16)], format: Format) -> Option<Wish> {
    let family = if format == Format::HtmlLegacy { "text/*" } else { "application/*" };
    ranges
        .iter()
        .filter_map(|(range, quality)| {
            let precision = if Format::named(range) == Some(format) {
                Precision::Exact
            } else if range == family {
                Precision::Family
            } else if range == "*/*" {
                Precision::Anything
            } else {
                return None;
            };
            Some(Wish { quality: *quality, precision })
        })
        .max_by_key(|wish| (wish.precision, wish.quality))
}

/// A content coding of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Encoding {
    /// None.
    Identity,
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

impl Encoding {
    /// The value of `Content-Encoding`; `None` for identity.
    pub fn header(self) -> Option<&'static str> {
        match self {
            Self::Identity => None,
            Self::Gzip => Some("gzip"),
            Self::Zstd => Some("zstd"),
        }
    }
}

/// Chooses a coding by the `Accept-Encoding` header: the one the client likes best, zstd before gzip before
/// identity.
///
/// `*` counts for gzip alone, since a client that writes it may be older than zstd. When nothing that we
/// have is acceptable, the answer is identity, which every client can read (RFC 9110, section 12.5.3,
/// leaves this to the server).
pub fn encoding(accept_encoding: Option<&str>) -> Encoding {
    let ranges = accept_encoding.map(ranges).unwrap_or_default();
    let quality = |names: &[&str]| {
        ranges.iter().filter(|(range, _)| names.contains(&range.as_str())).map(|(_, quality)| *quality).max()
    };
    let zstd = quality(&["zstd"]).unwrap_or(0);
    let gzip = quality(&["gzip", "x-gzip"]).or_else(|| quality(&["*"])).unwrap_or(0);
    // Identity is always acceptable, but is preferred only where the header says so.
    let identity = quality(&["identity"]).unwrap_or(0);
    if zstd > 0 && zstd >= gzip && zstd >= identity {
        Encoding::Zstd
    } else if gzip > 0 && gzip >= identity {
        Encoding::Gzip
    } else {
        Encoding::Identity
    }
}

/// The comma-separated ranges of a header, in lower case, with their quality in thousandths. A range whose
/// quality cannot be read is left out.
fn ranges(header: &str) -> Vec<(String, u16)> {
    header
        .split(',')
        .take(MOST_RANGES)
        .filter_map(|part| {
            let mut parameters = part.split(';');
            let range = parameters.next()?.trim().to_ascii_lowercase();
            let quality = parameters.find_map(|parameter| {
                let (name, value) = parameter.split_once('=')?;
                name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
            });
            Some((range, quality.map_or(Some(1000), thousandths)?))
        })
        .collect()
}

/// RFC 9110, section 12.4.2: `0`, `1`, or with up to three digits after the dot.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let fraction = format!("{fraction:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn chooses_a_form() {
        use Format::{Html1, HtmlLegacy, Json};
        let pip = "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.1, text/html;q=0.01";
        for (accept, format, expected) in [
            (None, None, HtmlLegacy),
            (Some(pip), None, Json),
            (Some("application/vnd.pypi.simple.v1+json, */*;q=0.1"), None, Json),
            (Some("*/*"), None, HtmlLegacy),
            (Some(""), None, HtmlLegacy),
            (Some("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"), None, HtmlLegacy),
            (Some("text/html, application/vnd.pypi.simple.v1+json"), None, Json),
            (Some("text/html, application/vnd.pypi.simple.v1+html"), None, Html1),
            (Some("text/html;q=0.5, application/vnd.pypi.simple.v1+html;q=0.6"), None, Html1),
            (Some("application/vnd.pypi.simple.latest+json"), None, Json),
            (Some("application/vnd.pypi.simple.latest+html"), None, Html1),
            (Some("application/vnd.pypi.simple.v2+json"), None, HtmlLegacy),
            (
                Some("application/vnd.pypi.simple.v2+json, application/vnd.pypi.simple.v1+json;q=0.2"),
                None,
                Json,
            ),
            (Some("application/*"), None, Json),
            (Some("text/*"), None, HtmlLegacy),
            (Some("text/*;q=0.1, application/*;q=0.5"), None, Json),
            (Some("application/vnd.pypi.simple.v1+json;q=0, */*"), None, HtmlLegacy),
            (Some("application/vnd.pypi.simple.v1+json;q=0, application/*"), None, Html1),
            (Some("text/html;q=0, */*"), None, Json),
            (Some("text/html;q=0"), None, HtmlLegacy),
            (Some("image/png"), None, HtmlLegacy),
            (Some("APPLICATION/VND.PYPI.SIMPLE.V1+JSON"), None, Json),
            (Some("application/vnd.pypi.simple.v1+json; q=1.0 , text/html"), None, Json),
            (Some("application/vnd.pypi.simple.v1+json;q=high, text/html;q=0.1"), None, HtmlLegacy),
            (Some("text/html"), Some("application/vnd.pypi.simple.v1+json"), Json),
            (Some("text/html"), Some("application/vnd.pypi.simple.v1 json"), Json),
            (Some("text/html"), Some("application/vnd.pypi.simple.latest+json"), Json),
            (Some(pip), Some("text/html"), HtmlLegacy),
            (Some(pip), Some("nonsense"), Json),
        ] {
            assert_eq!(negotiate(accept, format), expected, "{accept:?} {format:?}");
        }
    }

    #[test]
    fn chooses_a_coding() {
        use Encoding::{Gzip, Identity, Zstd};
        for (header, expected) in [
            (None, Identity),
            (Some(""), Identity),
            (Some("gzip"), Gzip),
            (Some("x-gzip"), Gzip),
            (Some("gzip, deflate, br, zstd"), Zstd),
            (Some("gzip, deflate"), Gzip),
            (Some("zstd;q=0, gzip"), Gzip),
            (Some("zstd;q=0.5, gzip;q=0.8"), Gzip),
            (Some("zstd;q=0.8, gzip;q=0.8"), Zstd),
            (Some("gzip;q=0"), Identity),
            (Some("identity"), Identity),
            (Some("identity;q=1, gzip;q=0.5"), Identity),
            (Some("identity;q=0.5, gzip;q=0.5"), Gzip),
            (Some("identity;q=0"), Identity),
            (Some("*"), Gzip),
            (Some("*;q=0"), Identity),
            (Some("gzip;q=0, *"), Identity),
            (Some("br"), Identity),
            (Some("GZIP"), Gzip),
            (Some("gzip;q=1.5"), Identity),
            (Some("gzip;q=0.0001"), Identity),
        ] {
            assert_eq!(encoding(header), expected, "{header:?}");
        }
    }

    proptest! {
        #[test]
        fn never_panics(header in "[a-z*/;,=q.01 é]{0,60}") {
            let _ = negotiate(Some(&header), Some(&header));
            let _ = encoding(Some(&header));
        }
    }
}
