mod complete;
mod html;
mod json;
mod limits;
mod round_trip;

use packhouse_model::ProjectName;
use url::Url;

use super::{CoreMetadata, File, Limits, Page, PageError, Yanked, parse};

const JSON: &str = "application/vnd.pypi.simple.v1+json";
const HTML: &str = "text/html; charset=utf-8";
const ONE: &str = "1111111111111111111111111111111111111111111111111111111111111111";
const TWO: &str = "2222222222222222222222222222222222222222222222222222222222222222";

fn foo() -> ProjectName {
    ProjectName::from_canonical("foo")
}

fn base() -> Url {
    "https://upstream.invalid/simple/foo/".parse().expect("a URL")
}

fn read(content_type: &str, text: &str) -> Result<Page, PageError> {
    parse(content_type, text.as_bytes(), &base(), &foo(), &Limits::default())
}

/// `@1` and `@2` stand for two digests in the tables.
fn with_digests(text: &str) -> String {
    text.replace("@1", ONE).replace("@2", TWO)
}

/// A file in one line: what differs from the plainest file there is.
fn describe(file: &File) -> String {
    let digest = |digest: Option<packhouse_model::Sha256>| match digest.map(|digest| digest.hex()).as_deref()
    {
        Some(ONE) => "@1",
        Some(TWO) => "@2",
        Some(_) => "@?",
        None => "-",
    };
    let mut words = vec![file.filename.clone(), file.url.to_string(), digest(file.sha256).to_owned()];
    words.extend(file.size.map(|size| format!("size {size}")));
    words.extend(file.upload_time.map(|time| format!("at {time}")));
    words.extend(file.requires_python.as_ref().map(|specifier| format!("python {specifier:?}")));
    match &file.yanked {
        Yanked::No => {}
        Yanked::Yes { reason } => words.push(format!("yanked {reason:?}")),
    }
    if let CoreMetadata::Present { sha256 } = file.core_metadata {
        words.push(format!("metadata {}", digest(sha256)));
    }
    words.extend(file.gpg_sig.map(|signed| format!("gpg {signed}")));
    words.extend(file.provenance.as_ref().map(|url| format!("provenance {url}")));
    words.extend((!file.extra.is_empty()).then(|| serde_json::to_string(&file.extra).expect("JSON")));
    words.extend(file.html_attributes.iter().map(|(name, value)| format!("{name}={value:?}")));
    words.join(" ")
}

/// A page in lines: its files, then what was skipped.
fn describe_page(page: &Page) -> Vec<String> {
    let skipped =
        page.skipped.iter().map(|skipped| format!("skipped {:?}: {}", skipped.filename, skipped.reason));
    page.files.iter().map(describe).chain(skipped).collect()
}
