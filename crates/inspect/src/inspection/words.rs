//! Words that say what a text is about, wherever they stand: in Python's literals, in scripts, in other texts.
//!
//! All of them are searched at once. Case does not count.

use std::ops::Range;
use std::sync::LazyLock;

use super::capabilities::Caps;
use super::sieve::Sieve;

/// What a word is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Subject {
    /// A file that holds secrets.
    Secret,
    /// Where data is sent to.
    Endpoint,
    /// Where something is put to be run later.
    Persistence,
    /// Something is deleted or overwritten.
    Destruction,
    /// A token of a registry, or where it lies.
    RegistryToken,
    /// Something is published.
    Publish,
    /// Text for a reviewing program.
    Reviewer,
    /// An assistant that is started without a person watching.
    Assistant,
    /// Code of another language that is decoded and run.
    DecodedScript,
}

use Subject::{
    Assistant, DecodedScript, Destruction, Endpoint, Persistence, Publish, RegistryToken, Reviewer, Secret,
};

const WORDS: &[(Subject, &[&str])] = &[
    (
        Secret,
        &[
            ".ssh/id_",
            ".ssh\\id_",
            "/.ssh/",
            "id_rsa",
            "id_ed25519",
            ".aws/credentials",
            ".aws\\credentials",
            ".netrc",
            ".git-credentials",
            ".kube/config",
            ".docker/config.json",
            ".gnupg",
            ".config/gcloud",
            "application_default_credentials.json",
            "/etc/shadow",
            "/etc/passwd",
            ".bash_history",
            ".zsh_history",
            "login data",
            "local storage/leveldb",
            "local storage\\leveldb",
            "local storage\\\\leveldb",
            "network/cookies",
            "network\\cookies",
            "wallet.dat",
            "exodus.wallet",
            ".electrum/wallets",
            "electrum\\wallets",
            "metamask",
            "nkbihfbeogaeaoehlefnkodbefgpgknn",
            "169.254.169.254",
            "metadata.google.internal",
            "keychain-db",
            ".vault-token",
            "signons.sqlite",
            "logins.json",
            "key4.db",
            "cookies.sqlite",
            ".azure/accesstokens",
            ".config/solana/id.json",
            ".bitcoin/",
            "tdata/key_data",
        ],
    ),
    (
        Endpoint,
        &[
            "discord.com/api/webhooks",
            "discordapp.com/api/webhooks",
            "api.telegram.org/bot",
            "hooks.slack.com/services",
            "webhook.site",
            "pastebin.com/raw",
            "pastebin.com/api",
            "paste.ee/r/",
            "hastebin.com/raw",
            "rentry.co/",
            "ghostbin.",
            "dpaste.com/",
            "ix.io/",
            "transfer.sh/",
            "gofile.io",
            "file.io/",
            "anonfiles.com",
            "store1.gofile",
            "bashupload.com",
            "0x0.st",
            "catbox.moe",
            "temp.sh/",
            "ngrok.io",
            "ngrok-free.app",
            "ngrok.app",
            "trycloudflare.com",
            "serveo.net",
            "localhost.run",
            "loca.lt",
            "pipedream.net",
            "requestbin",
            "beeceptor.com",
            "requestcatcher.com",
            "oast.fun",
            "oast.pro",
            "oast.live",
            "oast.site",
            "oast.online",
            "oast.me",
            "interact.sh",
            "interactsh.com",
            "burpcollaborator.net",
            "oastify.com",
            "dnslog.cn",
            "ceye.io",
            "bit.ly/",
            "tinyurl.com/",
            "is.gd/",
            "cutt.ly/",
            "rebrand.ly/",
            "t.ly/",
            "grabify.link",
            "iplogger.",
            ".onion/",
            ".onion:",
            ".duckdns.org",
            ".no-ip.",
            "portmap.io",
        ],
    ),
    (
        Persistence,
        &[
            "/etc/cron",
            "/var/spool/cron",
            "crontab -",
            "@reboot",
            "/etc/systemd/system",
            ".config/systemd/user",
            "systemctl enable",
            "systemctl --user enable",
            "library/launchagents",
            "library/launchdaemons",
            "launchctl load",
            "currentversion\\run",
            "currentversion\\\\run",
            "start menu\\programs\\startup",
            "start menu\\\\programs\\\\startup",
            "schtasks /create",
            "schtasks.exe /create",
            "/etc/rc.local",
            "/etc/init.d/",
            "/etc/profile.d",
            ".bashrc",
            ".zshrc",
            ".bash_profile",
            ".zprofile",
            ".ssh/authorized_keys",
            ".config/autostart",
            ".claude/settings",
            ".claude/claude.md",
            ".cursorrules",
            ".cursor/mcp.json",
            ".cursor/rules",
            ".mcp.json",
            ".gemini/settings",
            ".vscode/tasks.json",
            ".git/hooks/",
            "/etc/ld.so.preload",
        ],
    ),
    (
        Destruction,
        &[
            "rm -rf /",
            "rm -rf ~",
            "rm -rf $home",
            "rm -rf \"$home",
            "rm -fr ~",
            "rm -fr /",
            "--no-preserve-root",
            "rd /s /q c:",
            "del /f /s /q c:",
            "del /s /q c:",
            "format c:",
            "of=/dev/sd",
            "of=/dev/nvme",
            "mkfs.ext4 /dev",
            "vssadmin delete shadows",
            "wbadmin delete",
            "cipher /w:",
            "shred -u ~",
            ":(){ :|:& };:",
            "find ~ -type f -delete",
            "bcdedit /set",
        ],
    ),
    (
        RegistryToken,
        &[
            ".pypirc",
            ".npmrc",
            "npm_token",
            "pypi_token",
            "twine_password",
            "_authtoken",
            "cargo_registry_token",
            "pypi-ag",
            "-/npm/v1/tokens",
            "uv_publish_token",
        ],
    ),
    (
        Publish,
        &[
            "twine upload",
            "npm publish",
            "uv publish",
            "poetry publish",
            "cargo publish",
            "pnpm publish",
            "flit publish",
        ],
    ),
    (
        Reviewer,
        &[
            "ignore previous instructions",
            "ignore all previous",
            "ignore the previous",
            "ignore prior instructions",
            "disregard previous",
            "disregard all prior",
            "disregard the above",
            "do not flag this",
            "do not report this",
            "this package is safe",
            "this code is safe",
            "this file is safe",
            "package has been audited and is",
            "mark this package as",
            "mark as benign",
            "mark it as benign",
            "classify this as benign",
            "classify as safe",
            "you are a security scanner",
            "you are an ai",
            "as an ai language model",
            "forget everything you",
            "new instructions:",
            "system prompt:",
        ],
    ),
    (
        Assistant,
        &[
            "--dangerously-skip-permissions",
            "--dangerously-bypass-approvals",
            "--yolo",
            "--trust-all-tools",
            "claude -p ",
            "gemini -p ",
            "q chat --no-interactive",
            "codex exec ",
            "--full-auto",
            "bypasspermissions",
        ],
    ),
    (
        DecodedScript,
        &[
            "eval(atob(",
            "function(atob(",
            "new function(atob",
            "eval(buffer.from(",
            "eval(unescape(",
            "eval(string.fromcharcode(",
            "base64 -d | sh",
            "base64 -d | bash",
            "base64 -d|sh",
            "base64 -d|bash",
            "base64 --decode | sh",
            "base64 --decode | bash",
            "base64 -di | sh",
            "openssl enc -d",
            "xxd -r -p | sh",
            "frombase64string(",
            "powershell -enc",
            "powershell -e ",
            "powershell.exe -enc",
            "-encodedcommand",
            "invoke-expression",
            "iex (new-object",
            "iex(new-object",
            "iex (iwr",
            "iex(irm",
            "certutil -urlcache",
            "certutil -decode",
            "mshta http",
            "mshta vbscript",
            "bitsadmin /transfer",
            "regsvr32 /s /u /i:http",
        ],
    ),
];

