//! exploration
mod world;
use packhouse_testkit::*;
use std::time::{Duration, Instant};
use world::{World, fresh};

fn dump(scenario: &str, client: Client, what: &str, ran: &Ran, extra: &str, start: Instant) {
    let text = format!("{what} [{:.1}s]\n{ran}\n--- extra {extra}\n", start.elapsed().as_secs_f32());
    use std::io::Write;
    let mut f = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(format!("/tmp/explore/{scenario}.{client:?}.txt"))
        .unwrap();
    writeln!(f, "================ {text}").unwrap();
}

const HOUR: Duration = Duration::from_secs(3600);

fn refusal_upstream() -> FakeUpstream {
    let upstream = FakeUpstream::start();
    let plain = |name: &str, version: &str| {
        Wheel::named(name)
            .version(version)
            .module(&format!("{name}.py"), format!("version = '{version}'\n"))
            .build()
    };
    upstream.publish(plain("fresh", "1.0"));
    upstream.publish(Upload::of(plain("fresh", "2.0")).age(HOUR));
    upstream.publish(plain("denied", "1.0"));
    upstream.publish(plain("acme", "1.0"));
    upstream.publish(plain("pulled", "1.0"));
    upstream.publish(Upload::of(plain("pulled", "1.1")).yanked("breaks on Mondays"));
    upstream
}
const REFUSE: &str =
    "[policy]\nprivate = [\"acme\"]\ndeny = [{ match = \"denied\", reason = \"licence not cleared\" }]\n";

#[test]
fn refusals() {
    std::thread::scope(|scope| {
        for clients in [&[Client::Pip, Client::OldPip, Client::Uv][..], &[Client::Poetry, Client::Pdm]] {
            scope.spawn(move || {
                for &client in clients {
                    let world = World::start(refusal_upstream(), REFUSE);
                    for (what, req) in [
                        ("pinned", "fresh==2.0"),
                        ("unpinned", "fresh"),
                        ("range", "fresh>=2"),
                        ("denied", "denied"),
                        ("private", "acme"),
                        ("pulled", "pulled"),
                        ("pulled-pinned", "pulled==1.1"),
                        ("absent", "nowhere"),
                    ] {
                        let run = fresh(client).unwrap();
                        let t = Instant::now();
                        let ran = run.install(&world.served.simple_url(), &[req], &[]);
                        dump(
                            "refuse",
                            client,
                            what,
                            &ran,
                            &format!(
                                "{:?} acme hits {}",
                                run.installed(),
                                world.upstream.hits("/simple/acme/")
                            ),
                            t,
                        );
                    }
                }
            });
        }
    });
}

#[test]
fn sdists() {
    for client in Client::ALL {
        let marker = tempfile::tempdir().unwrap();
        let mark = format!("open({:?}, 'a').write('built')", marker.path().join("mark"));
        let upstream = FakeUpstream::start();
        let wheel =
            |name: &str, tag: &str| Wheel::named(name).tag(tag).module(&format!("{name}.py"), "").build();
        let sdist = |name: &str| Sdist::named(name).module(&format!("{name}.py"), "").at_build(&mark).build();
        for (name, tag) in [("both", "py3-none-any"), ("other", "cp311-cp311-win_amd64")] {
            upstream.publish(wheel(name, tag));
            upstream.publish(sdist(name));
        }
        upstream.publish(sdist("only"));
        let mut world = World::start(upstream, "");
        let mut go = |what: &str, req: &str, extra: &[&str], world: &World| {
            let run = fresh(client).unwrap();
            let t = Instant::now();
            let ran = run.install(&world.served.simple_url(), &[req], extra);
            let built = std::fs::read_to_string(marker.path().join("mark")).unwrap_or_default();
            let _ = std::fs::remove_file(marker.path().join("mark"));
            dump("sdist", client, what, &ran, &format!("{:?} built {built:?}", run.installed()), t);
        };
        go("both", "both", &[], &world);
        go("other", "other", &[], &world);
        go("only", "only", &[], &world);
        world.reconfigure("[policy]\nsdist = \"always\"\n");
        go("other-always", "other", &[], &world);
    }
}

