//! A client for questions between the measurements: HTTP/1.0, so that every body comes as it is and ends with
//! its connection.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};

const PATIENCE: Duration = Duration::from_secs(90);
/// Heads are a few hundred bytes; one without an end must not be collected for ever.
const LONGEST_HEAD: usize = 100_000;

/// What a server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    /// As sent: compressed when it was asked for so.
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The first header of this name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

/// Gets a URL of a server on this machine.
pub(crate) fn get(url: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    let mut body = Vec::new();
    let head = stream(url, headers, |bytes| body.extend_from_slice(bytes))?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.with_context(|| format!("{url}: no status in {head:?}"))?;
    Ok(Answer { status, head, body })
}

/// Gets a URL that has to answer 200.
pub(crate) fn get_ok(url: &str, headers: &[(&str, &str)]) -> Result<Answer> {
    let answer = get(url, headers)?;
    if answer.status != 200 {
        let start: String = String::from_utf8_lossy(&answer.body).chars().take(300).collect();
        bail!("{url} answered {}: {start}", answer.status);
    }
    Ok(answer)
}

/// Gets a URL and compares its body with what is expected as it comes, without keeping it.
pub(crate) fn is_exactly(url: &str, headers: &[(&str, &str)], expected: &[u8]) -> Result<bool> {
    let (mut place, mut same) = (0, true);
    let head = stream(url, headers, |bytes| {
        same &= expected.get(place..place + bytes.len()) == Some(bytes);
        place += bytes.len();
    })?;
    Ok(same && place == expected.len() && head.split(' ').nth(1) == Some("200"))
}

fn stream(url: &str, headers: &[(&str, &str)], mut take: impl FnMut(&[u8])) -> Result<String> {
    let (host, path) = split(url)?;
    let mut connection = TcpStream::connect(host).with_context(|| format!("cannot connect to {host}"))?;
    connection.set_read_timeout(Some(PATIENCE))?;
    connection.set_nodelay(true)?;
    let mut request = format!("GET {path} HTTP/1.0\r\nHost: {host}\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    connection.write_all(request.as_bytes())?;
    let mut block = vec![0; 65_536];
    let mut head = Vec::new();
    let end = loop {
        let read = connection.read(&mut block).with_context(|| format!("reading {url}"))?;
        let from = head.len().saturating_sub(3);
        head.extend_from_slice(&block[..read]);
        if let Some(at) = head[from..].windows(4).position(|window| window == b"\r\n\r\n") {
            break from + at;
        }
        if read == 0 || head.len() > LONGEST_HEAD {
            bail!("{url}: no head of an answer in {} bytes", head.len());
        }
    };
    take(&head[end + 4..]);
    loop {
        match connection.read(&mut block).with_context(|| format!("reading {url}"))? {
            0 => break,
            read => take(&block[..read]),
        }
    }
    head.truncate(end);
    Ok(String::from_utf8_lossy(&head).into_owned())
}

fn split(url: &str) -> Result<(&str, &str)> {
    let rest = url.strip_prefix("http://").with_context(|| format!("a server of this machine: {url}"))?;
    Ok(rest.find('/').map_or((rest, "/"), |at| rest.split_at(at)))
}
