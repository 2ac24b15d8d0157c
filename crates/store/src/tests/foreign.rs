use std::ops::ControlFlow;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _};

use crate::{Error, ForeignSqlite};

#[tokio::test]
async fn rows_of_somebody_elses_file_are_read_and_the_file_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.db");
    let options = SqliteConnectOptions::new().filename(&path).create_if_missing(true);
    let mut writer = options.connect().await.unwrap();
    sqlx::raw_sql(
        "CREATE TABLE t (name STRING, n INTEGER); INSERT INTO t VALUES ('a', 1), ('b', NULL), (x'ff', 3)",
    )
    .execute(&mut writer)
    .await
    .unwrap();
    writer.close().await.unwrap();
    let before = std::fs::read(&path).unwrap();

    let mut foreign = ForeignSqlite::open(&path).await.unwrap();
    assert_eq!(foreign.columns("t").await.unwrap(), ["name", "n"]);
    assert!(foreign.columns("u").await.unwrap().is_empty());
    let mut seen = Vec::new();
    let query = "SELECT CAST(n AS TEXT), name FROM t ORDER BY rowid";
    foreign
        .each(query, &mut |row| {
            seen.push(row.iter().map(|text| text.map(str::to_owned)).collect::<Vec<_>>());
            ControlFlow::Continue(())
        })
        .await
        .unwrap();
    assert_eq!(seen[0], [Some("1".to_owned()), Some("a".to_owned())]);
    assert_eq!(seen[1], [None, Some("b".to_owned())]);
    assert_eq!(seen[2][1], None, "bytes that are no text");
    let mut count = 0;
    let stop = &mut |_: &[Option<&str>]| {
        count += 1;
        ControlFlow::Break(())
    };
    foreign.each(query, stop).await.unwrap();
    assert_eq!(count, 1);
    assert!(matches!(
        foreign.each("DELETE FROM t", &mut |_| ControlFlow::Continue(())).await,
        Err(Error::Sqlite { .. })
    ));
    foreign.close().await.unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), before);
    let names: Vec<_> =
        std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names, ["foreign.db"], "nothing lies beside it");
}

#[tokio::test]
async fn what_is_no_database_is_said_to_be_none() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("no.db");
    std::fs::write(&path, [b"SQLite format 3\0".as_slice(), &[7; 4_000]].concat()).unwrap();
    let read = async {
        let mut foreign = ForeignSqlite::open(&path).await?;
        foreign.columns("t").await
    };
    assert!(read.await.is_err());
}
