//! What a confined process can do, and what becomes of jobs that fail in every way there is.

use std::path::PathBuf;
use std::time::Duration;

use packhouse_sandbox::{Failed, Jail, JailConfig};

fn config(program: &str, arguments: &[&str]) -> JailConfig {
    JailConfig {
        program: PathBuf::from(program),
        arguments: arguments.iter().map(Into::into).collect(),
        environment: Vec::new(),
        time: Duration::from_secs(20),
        at_once: 4,
        warm: 0,
        waits: Duration::from_secs(60),
        longest: 1 << 20,
    }
}

fn prisoner() -> JailConfig {
    config(env!("CARGO_BIN_EXE_prisoner"), &[])
}

/// A shell that stands in for a program that misbehaves.
fn shell(script: &str) -> Jail {
    Jail::new(config("/bin/sh", &["-c", script]))
}

async fn told(job: &str) -> Result<String, Failed> {
    let answer = Jail::new(prisoner()).run(job.as_bytes()).await?;
    Ok(String::from_utf8(answer).expect("UTF-8"))
}

#[tokio::test]
async fn a_job_is_done() {
    assert_eq!(told("hello").await.as_deref(), Ok("HELLO"));
    let long = "x".repeat(900_000);
    assert_eq!(told(&long).await, Ok(long.to_uppercase()));
}

#[tokio::test]
async fn nothing_outside_can_be_reached() {
    for job in [
        "read a file",
        "make a file",
        "connect",
        "ask for a name",
        "start a program",
        "start a thread",
        "list a folder",
        "delete a file",
        "kill the parent",
    ] {
        let answer = told(job).await;
        assert!(answer.as_ref().is_ok_and(|text| text.starts_with("refused: ")), "{job}: {answer:?}");
    }
}

#[tokio::test]
async fn what_takes_too_much_is_ended() {
    for job in ["allocate", "recurse", "abort", "spin"] {
        let answer = told(job).await;
        assert!(matches!(answer, Err(Failed::Signal { .. })), "{job}: {answer:?}");
    }
    assert_eq!(told("panic").await, Err(Failed::Code { code: 101 }));
    let limit = Duration::from_millis(300);
    let hanging = Jail::new(JailConfig { time: limit, ..prisoner() });
    assert_eq!(hanging.run(b"hang").await, Err(Failed::Timeout { limit }));
}

#[tokio::test]
async fn an_orphan_is_not_confined_and_ends() {
    assert_eq!(told("wrong parent").await, Err(Failed::Confine));
}

#[tokio::test]
async fn whatever_is_no_whole_answer_is_none() {
    let ready = "printf 'ready 1\\n'; cat >/dev/null; ";
    let say = |rest: &str| format!("{ready}{rest}");
    assert_eq!(shell(&say("printf 'answer 2\\nok'")).run(b"x").await.as_deref(), Ok(&b"ok"[..]));
    for script in [
        say("printf 'answer 3\\nok'"),
        say("printf 'answer 1\\nok'"),
        say("printf 'garbage'"),
        say("true"),
        say("head -c 100000 /dev/urandom"),
    ] {
        let answer = shell(&script).run(b"x").await;
        assert!(matches!(answer, Err(Failed::Garbage { .. })), "{script}: {answer:?}");
    }
    assert_eq!(
        shell(&say("head -c 3000000 /dev/zero; sleep 60")).run(b"x").await,
        Err(Failed::TooLong { limit: 1 << 20 })
    );
    // A good answer of a process that ends badly is none.
    assert_eq!(shell(&say("printf 'answer 2\\nok'; exit 4")).run(b"x").await, Err(Failed::Code { code: 4 }));
    assert_eq!(
        shell(&say("printf 'answer 2\\nok'; kill -9 $$")).run(b"x").await,
        Err(Failed::Signal { signal: 9 })
    );
}

#[tokio::test]
async fn a_program_that_takes_no_job_is_a_failure() {
    for script in ["exit 5", "printf 'something else entirely'", "exec >&-; sleep 60"] {
        let answer = shell(script).run(b"x").await;
        assert!(matches!(answer, Err(Failed::Job { .. })), "{script}: {answer:?}");
    }
    let missing = Jail::new(config("/nonexistent/program", &[])).run(b"x").await;
    assert!(matches!(missing, Err(Failed::Start { .. })), "{missing:?}");
    let early = Jail::new(config(env!("CARGO_BIN_EXE_prisoner"), &["dies-early"])).run(b"x").await;
    assert!(matches!(early, Err(Failed::Job { .. })), "{early:?}");
}

#[tokio::test]
async fn processes_wait_ahead_and_each_does_one_job() {
    let jail = Jail::new(JailConfig { warm: 2, ..prisoner() });
    jail.warm_up();
    let jobs: Vec<String> = (0..12).map(|number| format!("job {number}")).collect();
    let mut tasks = tokio::task::JoinSet::new();
    for job in jobs.clone() {
        let jail = jail.clone();
        tasks.spawn(async move { jail.run(job.as_bytes()).await });
    }
    let mut answers: Vec<String> = tasks
        .join_all()
        .await
        .into_iter()
        .map(|answer| String::from_utf8(answer.expect("an answer")).expect("UTF-8"))
        .collect();
    answers.sort();
    let mut expected: Vec<String> = jobs.iter().map(|job| job.to_uppercase()).collect();
    expected.sort();
    assert_eq!(answers, expected);
    // One that breaks down does not spoil the next.
    assert!(jail.run(b"abort").await.is_err());
    assert_eq!(jail.run(b"next").await.as_deref(), Ok(&b"NEXT"[..]));
}

#[tokio::test]
async fn one_that_waits_too_long_ends() {
    let mark = tempfile::tempdir().expect("a folder");
    let script = format!("printf 'ready 1\\n'; cat >/dev/null; mkdir {}/ended", mark.path().display());
    let waits = Duration::from_millis(1);
    let jail = Jail::new(JailConfig { warm: 1, waits, ..config("/bin/sh", &["-c", &script]) });
    jail.warm_up();
    while !mark.path().join("ended").exists() {
        tokio::task::yield_now().await;
    }
    // Its place is free for another.
    std::fs::remove_dir(mark.path().join("ended")).expect("the mark");
    jail.warm_up();
    while !mark.path().join("ended").exists() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn one_that_died_while_it_waited_is_replaced() {
    // The first of these to start dies at once, the others do not.
    let mark = tempfile::tempdir().expect("a folder");
    let script = format!(
        "if mkdir {}/x 2>/dev/null; then exit 1; fi; printf 'ready 1\\n'; cat >/dev/null; printf 'answer 2\\nok'",
        mark.path().display()
    );
    let jail = Jail::new(JailConfig { warm: 1, ..config("/bin/sh", &["-c", &script]) });
    jail.warm_up();
    while !mark.path().join("x").exists() {
        tokio::task::yield_now().await;
    }
    assert_eq!(jail.run(b"x").await.as_deref(), Ok(&b"ok"[..]));
}