#[test]
fn bytes() {
    for client in Client::ALL {
        let upstream = FakeUpstream::start();
        let wheel = |name: &str, n: usize, text: &str| {
            Wheel::named(name).module(&format!("{name}.py"), text).padding(n).stored().build()
        };
        let small = wheel("small", 10, "first = True\n");
        let big = wheel("big", 3_000_000, "first = True\n");
        upstream.publish(small.clone());
        upstream.publish(big.clone());
        upstream.publish(wheel("seen", 10, "first = True\n"));
        let world = World::start(upstream, "[upstream]\nttl = \"0s\"\ngrace = \"0s\"\n");
        let go = |what: &str, name: &str| {
            let run = fresh(client).unwrap();
            let t = Instant::now();
            let ran = run.install(&world.served.simple_url(), &[name], &[]);
            let module = run.python(&format!("import {name}; print({name}.first)"));
            dump("bytes", client, what, &ran, &format!("{:?} {module}", run.installed()), t);
        };
        world.upstream.fail("/packages/*.whl", Fault::WrongBytes);
        go("wrong small", "small");
        go("wrong big", "big");
        world.upstream.heal_all();
        go("healed small", "small");
        go("healed big", "big");
        go("seen first", "seen");
        world.upstream.replace("seen-1.0-py3-none-any.whl", wheel("seen", 10, "first = False\n").bytes);
        world.upstream.replace("small-1.0-py3-none-any.whl", wheel("small", 10, "first = False\n").bytes);
        go("seen then", "seen");
        go("small then", "small");
    }
}

#[test]
fn dates() {
    for dialect in [Dialect::Html, Dialect::HtmlMinimal, Dialect::Json, Dialect::Json10] {
        let world = World::recorded(dialect, "");
        let plain = |version: &str, at: &str| {
            Upload::of(Wheel::named("dated").version(version).module("dated.py", "").build()).at(at)
        };
        world.upstream.publish(plain("1.0", "2024-01-01T00:00:00.5Z"));
        world.upstream.publish(plain("2.0", "2025-01-01T00:00:00Z"));
        for (client, extra) in [
            (Client::Pip, "--uploaded-prior-to=2024-06-01T00:00:00Z"),
            (Client::Uv, "--exclude-newer=2024-06-01T00:00:00Z"),
            (Client::Pdm, "--exclude-newer=2024-06-01"),
            (Client::Poetry, ""),
        ] {
            let mut run = fresh(client).unwrap();
            let t = Instant::now();
            if client == Client::Poetry {
                run = run.env("POETRY_SOLVER_MIN_RELEASE_AGE", "700");
            }
            let extra = if extra.is_empty() { vec![] } else { vec![extra] };
            let ran = run.install(&world.served.simple_url(), &["dated"], &extra);
            dump("dates", client, &format!("{dialect:?}"), &ran, &format!("{:?}", run.installed()), t);
        }
        for (client, extra) in [
            (Client::Pip, "--uploaded-prior-to=2026-11-10T00:00:00Z"),
            (Client::Uv, "--exclude-newer=2026-11-10T00:00:00Z"),
        ] {
            let run = fresh(client).unwrap();
            let t = Instant::now();
            let ran = run.install(&world.served.simple_url(), &["flask"], &[extra]);
            dump("dates", client, &format!("flask {dialect:?}"), &ran, &format!("{:?}", run.installed()), t);
        }
    }
}

fn trim(upstream: &FakeUpstream) {
    let answer = httptest::get(&format!("{}markupsafe/", upstream.simple_url()), &[("accept", "application/vnd.pypi.simple.v1+json")]).unwrap();
    let text = answer.text();
    let recorded = recorded_folder().join("files");
    for part in text.split("markupsafe-3.0.4-").skip(1) {
        let end = part.find(".whl").map(|n| n + 4).unwrap_or(0);
        let name = format!("markupsafe-3.0.4-{}", &part[..end]);
        if end > 0 && end < 100 && !recorded.join(&name).exists() && std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| upstream.file_path(&name))).is_ok() { upstream.delete(&name); }
    }
}

