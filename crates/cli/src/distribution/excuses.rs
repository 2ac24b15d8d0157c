use clap::Args;
use serde::Deserialize as _;
use serde_json::Value;

use super::plan::{Plan, excuse_lines, lines};
use super::remote::{Remote, failed};
use super::show;
use crate::arguments::Common;
use crate::exit::{Failure, Outcome};
use crate::output::out;

/// `excuses`.
#[derive(Debug, Args)]
pub(crate) struct Excuses {
    #[command(flatten)]
    remote: Remote,
    /// Only of this project
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// The suite that they would move to
    #[arg(long, default_value = "testing")]
    suite: String,
}

const EXAMPLES: &str = "\
Examples:
  packhouse migrate --dry-run
  packhouse migrate --dry-run --what-if 'accept foo==1.2' --what-if 'age-days bar 10'

A what-if is: accept NAME==VERSION, age-days NAME DAYS, waive NAME POLICY, waive NAME uninstallable:ROOT[@ENVIRONMENT],
unblock NAME.";

/// `migrate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Migrate {
    #[command(flatten)]
    remote: Remote,
    /// The suite that releases move to
    #[arg(long, default_value = "testing")]
    suite: String,
    /// Only say what would move, and why not more
    #[arg(long)]
    dry_run: bool,
    /// Suppose this; may be repeated
    #[arg(long = "what-if", value_name = "FACT", requires = "dry_run")]
    what_if: Vec<String>,
    /// A token with the scope `migrate`
    #[arg(long, env = "PACKHOUSE_TOKEN", hide_env_values = true)]
    token: Option<String>,
}

/// `packhouse excuses`. Ends with 1 when the named project has an excuse for not moving.
pub(super) async fn excuses(common: &Common, excuses: &Excuses) -> Result<Outcome, Failure> {
    let answer = excuses.remote.client()?.excuses(&excuses.suite).await.map_err(|error| failed(&error))?;
    let Some(name) = &excuses.name else { return print(common, &answer.json) };
    let name = packhouse_pypi::normalize(name).map_err(|error| Failure::wrong_use(error.to_string()))?;
    if common.json {
        let all = answer.json["excuses"].as_array().into_iter().flatten();
        let own: Vec<&Value> = all.filter(|excuse| excuse["project"] == name.as_str()).collect();
        show::json(&serde_json::json!({ "excuses": own }));
        return Ok(if own.is_empty() { Outcome::No } else { Outcome::Done });
    }
    let plan = read(&answer.json)?;
    let own: Vec<_> = plan.excuses.iter().filter(|excuse| excuse.project == name.as_str()).collect();
    if own.is_empty() {
        return Err(Failure::no(format!("no item of {name} is on its way to {}", excuses.suite)).with_hint(
            "what is not accepted yet waits in `packhouse queue`; what moved is in `packhouse project show`",
        ));
    }
    for excuse in own {
        for line in excuse_lines(excuse) {
            out!("{line}");
        }
    }
    Ok(Outcome::Done)
}

/// `packhouse migrate`.
pub(super) async fn migrate(common: &Common, migrate: &Migrate) -> Result<Outcome, Failure> {
    let client = migrate.remote.client_with(migrate.token.as_deref())?;
    let answer = match (migrate.dry_run, migrate.what_if.is_empty()) {
        (true, true) => client.excuses(&migrate.suite).await,
        (true, false) => client.what_if(&migrate.suite, &migrate.what_if).await,
        (false, _) => client.migrate(&migrate.suite).await,
    };
    print(common, &answer.map_err(|error| failed(&error))?.json)
}

fn print(common: &Common, plan: &Value) -> Result<Outcome, Failure> {
    if common.json {
        return Ok(show::json(plan));
    }
    for line in lines(&read(plan)?) {
        out!("{line}");
    }
    Ok(Outcome::Done)
}

fn read(plan: &Value) -> Result<Plan, Failure> {
    Plan::deserialize(plan).map_err(|error| Failure::fault("the server's plan cannot be read", &error))
}