static ABOUT: LazyLock<Vec<Subject>> =
    LazyLock::new(|| WORDS.iter().flat_map(|(subject, words)| words.iter().map(|_| *subject)).collect());

static SEARCH: LazyLock<Sieve> =
    LazyLock::new(|| Sieve::new(WORDS.iter().flat_map(|(_, words)| words.iter().copied())));

/// A word in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) subject: Subject,
    pub(crate) range: Range<usize>,
}

/// All words of a text, in its order. Words that stand in longer names do not count where that would mean another thing.
pub(crate) fn find(text: &[u8]) -> Vec<Hit> {
    let hits = SEARCH.find(text).into_iter().map(|(word, range)| Hit { subject: ABOUT[word], range });
    hits.filter(|hit| stands_alone(text, hit)).collect()
}

/// Whether a word is that of a service which shortens addresses.
pub(crate) fn shortens(word: &str) -> bool {
    ["bit.ly/", "tinyurl.com/", "is.gd/", "cutt.ly/", "rebrand.ly/", "t.ly/"]
        .contains(&&*word.to_ascii_lowercase())
}

/// `ix.io/` is no part of `fix.io/`, and `rm -rf /tmp/x` is not `rm -rf /`.
fn stands_alone(text: &[u8], hit: &Hit) -> bool {
    let before = hit.range.start.checked_sub(1).map(|at| text[at]);
    let after = text.get(hit.range.end).copied();
    let word = &text[hit.range.clone()];
    match hit.subject {
        Endpoint => {
            let first = word[0];
            first == b'.'
                || before.is_none_or(|byte| !byte.is_ascii_alphanumeric() && !matches!(byte, b'-' | b'_'))
        }
        Destruction if word.ends_with(b"/") || word.ends_with(b"~") => {
            after.is_none_or(|byte| matches!(byte, b'"' | b'\'' | b' ' | b'\n' | b'*' | b';' | b'&' | b')'))
                || (word.ends_with(b"~")
                    && after == Some(b'/')
                    && text
                        .get(hit.range.end + 1)
                        .is_none_or(|byte| !byte.is_ascii_alphanumeric() && *byte != b'.'))
        }
        Secret | RegistryToken => {
            let open = word[0] == b'.' || !word[0].is_ascii_alphanumeric();
            (open && before.is_none_or(|byte| !byte.is_ascii_alphanumeric() || word[0] == b'/'))
                || (!open && before.is_none_or(|byte| !byte.is_ascii_alphanumeric()))
        }
        _ => true,
    }
}

