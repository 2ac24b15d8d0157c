use packhouse_distribution::act::Stage;
use packhouse_distribution::{State, review};

use crate::pages::distribution::{DistributionSection, SuiteLine};

/// What the home page says of the distribution; none when there is none.
pub(crate) fn section(server: &crate::Server, state: &State) -> Option<DistributionSection> {
    let founded = state.distribution()?;
    let now = server.packhouse.now();
    let waiting = review::waiting(state, &review::statuses(state, now), now);
    let suites = state
        .suites
        .iter()
        .map(|(name, row)| SuiteLine {
            name: name.to_string(),
            stage: row.stage.word(),
            next: next(row.stage),
            releases: state.suite_projects(name).map(|(_, placement)| placement.releases.len()).sum(),
            url: super::suites::address(server, name.as_str()),
            supported_until: row.settings.supported_until,
        })
        .collect();
    Some(DistributionSection {
        name: founded.name.clone(),
        suites,
        queue: waiting.len(),
        overdue: waiting.iter().filter(|item| item.overdue).count(),
    })
}

/// The stage that comes next on the way to a release; none where nothing is on its way.
fn next(stage: Stage) -> Option<&'static str> {
    let next = match stage {
        Stage::ToolchainFreeze => Stage::SoftFreeze,
        Stage::SoftFreeze => Stage::HardFreeze,
        Stage::HardFreeze => Stage::FullFreeze,
        Stage::FullFreeze => Stage::Released,
        Stage::Development | Stage::Released | Stage::EndOfLife => return None,
    };
    Some(next.word())
}
