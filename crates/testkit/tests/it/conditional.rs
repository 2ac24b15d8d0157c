use packhouse_testkit::httptest::run_text;
use packhouse_testkit::{FakeUpstream, Wheel};

fn upstream() -> (FakeUpstream, String) {
    let upstream = FakeUpstream::start();
    upstream.publish(Wheel::named("six").version("1.0+local.1").padding(1000).build());
    let path = upstream.file_path("six-1.0+local.1-py3-none-any.whl");
    (upstream, path)
}

#[test]
fn pages_and_files_have_validators_until_they_change() {
    let (upstream, path) = upstream();
    let text = r#"
GET /simple/six/
save etag = header etag
save modified = header last-modified

GET /simple/six/
> if-none-match: "x", W/{etag}
status == 304
header etag == {etag}

GET /simple/six/
> if-modified-since: {modified}
status == 304

GET /simple/six/
> if-none-match: "other"
> if-modified-since: {modified}
status == 200

GET {path}
header etag =~ ^"[0-9a-f]{64}"$
save etag = header etag

GET {path}
> if-none-match: {etag}
status == 304
"#;
    run_text("validators", text, &upstream.url(), &[("path", &path)]).assert();

    let text = "GET /simple/six/\nheader etag present\nsave etag = header etag\n";
    run_text("before", text, &upstream.url(), &[]).assert();
    let before = upstream.requests().len();
    upstream.yank("six-1.0+local.1-py3-none-any.whl", Some("bad"));
    let text = "GET /simple/six/\n> if-modified-since: Thu, 09 Oct 2025 08:53:21 GMT\nstatus == 200\nbody contains yanked\n";
    run_text("after a yank", text, &upstream.url(), &[]).assert();
    assert_eq!(upstream.requests().len(), before + 1);

    upstream.configure(|settings| settings.validators = false);
    let text = "GET /simple/six/\n> if-none-match: *\nstatus == 200\nheader etag absent\nheader last-modified absent\n";
    run_text("off", text, &upstream.url(), &[]).assert();
}

#[test]
fn ranges_are_served_until_switched_off() {
    let (upstream, path) = upstream();
    let encoded = path.replace('+', "%2B");
    let text = r#"
GET {path}
save etag = header etag
save length = header content-length
header accept-ranges == bytes

GET {encoded}
> range: bytes=0-99
> if-range: {etag}
status == 206
header content-range == bytes 0-99/{length}
header content-length == 100

GET {path}
> range: bytes=-10
status == 206
body length == 10

GET {path}
> range: bytes=0-99
> if-range: "other"
status == 200

GET {path}
> range: bytes=999999-
status == 416
header content-range == bytes */{length}
"#;
    run_text("ranges", text, &upstream.url(), &[("path", &path), ("encoded", &encoded)]).assert();
    upstream.configure(|settings| settings.ranges = false);
    let text = "GET {path}\n> range: bytes=0-99\nstatus == 200\nheader accept-ranges absent\n";
    run_text("no ranges", text, &upstream.url(), &[("path", &path)]).assert();
}