/// Whether a text of Python is the path of a secret.
pub(crate) fn origin(text: &str) -> Caps {
    // A sentence is no path.
    if text.len() > 200 || text.contains('\n') {
        return Caps::NONE;
    }
    let secret = |hit: &Hit| {
        hit.subject == Secret && (text.contains(['/', '\\', '.']) || hit.range.len() == text.len())
    };
    if find(text.as_bytes()).iter().any(secret) { Caps::SECRET_PATH } else { Caps::NONE }
}

/// Addresses that are written as numbers, with their scheme: `http://203.0.113.9:8080`. Those of this machine and of private
/// networks are left out.
pub(crate) fn raw_addresses(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    for (start, _) in text.match_indices("://") {
        let host = &text[start + 3..];
        let end = host.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(host.len());
        let numbers: Vec<u8> = host[..end].split('.').filter_map(|part| part.parse().ok()).collect();
        let [a, b, c, d] = numbers[..] else { continue };
        let behind = host[end..].chars().next();
        let reserved = matches!(
            (a, b, c),
            (0 | 10 | 127 | 224..=255, ..)
                | (172, 16..=31, _)
                | (192, 168, _)
                | (169, 254, _)
                | (1, 1, 1)
                | (8, 8, 8 | 4)
        ) || (a, b, c, d) == (1, 2, 3, 4);
        if host[..end].matches('.').count() == 3
            && !reserved
            && behind.is_none_or(|c| matches!(c, ':' | '/' | '"' | '\'' | ' ' | '?'))
        {
            let scheme =
                text[..start].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '+').map_or(0, |at| at + 1);
            // What stands before may be a character of several bytes.
            let scheme = if text.is_char_boundary(scheme) { scheme } else { start };
            found.push(scheme..start + 3 + end);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_words_that_stand_alone() {
        for (text, expected) in [
            ("https://discord.com/api/webhooks/1", Some(Endpoint)),
            ("https://fix.io/x", None),
            ("https://ix.io/x", Some(Endpoint)),
            ("rm -rf /tmp/build", None),
            ("rm -rf / ", Some(Destruction)),
            ("rm -rf ~", Some(Destruction)),
            ("rm -rf ~/.cache/x", None),
            ("rm -rf ~/", Some(Destruction)),
            ("~/.ssh/id_rsa", Some(Secret)),
            ("/HOME/a/.SSH/ID_RSA", Some(Secret)),
            ("valid_rsa", None),
            ("x.netrc_file", None),
            ("~/.netrc", Some(Secret)),
            ("plain", None),
        ] {
            assert_eq!(find(text.as_bytes()).first().map(|hit| hit.subject), expected, "{text}");
        }
    }

    #[test]
    fn finds_each_word_wherever_it_stands() {
        for word in WORDS.iter().flat_map(|(_, words)| *words) {
            for before in 0..4 {
                let text = format!("{}{}", " ".repeat(before), word.to_uppercase());
                let found = SEARCH.find(text.as_bytes());
                assert!(found.iter().any(|(_, range)| range.start == before), "{word}");
            }
        }
    }

    #[test]
    fn finds_raw_addresses() {
        for (text, expected) in [
            ("http://203.0.113.9/x", Some("http://203.0.113.9")),
            ("x = 'https://203.0.113.9:80'", Some("https://203.0.113.9")),
            ("http://127.0.0.1/", None),
            ("http://192.168.1.1", None),
            ("http://203.0.113/", None),
            ("http://203.0.113.9.invalid/", None),
            ("\u{e9}://203.0.113.9", Some("://203.0.113.9")),
            ("://", None),
        ] {
            assert_eq!(raw_addresses(text).first().map(|range| &text[range.clone()]), expected, "{text}");
        }
    }
}
