//! Other index servers, installed into environments of their own from the registry that this machine's pip asks.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, bail};

use super::process::finish;
use super::server::{Server, Starting, free_port};
use super::tools::Tools;
use super::{Place, nginx};

/// A server to compare with, beside nginx.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Peer {
    NginxCache,
    Pypiron,
    Devpi,
    Proxpi,
    Srs,
}

const PEERS: [(&str, Peer, &[&str]); 5] = [
    ("nginx-cache", Peer::NginxCache, &[]),
    ("pypiron", Peer::Pypiron, &["pypiron"]),
    ("devpi", Peer::Devpi, &["devpi-server"]),
    ("proxpi", Peer::Proxpi, &["proxpi", "gunicorn"]),
    ("srs", Peer::Srs, &["simple-repository-server"]),
];
const INSTALLING: Duration = Duration::from_secs(600);
const STARTING: Duration = Duration::from_secs(120);

/// Makes devpi's mirror of the upstream; nothing but a request can.
const MIRROR: &str = r#"
import base64, json, sys, urllib.request
root, upstream = sys.argv[1:]
def ask(method, path, body, more={}):
    headers = {"Content-Type": "application/json", "Accept": "application/json", **more}
    request = urllib.request.Request(root + path, json.dumps(body).encode(), headers, method=method)
    return json.load(urllib.request.urlopen(request))
token = ask("POST", "/+login", {"user": "root", "password": ""})["result"]["password"]
key = base64.b64encode(f"root:{token}".encode()).decode()
ask("PUT", "/root/up", {"type": "mirror", "mirror_url": upstream, "volatile": True}, {"X-Devpi-Auth": key})
"#;

impl Peer {
    /// The peer of that name.
    pub(crate) fn named(name: &str) -> Result<Self> {
        match PEERS.iter().find(|(known, ..)| *known == name) {
            Some((_, peer, _)) => Ok(*peer),
            None => {
                let names: Vec<&str> = PEERS.iter().map(|(name, ..)| *name).collect();
                bail!("there is no peer `{name}`; the peers are nginx, {}", names.join(", "))
            }
        }
    }

    pub(crate) fn name(self) -> &'static str {
        self.entry().0
    }

    fn entry(self) -> &'static (&'static str, Self, &'static [&'static str]) {
        &PEERS[self as usize]
    }

    fn program(self, place: &Place, program: &str) -> PathBuf {
        place.root.join(self.name()).join("bin").join(program)
    }

    /// Installs it on first use.
    pub(crate) fn install(self, place: &Place) -> Result<()> {
        let (name, _, packages) = self.entry();
        let folder = place.root.join(name);
        // Written last: an environment without it is half made.
        let complete = folder.join("complete");
        if packages.is_empty() || complete.is_file() {
            return Ok(());
        }
        eprintln!("installing {name}");
        let mut environment = Command::new("python3");
        environment.args(["-m", "venv"]).arg(&folder);
        finish("python3 -m venv", environment, &place.log(name), INSTALLING)?;
        let mut pip = Command::new(self.program(place, "python"));
        pip.args(["-m", "pip", "install", "--quiet", "--no-input"]).args(*packages);
        finish("pip install", pip, &place.log(name), INSTALLING)?;
        std::fs::write(complete, "")?;
        Ok(())
    }

    /// Starts it with nothing kept.
    pub(crate) fn start(self, place: &Place, tools: &Tools, upstream: &str) -> Result<Server> {
        if self == Self::NginxCache {
            return nginx::cache(place, tools, &place.fresh(self.name())?, upstream);
        }
        self.start_before_registry(place, upstream)
    }

    /// Starts it with nothing kept before any registry; nginx's cache knows only those on loopback.
    pub(crate) fn start_before_registry(self, place: &Place, upstream: &str) -> Result<Server> {
        let data = place.fresh(self.name())?;
        let port = free_port()?;
        let (command, ready, index) = match self {
            Self::NginxCache => bail!("nginx-cache stands before a registry on loopback only"),
            Self::Pypiron => (self.pypiron(place, &data, port, upstream), "/health", "/simple"),
            Self::Devpi => (self.devpi(place, &data, port)?, "/+api", "/root/up/+simple"),
            Self::Proxpi => (self.proxpi(place, &data, port, upstream), "/health", "/index"),
            Self::Srs => (self.srs(place, &data, port, upstream), "/openapi.json", "/simple"),
        };
        let (name, log) = (self.name(), place.log(self.name()));
        let starting = Starting { name, command, port, log, ready, index, limit: STARTING };
        let server = Server::start(starting)?;
        if self == Self::Devpi {
            let mut mirror = Command::new(self.program(place, "python"));
            mirror.args(["-c", MIRROR, &server.url, upstream]);
            finish("devpi's mirror", mirror, &place.log("devpi-mirror"), STARTING)?;
        }
        Ok(server)
    }

    fn pypiron(self, place: &Place, data: &Path, port: u16, upstream: &str) -> Command {
        let mut command = Command::new(self.program(place, "pypiron"));
        let base = upstream.trim_end_matches('/').trim_end_matches("/simple");
        command.args(["serve", "--bind-addr", &format!("127.0.0.1:{port}"), "--proxy-upstream", base]);
        command.args(["--allow-insecure-upstream", "--proxy-allow-host", "127.0.0.1"]);
        command.args(["--advisory-feed", "", "--malware-block", "false"]).arg("--data-dir").arg(data);
        command.current_dir(data).env("HOME", data);
        command
    }

    fn devpi(self, place: &Place, data: &Path, port: u16) -> Result<Command> {
        let secret = data.join("secret");
        let mut generate = Command::new(self.program(place, "devpi-gen-secret"));
        generate.arg("--secretfile").arg(&secret);
        let mut init = Command::new(self.program(place, "devpi-init"));
        init.arg("--serverdir").arg(data.join("server")).args(["--root-passwd", "", "--no-root-pypi"]);
        for step in [generate, init] {
            finish("devpi's setup", step, &place.log("devpi-setup"), STARTING)?;
        }
        let mut command = Command::new(self.program(place, "devpi-server"));
        command.arg("--serverdir").arg(data.join("server")).arg("--secretfile").arg(secret);
        command.args(["--host", "127.0.0.1", "--port", &port.to_string()]);
        Ok(command)
    }

    fn proxpi(self, place: &Place, data: &Path, port: u16, upstream: &str) -> Command {
        // As its own image runs it, with a folder for its files.
        let mut command = Command::new(self.program(place, "gunicorn"));
        command.args(["--preload", "--threads", "2", "--bind", &format!("127.0.0.1:{port}")]);
        command.arg("proxpi.server:app").current_dir(data);
        command.env("PROXPI_INDEX_URL", upstream).env("PROXPI_CACHE_DIR", data.join("files"));
        command
    }

    fn srs(self, place: &Place, data: &Path, port: u16, upstream: &str) -> Command {
        let mut command = Command::new(self.program(place, "simple-repository-server"));
        command.args([
            "--host",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--stream-http-resources",
            upstream,
        ]);
        command.current_dir(data).env("HOME", data);
        command
    }
}
