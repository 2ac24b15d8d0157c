//! The first steps of a distribution: what its operator does on the server's machine.

use packhouse_distribution::Act;
use packhouse_distribution::act::{Invite, Role};
use packhouse_model::MaintainerId;

use super::{LedgerError, Submitted};
use crate::packhouse::Packhouse;

impl Packhouse {
    /// Invites somebody in the server's name. The ledger allows that only while there is no release manager: afterwards
    /// people invite people.
    pub async fn invite_first(
        &self,
        maintainer: &MaintainerId,
        key: &str,
        roles: &[Role],
    ) -> Result<Submitted, LedgerError> {
        let act = Invite { maintainer: maintainer.clone(), key: key.to_owned(), roles: roles.to_vec() };
        self.say(&Act::from(act), &[]).await
    }
}
