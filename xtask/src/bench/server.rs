//! Servers under measurement, Packhouse first.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use url::Url;

use super::loads::HTML;
use super::process::Process;
use super::{Place, http};

/// A server that answers.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) name: String,
    /// `http://127.0.0.1:port`.
    pub(crate) url: String,
    /// Its simple index, without a slash at the end.
    pub(crate) index: String,
    /// From its start to its first answer.
    pub(crate) took: Duration,
    process: Process,
}

/// How to start one.
pub(crate) struct Starting<'a> {
    pub(crate) name: &'a str,
    pub(crate) command: Command,
    pub(crate) port: u16,
    pub(crate) log: PathBuf,
    /// A path that answers as soon as the server does.
    pub(crate) ready: &'a str,
    /// The path of its simple index.
    pub(crate) index: &'a str,
    pub(crate) limit: Duration,
}

impl Server {
    /// Starts it and waits for its first answer.
    pub(crate) fn start(starting: Starting<'_>) -> Result<Self> {
        let url = format!("http://127.0.0.1:{}", starting.port);
        let ready = format!("{url}{}", starting.ready);
        let begun = Instant::now();
        let mut process = Process::start(starting.command, &starting.log)?;
        let log = starting.log.display();
        while http::get(&ready, &[]).map_or(true, |answer| answer.status >= 500) {
            if let Some(status) = process.ended()? {
                bail!("{} ended with {status} before it answered; its log is {log}", starting.name);
            }
            if begun.elapsed() > starting.limit {
                bail!("{} did not answer in {} s; its log is {log}", starting.name, starting.limit.as_secs());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        let index = format!("{url}{}", starting.index);
        Ok(Self { name: starting.name.to_owned(), url, index, took: begun.elapsed(), process })
    }

    pub(crate) fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// The URL of a project's page.
    pub(crate) fn page(&self, project: &str) -> String {
        format!("{}/{project}/", self.index)
    }

    /// The URL of a file, as the server's own page links to it.
    pub(crate) fn file(&self, project: &str, start: &str) -> Result<String> {
        let page = self.page(project);
        let answer = http::get_ok(&page, &[("Accept", HTML)])?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let links = text.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next());
        let named = |link: &&str| {
            let path = link.split(['#', '?']).next().unwrap_or_default();
            path.rsplit('/').next().is_some_and(|name| name.starts_with(start) && name.ends_with(".whl"))
        };
        let mut links = links.filter(named);
        let link = links.next().with_context(|| format!("{page} links to no wheel {start}…"))?;
        let mut url = Url::parse(&page)?.join(&link.replace("&amp;", "&"))?;
        url.set_fragment(None);
        Ok(url.into())
    }
}

/// A port that was free a moment ago.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// Which rules a Packhouse is started with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Policy {
    /// Everything is handed out, so that it lists what its upstream lists.
    Open,
    /// As it comes.
    Default,
}

/// The program that is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Packhouse<'a> {
    pub(crate) program: &'a Path,
    pub(crate) place: &'a Place,
}

impl Packhouse<'_> {
    /// Starts it on a folder of this run.
    pub(crate) fn start(&self, name: &str, data: &Path, upstream: &str, policy: Policy) -> Result<Server> {
        let port = free_port()?;
        let mut command = Command::new(self.program);
        command.arg("serve").arg("--data").arg(data);
        command.args(["--listen", &format!("127.0.0.1:{port}"), "--upstream", upstream]);
        for (variable, _) in std::env::vars_os() {
            if variable.to_string_lossy().starts_with("PACKHOUSE_") {
                command.env_remove(variable);
            }
        }
        // No page is asked for again while it is being measured.
        command.env("PACKHOUSE_UPSTREAM_TTL", "6h");
        if policy == Policy::Open {
            command.env("PACKHOUSE_POLICY_COOLDOWN", "0").env("PACKHOUSE_POLICY_SDIST", "always");
        }
        // Where no configuration lies.
        command.current_dir(data);
        Server::start(Starting {
            name,
            command,
            port,
            log: self.place.log(name),
            ready: "/healthz",
            index: "/simple",
            limit: Duration::from_secs(60),
        })
    }
}

/// Builds the program as it is released.
pub(crate) fn build(place: &Place) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--release", "--locked", "--package", "packhouse"]).stdout(Stdio::null());
    if !command.status().context("cargo did not start")?.success() {
        bail!("the program to measure does not build");
    }
    Ok(place.root.with_file_name("release").join("packhouse"))
}
