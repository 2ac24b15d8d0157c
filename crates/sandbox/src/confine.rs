//! The child's side: giving up everything but computing.

use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getppid, set_parent_process_death_signal, setrlimit};

/// What a process may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProcessLimits {
    /// Bytes of memory that it writes to. What it maps to read is not counted.
    pub memory: u64,
    /// Time of a processor.
    pub processor: Duration,
}

/// What could not be given up. The process must look at nothing, and end with [`UNCONFINED`](crate::UNCONFINED).
#[derive(Debug, thiserror::Error)]
#[error("{what}: {problem}")]
pub struct ConfineError {
    /// Which step.
    pub what: &'static str,
    /// What the system says.
    pub problem: String,
}

impl ConfineError {
    fn new(what: &'static str, problem: &dyn std::fmt::Display) -> Self {
        Self { what, problem: problem.to_string() }
    }
}

/// Gives up everything but memory, its open descriptors and the end. For good: nothing takes it back.
///
/// Only the thread that calls it is confined, so it has to be the only one. `parent` is the process that started this one;
/// when it is gone already, this fails.
pub fn confine(limits: &ProcessLimits, parent: u32) -> Result<(), ConfineError> {
    set_parent_process_death_signal(Some(Signal::KILL))
        .map_err(|error| ConfineError::new("death with the parent", &error))?;
    // It may have ended before the line above.
    let now = getppid().map_or(0, |pid| pid.as_raw_nonzero().get().cast_unsigned());
    if now != parent {
        return Err(ConfineError::new("death with the parent", &"the parent is gone"));
    }
    let seconds = limits.processor.as_secs().max(1);
    for (what, resource, most) in [
        ("memory", Resource::Data, limits.memory),
        // A second more, so that the parent sees the processor's signal and not that of the kernel's last resort.
        ("processor time", Resource::Cpu, seconds),
        ("files written", Resource::Fsize, 0),
        ("dumps", Resource::Core, 0),
        ("processes", Resource::Nproc, 0),
        ("open files", Resource::Nofile, 0),
    ] {
        let limit = Rlimit { current: Some(most), maximum: Some(most) };
        setrlimit(resource, limit).map_err(|error| ConfineError::new(what, &error))?;
    }
    calls::allow_few()
}

#[cfg(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
))]
mod calls {
    use std::collections::BTreeMap;
    use std::env::consts::ARCH;

    use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, TargetArch, apply_filter};

    use super::ConfineError;

    /// All that is left: memory, the descriptors that are open, locks within the process, time, chance, and the end.
    /// `open`, `socket`, `clone`, `execve`, `kill`, `ptrace`, `ioctl`, `prctl` and the other hundreds fail with `EPERM`.
    const ALLOWED: &[libc::c_long] = &[
        libc::SYS_read,
        libc::SYS_readv,
        libc::SYS_write,
        libc::SYS_writev,
        libc::SYS_close,
        libc::SYS_brk,
        libc::SYS_mmap,
        libc::SYS_munmap,
        libc::SYS_mremap,
        libc::SYS_mprotect,
        libc::SYS_madvise,
        libc::SYS_futex,
        libc::SYS_rt_sigaction,
        libc::SYS_rt_sigprocmask,
        libc::SYS_rt_sigreturn,
        libc::SYS_sigaltstack,
        libc::SYS_clock_gettime,
        libc::SYS_getrandom,
        libc::SYS_sched_yield,
        libc::SYS_restart_syscall,
        libc::SYS_exit,
        libc::SYS_exit_group,
    ];

    pub(super) fn allow_few() -> Result<(), ConfineError> {
        let failed = |error: &dyn std::fmt::Display| ConfineError::new("system calls", error);
        let target: TargetArch = ARCH.try_into().map_err(|error| failed(&error))?;
        let rules: BTreeMap<i64, Vec<_>> = ALLOWED.iter().map(|number| (*number, Vec::new())).collect();
        let refused = SeccompAction::Errno(libc::EPERM.cast_unsigned());
        let filter = SeccompFilter::new(rules, refused, SeccompAction::Allow, target);
        let program: BpfProgram = filter.and_then(TryInto::try_into).map_err(|error| failed(&error))?;
        // It forbids new privileges first.
        apply_filter(&program).map_err(|error| failed(&error))
    }
}

#[cfg(not(all(
    target_os = "linux",
    any(target_arch = "x86_64", target_arch = "aarch64", target_arch = "riscv64")
)))]
mod calls {
    use super::ConfineError;

    pub(super) fn allow_few() -> Result<(), ConfineError> {
        Err(ConfineError::new("system calls", &"this system has no filter for them"))
    }
}
