//! Results of inspections: kept, shared by all routes, and made anew when the rules change.

#![expect(clippy::unwrap_used, reason = "what cannot be had fails the test")]

use std::sync::Arc;
use std::time::Duration;

use packhouse_app::config::Config;
use packhouse_app::{AppError, FileKey, ManualClock, Outcome, Packhouse, Question};
use packhouse_inspect::{Rules, Verdict};
use packhouse_model::Timestamp;
use packhouse_store::{Inspection, Store};
use packhouse_testkit::{BuiltFile, FakeUpstream, Fault, Upload, Wheel};

const NOW: &str = "2026-06-01T00:00:00Z";
const BEFORE: &str = "2025-01-01T00:00:00Z";
/// Public for long, and no year of silence before what comes after it.
const SETTLED: &str = "2026-02-01T00:00:00Z";
/// Harmless: what it would run prints.
const DECODED: &str = "import base64\nexec(base64.b64decode('cHJpbnQoMSk='))\n";

fn wheel(code: &str) -> BuiltFile {
    wheel_of("1.0", code)
}

fn wheel_of(version: &str, code: &str) -> BuiltFile {
    Wheel::named("reb").version(version).module("reb.py", code).build()
}

/// A release with a program in another language, which says nothing alone.
fn mixed(version: &str) -> BuiltFile {
    let wheel = Wheel::named("reb").version(version).module("reb.py", "x = 1\n");
    wheel.module("reb/hook.js", "console.log(1)\n").build()
}

async fn open(folder: &tempfile::TempDir, upstream: &FakeUpstream) -> Packhouse {
    let clock = Arc::new(ManualClock::at(NOW.parse::<Timestamp>().unwrap()));
    let mut config = Config { data: folder.path().to_owned(), ..Config::default() };
    config.upstream.retries = 0;
    Packhouse::open(config, &upstream.simple_url(), "http://127.0.0.1:1".to_owned(), clock).await.unwrap()
}

fn key(file: &BuiltFile) -> FileKey {
    FileKey { sha256: file.sha256, filename: file.filename.as_str().into() }
}

async fn outcome(packhouse: &Packhouse) -> Outcome {
    packhouse.explain(&Question::parse("reb==1.0").unwrap()).await.unwrap().outcome
}

#[tokio::test(flavor = "multi_thread")]
async fn a_result_is_kept_with_its_rules_and_decides_everywhere() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), FakeUpstream::start());
    let file = wheel(DECODED);
    upstream.publish(Upload::of(file.clone()).at(BEFORE));
    let packhouse = open(&folder, &upstream).await;
    // Nobody has looked.
    assert_eq!(outcome(&packhouse).await, Outcome::Serve);
    assert!(packhouse.kept_report(file.sha256).await.unwrap().is_none());
    let refused = packhouse.file(&key(&file)).await.unwrap_err();
    assert!(matches!(&refused, AppError::Refused(_)), "{refused}");
    assert_eq!(outcome(&packhouse).await, Outcome::Tombstone);
    let (report, base) = packhouse.kept_report(file.sha256).await.unwrap().unwrap();
    assert_eq!((report.verdict, base), (Verdict::Block, None));
    assert_eq!(report.rule_set, Rules::default().hash());
    assert!(matches!(packhouse.core_metadata(&key(&file)).await, Err(AppError::Refused(_))));
}

