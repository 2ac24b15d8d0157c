//! wrk: the same request again and again over a number of connections, for a while.

use std::process::Command;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::tools::Tools;
use super::{Place, cpu, process};

/// Answers from this size on are counted by their bytes.
const LARGE: u64 = 1_000_000;

/// A request, and the process that answers it.
#[derive(Debug, Clone)]
pub(crate) struct Shot {
    pub(crate) pid: u32,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
    /// How long one takes with nothing else to do; slow servers get fewer connections, or nothing would finish.
    pub(crate) once: Duration,
    /// Bytes of the answer's body.
    pub(crate) size: u64,
}

/// What came of one load.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Sample {
    pub(crate) connections: usize,
    /// Requests a second.
    pub(crate) rate: f64,
    /// Milliseconds.
    pub(crate) p50: f64,
    pub(crate) p99: f64,
    /// CPU of the server's processes for one request, in microseconds: in the program, and in the kernel for it.
    pub(crate) user_us: f64,
    pub(crate) system_us: f64,
    /// Answers that were neither 2xx nor 3xx, and connections that broke.
    pub(crate) errors: u64,
}

impl Sample {
    pub(crate) fn cpu_us(&self) -> f64 {
        self.user_us + self.system_us
    }
}

/// Loads a server and waits until it has worked everything off.
pub(crate) fn load(
    place: &Place,
    tools: &Tools,
    shot: &Shot,
    connections: usize,
    seconds: u64,
) -> Result<Sample> {
    let once = shot.once.as_secs_f64().max(1e-6);
    let connections = connections.min((seconds as f64 / once / 3.0) as usize).max(1);
    let seconds = seconds.max((once * 2.0).ceil().min(6.0) as u64);
    let mut command = Command::new(&tools.wrk);
    command.args(["-t1", &format!("-c{connections}"), &format!("-d{seconds}s"), "--latency"]);
    command.args(["--timeout", "20s"]);
    for (name, value) in &shot.headers {
        command.arg("-H").arg(format!("{name}: {value}"));
    }
    command.arg(&shot.url);
    let before = cpu::used(shot.pid);
    let limit = Duration::from_secs(seconds + 60);
    let (said, _) = process::finish("wrk", command, &place.log("wrk"), limit)?;
    cpu::settle(shot.pid);
    let used = cpu::used(shot.pid) - before;
    let found = read(&said).with_context(|| format!("wrk said something else than expected:\n{said}"))?;
    let answered = answered(&found, shot.size);
    let a_request = 1e6 / answered.max(1.0);
    Ok(Sample {
        connections,
        rate: answered / found.seconds,
        p50: found.p50,
        p99: found.p99,
        user_us: used.user * a_request,
        system_us: used.system * a_request,
        errors: found.errors,
    })
}

/// Answers that were given. Of large ones many are under way when the time is over, and cost as much as those that
/// came to their end: they count by their bytes.
fn answered(found: &Found, size: u64) -> f64 {
    if size < LARGE { found.requests as f64 } else { found.bytes / size as f64 }
}

#[derive(Debug, PartialEq)]
struct Found {
    requests: u64,
    seconds: f64,
    bytes: f64,
    p50: f64,
    p99: f64,
    errors: u64,
}

fn read(said: &str) -> Option<Found> {
    let after = |mark: &str| said.lines().find_map(|line| line.trim().strip_prefix(mark)).map(str::trim);
    let (requests, rest) = said.lines().find_map(|line| line.trim().split_once(" requests in "))?;
    let (time, read) = rest.split_once(", ")?;
    let broken = after("Socket errors:").unwrap_or_default();
    let broken =
        broken.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<u64>().ok()).sum::<u64>();
    let refused: u64 = after("Non-2xx or 3xx responses:").and_then(|n| n.parse().ok()).unwrap_or(0);
    Some(Found {
        requests: requests.parse().ok()?,
        seconds: milliseconds(time)? / 1000.0,
        bytes: bytes(read.strip_suffix(" read")?)?,
        p50: milliseconds(after("50%")?)?,
        p99: milliseconds(after("99%")?)?,
        errors: broken + refused,
    })
}

fn milliseconds(text: &str) -> Option<f64> {
    // `us` and `ms` before `s`.
    let units = [("us", 0.001), ("ms", 1.0), ("m", 60_000.0), ("h", 3_600_000.0), ("s", 1_000.0)];
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    Some(number.parse::<f64>().ok()? * factor)
}

fn bytes(text: &str) -> Option<f64> {
    let units = [("KB", 1024.0), ("MB", 1_048_576.0), ("GB", 1_073_741_824.0), ("B", 1.0)];
    let (number, factor) =
        units.iter().find_map(|(unit, factor)| Some((text.strip_suffix(unit)?, factor)))?;
    Some(number.parse::<f64>().ok()? * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
Running 2s test @ http://127.0.0.1:1/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.48ms    2.05ms  28.79ms   92.07%
    Req/Sec    30.07k     4.58k   36.70k    75.00%
  Latency Distribution
     50%  918.00us
     75%    1.38ms
     90%    2.79ms
     99%   11.01ms
  60165 requests in 2.01s, 0.88GB read
  Socket errors: connect 0, read 1, write 0, timeout 2
  Non-2xx or 3xx responses: 4
Requests/sec:  29946.79
Transfer/sec:    448.51MB
";

    #[test]
    fn what_wrk_says_is_read() {
        let found = read(SAID).unwrap();
        assert!((found.p50 - 0.918).abs() < 1e-9, "{found:?}");
        let expected = Found {
            requests: 60_165,
            seconds: 2.01,
            bytes: 0.88 * 1_073_741_824.0,
            p50: found.p50,
            p99: 11.01,
            errors: 7,
        };
        assert_eq!(found, expected);
        assert!((answered(&found, 11_000) - 60_165.0).abs() < 1e-9);
        assert!((answered(&found, 10_000_000) - 94.489).abs() < 0.01);
        assert_eq!(read("unable to connect"), None);
    }

    #[test]
    fn units() {
        for (text, expected) in [("1.50s", 1500.0), ("2.00m", 120_000.0), ("7.00ms", 7.0)] {
            assert_eq!(milliseconds(text), Some(expected));
        }
        assert_eq!(milliseconds("nan"), None);
    }
}
