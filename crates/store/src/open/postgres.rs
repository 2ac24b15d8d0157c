use std::io;
use std::str::FromStr as _;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{ConnectOptions as _, Connection as _, PgConnection};
use url::Url;

use crate::db::Db;
use crate::migrate::{self, Step};
use crate::{Error, Store};

/// How long the first connection may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// The parameters of an address that sqlx reads. It logs others with their values, and a mistyped `password` is
/// another.
const PARAMETERS: &[&str] = &[
    "sslmode",
    "ssl-mode",
    "sslrootcert",
    "ssl-root-cert",
    "ssl-ca",
    "sslcert",
    "ssl-cert",
    "sslkey",
    "ssl-key",
    "statement-cache-capacity",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "password",
    "application_name",
    "options",
];

pub(crate) async fn open(url: &str, max_connections: u32, steps: &[Step]) -> Result<Store, Error> {
    let options = parse(url)?;
    let place = place(&options);
    // One connection first: a pool would try until its time is up and then only say that it was.
    let mut connection = connect(&options, &place).await?;
    migrate::postgres(&mut connection, steps, &place).await?;
    // The connection has done its work; whether its farewell arrives changes nothing.
    let _ = connection.close().await;
    let pool = PgPoolOptions::new().max_connections(max_connections.max(1)).connect_lazy_with(options);
    Ok(Store { db: Db::Pg(pool), place: place.into() })
}

async fn connect(options: &PgConnectOptions, place: &str) -> Result<PgConnection, Error> {
    let late =
        || io::Error::new(io::ErrorKind::TimedOut, format!("no answer within {} s", PATIENCE.as_secs()));
    let connected =
        tokio::time::timeout(PATIENCE, options.connect()).await.unwrap_or_else(|_| Err(late().into()));
    connected.map_err(|source| {
        let place = place.to_owned();
        match source {
            sqlx::Error::Database(_) => Error::Refused { place, source },
            _ => Error::Unreachable { place, source },
        }
    })
}

fn parse(text: &str) -> Result<PgConnectOptions, Error> {
    let refuse = |problem: String| Error::BadAddress { problem };
    let url = Url::parse(text).map_err(|error| refuse(format!("is no URL ({error})")))?;
    if !matches!(url.scheme(), "postgres" | "postgresql") {
        return Err(refuse(format!("begins with {:?}", url.scheme())));
    }
    for (key, _) in url.query_pairs() {
        if !PARAMETERS.contains(&&*key) && !key.starts_with("options[") {
            return Err(refuse(format!("has the unknown parameter {key:?}")));
        }
    }
    let options =
        PgConnectOptions::from_str(text).map_err(|error| refuse(format!("is not usable ({error})")))?;
    Ok(if options.get_application_name().is_none() { options.application_name("packhouse") } else { options })
}

/// Which database this is, without the password.
fn place(options: &PgConnectOptions) -> String {
    let host = match options.get_socket() {
        Some(folder) => folder.display().to_string(),
        None => options.get_host().to_owned(),
    };
    let (user, port) = (options.get_username(), options.get_port());
    format!("postgres://{user}@{host}:{port}/{}", options.get_database().unwrap_or(user))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_place_has_no_password() {
        for (url, expected) in [
            ("postgres://ann:hunter2@db.invalid:5433/ph", "postgres://ann@db.invalid:5433/ph"),
            ("postgresql://ann:hunter2@db.invalid:5433", "postgres://ann@db.invalid:5433/ann"),
            ("postgres://ann@db.invalid:5433/ph?password=hunter2", "postgres://ann@db.invalid:5433/ph"),
            ("postgres://ann:hunter2@x:5433/ph?host=/run/pg", "postgres://ann@/run/pg:5433/ph"),
        ] {
            assert_eq!(place(&parse(url).expect(url)), expected);
        }
    }

    #[test]
    fn a_bad_address_is_explained_without_its_text() {
        for (url, expected) in [
            ("ann:hunter2@db", "begins with \"ann\""),
            ("/hunter2", "is no URL"),
            ("mysql://ann:hunter2@db/ph", "begins with \"mysql\""),
            ("postgres://ann@db/ph?passwrod=hunter2", "unknown parameter \"passwrod\""),
            ("postgres://ann:hunter2@db/ph?sslmode=maybe", "is not usable"),
            ("postgres://ann:hunter2@db:port/ph", "is no URL"),
        ] {
            let error = parse(url).expect_err(url);
            let said = format!("{error} {error:?}");
            assert!(said.contains(expected), "{said}");
            assert!(!said.contains("hunter2"), "{said}");
        }
    }
}
