use packhouse_app::{LedgerError, Packhouse, Submitted};
use packhouse_distribution::act::{Invite, Review, Role};
use packhouse_distribution::{Act, Actor, entry};
use packhouse_model::{MaintainerId, NameError, Sha256};
use packhouse_trust::{Envelope, SecretKey, Signer as _};

use crate::acts;

/// Somebody with a key.
pub struct Person {
    /// The name that they act under.
    pub id: MaintainerId,
    key: SecretKey,
}

impl Person {
    /// Somebody with this key.
    pub fn new(id: MaintainerId, key: SecretKey) -> Self {
        Self { id, key }
    }

    /// Somebody whose key follows from their name, for tests: no secret at all.
    pub fn named(name: &str) -> Result<Self, NameError> {
        let seed = Sha256::of(name.as_bytes());
        Ok(Self { id: name.parse()?, key: SecretKey::from_seed(seed.as_bytes()).with_comment(name) })
    }

    /// Their key.
    pub fn key(&self) -> &SecretKey {
        &self.key
    }

    /// The public key as people send it: one line of OpenSSH.
    pub fn line(&self) -> String {
        self.key.public_key().to_openssh(self.id.as_str())
    }

    /// What they say now about these files (name and hash), signed: the bytes of a DSSE envelope.
    pub fn envelope(
        &self,
        packhouse: &Packhouse,
        act: &Act,
        files: &[(String, Sha256)],
    ) -> Result<Vec<u8>, LedgerError> {
        let state = packhouse.distribution();
        let founded = state.distribution().ok_or(LedgerError::NotFounded)?.id;
        let by = Actor::Maintainer(self.id.clone());
        let statement = entry::statement(founded, act, packhouse.now(), &by, files);
        let bytes = statement.to_bytes().map_err(LedgerError::Statement)?;
        Ok(Envelope::sign(bytes, &self.key).map_err(LedgerError::Envelope)?.to_bytes())
    }

    /// Signs an act and hands it in.
    pub async fn say(
        &self,
        packhouse: &Packhouse,
        act: impl Into<Act>,
        files: &[(String, Sha256)],
    ) -> Result<Submitted, LedgerError> {
        let envelope = self.envelope(packhouse, &act.into(), files)?;
        packhouse.submit(&envelope).await
    }

    /// Says something about all files of a candidate.
    pub async fn say_of(
        &self,
        packhouse: &Packhouse,
        release: &packhouse_distribution::Release,
        act: impl Into<Act>,
    ) -> Result<Submitted, LedgerError> {
        let state = packhouse.distribution();
        let row = state.candidates.get(release);
        let files = row.into_iter().flat_map(|row| &row.files);
        let files: Vec<(String, Sha256)> = files.map(|(name, sha256)| (name.clone(), *sha256)).collect();
        self.say(packhouse, act, &files).await
    }

    /// Says what comes of a review of all files of a candidate.
    pub async fn review(&self, packhouse: &Packhouse, review: Review) -> Result<Submitted, LedgerError> {
        let release = review.release.clone();
        self.say_of(packhouse, &release, review).await
    }
}

/// Somebody who is there from the beginning.
#[derive(Clone, Copy)]
pub struct Member<'a> {
    /// Who.
    pub person: &'a Person,
    /// Their name, for people.
    pub name: &'a str,
    /// Whom they work for.
    pub organisation: &'a str,
    /// What they may do.
    pub roles: &'a [Role],
}

/// Founds a distribution: the server invites the first person, a release manager, and that one the others; all join.
pub async fn found(packhouse: &Packhouse, name: &str, people: &[Member<'_>]) -> Result<(), LedgerError> {
    packhouse.found(name).await?;
    let Some(first) = people.first() else { return Ok(()) };
    for member in people {
        if member.person.id == first.person.id {
            packhouse.invite_first(&first.person.id, &first.person.line(), first.roles).await?;
        } else {
            let invite = Invite {
                maintainer: member.person.id.clone(),
                key: member.person.line(),
                roles: member.roles.to_vec(),
            };
            first.person.say(packhouse, invite, &[]).await?;
        }
        let join = acts::join(member.name, member.organisation, packhouse.now());
        member.person.say(packhouse, join, &[]).await?;
    }
    Ok(())
}
