/// How one client is pointed at an index.
#[derive(Debug, Clone)]
pub struct Client {
    /// `pip`, `uv`, `Poetry`, `PDM`.
    pub name: &'static str,
    /// The ways, the most common first.
    pub steps: Vec<Step>,
}

/// One way to set a client, to be copied.
#[derive(Debug, Clone)]
pub struct Step {
    /// What it is good for: `For this user`.
    pub label: String,
    /// A command line, or lines of a file.
    pub code: String,
}

/// The lines for every client that is supported, for the index whose `/simple/` is at `url`.
///
/// Clients that refuse plain HTTP from another machine get the line that allows it: pip and PDM treat only
/// loopback as a secure origin without TLS.
pub fn clients(url: &str) -> Vec<Client> {
    let bare_host = url.strip_prefix("http://").map(host).filter(|host| !is_loopback(host));
    let mut pip = vec![
        step("For this user", format!("pip config set global.index-url {url}")),
        step("For one command", format!("pip install --index-url {url} PACKAGE")),
    ];
    let mut pdm = vec![
        step("For this user", format!("pdm config pypi.url {url}")),
        step("For one project", format!("pdm config --local pypi.url {url}")),
    ];
    if let Some(host) = bare_host {
        pip.push(step(
            "Because this address has no TLS",
            format!("pip config set global.trusted-host {host}"),
        ));
        pdm.push(step("Because this address has no TLS", "pdm config pypi.verify_ssl false".to_owned()));
    }
    let uv = vec![
        step("For one shell", format!("export UV_DEFAULT_INDEX={url}")),
        step(
            "For one project, in pyproject.toml",
            format!("[[tool.uv.index]]\nname = \"packhouse\"\nurl = \"{url}\"\ndefault = true"),
        ),
        step("For this user, in uv.toml", format!("[[index]]\nurl = \"{url}\"\ndefault = true")),
    ];
    let poetry =
        vec![step("For one project", format!("poetry source add --priority=primary packhouse {url}"))];
    vec![
        Client { name: "pip", steps: pip },
        Client { name: "uv", steps: uv },
        Client { name: "Poetry", steps: poetry },
        Client { name: "PDM", steps: pdm },
    ]
}

fn step(label: &str, code: String) -> Step {
    Step { label: label.to_owned(), code }
}

/// The host of what follows `http://`, without its port; an IPv6 address keeps its brackets.
fn host(rest: &str) -> &str {
    let authority = rest.split('/').next().unwrap_or(rest);
    let end = authority.rfind(']').map_or(0, |bracket| bracket + 1);
    authority[end..].find(':').map_or(authority, |colon| &authority[..end + colon])
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host == "[::1]"
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(url: &str) -> String {
        clients(url)
            .iter()
            .flat_map(|client| &client.steps)
            .map(|step| step.code.as_str())
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn every_client_gets_the_address() {
        let lines = all("https://packages.invalid/simple/");
        for line in [
            "pip config set global.index-url https://packages.invalid/simple/",
            "pip install --index-url https://packages.invalid/simple/ PACKAGE",
            "export UV_DEFAULT_INDEX=https://packages.invalid/simple/",
            "[[tool.uv.index]]\nname = \"packhouse\"\nurl = \"https://packages.invalid/simple/\"\ndefault = true",
            "poetry source add --priority=primary packhouse https://packages.invalid/simple/",
            "pdm config pypi.url https://packages.invalid/simple/",
        ] {
            assert!(lines.contains(line), "{line}");
        }
    }

    #[test]
    fn only_another_machine_without_tls_needs_trust() {
        for (url, trusted) in [
            ("https://packages.invalid/simple/", None),
            ("http://127.0.0.1:8080/simple/", None),
            ("http://127.8.8.8/simple/", None),
            ("http://localhost:8080/simple/", None),
            ("http://[::1]:8080/simple/", None),
            ("http://packages.invalid:8080/simple/", Some("trusted-host packages.invalid")),
            ("http://10.0.0.7/simple/", Some("trusted-host 10.0.0.7")),
            ("http://[fd00::7]:80/simple/", Some("trusted-host [fd00::7]")),
        ] {
            let lines = all(url);
            match trusted {
                Some(line) => assert!(lines.contains(line), "{url}"),
                None => assert!(!lines.contains("trusted-host"), "{url}"),
            }
        }
    }
}
