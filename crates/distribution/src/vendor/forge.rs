//! Repositories and their owners in the links of a project.

/// The longest link that is read, in bytes.
const LONGEST_LINK: usize = 2_000;
/// The longest part of a path, in bytes.
const LONGEST_PART: usize = 100;
/// Groups within groups.
const DEEPEST_GROUP: usize = 10;

/// Hosts of forges, and the word that stands for each.
const FORGES: &[(&str, &str)] = &[
    ("bitbucket.org", "bitbucket"),
    ("codeberg.org", "codeberg"),
    ("gitee.com", "gitee"),
    ("github.com", "github"),
    ("gitlab.com", "gitlab"),
    ("salsa.debian.org", "salsa"),
    ("git.sr.ht", "sourcehut"),
    ("hg.sr.ht", "sourcehut"),
    ("sr.ht", "sourcehut"),
];

/// Hosts where a forge serves its users' pages under their names.
const PAGES: &[(&str, &str)] =
    &[(".codeberg.page", "codeberg"), (".github.io", "github"), (".gitlab.io", "gitlab")];

/// Forges that people run themselves are known by how their hosts are named.
const SELF_HOSTED: &[&str] = &["forgejo.", "gitea.", "gitlab."];

/// First parts of a path that are the forge's own pages, and no owner.
const NO_OWNERS: &[&str] = &[
    "about",
    "apps",
    "collections",
    "dashboard",
    "events",
    "explore",
    "features",
    "groups",
    "help",
    "issues",
    "join",
    "login",
    "marketplace",
    "notifications",
    "orgs",
    "pricing",
    "pulls",
    "search",
    "settings",
    "site",
    "sponsors",
    "topics",
    "trending",
    "users",
];

/// Parts of a path that come behind a repository's own.
const BEHIND: &[&str] = &[
    "-",
    "blob",
    "branches",
    "commits",
    "issues",
    "merge_requests",
    "raw",
    "releases",
    "src",
    "tags",
    "tree",
    "wiki",
    "wikis",
];

/// What a link says about where the source is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// `github`; a host for forges that people run themselves.
    pub(crate) forge: String,
    /// In lower case, as forges compare.
    pub(crate) owner: String,
    /// In lower case, without `.git`; none when the link ends at the owner.
    pub(crate) name: Option<String>,
}

impl Place {
    /// `github:pallets`.
    pub(crate) fn account(&self) -> String {
        format!("{}:{}", self.forge, self.owner)
    }

    /// `github/pallets/flask`.
    pub(crate) fn repository(&self) -> Option<String> {
        self.name.as_ref().map(|name| format!("{}/{}/{name}", self.forge, self.owner))
    }
}

/// Reads `https://github.com/pallets/flask/…`, `git@github.com:pallets/flask.git`, `github/pallets/flask`, the identity
/// of a workflow in a certificate. None for anything else.
pub(crate) fn place(link: &str) -> Option<Place> {
    let link = link.trim();
    if link.len() > LONGEST_LINK || link.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let (host, path) = split(link)?;
    let host = host.to_ascii_lowercase();
    let host = host.strip_prefix("www.").unwrap_or(&host).trim_end_matches('.');
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).take(DEEPEST_GROUP + 1).collect();
    if let Some((suffix, forge)) = PAGES.iter().find(|(suffix, _)| host.ends_with(suffix)) {
        let owner = good(host.strip_suffix(suffix)?)?;
        return Some(Place { forge: (*forge).to_owned(), owner, name: None });
    }
    let forge = forge(host)?;
    let owner = good(parts.first()?.trim_start_matches('~'))?;
    if NO_OWNERS.contains(&owner.as_str()) {
        return None;
    }
    let rest: Vec<String> = parts[1..].iter().map_while(|part| good(part)).collect();
    let deep = forge == "gitlab" || forge == "salsa" || forge.starts_with("gitlab.");
    let behind = |part: &String| BEHIND.contains(&part.as_str());
    let length = if deep { rest.iter().position(behind).unwrap_or(rest.len()) } else { rest.len().min(1) };
    let name = rest[..length].join("/");
    let name = name.strip_suffix(".git").unwrap_or(&name);
    Some(Place { forge, owner, name: (!name.is_empty()).then(|| name.to_owned()) })
}

