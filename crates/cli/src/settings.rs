use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use packhouse_app::config::{Config, ConfigError, KEYS, Overrides, environment_name, load};
use packhouse_app::{OpenError, Packhouse, SystemClock, discover};

use crate::arguments::Common;
use crate::exit::{Failure, Outcome, chain};
use crate::output::{err, out};

/// The file that is read when none is named.
const FILE: &str = "packhouse.toml";

/// The configuration of this run, with `more` flags on top.
pub(crate) fn read(common: &Common, more: Vec<(&'static str, String)>) -> Result<Config, Failure> {
    let here = Path::new(FILE);
    let path = common.config.as_deref().or_else(|| here.is_file().then_some(here));
    let text = path.map(|path| {
        std::fs::read_to_string(path).map_err(|error| {
            Failure::wrong_use(format!("the configuration {} cannot be read: {error}", path.display()))
        })
    });
    let text = text.transpose()?;
    let name = path.map(|path| path.display().to_string()).unwrap_or_default();
    let file = text.as_deref().map(|text| (name.as_str(), text));
    let environment: BTreeMap<String, String> = std::env::vars().collect();
    let mut values = more;
    let text_of = |path: &std::path::PathBuf| path.display().to_string();
    values.extend(common.data.as_ref().map(|data| ("data", text_of(data))));
    values.extend(common.upstream.clone().map(|url| ("upstream.url", url)));
    values.extend(common.ttl.clone().map(|ttl| ("upstream.ttl", ttl)));
    values.extend(common.log.clone().map(|log| ("log", log)));
    let (mut config, warnings) =
        load(file, &environment, &Overrides { values }).map_err(|error| wrong(&error))?;
    if config.inspect.command.is_empty() {
        // This very program, started again as `packhouse inspector`.
        let program = std::env::current_exe()
            .map_err(|error| Failure::fault("the path of this program is not known", &error))?;
        config.inspect.command = vec![program.display().to_string(), crate::INSPECTOR.to_owned()];
    }
    for warning in warnings {
        err!("warning: {warning}; `packhouse settings` lists those that are");
    }
    Ok(config)
}

fn wrong(error: &ConfigError) -> Failure {
    let failure = Failure::wrong_use(chain(error));
    match error {
        ConfigError::UnknownKey { .. } => failure.with_hint("`packhouse settings` lists every setting"),
        _ => failure,
    }
}

/// The upstream's address, and where it came from in words.
pub(crate) async fn upstream(config: &Config, public_url: &str) -> Result<(String, String), Failure> {
    if let Some(url) = &config.upstream.url {
        return Ok((url.clone(), "the configuration".to_owned()));
    }
    // A client that was pointed at this server already must not make it its own upstream.
    let own = public_url.to_owned();
    let found =
        discover::discover(&discover::Surroundings::current(), move |url| url.as_str().starts_with(&own))
            .await;
    match found {
        Ok(found) => Ok((found.url.expose().to_string(), found.source)),
        Err(error) => Err(Failure::wrong_use(chain(&error))),
    }
}

/// Opens what the configuration names, without listening: for commands that answer on the terminal.
pub(crate) async fn open(config: Config) -> Result<Packhouse, Failure> {
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{}", config.listen));
    let public_url = public_url.trim_end_matches('/').to_owned();
    let (upstream, _) = upstream(&config, &public_url).await?;
    open_at(config, &upstream, public_url).await
}

/// Opens what the configuration names.
pub(crate) async fn open_at(
    config: Config,
    upstream: &str,
    public_url: String,
) -> Result<Packhouse, Failure> {
    Packhouse::open(config, upstream, public_url, Arc::new(SystemClock)).await.map_err(|error| match error {
        OpenError::Index(_) | OpenError::Address { .. } | OpenError::Name(_) | OpenError::Yara(_) => {
            Failure::wrong_use(chain(&error))
        }
        _ => Failure::fault("Packhouse could not be opened", &error),
    })
}

/// `packhouse settings`.
pub(crate) fn list(common: &Common) -> Outcome {
    let row = |key: &packhouse_app::config::Key| {
        let variable = (!key.path.contains('*') && !key.path.starts_with("exception."))
            .then(|| environment_name(key.path));
        (key.path, variable, key.about)
    };
    if common.json {
        let rows = KEYS.iter().map(row).map(|(path, variable, about)| {
            serde_json::json!({ "setting": path, "environment": variable, "about": about })
        });
        let rows = rows.collect::<Vec<_>>();
        out!("{}", serde_json::json!({ "settings": rows }));
        return Outcome::Done;
    }
    out!(
        "Flags win over the environment, and that over packhouse.toml. `policy.…` also stands under `index.<name>.policy.…`.\n"
    );
    for (path, variable, about) in KEYS.iter().map(row) {
        out!("{path:<28} {about}\n{:<28} {}", "", variable.unwrap_or_default());
    }
    Outcome::Done
}
