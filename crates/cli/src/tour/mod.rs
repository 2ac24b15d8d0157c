//! `packhouse tour`: the distribution's whole story on one project, with real keys, real files and a real client, in about
//! a minute.

mod client;
mod clock;
mod people;
mod steps;
mod teller;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use packhouse_app::Packhouse;
use packhouse_cast::Person;
use tokio::net::TcpListener;
use tokio::sync::watch;

use self::client::Pip;
use self::clock::TourClock;
use self::teller::Teller;
use crate::arguments::{Common, Tour};
use crate::exit::{Failure, Outcome};
use crate::{logging, settings};

/// Everybody and everything in the story.
pub(crate) struct Story {
    packhouse: Packhouse,
    clock: Arc<TourClock>,
    url: String,
    told: Teller,
    alice: Person,
    bob: Person,
    carol: Person,
    pip: Pip,
}

/// `packhouse tour`.
pub(crate) async fn tour(common: &Common, tour: &Tour) -> Result<Outcome, Failure> {
    let config = settings::read(common, vec![("log", common.log.clone().unwrap_or_else(|| "warn".into()))])?;
    logging::start(&config)?;
    let data = config.data.clone();
    let folder = data.join("tour");
    empty(&data)?;
    std::fs::create_dir_all(&folder).map_err(|error| Failure::fault("the folder cannot be made", &error))?;
    let python = tour.python.clone().unwrap_or_else(|| PathBuf::from("python3"));
    let pip = Pip::find(&python, &folder).await?;
    let at: SocketAddr = tour.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 0)));
    let listener = TcpListener::bind(at)
        .await
        .map_err(|error| Failure::fault(&format!("cannot listen on {at}"), &error))?;
    let at = listener.local_addr().map_err(|error| Failure::fault("the address is not known", &error))?;
    let url = format!("http://{at}");
    let (upstream, _) = settings::upstream(&config, &url).await?;
    let clock = Arc::new(TourClock::default());
    let packhouse = Packhouse::open(config, &upstream, url.clone(), Arc::clone(&clock) as Arc<_>)
        .await
        .map_err(|error| Failure::fault("Packhouse could not be opened", &error))?;
    let (stop, stopped) = watch::channel(false);
    let server = tokio::spawn(packhouse_server::serve(packhouse.clone(), listener, stopped.clone()));
    let (worker, until) = (packhouse.clone(), stopped.clone());
    let work = tokio::spawn(async move { worker.work(until).await });
    let (writer, until) = (packhouse.clone(), stopped);
    let write = tokio::spawn(async move { writer.write_down(until).await });
    let person = |name| people::person(name, &folder);
    let mut story = Story {
        packhouse: packhouse.clone(),
        clock,
        url: url.clone(),
        told: Teller::new(common.json),
        alice: person("alice")?,
        bob: person("bob")?,
        carol: person("carol")?,
        pip,
    };
    let outcome = story.tell(&tour.project).await;
    let failed = story.told.end(&url, &data, outcome.as_ref().err());
    if tour.stay && outcome.is_ok() {
        story.told.note(&format!("The server stays at {url}/ until Ctrl-C."));
        let _ = tokio::signal::ctrl_c().await;
    }
    stop.send_replace(true);
    for task in [work, write] {
        task.await.map_err(|error| Failure::fault("a task did not end well", &error))?;
    }
    let ended = server.await.map_err(|error| Failure::fault("the server did not end well", &error))?;
    ended.map_err(|error| Failure::of(&error))?;
    packhouse.close().await;
    outcome?;
    Ok(if failed == 0 { Outcome::Done } else { Outcome::No })
}

/// A tour makes people, keys and a distribution: not where somebody's data is.
fn empty(data: &Path) -> Result<(), Failure> {
    let taken = std::fs::read_dir(data).is_ok_and(|mut entries| entries.next().is_some());
    if taken {
        return Err(Failure::wrong_use(format!("the folder {} is not empty", data.display()))
            .with_hint("a tour begins in a folder of its own: give a new one with --data"));
    }
    Ok(())
}
