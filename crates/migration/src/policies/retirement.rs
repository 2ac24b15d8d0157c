use super::{Case, Finding, Policy};
use crate::item::ItemKind;
use crate::text::list;
use crate::verdict::{Actor, Verdict};

/// What nobody looks after any more leaves, unless it was promised that it stays.
#[derive(Debug)]
pub struct Retired;

impl Policy for Retired {
    fn name(&self) -> &'static str {
        "retirement"
    }

    fn describe(&self) -> String {
        "A retired project leaves a suite when nothing breaks by that; what a released suite has stays in its point releases.".to_owned()
    }

    fn lift(&self) -> String {
        "`packhouse project add` takes the project in again; the end of the released suite's support ends its promise.".to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        let Some(retired) = item.facts.retired.as_ref().filter(|_| item.kind == ItemKind::Removal) else {
            return Finding::not_applicable("Nobody has given it up.");
        };
        let reason = retired.reason.trim_end_matches('.');
        let since = retired.since.date();
        let told = format!("{} was retired on {since}: {reason}.", item.project);
        if retired.promised.is_empty() {
            return Finding::pass(told).since(retired.since);
        }
        let sentence = format!(
            "{told} It stays: {} was released with it, and point releases are made of this suite.",
            list(&retired.promised)
        );
        Finding::reject(Verdict::RejectedTemporarily, sentence, vec![Actor::Machine]).since(retired.since)
    }
}
