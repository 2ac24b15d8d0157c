use clap::{Args, Subcommand};
use packhouse_client::Maintainer as Person;
use packhouse_distribution::act::{
    Affiliate, Affiliation, Conflict, Invite, Join, KeyAdd, KeyRevoke, Leave, Role, SetRoles,
};
use packhouse_distribution::vendor::address_hash;
use packhouse_model::{MaintainerId, Sha256, Timestamp};

use super::local::InviteFirst;
use super::remote::{Remote, Signing, failed};
use super::session::Session;
use super::{affiliation, show, tables};
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

const EXAMPLES: &str = "\
Examples:
  packhouse key new ada.key
  packhouse maintainer invite-first ada --key-line \"$(cat ada.key.pub)\"      (on the server's machine)
  packhouse maintainer join --key ada.key --name 'Ada L.' --affiliation 'Example GmbH,domain=example.org'
  packhouse maintainer invite ben --key ada.key --key-line 'ssh-ed25519 AAAA…' --role maintainer

An affiliation is NAME[,from=DATE][,until=DATE][,domain=example.org][,account=forge:name]. Mail addresses are hashed here
and never leave this machine in the clear.";

/// `maintainer …`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Maintainer {
    #[command(flatten)]
    remote: Remote,
    #[command(flatten)]
    signing: Signing,
    #[command(subcommand)]
    command: MaintainerCommand,
}

