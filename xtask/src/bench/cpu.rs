//! What servers use, read from /proc: CPU time and resident memory of a process and all its children.

use std::fs;
use std::time::{Duration, Instant};

/// CPU seconds used since the start.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Used {
    /// In the program.
    pub(crate) user: f64,
    /// In the kernel, for it.
    pub(crate) system: f64,
}

impl std::ops::Sub for Used {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self { user: self.user - before.user, system: self.system - before.system }
    }
}

/// What a process and its children have used so far.
pub(crate) fn used(pid: u32) -> Used {
    tree(pid).iter().fold(Used::default(), |sum, pid| {
        let one = used_alone(*pid);
        Used { user: sum.user + one.user, system: sum.system + one.system }
    })
}

fn used_alone(pid: u32) -> Used {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let (user, system) = times(&stat).unwrap_or_default();
    let ticks = rustix::param::clock_ticks_per_second() as f64;
    Used { user: user as f64 / ticks, system: system as f64 / ticks }
}

/// `utime` and `stime` of /proc/PID/stat. The second field, in brackets, may hold anything.
fn times(stat: &str) -> Option<(u64, u64)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(11);
    Some((fields.next()?.parse().ok()?, fields.next()?.parse().ok()?))
}

/// Resident memory of a process and its children, in bytes. Of a page that several processes share, each has its part
/// (`Pss`), so that all of it counts once: the program's own text above all.
pub(crate) fn resident(pid: u32) -> u64 {
    let of = |pid: &u32| {
        let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
        let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
        line.split_whitespace().next()?.parse::<u64>().ok()
    };
    tree(pid).iter().filter_map(of).sum::<u64>() * 1024
}

fn tree(pid: u32) -> Vec<u32> {
    let mut found = vec![pid];
    let mut place = 0;
    while let Some(pid) = found.get(place).copied() {
        place += 1;
        for thread in fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten() {
            let children = fs::read_to_string(thread.path().join("children")).unwrap_or_default();
            found.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    found
}

/// Waits until a server, and the upstream in this process, have worked off what the last load left queued.
pub(crate) fn settle(pid: u32) {
    let both = || {
        let (server, upstream) = (used(pid), used_alone(std::process::id()));
        server.user + server.system + upstream.user + upstream.system
    };
    let end = Instant::now() + Duration::from_secs(60);
    let mut before = both();
    while Instant::now() < end {
        std::thread::sleep(Duration::from_millis(100));
        let now = both();
        if now - before <= 0.015 {
            return;
        }
        before = now;
    }
}

/// `2 cores (model)`.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let cores = if cores == 1 { "1 core".to_owned() } else { format!("{cores} cores") };
    model.map_or_else(|| cores.clone(), |(_, model)| format!("{cores} ({})", model.trim()))
}

/// Processes that ran or wanted to, over the last minute.
pub(crate) fn load() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|load| load.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_process_may_hold_brackets_and_blanks() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194560 1 2 3 4 150 25 0 0 20 0 1 0 9 9 9";
        assert_eq!(times(stat), Some((150, 25)));
        assert_eq!(times("7 (a"), None);
    }

    #[test]
    fn this_process_uses_something() {
        assert!(resident(std::process::id()) > 100_000);
        assert!(tree(std::process::id()).contains(&std::process::id()));
    }
}
