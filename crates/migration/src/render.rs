//! Plans and excuses as text for a terminal, readable without colour.

use std::fmt;

use crate::excuse::{Excuse, TrialReport};
use crate::oracle::Requirement;
use crate::plan::Plan;
use crate::text::list;

impl fmt::Display for Plan {
    /// What moves, then the excuse of each item that does not.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let moving: usize = self.accepted.iter().map(|group| group.items.len()).sum();
        writeln!(f, "{moving} of {} items move ({}).", self.excuses.len(), self.stage.word())?;
        for group in &self.accepted {
            writeln!(f, "  {}: {}", list(&group.items), group.reason)?;
        }
        writeln!(
            f,
            "Uninstallable roots: {} before, {} after. Asked {} times; {}.",
            self.before.count(),
            self.after.count(),
            self.oracle_calls,
            if self.exact { "no larger set can move" } else { "a larger set may be able to move" }
        )?;
        for excuse in self.excuses.iter().filter(|excuse| !excuse.accepted) {
            write!(f, "\n{excuse}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Excuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let versions = |versions: &[packhouse_pypi::Version]| {
            if versions.is_empty() { "-".to_owned() } else { list(versions) }
        };
        writeln!(
            f,
            "{} ({}: {} to {}): {}",
            self.item_name,
            self.kind.word(),
            versions(&self.old_version),
            versions(&self.new_version),
            if self.accepted { "moves" } else { self.verdict.word() }
        )?;
        for hit in &self.policy_info {
            // Of what passes, only what people have lifted is worth a line.
            if hit.verdict.rejects() || hit.verdict == crate::Verdict::PassHinted {
                writeln!(f, "  {}: {} [{}]", hit.policy, hit.sentence, hit.verdict.word())?;
                if !hit.lift.is_empty() {
                    writeln!(f, "      {}", hit.lift)?;
                }
            }
        }
        self.phase2.write(f)?;
        if self.accepted {
            return Ok(());
        }
        let actors =
            if self.actor_needed.is_empty() { "nobody".to_owned() } else { list(&self.actor_needed) };
        writeln!(f, "  must act: {actors}; since {}; at best: {}", self.since.minute(), self.eta)
    }
}

impl TrialReport {
    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.tried {
            return writeln!(f, "  installability: not tried, the limit on calls was reached.");
        }
        for (name, environment) in &self.environments {
            let lag = match environment.requirement {
                Requirement::Required => "",
                Requirement::MayLag => " (may lag)",
            };
            let roots: Vec<String> = environment
                .newly_uninstallable
                .iter()
                .map(|broken| format!("{}{}", broken.root, if broken.waived { " (waived)" } else { "" }))
                .collect();
            writeln!(f, "  on {name}{lag} it makes uninstallable: {}", list(&roots))?;
            for broken in &environment.newly_uninstallable {
                for line in &broken.explanation {
                    writeln!(f, "      {line}")?;
                }
            }
        }
        if self.acceptable {
            if !self.tried_with.is_empty() {
                writeln!(f, "  installability: it holds together with {}.", list(&self.tried_with))?;
            }
            return Ok(());
        }
        match &self.minimal_fix {
            Some(fix) if fix.is_empty() => writeln!(f, "  it would pass by itself.")?,
            Some(fix) => {
                let others: Vec<&str> = fix.iter().map(|other| other.subject.as_str()).collect();
                writeln!(f, "  it would pass together with {}:", list(&others))?;
                for other in fix {
                    if other.needs.is_empty() {
                        writeln!(f, "      {} passes its policies", other.subject)?;
                    }
                    for need in &other.needs {
                        writeln!(f, "      {need}")?;
                    }
                }
            }
            None if self.fix_search_complete => {
                writeln!(f, "  no other items of this run would let it pass.")?;
            }
            None => {
                writeln!(f, "  no other items were found that would let it pass; the search was cut short.")?;
            }
        }
        if !self.instead_of.is_empty() {
            writeln!(f, "  it would pass without {}, and more items move that way.", list(&self.instead_of))?;
        }
        Ok(())
    }
}