#[derive(Debug, Subcommand)]
enum MaintainerCommand {
    /// List the people
    List,
    /// Show a person: roles, affiliations, keys
    Show {
        /// Their id
        id: MaintainerId,
    },
    /// Invite somebody, as a release manager
    Invite {
        /// The name that they will act under
        id: MaintainerId,
        /// Their public key, as one line: `ssh-ed25519 AAAA…`
        #[arg(long, value_name = "LINE")]
        key_line: String,
        /// maintainer, release-manager, security or trainee; may be repeated
        #[arg(long = "role", value_name = "ROLE", value_parser = show::word::<Role>, default_value = "maintainer")]
        roles: Vec<Role>,
    },
    /// Invite the first release manager, on the server's own data
    InviteFirst(InviteFirst),
    /// Join after an invitation, with the key of it
    Join {
        /// Your name, for people
        #[arg(long, value_name = "NAME")]
        name: String,
        #[command(flatten)]
        ties: Ties,
    },
    /// Declare further affiliations, or the end of one
    Affiliate {
        #[command(flatten)]
        ties: Ties,
        /// An affiliation that ends: ORGANISATION=DATE
        #[arg(long = "end", value_name = "ORGANISATION=DATE")]
        ends: Vec<String>,
    },
    /// Your further keys, and keys that are not to be believed any more
    Key {
        #[command(subcommand)]
        command: KeyCommand,
    },
    /// Give somebody all their roles anew, as a release manager
    Roles {
        /// Whose
        id: MaintainerId,
        /// All of them from now on
        #[arg(long = "role", value_name = "ROLE", value_parser = show::word::<Role>)]
        roles: Vec<Role>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Leave, or say as a release manager that somebody has left
    Leave {
        /// Who [default: yourself]
        id: Option<MaintainerId>,
        /// Why
        #[arg(long)]
        reason: String,
    },
    /// Say that somebody has a tie which they did not declare
    Conflict {
        /// Whose
        id: MaintainerId,
        /// To whom
        #[arg(long, value_parser = affiliation::read)]
        affiliation: Affiliation,
        /// How it was found
        #[arg(long)]
        evidence: String,
    },
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Add a key of yours; it signs too, as proof that you hold it
    Add {
        /// The new key: its file, or `SHA256:…` of the SSH agent
        new: String,
        /// From when on it counts for nothing
        #[arg(long, value_parser = show::date)]
        expires: Option<Timestamp>,
    },
    /// Say that a key is not to be believed any more
    Revoke {
        /// `SHA256:…`, as `packhouse maintainer show` lists it
        fingerprint: String,
        /// The last entry that is still believed; what it signed later is void
        #[arg(long, value_name = "ENTRY", default_value_t = 0)]
        after: u64,
        /// What happened
        #[arg(long)]
        reason: String,
    },
}

/// Whom somebody belongs to.
#[derive(Debug, Args)]
struct Ties {
    /// Whom you work for and where else you belong; may be repeated
    #[arg(long = "affiliation", value_name = "NAME[,…]", value_parser = affiliation::read)]
    affiliations: Vec<Affiliation>,
    /// Your account where vendors publish: `forge:ada`; may be repeated
    #[arg(long = "account", value_name = "PLACE:NAME")]
    accounts: Vec<String>,
    /// A mail address of yours; only its hash is signed and sent
    #[arg(long = "address", value_name = "ADDRESS", value_parser = hashed)]
    addresses: Vec<Sha256>,
}

fn hashed(text: &str) -> Result<Sha256, String> {
    address_hash(text).ok_or_else(|| "expected a mail address".to_owned())
}

/// `packhouse maintainer …`.
pub(super) async fn run(common: &Common, maintainer: &Maintainer) -> Result<Outcome, Failure> {
    let (remote, command) = (&maintainer.remote, &maintainer.command);
    match command {
        MaintainerCommand::InviteFirst(invite) => return super::local::invite_first(common, invite).await,
        MaintainerCommand::List => {
            let people = remote.client()?.maintainers().await.map_err(|error| failed(&error))?;
            return Ok(if common.json { show::json(&people.json) } else { list(&people.document) });
        }
        MaintainerCommand::Show { id } => {
            let person = remote.client()?.maintainer(id.as_str()).await.map_err(|error| failed(&error))?;
            return Ok(if common.json { show::json(&person.json) } else { one(&person.document) });
        }
        _ => {}
    }
    let mut session = Session::open(common, remote, &maintainer.signing).await?;
    say(&mut session, command).await?;
    Ok(session.done())
}

async fn say(session: &mut Session, command: &MaintainerCommand) -> Result<(), Failure> {
    match command {
        MaintainerCommand::Invite { id, key_line, roles } => {
            let act =
                Invite { maintainer: id.clone(), key: key_line.trim().to_owned(), roles: roles.clone() };
            session.say(act, &[]).await?;
        }
        MaintainerCommand::Join { name, ties } => {
            let act = Join {
                name: name.clone(),
                affiliations: ties.affiliations.clone(),
                accounts: ties.accounts.clone(),
                addresses: ties.addresses.clone(),
            };
            session.say(act, &[]).await?;
        }
        MaintainerCommand::Affiliate { ties, ends } => {
            let affiliations = declared(session, ties, ends).await?;
            let act = Affiliate {
                affiliations,
                accounts: ties.accounts.clone(),
                addresses: ties.addresses.clone(),
            };
            session.say(act, &[]).await?;
        }
        MaintainerCommand::Key { command: KeyCommand::Add { new, expires } } => {
            let new = super::key::signer(Some(new))?;
            let act = KeyAdd { key: new.public_key().to_openssh(""), expires: *expires };
            session.say_with(act, &[], Some(&*new)).await?;
        }
        MaintainerCommand::Key { command: KeyCommand::Revoke { fingerprint, after, reason } } => {
            let act = KeyRevoke { key: fingerprint.clone(), after: *after, reason: reason.clone() };
            session.say(act, &[]).await?;
        }
        MaintainerCommand::Roles { id, roles, reason } => {
            let act = SetRoles { maintainer: id.clone(), roles: roles.clone(), reason: reason.clone() };
            session.say(act, &[]).await?;
        }
        MaintainerCommand::Leave { id, reason } => {
            let maintainer = id.clone().unwrap_or_else(|| session.me.clone());
            session.say(Leave { maintainer, reason: reason.clone() }, &[]).await?;
        }
        MaintainerCommand::Conflict { id, affiliation, evidence } => {
            let act = Conflict {
                maintainer: id.clone(),
                affiliation: affiliation.clone(),
                evidence: evidence.clone(),
            };
            session.say(act, &[]).await?;
        }
        MaintainerCommand::List | MaintainerCommand::Show { .. } | MaintainerCommand::InviteFirst(_) => {}
    }
    Ok(())
}

/// What was declared before, with the ends and the new ones: nothing that was declared goes away.
async fn declared(session: &Session, ties: &Ties, ends: &[String]) -> Result<Vec<Affiliation>, Failure> {
    let me = session.client.maintainer(session.me.as_str()).await.map_err(|error| failed(&error))?.document;
    let mut all: Vec<Affiliation> = me
        .affiliations
        .into_iter()
        .map(|old| Affiliation {
            organisation: old.organisation,
            domains: old.domains,
            accounts: old.accounts,
            from: old.from,
            until: old.until,
        })
        .collect();
    for end in ends {
        let (organisation, date) = end
            .rsplit_once('=')
            .ok_or_else(|| Failure::wrong_use(format!("--end: expected ORGANISATION=DATE; found {end:?}")))?;
        let date = show::date(date).map_err(Failure::wrong_use)?;
        let old = all.iter_mut().find(|old| old.organisation == organisation);
        let old = old.ok_or_else(|| {
            Failure::wrong_use(format!("you have not declared the affiliation {organisation:?}"))
        })?;
        old.until = Some(date);
    }
    all.extend(ties.affiliations.iter().cloned());
    Ok(all)
}

fn list(people: &[Person]) -> Outcome {
    let rows: Vec<Vec<String>> = people
        .iter()
        .map(|person| {
            vec![
                person.id.clone(),
                show::plain(&person.name),
                person.standing.clone(),
                person.roles.join(", "),
                person
                    .affiliations
                    .iter()
                    .map(|one| show::plain(&one.organisation))
                    .collect::<Vec<_>>()
                    .join(", "),
            ]
        })
        .collect();
    tables::rows(&["id", "name", "standing", "roles", "affiliations"], &rows);
    Outcome::Done
}

fn one(person: &Person) -> Outcome {
    out!("{} ({}), {}", show::plain(&person.name), person.id, person.standing);
    out!("  roles     {}", person.roles.join(", "));
    out!("  since     {}, last signed {}", person.since.date(), person.last_act.date());
    for (word, ties) in [("declared", &person.affiliations), ("found", &person.conflicts)] {
        for tie in ties {
            let until = tie.until.map_or(String::new(), |until| format!(" until {}", until.date()));
            out!("  {word:<8}  {} since {}{until}", show::plain(&tie.organisation), tie.from.date());
        }
    }
    for key in &person.keys {
        let state = match (key.void_after, key.expires) {
            (Some(after), _) => format!("revoked: void after entry {after}"),
            (None, Some(end)) => format!("until {}", end.date()),
            (None, None) => "good".to_owned(),
        };
        out!("  key       {} ({state})", key.fingerprint);
    }
    if !person.projects.is_empty() {
        out!("  projects  {}", person.projects.join(", "));
    }
    out!("  reviews   {}", person.reviews);
    Outcome::Done
}
