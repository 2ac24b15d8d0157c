//! What the tests lock up: it takes a job that says what to try, and answers with what came of it.

use std::io::{Read as _, Write as _};
use std::process::ExitCode;
use std::time::Duration;

use packhouse_sandbox::{ProcessLimits, READY, UNCONFINED, confine, frame};

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some("dies-early") {
        return ExitCode::from(9);
    }
    let mut job = String::new();
    let mut output = std::io::stdout();
    if output.write_all(READY).and_then(|()| output.flush()).is_err() {
        return ExitCode::from(3);
    }
    if std::io::stdin().read_to_string(&mut job).is_err() {
        return ExitCode::from(3);
    }
    let limits = ProcessLimits { memory: 256 << 20, processor: Duration::from_secs(2) };
    let parent = std::os::unix::process::parent_id();
    if confine(&limits, if job == "wrong parent" { 1 } else { parent }).is_err() {
        return ExitCode::from(UNCONFINED);
    }
    let answer = attempt(&job, parent);
    match output.write_all(&frame(answer.as_bytes())).and_then(|()| output.flush()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(3),
    }
}

fn said<T>(result: std::io::Result<T>) -> String {
    match result {
        Ok(_) => "it worked".to_owned(),
        Err(error) => format!("refused: {:?}", error.kind()),
    }
}

fn attempt(job: &str, parent: u32) -> String {
    match job {
        "read a file" => said(std::fs::File::open("/etc/hostname")),
        "make a file" => said(std::fs::File::create("/tmp/packhouse-prisoner")),
        "connect" => said(std::net::TcpStream::connect("127.0.0.1:9")),
        "ask for a name" => said(std::net::UdpSocket::bind("127.0.0.1:0")),
        "start a program" => said(std::process::Command::new("/bin/true").spawn()),
        "start a thread" => said(std::thread::Builder::new().spawn(|| ())),
        "list a folder" => said(std::fs::read_dir("/")),
        "delete a file" => said(std::fs::remove_file("/tmp/packhouse-prisoner")),
        "kill the parent" => {
            let parent = i32::try_from(parent).ok().and_then(rustix::process::Pid::from_raw);
            said(parent.map_or(Ok(()), |pid| {
                rustix::process::kill_process(pid, rustix::process::Signal::TERM).map_err(Into::into)
            }))
        }
        "panic" => panic!("on purpose"),
        "hang" => loop {
            std::thread::park_timeout(Duration::from_secs(60));
        },
        "spin" => loop {
            std::hint::spin_loop();
        },
        "allocate" => {
            let mut kept = Vec::new();
            loop {
                kept.push(vec![1_u8; 1 << 20]);
            }
        }
        "recurse" => deep(0).to_string(),
        "abort" => std::process::abort(),
        _ => job.to_uppercase(),
    }
}

fn deep(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    if depth == u64::MAX { room[0] } else { deep(depth + 1) + room[1] }
}