/// As if a program with other rules had looked.
async fn say_with_other_rules(folder: &tempfile::TempDir, file: &BuiltFile, told: Option<&str>) {
    let store = Store::open_sqlite(&folder.path().join("packhouse.db")).await.unwrap();
    let row = store.inspection(file.sha256).await.unwrap().unwrap();
    let verdict = if told.is_some() { "block" } else { "pass" };
    let row = Inspection {
        rule_set: "other".to_owned(),
        verdict: verdict.to_owned(),
        told: told.map(str::to_owned),
        ..row
    };
    store.put_inspection(file.sha256, &row).await.unwrap();
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_rules_make_results_anew() {
    for (code, told, before, after) in [
        (
            "x = 1\n",
            Some(
                r#"{"weight":"block","unexamined":false,"rule":"S04","place":"reb.py:1","line":"","message":"m","question":"q","more":0}"#,
            ),
            Outcome::Tombstone,
            Outcome::Serve,
        ),
        (DECODED, None, Outcome::Serve, Outcome::Tombstone),
    ] {
        let (folder, upstream) = (tempfile::tempdir().unwrap(), FakeUpstream::start());
        let file = wheel(code);
        upstream.publish(Upload::of(file.clone()).at(BEFORE));
        let packhouse = open(&folder, &upstream).await;
        let _ = packhouse.file(&key(&file)).await;
        packhouse.close().await;
        say_with_other_rules(&folder, &file, told).await;

        let packhouse = open(&folder, &upstream).await;
        // The earlier word stands until there is another.
        assert_eq!(outcome(&packhouse).await, before);
        let (tell, stop) = tokio::sync::watch::channel(false);
        let worker = tokio::spawn({
            let packhouse = packhouse.clone();
            async move { packhouse.work(stop).await }
        });
        let anew = async {
            while outcome(&packhouse).await != after {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(60), anew).await.expect("it is looked at again");
        let (report, _) = packhouse.kept_report(file.sha256).await.unwrap().unwrap();
        assert_eq!(report.rule_set, Rules::default().hash());
        tell.send_replace(true);
        worker.await.unwrap();
        assert_eq!(packhouse.file(&key(&file)).await.is_ok(), after == Outcome::Serve);
        assert_eq!(upstream.hits("*.whl"), 1);
    }
}

/// Nothing weighs in the file alone; that there is another language, which was not there before, does.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_new_in_a_young_file_counts() {
    for (uploaded, refused) in [("2026-05-20T00:00:00Z", true), ("2026-04-20T00:00:00Z", false)] {
        let (folder, upstream) = (tempfile::tempdir().unwrap(), FakeUpstream::start());
        let (before, file) = (wheel("x = 1\n"), mixed("1.1"));
        upstream.publish(Upload::of(before.clone()).at(SETTLED));
        upstream.publish(Upload::of(file.clone()).at(uploaded));
        let packhouse = open(&folder, &upstream).await;
        let answer = packhouse.file(&key(&file)).await;
        assert_eq!(matches!(answer, Err(AppError::Refused(_))), refused, "{uploaded}: {answer:?}");
        let (report, base) = packhouse.kept_report(file.sha256).await.unwrap().unwrap();
        let (verdict, compared) =
            if refused { (Verdict::Review, Some(before.sha256)) } else { (Verdict::Pass, None) };
        assert_eq!((report.verdict, base), (verdict, compared), "{uploaded}");
        // The release before is served as ever.
        assert!(packhouse.file(&key(&before)).await.is_ok());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_young_file_that_cannot_be_compared_is_not_examined() {
    let (folder, upstream) = (tempfile::tempdir().unwrap(), FakeUpstream::start());
    let (before, file) = (wheel("x = 1\n"), wheel_of("1.1", "x = 2\n"));
    upstream.publish(Upload::of(before.clone()).at(SETTLED));
    upstream.publish(Upload::of(file.clone()).at("2026-05-20T00:00:00Z"));
    upstream.fail(&upstream.file_path(&before.filename), Fault::Status(500));
    let packhouse = open(&folder, &upstream).await;
    let refused = packhouse.file(&key(&file)).await.unwrap_err();
    assert!(matches!(&refused, AppError::Refused(_)), "{refused}");
    let (report, _) = packhouse.kept_report(file.sha256).await.unwrap().unwrap();
    assert!(report.unexamined().unwrap().message.contains("the release before"), "{report:?}");
}
