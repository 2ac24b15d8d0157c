//! The pages for people: one view struct per page, filled by the handlers, rendered on the server.
//!
//! A page is plain HTML that needs no script. The look lives in `static/packhouse.css`, the markup in
//! `templates/`, and the parts that pages share (badge, code block, data table, pager) in
//! `templates/parts.html`; the section below says how to use them.
//!
//! **Invariant:** no text reaches a page without passing `text::Visible`, which escapes markup and makes
//! characters visible that would hide or reorder others; but for the drawings of `packhouse_plan::chart`, which escapes
//! what it writes itself. No template has an inline script or style, so
//! [`CONTENT_SECURITY_POLICY`] can forbid them. No page reads a clock: `Site::now` is the time it was made.
//!
//! # Style
//!
//! - Tones: `ok`, `wait`, `no`, `plain`. A badge is a word and a shape in a tone, never a colour alone.
//! - A table stands in `div.scroll` with `role="region"`, a label and `tabindex="0"`, and has a `caption`.
//! - Names, versions, file names and hashes are `code`; times are `time` elements in UTC.
//! - Headings step down by one. Each page has one `h1`.

mod advisories;
mod assets;
mod audit;
mod clients;
pub mod distribution;
mod failure;
mod filters;
mod home;
mod links;
mod paging;
pub mod plan;
mod policy;
mod project;
mod reason;
mod text;
mod verdict;
mod why;

#[cfg(test)]
mod tests;

pub use advisories::{AdvisoriesFilter, AdvisoriesPage};
pub use assets::{ASSETS, Asset, asset};
pub use audit::{AuditFilter, AuditPage, ExceptionRow, RefusalRow};
pub use clients::{Client, Step, clients};
pub use failure::FailurePage;
pub use home::{CacheState, Health, HomePage, IndexLine, RuleLine, UpstreamState};
pub use links::{Link, audit_path, home_path, policy_path, project_path, why_path};
pub use paging::Paging;
pub use policy::{IndexPolicy, Parameter, PolicyPage, PolicyRule};
pub use project::{Checked, FileRow, Project, ProjectPage, ProjectRefusal, Release, Show, UpstreamStatus};
pub use reason::{Excepted, Excuse, Hit, Reason, exception_lines};
pub use text::{bytes, count};
pub use verdict::{Tally, Verdict};
pub use why::{Fact, PassedRule, Subject, WhyFile, WhyPage};

use packhouse_model::Timestamp;

/// The value of the header `Content-Security-Policy` of every page: our own style sheet, script and
/// images, forms to ourselves, nothing inline, nothing from elsewhere, never in a frame.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
    img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// What every page needs besides its own content.
#[derive(Debug, Clone)]
pub struct Site {
    /// This server's version, for the footer.
    pub version: String,
    /// The index that the search box in the header looks in; `default` for most.
    pub index: String,
    /// When the page is made: ages and ended exceptions are counted from here.
    pub now: Timestamp,
    /// Whether there is a distribution: its pages are in the navigation.
    pub distribution: bool,
}

impl Site {
    /// How long before the page was made `then` was: `3h ago`; `just now` under a minute or in the future.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hold references")]
    pub(crate) fn ago(&self, then: &Timestamp) -> String {
        let age = self.now.since(*then);
        if age.as_secs() < 60 {
            "just now".to_owned()
        } else {
            format!("{} ago", packhouse_model::humanize(age))
        }
    }
}

/// Where a page stands in the navigation of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Here {
    Home,
    Queue,
    Suites,
    Excuses,
    Maintainers,
    Ledger,
    Plan,
    Advisories,
    Audit,
    Policy,
    Elsewhere,
}

impl Here {
    /// The entries of the navigation: path, label, and whether it is this page.
    pub(crate) fn entries(self, distribution: bool) -> Vec<(&'static str, &'static str, bool)> {
        const ALL: [(&str, &str, Here, bool); 10] = [
            ("/", "Home", Here::Home, false),
            ("/queue", "Queue", Here::Queue, true),
            ("/suites", "Suites", Here::Suites, true),
            ("/excuses", "Excuses", Here::Excuses, true),
            ("/maintainers", "Maintainers", Here::Maintainers, true),
            ("/ledger", "Ledger", Here::Ledger, true),
            ("/plan", "Plan", Here::Plan, false),
            ("/policy", "Policy", Here::Policy, false),
            ("/advisories", "Advisories", Here::Advisories, false),
            ("/audit", "Audit", Here::Audit, false),
        ];
        ALL.into_iter()
            .filter(|(.., ours)| distribution || !ours)
            .map(|(path, label, here, _)| (path, label, here == self))
            .collect()
    }
}

/// Gives a page its `render` and what `templates/base.html` asks of it.
macro_rules! page {
    ($page:ty, $here:ident) => {
        impl $page {
            /// The whole page as HTML, for `text/html; charset=utf-8`.
            pub fn render(&self) -> Result<String, askama::Error> {
                askama::Template::render(self)
            }

            fn here(&self) -> crate::pages::Here {
                crate::pages::Here::$here
            }
        }
    };
}
use page;
