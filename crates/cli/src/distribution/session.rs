//! Saying something: a statement, signed, handed in.

use packhouse_app::{Clock as _, SystemClock};
use packhouse_client::{Client, Release as ReleaseDocument, Submitted};
use packhouse_distribution::entry::statement;
use packhouse_distribution::{Act, Actor, Release};
use packhouse_model::{MaintainerId, Sha256, Timestamp};
use packhouse_trust::{Envelope, Signer};
use serde_json::Value;

use super::remote::{Remote, Signing, failed};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::out;

/// A person with their key, and the server that they talk to.
pub(super) struct Session {
    pub(super) client: Client,
    pub(super) me: MaintainerId,
    distribution: Sha256,
    signer: Box<dyn Signer>,
    json: bool,
    said: Vec<Value>,
}

impl Session {
    /// Finds the key, and whose it is.
    pub(super) async fn open(common: &Common, remote: &Remote, signing: &Signing) -> Result<Self, Failure> {
        let signer = super::key::signer(signing.key.as_deref())?;
        let client = remote.client()?;
        let distribution = client.distribution().await.map_err(|error| failed(&error))?.document;
        let me = match &signing.who {
            Some(id) => id.parse().map_err(|error| Failure::wrong_use(chain(&error)))?,
            None => owner(&client, &*signer, &distribution.name).await?,
        };
        let said = Vec::new();
        Ok(Self { client, me, distribution: distribution.id, signer, json: common.json, said })
    }

    /// Signs an act about these files, and hands it in.
    pub(super) async fn say(
        &mut self,
        act: impl Into<Act>,
        files: &[(String, Sha256)],
    ) -> Result<Submitted, Failure> {
        self.say_with(act, files, None).await
    }

    /// The same with the signature of a further key.
    pub(super) async fn say_with(
        &mut self,
        act: impl Into<Act>,
        files: &[(String, Sha256)],
        also: Option<&dyn Signer>,
    ) -> Result<Submitted, Failure> {
        let act = act.into();
        let by = Actor::Maintainer(self.me.clone());
        let statement = statement(self.distribution, &act, now(), &by, files);
        let bytes = statement.to_bytes().map_err(|error| Failure::wrong_use(chain(&error)))?;
        let unsigned = |error: packhouse_trust::DsseError| Failure::fault("nothing was signed", &error);
        let mut envelope = Envelope::sign(bytes, &*self.signer).map_err(unsigned)?;
        if let Some(also) = also {
            envelope.cosign(also).map_err(unsigned)?;
        }
        let answer = self.client.submit(envelope.to_bytes()).await.map_err(|error| failed(&error))?;
        let submitted = answer.document;
        self.tell(format_args!("entry {}  {}  sha256:{}", submitted.number, submitted.act, submitted.hash));
        self.said.push(answer.json);
        Ok(submitted)
    }

    /// A line for people; with `--json` there is none.
    pub(super) fn tell(&self, line: std::fmt::Arguments<'_>) {
        if !self.json {
            out!("{line}");
        }
    }

    /// The end of a command that said something: with `--json` what became of it.
    pub(super) fn done(self) -> Outcome {
        if self.json {
            out!("{}", serde_json::json!({ "said": self.said }));
        }
        Outcome::Done
    }

    /// A release that was taken in.
    pub(super) async fn release(&self, release: &Release) -> Result<ReleaseDocument, Failure> {
        fetch(&self.client, release).await
    }

    /// A release and the files of it that an act is about: those named, or all.
    pub(super) async fn subjects(
        &self,
        release: &Release,
        only: &[String],
    ) -> Result<Vec<(String, Sha256)>, Failure> {
        let document = self.release(release).await?;
        chosen(&document, only)
    }
}

/// The present moment, by this machine's clock.
pub(super) fn now() -> Timestamp {
    SystemClock.now()
}

/// A release that was taken in, from the server.
pub(super) async fn fetch(client: &Client, release: &Release) -> Result<ReleaseDocument, Failure> {
    let (project, version) = (release.project.as_str(), release.version.to_string());
    Ok(client.release(project, &version).await.map_err(|error| failed(&error))?.document)
}

/// The files of a release with these names; all without names.
pub(super) fn chosen(document: &ReleaseDocument, only: &[String]) -> Result<Vec<(String, Sha256)>, Failure> {
    let all = || document.files.iter().map(|file| (file.filename.clone(), file.sha256));
    if let Some(unknown) = only.iter().find(|name| all().all(|(known, _)| known != **name)) {
        let names: Vec<String> = all().map(|(name, _)| name).collect();
        return Err(Failure::wrong_use(format!("{} has no file {unknown}", document.release))
            .with_hint(format!("it has {}", names.join(", "))));
    }
    Ok(all().filter(|(name, _)| only.is_empty() || only.contains(name)).collect())
}

/// The maintainer whose key this is.
async fn owner(client: &Client, signer: &dyn Signer, name: &str) -> Result<MaintainerId, Failure> {
    let id = signer.public_key().id().to_string();
    let people = client.maintainers().await.map_err(|error| failed(&error))?.document;
    let owner = people.iter().find(|person| person.keys.iter().any(|key| key.fingerprint == id));
    let owner = owner.ok_or_else(|| {
        Failure::no(format!("the key {id} is no key of a maintainer of {name}")).with_hint(
            "--key names another key; a release manager invites with `packhouse maintainer invite`",
        )
    })?;
    owner.id.parse().map_err(|error| Failure::fault("the server named a maintainer", &error))
}
