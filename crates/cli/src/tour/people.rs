//! The people of the tour: each has a key, and signs what they say with it.

use std::path::Path;

use packhouse_app::{Packhouse, Submitted};
use packhouse_distribution::act::{Affiliation, Join};
use packhouse_distribution::{Act, Actor, entry};
use packhouse_model::{MaintainerId, Sha256};
use packhouse_trust::{Envelope, SecretKey, Signer as _};

use crate::exit::Failure;

/// Somebody with a key.
pub(super) struct Person {
    pub(super) id: MaintainerId,
    pub(super) key: SecretKey,
}

impl Person {
    /// Makes a key for somebody, and keeps it in `folder`, so that one can go on as them after the tour.
    pub(super) fn new(name: &str, folder: &Path) -> Result<Self, Failure> {
        let fault = |error: &dyn std::error::Error| Failure::fault("a key could not be made", error);
        let id: MaintainerId = name.parse().map_err(|error| fault(&error))?;
        let mut seed = [0; 32];
        let failed = |error: getrandom::Error| fault(&std::io::Error::other(error.to_string()));
        getrandom::fill(&mut seed).map_err(failed)?;
        let key = SecretKey::from_seed(&seed).with_comment(name);
        let text = key.to_openssh(None).map_err(|error| fault(&error))?;
        let path = folder.join(format!("{name}.key"));
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(|error| fault(&error))?;
        std::io::Write::write_all(&mut file, text.as_bytes()).map_err(|error| fault(&error))?;
        Ok(Self { id, key })
    }

    /// The public key as people send it.
    pub(super) fn line(&self) -> String {
        self.key.public_key().to_openssh(self.id.as_str())
    }

    /// Signs an act and hands it in.
    pub(super) async fn say(
        &self,
        packhouse: &Packhouse,
        act: impl Into<Act>,
        files: &[(String, Sha256)],
    ) -> Result<Submitted, Failure> {
        let act = act.into();
        let state = packhouse.distribution();
        let founded = state.distribution().map_or(Sha256::from_bytes([0; 32]), |founded| founded.id);
        let by = Actor::Maintainer(self.id.clone());
        let statement = entry::statement(founded, &act, packhouse.now(), &by, files);
        let what = format!("{} could not say {}", self.id, act.word());
        let bytes = statement.to_bytes().map_err(|error| Failure::fault(&what, &error))?;
        let envelope = Envelope::sign(bytes, &self.key).map_err(|error| Failure::fault(&what, &error))?;
        packhouse.submit(&envelope.to_bytes()).await.map_err(|error| Failure::fault(&what, &error))
    }

    /// Joins, as somebody of one organisation.
    pub(super) async fn join(
        &self,
        packhouse: &Packhouse,
        name: &str,
        organisation: &str,
    ) -> Result<Submitted, Failure> {
        let affiliation = Affiliation {
            organisation: organisation.to_owned(),
            domains: Vec::new(),
            accounts: Vec::new(),
            from: packhouse.now(),
            until: None,
        };
        let join = Join {
            name: name.to_owned(),
            affiliations: vec![affiliation],
            accounts: Vec::new(),
            addresses: Vec::new(),
        };
        self.say(packhouse, join, &[]).await
    }
}
