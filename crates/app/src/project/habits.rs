//! What a page lacks, and whether a client has to wait for it: learned from each upstream's answers.

use std::time::Duration;

use packhouse_pypi::simple::Page;

/// What was learned of an upstream since the start.
#[derive(Debug, Default, Clone, Copy)]
pub(crate) struct Habits {
    /// Its pages lack what its JSON documents have.
    lacking: bool,
    /// How long its JSON documents take, about.
    document: Option<Duration>,
}

/// How much a page says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Lack {
    /// All.
    Nothing,
    /// Sizes, or the list of versions: nobody decides by them. A page with the upload time of every file (PEP 700) is
    /// of a kind that also says what is yanked (PEP 592), and for which Pythons.
    Courtesies,
    /// What rules or resolvers decide by.
    Facts,
}

impl Habits {
    /// Whether JSON documents usually come within `patience`. An upstream of which nothing is known is believed to be
    /// so quick.
    pub(crate) fn is_quick(&self, patience: Duration) -> bool {
        self.document.is_none_or(|document| document <= patience)
    }

    /// Whether it is worth asking for a project's page and its JSON document at the same time.
    pub(crate) fn wants_both(&self, patience: Duration) -> bool {
        self.lacking && self.is_quick(patience)
    }

    /// Notes how long a JSON document took. A single one counts little.
    pub(crate) fn document_took(&mut self, took: Duration) {
        self.document = Some(self.document.map_or(took, |before| (before * 3 + took) / 4));
    }

    /// Says what a page lacks, and learns from it.
    pub(crate) fn look_at(&mut self, page: &Page) -> Lack {
        let lack = lack(page);
        self.lacking |= lack != Lack::Nothing;
        lack
    }
}

/// What a page lacks.
pub(super) fn lack(page: &Page) -> Lack {
    let lacks = page.lacks();
    match lacks.any() {
        false => Lack::Nothing,
        true if lacks.sha256 > 0 || lacks.upload_time > 0 => Lack::Facts,
        true => Lack::Courtesies,
    }
}

#[cfg(test)]
mod tests {
    use packhouse_model::{ProjectName, Sha256};
    use packhouse_pypi::simple::{Limits, parse};

    use super::*;

    fn page(attributes: &str) -> Page {
        let html = format!(
            "<a href=\"six-1.0.tar.gz#sha256={}\" {attributes}>six-1.0.tar.gz</a>",
            Sha256::of(b"six").hex()
        );
        let base = url::Url::parse("http://upstream.invalid/simple/six/").unwrap();
        parse("text/html", html.as_bytes(), &base, &ProjectName::from_canonical("six"), &Limits::default())
            .unwrap()
    }

    const TIME: &str = "data-upload-time=\"2020-01-01T00:00:00Z\"";
    const PATIENCE: Duration = Duration::from_millis(40);

    #[test]
    fn what_nobody_decides_by_is_a_courtesy() {
        let mut habits = Habits::default();
        assert!(!habits.wants_both(PATIENCE));
        assert_eq!(habits.look_at(&page(TIME)), Lack::Courtesies);
        assert_eq!(habits.look_at(&page("")), Lack::Facts);
        assert!(habits.wants_both(PATIENCE));
    }

    #[test]
    fn an_upstream_is_quick_until_its_documents_are_slow() {
        let mut habits = Habits::default();
        assert!(habits.is_quick(PATIENCE));
        habits.document_took(Duration::from_millis(5));
        habits.document_took(Duration::from_millis(100));
        assert!(habits.is_quick(PATIENCE), "one slow answer");
        for _ in 0..3 {
            habits.document_took(Duration::from_millis(100));
        }
        assert!(!habits.is_quick(PATIENCE));
        for _ in 0..10 {
            habits.document_took(Duration::from_millis(5));
        }
        assert!(habits.is_quick(PATIENCE));
    }
}
