use std::thread;

use bytes::Bytes;
use futures_util::{StreamExt as _, future};

use super::{content, get, put};
use crate::BlobStore;
use crate::pool::{Buffer, POOL, Pool};
use crate::reader::CHUNK;

fn pool(most: usize) -> &'static Pool {
    Box::leak(Box::new(Pool::new(most)))
}

#[test]
fn a_buffer_comes_back_with_the_last_of_its_bytes_and_no_more_than_the_bound_stay() {
    let pool = pool(3);
    let sent: Vec<Bytes> = (0..5).map(|_| Bytes::from_owner(pool.take(CHUNK))).collect();
    assert_eq!(pool.idle(), 0);
    let part = sent[0].slice(10..20);
    drop(sent);
    assert_eq!(pool.idle(), 3, "the fourth is freed, and of the fifth a part is still held");
    drop(part);
    assert_eq!(pool.idle(), 3);
    let taken = pool.take(CHUNK - 1);
    assert_eq!((taken.as_ref().len(), pool.idle()), (CHUNK - 1, 2));
    drop(taken);
    assert_eq!(pool.idle(), 3);
}

#[test]
fn lengths() {
    for (length, pooled) in
        [(0, false), (1, false), (CHUNK / 2, false), (CHUNK / 2 + 1, true), (CHUNK, true), (CHUNK + 1, false)]
    {
        let pool = pool(1);
        let mut buffer = pool.take(length);
        assert_eq!((buffer.as_ref().len(), buffer.as_mut().len()), (length, length));
        drop(buffer);
        assert_eq!(pool.idle(), usize::from(pooled), "{length}");
    }
    assert_eq!(Buffer::exact(3).as_ref(), [0; 3]);
}

#[test]
fn nobody_writes_into_bytes_that_somebody_holds() {
    let pool = pool(4);
    thread::scope(|scope| {
        for number in 0..8_u8 {
            scope.spawn(move || {
                let mut held = Vec::new();
                for round in 0..200_u8 {
                    let mut buffer = pool.take(CHUNK - usize::from(round));
                    buffer.as_mut().fill(number ^ round);
                    held.push((number ^ round, Bytes::from_owner(buffer)));
                    if held.len() == 3 {
                        let (expected, bytes) = held.remove(0);
                        assert!(bytes.iter().all(|byte| *byte == expected));
                    }
                }
            });
        }
    });
    assert!((1..=4).contains(&pool.idle()), "{}", pool.idle());
}

#[tokio::test]
async fn many_streams_leave_a_bounded_pool_behind() {
    let folder = tempfile::tempdir().unwrap();
    let store = BlobStore::local(folder.path()).unwrap();
    let reader = get(&store, put(&store, &content(2 * CHUNK)).await).await;
    let mut streams: Vec<_> = (0..100).map(|_| reader.stream(0..reader.size())).collect();
    let chunks = future::join_all(streams.iter_mut().map(|stream| stream.next())).await;
    assert!(chunks.iter().all(|chunk| chunk.as_ref().is_some_and(Result::is_ok)));
    drop((chunks, streams));
    // Other tests take and give back at the same time, so the pool need not be full.
    let idle = POOL.idle() * CHUNK;
    assert!((1..=8 * 1024 * 1024).contains(&idle), "{idle}");
}
