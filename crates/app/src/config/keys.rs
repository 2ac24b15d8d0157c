/// One setting: its path in `packhouse.toml`, whether a bare text is its natural form, and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// The path; `*` stands for a name that the operator chooses.
    pub path: &'static str,
    /// `true` when the environment's value is taken as a text, `false` when it is read as TOML.
    pub text: bool,
    /// One line for people.
    pub about: &'static str,
}

const fn text(path: &'static str, about: &'static str) -> Key {
    Key { path, text: true, about }
}

const fn value(path: &'static str, about: &'static str) -> Key {
    Key { path, text: false, about }
}

/// Every setting there is. `policy.…` settings also stand under `index.<name>.policy.…`.
pub const KEYS: &[Key] = &[
    text("listen", "address and port to listen on (127.0.0.1:8141)"),
    text("data", "folder for the database and the files (packhouse-data)"),
    text("public-url", "how people and clients reach this server, for the links in refusals"),
    text("log", "what to log: error, warn, info, debug, or tracing directives (info)"),
    text("log-format", "text or json (text)"),
    text("upstream.url", "the simple index that is proxied (what the installed client uses)"),
    text("upstream.json-api", "its JSON API (pypi/ beside the simple index)"),
    text("upstream.ttl", "how long a page is taken for current (10m)"),
    text("upstream.grace", "how long past that it is handed out while it is asked for again (10m)"),
    text("upstream.patience", "how long a page waits for sizes it lacks, 0 for not at all (5s)"),
    value("upstream.look-ahead", "fetch the pages of dependencies before they are asked for (true)"),
    text("upstream.timeout", "how long a request for a page may take (30s)"),
    text("upstream.connect-timeout", "how long a connection may take to open (5s)"),
    text("upstream.idle-timeout", "how long a body may stand still (15s)"),
    value("upstream.retries", "how often a failed request is tried again (2)"),
    value("upstream.max-requests", "requests to the upstream under way at once (64)"),
    text("cache.max-size", "bytes of files kept on disk (50GB)"),
    text("cache.memory", "bytes of pages and small files kept in memory (64MB)"),
    value("limits.connections", "connections held open at once (4096)"),
    text("limits.header-size", "bytes of a request's head (32kB)"),
    text("limits.body-size", "bytes of a request's body (2MB)"),
    text("limits.header-timeout", "how long a client may take to send a request's head (15s)"),
    value("limits.page-files", "files on one project page (50000)"),
    text("limits.page-size", "bytes of an upstream page or JSON document (100MB)"),
    text("limits.list-size", "bytes of the upstream's list of all projects (200MB)"),
    text("limits.file-size", "bytes of one file (10GB)"),
    text("limits.advisories-size", "bytes of one source of advisories (500MB)"),
    text("storage.database", "postgres://… (SQLite in the data folder)"),
    text("storage.files", "s3://bucket/prefix or a folder (files in the data folder)"),
    value("advisories.sources", "addresses, files and folders of OSV records: [\"https://…/all.zip\"]"),
    text("advisories.every", "how often they are asked (1h)"),
    text("advisories.timeout", "how long fetching one may take (10m)"),
    text("dns.resolver", "address and port of the resolver that is asked about mail domains (none)"),
    text("audit.clients", "how long it is kept which client got which file, 0 for never (0)"),
    value("inspect.command", "what is started to inspect a file (this program)"),
    text("inspect.memory", "bytes of memory that an inspection may use (1GB)"),
    text("inspect.time", "how long an inspection may take (60s)"),
    value("inspect.processes", "inspections at once, 0 for one a processor (0)"),
    value("inspect.yara", "files, folders and patterns of YARA rules: [\"rules/*.yar\"] (none)"),
    text("suite", "the suite whose projects the default index serves, \"\" for none (testing)"),
    text("policy.cooldown", "how old a file must be before it is handed out (7d)"),
    text(
        "policy.cooldown-new-projects",
        "how old a project's first file must be, too, where there is a cooldown, 0 for no rule (30d)",
    ),
    value("policy.private", "names that are yours and never asked upstream: [\"acme-*\"]"),
    value("policy.allow", "when not empty, only this is handed out: names, name==version, sha256:…"),
    value("policy.deny", "never handed out: names, name==version, sha256:…, or {match, reason}"),
    text(
        "policy.names",
        "how long a name counts as new and must not look like a known one, 0 for no rule (365d)",
    ),
    text("policy.vulnerabilities", "versions with known vulnerabilities: inform, warn or block (inform)"),
    value("policy.ignore-advisories", "ids of advisories that do not count here"),
    text(
        "policy.publisher",
        "how old a release must be that others publish than the one before, 0 for no rule (14d)",
    ),
    text("policy.sdist", "always, unless-universal-wheel, unless-wheel or never (unless-wheel)"),
    text(
        "policy.new-sdists",
        "how long a project is new, whose sdists wait where there is no wheel, 0 for no rule (730d)",
    ),
    text(
        "policy.new-dependencies",
        "how long a project is new, and releases that newly need it wait, 0 for no rule (90d)",
    ),
    text("policy.deleted", "files deleted upstream: keep-old, keep or refuse (keep-old)"),
    text("policy.findings", "what inspections saw that refuses a file: off, block, review or hold (review)"),
    text("policy.uninspected", "files that could not be examined: hold or serve (hold)"),
    text("policy.refused-files", "how a refused file shows: tombstone or omit (tombstone)"),
    value("policy.projects", "settings of single projects, by name or prefix"),
    text("policy.projects.*.cooldown", "this project's cooldown"),
    text("policy.projects.*.cooldown-new-projects", "how old this project's first file must be"),
    text("policy.projects.*.sdist", "this project's sdist policy"),
    text("policy.projects.*.findings", "what refuses this project's files"),
    value("index", "further indexes, by name"),
    text("index.*.description", "what the index is for"),
    text("index.*.upstream", "its own upstream's simple index"),
    text("index.*.suite", "the suite whose projects it serves (none)"),
    value("index.*.policy", "what differs from [policy]"),
    value("exception", "what rules do not hold for"),
    text("exception.project", "with version: the release"),
    text("exception.version", "with project: the release"),
    text("exception.sha256", "or the exact bytes"),
    value("exception.rules", "the rules it lifts (all that can be lifted)"),
    text("exception.reason", "why"),
    text("exception.author", "who says so"),
    text("exception.until", "the day it ends"),
    value("exception.indexes", "the indexes it holds for (all)"),
];