/// Host and path.
fn split(link: &str) -> Option<(&str, &str)> {
    if let Some((scheme, rest)) = link.split_once("://") {
        let scheme = scheme.to_ascii_lowercase();
        if !["http", "https", "git", "ssh", "git+https", "git+http", "git+ssh"].contains(&scheme.as_str()) {
            return None;
        }
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        // What stands before `@` is a user's name, whatever host it looks like.
        let host = authority.rsplit('@').next()?;
        let host = host.split(':').next()?;
        return Some((host, before_query(path)));
    }
    if let Some((user, rest)) = link.split_once('@')
        && user == "git"
    {
        return rest.split_once(':');
    }
    link.split_once('/').map(|(host, path)| (host, before_query(path)))
}

fn before_query(path: &str) -> &str {
    path.split(['?', '#']).next().unwrap_or_default()
}

fn forge(host: &str) -> Option<String> {
    let known = FORGES.iter().find(|(name, word)| *name == host || *word == host).map(|(_, word)| *word);
    let own = || SELF_HOSTED.iter().any(|prefix| host.starts_with(prefix)).then_some(host);
    let word = known.or_else(own)?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
    (word.len() <= LONGEST_PART && word.chars().all(plain)).then(|| word.to_owned())
}

fn good(part: &str) -> Option<String> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-' | '~');
    let dots = part.chars().all(|c| c == '.');
    (part.len() <= LONGEST_PART && !dots && part.chars().all(plain)).then(|| part.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_links_of_forges() {
        for (link, expected) in [
            ("https://github.com/pallets/flask", Some("github/pallets/flask")),
            ("https://github.com/Pallets/Flask/issues/?q=1", Some("github/pallets/flask")),
            ("http://www.github.com/pallets/flask.git#egg=flask", Some("github/pallets/flask")),
            ("git+https://github.com/pallets/flask.git", Some("github/pallets/flask")),
            ("git@github.com:pallets/flask.git", Some("github/pallets/flask")),
            ("ssh://git@github.com:22/pallets/flask", Some("github/pallets/flask")),
            ("github.com/pallets/flask", Some("github/pallets/flask")),
            ("github/pallets/flask", Some("github/pallets/flask")),
            (
                "https://github.com/pallets/flask/.github/workflows/publish.yaml@refs/tags/3.1.0",
                Some("github/pallets/flask"),
            ),
            ("https://gitlab.com/group/sub/thing/-/issues", Some("gitlab/group/sub/thing")),
            ("https://gitlab.gnome.org/GNOME/pygobject/", Some("gitlab.gnome.org/gnome/pygobject")),
            ("https://git.sr.ht/~alice/tool/tree", Some("sourcehut/alice/tool")),
            ("https://codeberg.org/alice/tool/src/branch/main", Some("codeberg/alice/tool")),
            ("https://github.com/pallets", None),
            ("https://github.com@evil.invalid/pallets/flask", None),
            ("https://evil.invalid/github.com/pallets/flask", None),
            ("https://github.com.evil.invalid/pallets/flask", None),
            ("https://github.com/sponsors/alice", None),
            ("https://github.com/../flask", None),
            ("javascript:alert(1)", None),
            ("", None),
        ] {
            assert_eq!(place(link).and_then(|place| place.repository()).as_deref(), expected, "{link}");
        }
    }

    #[test]
    fn an_owner_is_known_without_a_repository() {
        for (link, expected) in [
            ("https://github.com/pallets", Some("github:pallets")),
            ("https://pallets.github.io/flask/", Some("github:pallets")),
            ("https://github.io/", None),
            ("https://github.com/orgs/pallets", None),
        ] {
            assert_eq!(place(link).map(|place| place.account()).as_deref(), expected, "{link}");
        }
    }
}