fn carry(from: &ClientRun, to: &ClientRun) {
    for name in ["pyproject.toml", "uv.lock", "poetry.lock", "pdm.lock", "requirements.txt"] {
        if from.project_folder().join(name).exists() {
            to.write(name, &from.read(name));
        }
    }
}

#[test]
fn locks() {
    for client in Client::LOCKING {
        let base = "[upstream]\nttl = \"0s\"\ngrace = \"0s\"\n[index.team]\n";
        let mut world = World::recorded(Dialect::Html, base);
        trim(&world.upstream);
        let one = fresh(client).unwrap();
        one.project(&world.served.simple_url(), &["flask"]);
        let t = Instant::now();
        let ran = one.lock(&[]);
        dump("lock", client, "lock", &ran, &one.lock_file(), t);
        let sync = |what: &str, world: &World, change: &dyn Fn(&ClientRun)| {
            let run = fresh(client).unwrap();
            carry(&one, &run);
            change(&run);
            let t = Instant::now();
            let ran = run.sync(&[]);
            dump("lock", client, what, &ran, &format!("{:?}", run.installed()), t);
            if what == "team" && !ran.success() {
                let ran = run.lock(&[]);
                dump("lock", client, "team lock", &ran, &run.lock_file(), t);
                let ran = run.sync(&[]);
                dump("lock", client, "team sync", &ran, &format!("{:?}", run.installed()), t);
            }
        };
        sync("sync", &world, &|_| {});
        world.upstream.delete("flask-3.1.3-py3-none-any.whl");
        sync("deleted", &world, &|_| {});
        let team = world.served.index_url("team");
        sync("team", &world, &|run| run.project(&team, &["flask"]));
        world.reconfigure(&format!(
            "{base}[policy]\ndeny = [{{ match = \"flask==3.1.3\", reason = \"withdrawn by us\" }}]\n"
        ));
        sync("refused", &world, &|_| {});
        world.reconfigure(&format!(
            "{base}[policy]\ndeny = [{{ match = \"flask\", reason = \"withdrawn by us\" }}]\n"
        ));
        sync("project refused", &world, &|_| {});
    }
}

fn hashed(served: &Served, names: &[(&str, &str)]) -> String {
    let mut out = String::new();
    for (name, version) in names {
        let page = httptest::get(&format!("{}{name}/", served.simple_url()), &[("accept", "application/vnd.pypi.simple.v1+json")]).unwrap().json();
        out.push_str(&format!("{name}=={version}"));
        for f in page["files"].as_array().unwrap() {
            if f["filename"].as_str().unwrap().starts_with(&format!("{name}-{version}-")) { out.push_str(&format!(" --hash=sha256:{}", f["hashes"]["sha256"].as_str().unwrap())); }
        }
        out.push('\n');
    }
    out
}

#[test]
fn hashes() {
    for client in [Client::Pip, Client::OldPip, Client::Uv] {
        let base = "[upstream]\nttl = \"0s\"\ngrace = \"0s\"\n[index.team]\n";
        let mut world = World::recorded(Dialect::Html, base);
        let names = [("flask","3.1.3"),("blinker","1.9.0"),("click","8.5.1"),("itsdangerous","2.2.0"),("jinja2","3.1.6"),("markupsafe","3.0.4"),("werkzeug","3.1.9")];
        let text = if client == Client::Uv { fresh(client).unwrap().compile(&world.served.simple_url(), &["flask"], &["--generate-hashes"]).stdout } else { hashed(&world.served, &names) };
        let go = |what: &str, index: &str| {
            let run = fresh(client).unwrap();
            run.write("requirements.txt", &text);
            let t = Instant::now();
            let ran = run.install(index, &[], &["--require-hashes", "-r", "requirements.txt"]);
            dump("hashes", client, what, &ran, &format!("{:?}\n{}", run.installed(), if what == "first" { &text } else { "" }), t);
        };
        go("first", &world.served.simple_url());
        world.upstream.delete("flask-3.1.3-py3-none-any.whl");
        go("deleted", &world.served.simple_url());
        go("team", &world.served.index_url("team"));
        world.reconfigure(&format!("{base}[policy]\ndeny = [{{ match = \"flask==3.1.3\", reason = \"withdrawn by us\" }}]\n"));
        go("refused", &world.served.simple_url());
        world.reconfigure(&format!("{base}[policy]\ndeny = [{{ match = \"flask\", reason = \"withdrawn by us\" }}]\n"));
        go("project refused", &world.served.simple_url());
    }
}

