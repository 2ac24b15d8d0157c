use packhouse_model::Timestamp;

use super::{Case, Finding, Policy, release_managers};
use crate::facts::Lane;
use crate::item::{Item, ItemKind};
use crate::overrides::Unblock;
use crate::rules::{Permission, Stage, StageRules};
use crate::verdict::{Actor, Earliest, Verdict};

/// What people and the stage of the freeze hold back.
#[derive(Debug)]
pub struct Freeze {
    /// Where the suite is.
    pub stage: Stage,
    /// When that is planned to end.
    pub until: Option<Timestamp>,
    /// What it allows.
    pub rules: StageRules,
    /// So many approvals of the security team stand for an unblock.
    pub security_approvals: u32,
}

impl Freeze {
    /// The permissions that speak of an item, each with what it is about.
    fn permissions(&self, item: &Item) -> Vec<(Permission, &'static str)> {
        let (rules, facts) = (&self.rules, &item.facts);
        let mut found = vec![match item.kind {
            ItemKind::New => (rules.new_projects, "a new project"),
            ItemKind::Removal => (rules.removals, "a removal"),
            ItemKind::NewFiles => (rules.new_files, "new files of a version that the suite has"),
            ItemKind::Update => (rules.others, "an update"),
        }];
        let approved = facts.transition.as_ref().is_some_and(|transition| transition.approved);
        // A removal changes no tool and breaks no test of its own; the others are about what comes.
        let comes = item.kind != ItemKind::Removal;
        for (applies, permission, what) in [
            (comes && facts.new_series, rules.new_series, "a new series"),
            (comes && facts.returning, rules.returning, "a project that was removed in this freeze"),
            (comes && facts.toolchain, rules.toolchain, "a part of the toolchain"),
            (
                item.transition.is_some() && !approved,
                rules.transitions,
                "part of a transition that is not approved",
            ),
            (comes && facts.key_package, rules.key_or_untested, "a key package"),
            (comes && !facts.has_tests, rules.key_or_untested, "a project without tests"),
        ] {
            if applies {
                found.push((permission, what));
            }
        }
        found
    }
}

impl Policy for Freeze {
    fn name(&self) -> &'static str {
        "freeze"
    }

    fn describe(&self) -> String {
        let rules = &self.rules;
        let say = |permission, what: &str| match permission {
            Permission::Automatic => None,
            Permission::Unblock => Some(format!("{what} need an unblock")),
            Permission::Closed => Some(format!("{what} do not move")),
        };
        let words: Vec<String> = [
            (rules.new_projects, "new projects"),
            (rules.new_series, "new series"),
            (rules.returning, "returning projects"),
            (rules.new_files, "new files"),
            (rules.removals, "removals"),
            (rules.toolchain, "parts of the toolchain"),
            (rules.transitions, "unapproved transitions"),
            (rules.key_or_untested, "key packages and projects without tests"),
            (rules.others, "other updates"),
        ]
        .into_iter()
        .filter_map(|(permission, what)| say(permission, what))
        .collect();
        if words.is_empty() {
            format!("In {} only people's blocks hold items back.", self.stage.word())
        } else {
            format!("In {} {}.", self.stage.word(), words.join(", "))
        }
    }

    fn lift(&self) -> String {
        "A release manager may unblock the exact bytes, with a reason. What the stage is closed for waits for its end."
            .to_owned()
    }

    fn check(&self, case: &Case<'_>) -> Finding {
        let item = case.item;
        let facts = &item.facts;
        let subject = item.subject();
        let unblocks: Vec<&Unblock> = facts.unblocks.iter().filter(|unblock| unblock.holds(item)).collect();
        let void = if unblocks.is_empty() && !facts.unblocks.is_empty() {
            " An unblock names other bytes."
        } else {
            ""
        };
        let standing: Vec<_> = facts
            .blocks
            .iter()
            .filter(|block| block.stops(item) && !unblocks.iter().any(|unblock| unblock.at >= block.since))
            .collect();
        if let Some(first) = standing.iter().min_by_key(|block| (block.since, &block.by)) {
            let mut actors: Vec<Actor> =
                standing.iter().map(|block| Actor::Person(block.by.clone())).collect();
            actors.sort();
            actors.dedup();
            let sentence = format!("{subject} is blocked by {}: {}.{void}", first.by, end_cut(&first.reason));
            return Finding::reject(Verdict::NeedsApproval, sentence, actors).since(first.since);
        }
        let permissions = self.permissions(item);
        let stage = self.stage.word();
        if let Some((_, what)) = permissions.iter().find(|(permission, _)| *permission == Permission::Closed)
        {
            let sentence = format!("{subject} is {what}, which does not move in {stage}.");
            return Finding::reject(Verdict::RejectedTemporarily, sentence, release_managers())
                .since(facts.since)
                .earliest(self.until.map_or(Earliest::Unknown, Earliest::At));
        }
        let needs = permissions.iter().find(|(permission, _)| *permission == Permission::Unblock);
        let unblocked = unblocks.iter().max_by_key(|unblock| (unblock.at, &unblock.by));
        match (needs, unblocked, facts.lane) {
            (Some(_), Some(unblock), _) => Finding::hinted(format!(
                "{subject} was unblocked by {}: {}.",
                unblock.by,
                end_cut(&unblock.reason)
            ))
            .since(unblock.at),
            (Some((_, what)), None, Lane::Security { approvals })
                if approvals >= self.security_approvals && item.kind == ItemKind::Update =>
            {
                Finding::hinted(format!(
                    "{subject} is {what}; {approvals} approvals of the security team let it move in {stage}."
                ))
            }
            (Some((_, what)), None, _) => Finding::reject(
                Verdict::NeedsApproval,
                format!("{subject} is {what}, which needs an unblock in {stage}.{void}"),
                release_managers(),
            )
            .since(facts.since),
            (None, Some(unblock), _) if !facts.blocks.is_empty() => Finding::hinted(format!(
                "{subject} was unblocked by {}: {}.",
                unblock.by,
                end_cut(&unblock.reason)
            ))
            .since(unblock.at),
            (None, ..) => Finding::pass(format!("Nothing holds {subject} back in {stage}.")),
        }
    }
}

/// People end their reasons with a full stop or do not.
fn end_cut(reason: &str) -> &str {
    reason.trim_end_matches('.')
}
