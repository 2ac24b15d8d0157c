use bytes::Bytes;
use futures_util::{FutureExt as _, StreamExt as _, TryStreamExt as _};
use packhouse_model::Sha256;

use super::content;
use super::places::Place;
use crate::{ByteStream, StageState};

each_place!(
    many_readers_run_behind_the_writer,
    the_last_bytes_wait_for_the_hash,
    a_follower_sees_how_far_the_writer_is,
    followers_of_a_dropped_file_are_told,
);

async fn collect(stream: ByteStream) -> std::io::Result<Vec<u8>> {
    stream
        .try_fold(Vec::new(), |mut all, part| async move {
            all.extend_from_slice(&part);
            Ok(all)
        })
        .await
}

async fn many_readers_run_behind_the_writer(place: Place) {
    let store = place.open();
    let bytes = content(1_000_000);
    let mut staged = store.stage().await.unwrap();
    let readers: Vec<_> =
        (0..50_u64).map(|at| tokio::spawn(collect(staged.follow().stream(at, None, 65_536)))).collect();
    for at in (0..bytes.len()).step_by(50_000) {
        staged.write(bytes.slice(at..at + 50_000)).await.unwrap();
        assert_eq!(staged.written(), at as u64 + 50_000);
    }
    staged.commit(Sha256::of(&bytes), None).await.unwrap();
    for (at, reader) in readers.into_iter().enumerate() {
        assert_eq!(reader.await.unwrap().unwrap(), bytes[at..], "reader {at}");
    }
}

async fn the_last_bytes_wait_for_the_hash(place: Place) {
    let store = place.open();
    let bytes = content(100_000);
    let mut staged = store.stage().await.unwrap();
    let mut stream = staged.follow().stream(0, None, 1_000);
    staged.write(bytes.clone()).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), bytes[..99_000]);
    assert!(stream.next().now_or_never().is_none());

    // Wrong: the last bytes never come.
    let mut doomed = store.stage().await.unwrap();
    let doomed_stream = doomed.follow().stream(0, None, 1_000);
    let mut follower = doomed.follow();
    doomed.write(bytes.slice(..99_999)).await.unwrap();
    doomed.commit(Sha256::of(&bytes), None).await.unwrap_err();
    assert_eq!(follower.wait_for(|_| false).await.state, StageState::Failed);
    assert!(collect(doomed_stream).await.is_err());

    staged.commit(Sha256::of(&bytes), None).await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), bytes[99_000..]);
    assert!(stream.next().await.is_none());
}

async fn a_follower_sees_how_far_the_writer_is(place: Place) {
    let store = place.open();
    let mut staged = store.stage().await.unwrap();
    let mut follower = staged.follow();
    assert_eq!(follower.progress().written, 0);
    staged.write(Bytes::from_static(b"hello")).await.unwrap();
    assert_eq!(follower.wait_for(|progress| progress.written >= 5).await.state, StageState::Writing);
    assert_eq!(follower.read(1, 3).await.unwrap(), "ell");
    for (offset, length) in [(0, 6), (5, 1), (u64::MAX, 1), (6, 0)] {
        assert!(follower.read(offset, length).await.is_err(), "{offset} {length}");
    }
    assert_eq!(follower.read(5, 0).await.unwrap(), "");

    let bounded = staged.follow().stream(1, Some(3), 0);
    assert_eq!(collect(bounded).await.unwrap(), b"el");
    let beyond = staged.follow().stream(0, Some(9), 0);
    staged.commit(Sha256::of(b"hello"), Some(5)).await.unwrap();
    assert_eq!(collect(beyond).await.unwrap_err().kind(), std::io::ErrorKind::UnexpectedEof);
    // The handle outlives the rename, and even the blob.
    store.delete(Sha256::of(b"hello")).await.unwrap();
    assert_eq!(follower.read(0, 5).await.unwrap(), "hello");
    assert_eq!(follower.wait_for(|_| false).await.state, StageState::Stored);
}

async fn followers_of_a_dropped_file_are_told(place: Place) {
    let store = place.open();
    let staged = store.stage().await.unwrap();
    let waiting = tokio::spawn(collect(staged.follow().stream(0, None, 0)));
    drop(staged);
    assert!(waiting.await.unwrap().is_err());
}
