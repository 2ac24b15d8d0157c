//! nginx: handing out the very bytes that Packhouse does, and as a caching proxy made by hand.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};

use super::Place;
use super::server::{Server, Starting, free_port};
use super::tools::Tools;

const COMMON: &str = "\
worker_processes auto; daemon off; error_log error.log; pid nginx.pid;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 100000000; default_type application/octet-stream;
  sendfile on; tcp_nopush on; gzip_http_version 1.0;
  client_body_temp_path t1; proxy_temp_path t2; fastcgi_temp_path t3; uwsgi_temp_path t4; scgi_temp_path t5;
";

/// As fast as nginx gets: sendfile, files compressed beforehand, open files kept open.
const FILES: &str = "\
  map $http_accept $extension { default html; \"~simple.v1.json\" json; }
  types { text/html html; application/vnd.pypi.simple.v1+json json; }
  open_file_cache max=1000;
  server {
    listen 127.0.0.1:PORT backlog=4096; root static;
    location / { gzip_static on; add_header Vary Accept; try_files ${uri}index.$extension =404; }
    location /files/ { }
    location = /ready { return 204; }
  }
}
";

/// What people put before an index today: one request upstream at a time, old answers when it fails.
const CACHE: &str = "\
  proxy_cache_path cache levels=1:2 keys_zone=pages:10m max_size=5g;
  upstream registry { server HOST; keepalive 8; }
  server {
    listen 127.0.0.1:PORT backlog=4096;
    location = /ready { return 204; }
    location / {
      proxy_pass http://registry; proxy_http_version 1.1; proxy_set_header Connection \"\";
      proxy_cache pages; proxy_cache_lock on; proxy_cache_lock_timeout 60s; proxy_cache_lock_age 60s;
      proxy_cache_valid 200 30m; proxy_cache_revalidate on; gzip on; gzip_types *; gzip_vary on;
      proxy_cache_use_stale error timeout updating http_500 http_502 http_503 http_504;
    }
  }
}
";

/// Puts a body where nginx finds it under `path`, which for a page ends with a slash.
pub(crate) fn put(root: &Path, path: &str, json: bool, gzip: bool, body: &[u8]) -> Result<()> {
    let mut name = path.trim_start_matches('/').to_owned();
    if name.ends_with('/') {
        name.push_str(if json { "index.json" } else { "index.html" });
    }
    if gzip {
        name.push_str(".gz");
    }
    let file = root.join("static").join(name);
    std::fs::create_dir_all(file.parent().context("a file has a folder")?)?;
    std::fs::write(&file, body).with_context(|| format!("{} cannot be written", file.display()))
}

/// Starts nginx on the files that [`put`] has put down.
pub(crate) fn files(place: &Place, tools: &Tools, root: &Path) -> Result<Server> {
    start(place, tools, "nginx", root, FILES)
}

/// Starts nginx as a cache before a registry, whose address is its simple index.
pub(crate) fn cache(place: &Place, tools: &Tools, root: &Path, upstream: &str) -> Result<Server> {
    let host = upstream.trim_start_matches("http://").split('/').next().unwrap_or_default();
    start(place, tools, "nginx-cache", root, &CACHE.replace("HOST", host))
}

fn start(place: &Place, tools: &Tools, name: &str, root: &Path, server: &str) -> Result<Server> {
    let port = free_port()?;
    // Its workers would not be let into folders of root's.
    let user = if rustix::process::geteuid().is_root() { "user root;\n" } else { "" };
    let text = format!("{user}{COMMON}{}", server.replace("PORT", &port.to_string()));
    // Paths in it are relative to the prefix.
    std::fs::write(root.join("nginx.conf"), text)?;
    let mut command = Command::new(&tools.nginx);
    command.arg("-p").arg(root).arg("-c").arg(root.join("nginx.conf")).arg("-e").arg(root.join("error.log"));
    Server::start(Starting {
        name,
        command,
        port,
        log: place.log(name),
        ready: "/ready",
        index: "/simple",
        limit: Duration::from_secs(20),
    })
}