/// The variable that sets `path`: `cache.max-size` is `PACKHOUSE_CACHE_MAX_SIZE`.
pub fn environment_name(path: &str) -> String {
    let mut name = "PACKHOUSE_".to_owned();
    name.extend(path.chars().map(|c| if c == '.' || c == '-' { '_' } else { c.to_ascii_uppercase() }));
    name
}

/// Whether `path` is a setting, or a table that holds some.
pub(super) fn is_known(path: &[&str]) -> bool {
    let own = matches!(path, ["index", _, "policy", ..]).then(|| &path[2..]);
    KEYS.iter()
        .any(|key| matches_prefix(key.path, path) || own.is_some_and(|rest| matches_prefix(key.path, rest)))
}

fn matches_prefix(known: &str, path: &[&str]) -> bool {
    let mut parts = known.split('.');
    path.iter().all(|part| parts.next().is_some_and(|known| known == "*" || known == *part))
}

/// The known setting that is spelled most like `path`.
pub(super) fn nearest(path: &[&str]) -> Option<String> {
    let (prefix, rest) = match path {
        ["index", name, "policy", ..] => (format!("index.{name}."), path[2..].join(".")),
        _ => (String::new(), path.join(".")),
    };
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    // A table that is spelled wrong means a table; a word at the wrong place means the setting that ends with it.
    let depth = rest.matches('.').count() + 1;
    let same_depth = |known: &str| known.splitn(depth + 1, '.').take(depth).collect::<Vec<_>>().join(".");
    let known = KEYS.iter().map(|key| key.path).filter(|path| !path.contains('*'));
    let scored = known.flat_map(|path| {
        let beside = same_depth(path);
        let alike = strsim::jaro_winkler(&beside, &rest);
        [(alike, beside), (0.97 * strsim::jaro_winkler(&last(path), &last(&rest)), path.to_owned())]
    });
    scored
        .filter(|(score, _)| *score > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| format!("{prefix}{known}"))
}