#[test]
fn verbose() {
    let world = World::start(refusal_upstream(), REFUSE);
    for (client, flags) in [(Client::Pip, ["-v", "-vv"]), (Client::OldPip, ["-v", "-vv"]), (Client::Pdm, ["-v", "-vv"]), (Client::Poetry, ["-v", "-vvv"])] {
        for flag in flags {
            for req in ["denied", "fresh==2.0", "fresh>=2", "pulled==1.1"] {
                let run = fresh(client).unwrap();
                let t = Instant::now();
                let ran = run.install(&world.served.simple_url(), &[req], &[flag]);
                let logs = run.home().join(".local/state/pdm/log");
                let mut log = String::new();
                for e in std::fs::read_dir(logs).into_iter().flatten() { log += &std::fs::read_to_string(e.unwrap().path()).unwrap(); }
                dump("verbose", client, &format!("{req} {flag}"), &ran, &format!("PDMLOG\n{log}"), t);
            }
        }
    }
}

#[test]
fn pinned_page() {
    for client in Client::ALL {
        let wheel = |name: &str, n: usize, text: &str| Wheel::named(name).module(&format!("{name}.py"), text).padding(n).stored().build();
        let upstream = FakeUpstream::start();
        upstream.publish(wheel("seen", 10, "first = True\n"));
        let world = World::start(upstream, "[upstream]\nttl = \"0s\"\ngrace = \"0s\"\n");
        let hash = hashed(&world.served, &[("seen", "1.0")]);
        let locked = Client::LOCKING.contains(&client).then(|| { let run = fresh(client).unwrap(); run.project(&world.served.simple_url(), &["seen"]); run.lock(&[]).assert_success(); run });
        world.upstream.replace("seen-1.0-py3-none-any.whl", wheel("seen", 10, "first = False\n").bytes);
        for req in ["seen", "seen==1.0"] {
            let run = fresh(client).unwrap();
            let t = Instant::now();
            let ran = run.install(&world.served.simple_url(), &[req], &[]);
            dump("pinned", client, req, &ran, &format!("{:?}", run.installed()), t);
        }
        let run = fresh(client).unwrap();
        let t = Instant::now();
        let ran = if let Some(locked) = &locked { carry(locked, &run); run.sync(&[]) } else { run.write("requirements.txt", &hash); run.install(&world.served.simple_url(), &[], &["--require-hashes", "-r", "requirements.txt"]) };
        dump("pinned", client, "locked", &ran, &format!("{:?}", run.installed()), t);
        let page = httptest::get(&format!("{}seen/", world.served.simple_url()), &[("accept", "application/vnd.pypi.simple.v1+json")]).unwrap().text();
        dump("pinned", client, "page", &ran, &page, t);
    }
}

#[test]
fn installs() {
    for dialect in [Dialect::Html, Dialect::Json] {
        for client in Client::ALL {
            let mut world = World::recorded(dialect, "[upstream]\nttl = \"0s\"\ngrace = \"0s\"\n");
            let run = fresh(client).unwrap();
            let t = Instant::now();
            let ran = run.install(&world.served.simple_url(), &["flask"], &[]);
            dump("install", client, &format!("{dialect:?} cold"), &ran, &format!("{:?}", run.installed()), t);
            world.upstream.go_down();
            world.served.restart();
            let run = fresh(client).unwrap();
            let t = Instant::now();
            let ran = run.install(&world.served.simple_url(), &["flask"], &[]);
            dump("install", client, &format!("{dialect:?} warm"), &ran, &format!("{:?}", run.installed()), t);
        }
    }
}
