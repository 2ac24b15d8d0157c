//! Taking a release out of use: what its going would break is listed before anything is signed.

use clap::{Args, ValueEnum};
use packhouse_distribution::Release;
use packhouse_distribution::act::{Condition, Withdraw as Act};

use super::preflight::Preflight;
use super::remote::{Remote, Signing, failed};
use super::session::Session;
use super::show;
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::err;

const EXAMPLES: &str = "\
Examples:
  packhouse withdraw deprecate flask==2.3.0 --reason 'no fixes come any more; take 3'
  packhouse withdraw yank flask==3.1.0 --reason 'breaks sessions; take 3.1.1'
  packhouse withdraw quarantine reb==2.0 --reason 'sends tokens away' --advisory GHSA-…
  packhouse withdraw restore flask==3.1.0 --reason 'was a false alarm'

Whoever requires it in a suite is listed first, and who would break. What is signed names them, and is refused when
they are others by then: look again, and sign again.
deprecate marks it; yank leaves it to whoever pins it; delist takes it from the lists, its files stay;
quarantine and condemn refuse its files, which breaks lockfiles, and need a second person (`packhouse approve`).
All but condemn can be taken back with restore; what is condemned leaves the suites for good.";

/// `withdraw`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Withdraw {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    /// What becomes of it
    #[arg(value_name = "HOW")]
    how: How,
    /// Such as flask==3.1.0
    #[arg(value_name = "RELEASE", value_parser = show::release)]
    release: Release,
    /// What people are told
    #[arg(long)]
    reason: String,
    /// An advisory or report
    #[arg(long)]
    advisory: Option<String>,
    /// Sign although releases of suites would break
    #[arg(long)]
    yes: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum How {
    Deprecate,
    Delist,
    Yank,
    Quarantine,
    Condemn,
    Restore,
}

impl How {
    fn condition(self) -> Condition {
        match self {
            Self::Deprecate => Condition::Deprecated,
            Self::Delist => Condition::Delisted,
            Self::Yank => Condition::Yanked,
            Self::Quarantine => Condition::Quarantined,
            Self::Condemn => Condition::Condemned,
            Self::Restore => Condition::Listed,
        }
    }
}

/// `packhouse withdraw`.
pub(super) async fn run(common: &Common, withdraw: &Withdraw) -> Result<Outcome, Failure> {
    let mut session = Session::open(common, &withdraw.remote, &withdraw.signing).await?;
    let release = &withdraw.release;
    let condition = withdraw.how.condition();
    let mut preflight = Preflight::default();
    // What is given back breaks nobody.
    if condition != Condition::Listed {
        let (project, version) = (release.project.as_str(), release.version.to_string());
        let asked = session.client.dependents(project, &version, condition.word()).await;
        let listed = asked.map_err(|error| failed(&error))?.json;
        let with = format!("with {release} {}", condition.word());
        preflight = Preflight::of(common, listed, &with, withdraw.yes)?;
    }
    let act = Act {
        release: release.clone(),
        condition,
        reason: withdraw.reason.clone(),
        dependents: preflight.dependents,
        preflight: preflight.digest,
        advisory: withdraw.advisory.clone(),
        evidence: None,
    };
    let submitted = session.say(act, &[]).await?;
    let pending = session.client.pending().await.map_err(|error| failed(&error))?.document;
    if pending.iter().any(|act| act.entry == submitted.number) {
        err!("it waits for a second person: packhouse approve {}", submitted.number);
    }
    Ok(session.done())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_has_a_condition_of_its_own() {
        let words: Vec<&str> = How::value_variants().iter().map(|how| how.condition().word()).collect();
        assert_eq!(words, ["deprecated", "delisted", "yanked", "quarantined", "condemned", "listed"]);
    }
}
