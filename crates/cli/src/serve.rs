use std::net::SocketAddr;

use packhouse_app::config::Config;
use packhouse_app::{LedgerError, Packhouse};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::arguments::{Common, Serve};
use crate::exit::{Failure, Outcome};
use crate::output::out;
use crate::{logging, settings};

/// `packhouse serve`.
pub(crate) async fn serve(common: &Common, serve: &Serve) -> Result<Outcome, Failure> {
    let config =
        settings::read(common, serve.listen.map(|at| ("listen", at.to_string())).into_iter().collect())?;
    logging::start(&config)?;
    allow_open_files(config.limits.connections);
    let listener = TcpListener::bind(config.listen).await.map_err(|error| {
        Failure::fault(&format!("cannot listen on {}", config.listen), &error).with_hint(
            "another program may listen there: give another address with --listen, such as 127.0.0.1:0",
        )
    })?;
    let at = listener
        .local_addr()
        .map_err(|error| Failure::fault("the listening address is not known", &error))?;
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{at}"));
    let public_url = public_url.trim_end_matches('/').to_owned();
    let (upstream, source) = settings::upstream(&config, &public_url).await?;
    let packhouse = settings::open_at(config.clone(), &upstream, public_url.clone()).await?;
    know_the_distribution(&packhouse).await?;
    let stop = stop_signal();
    let worker = (!serve.no_worker).then(|| tokio::spawn(work_off(packhouse.clone(), stop.clone())));
    let writer = tokio::spawn(write_down(packhouse.clone(), stop.clone()));
    let planner = tokio::spawn(keep_board(packhouse.clone(), stop.clone()));
    greet(common, &config, at, &public_url, &packhouse, &source).await;
    packhouse_server::serve(packhouse.clone(), listener, stop).await.map_err(|error| Failure::of(&error))?;
    for task in worker.into_iter().chain([writer, planner]) {
        task.await.map_err(|error| Failure::fault("a task did not end well", &error))?;
    }
    packhouse.close().await;
    tracing::info!("stopped");
    Ok(Outcome::Done)
}

/// `packhouse worker`.
pub(crate) async fn work(common: &Common) -> Result<Outcome, Failure> {
    let config = settings::read(common, Vec::new())?;
    logging::start(&config)?;
    let packhouse = settings::open(config).await?;
    know_the_distribution(&packhouse).await?;
    let stop = stop_signal();
    if common.json {
        out!("{}", serde_json::json!({ "working": true }));
    } else {
        out!("working off the job queue; stop with Ctrl-C");
    }
    let writer = tokio::spawn(write_down(packhouse.clone(), stop.clone()));
    packhouse.work(stop).await;
    writer.await.map_err(|error| Failure::fault("a task did not end well", &error))?;
    packhouse.close().await;
    Ok(Outcome::Done)
}

/// Reads what the ledger adds up to. When that does not read nothing is served: a vetted project would else come from the
/// upstream, as if nobody had ever looked after it.
async fn know_the_distribution(packhouse: &Packhouse) -> Result<(), Failure> {
    match packhouse.catch_up().await {
        Err(error @ LedgerError::Row(_)) => Err(Failure::fault("the distribution cannot be read", &error)),
        Err(error) => {
            tracing::error!(%error, "the ledger cannot be read to its end; nothing is written to it");
            Ok(())
        }
        Ok(_) => {
            // What is vetted is served all the same, and people's statements are taken.
            if let Err(error) = packhouse.check_server_key() {
                let error = packhouse_app::error_chain(&error);
                tracing::error!(
                    error,
                    "this server can say nothing in the distribution: no acceptance, no migration"
                );
            }
            Ok(())
        }
    }
}

async fn work_off(packhouse: Packhouse, stop: watch::Receiver<bool>) {
    packhouse.work(stop).await;
}

async fn write_down(packhouse: Packhouse, stop: watch::Receiver<bool>) {
    packhouse.write_down(stop).await;
}

async fn keep_board(packhouse: Packhouse, stop: watch::Receiver<bool>) {
    packhouse.keep_board(stop).await;
}

/// Becomes true when the process is asked to stop. A second time ends it at once.
fn stop_signal() -> watch::Receiver<bool> {
    let (tell, stop) = watch::channel(false);
    tokio::spawn(async move {
        asked_to_stop().await;
        tell.send_replace(true);
        tracing::info!("stopping: requests under way are finished first");
        asked_to_stop().await;
        std::process::exit(130);
    });
    stop
}

async fn asked_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}

/// Descriptors beside those of connections: files, the database, the upstream.
const OTHER_DESCRIPTORS: u64 = 1_000;

/// Raises the soft limit of open files to what the connections need: many systems begin with 1024.
fn allow_open_files(connections: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let wanted = connections as u64 + OTHER_DESCRIPTORS;
    let limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    let current = Some(limit.maximum.map_or(wanted, |maximum| wanted.min(maximum)));
    if let Err(error) = setrlimit(Resource::Nofile, Rlimit { current, maximum: limit.maximum }) {
        tracing::warn!(%error, wanted, "the limit of open files was not raised");
    } else if current < Some(wanted) {
        tracing::warn!(?current, wanted, "the limit of open files is lower than limits.connections needs");
    }
}

/// Says where it listens and the one line to set for each client.
async fn greet(
    common: &Common,
    config: &Config,
    at: SocketAddr,
    public_url: &str,
    packhouse: &Packhouse,
    source: &str,
) {
    let index = format!("{public_url}/simple/");
    let upstream = packhouse.status().await.ok().and_then(|status| status.upstreams.into_iter().next());
    let address = upstream.map(|upstream| upstream.address).unwrap_or_default();
    if common.json {
        let line = serde_json::json!({
            "listening": format!("http://{at}"), "index": index, "upstream": address, "upstream_from": source,
            "data": config.data.display().to_string(),
        });
        out!("{line}");
        return;
    }
    out!("listening on http://{at}");
    out!("");
    out!("  index     {index}");
    out!("  upstream  {address} (from {source})");
    out!("  data      {}", config.data.display());
    out!("");
    out!("Set one line for your client:");
    out!("  pip       pip config set global.index-url {index}");
    out!("  uv        export UV_DEFAULT_INDEX={index}");
    out!("  Poetry    poetry source add --priority=primary packhouse {index}");
    out!("  PDM       pdm config pypi.url {index}");
    out!("");
    out!("Open {public_url}/ to look around. Stop with Ctrl-C.");
}
