//! Texts that are no Python: scripts and programs of other languages, and what any text says to a machine that reads it.

use super::Result;
use super::chains::cut;
use super::literals::address;
use crate::inspection::budget::Trouble;
use crate::inspection::file::File;
use crate::inspection::report::Class::{Block, High, Info, Review};
use crate::inspection::rule;
use crate::inspection::sink::{At, Sink};
use crate::inspection::words::{self, Subject};

/// Names of the kind `_0x1f3a` that an obfuscator left in a file.
const HEX_NAMES: usize = 20;

pub(super) fn look(file: &File<'_>, sink: &mut Sink<'_>) -> Result {
    if !file.is_text() || file.link.is_some() {
        return Ok(());
    }
    if file.bytes.len() > sink.rules.limits.text {
        return Err(Trouble::Limit { what: "the size of a text", limit: sink.rules.limits.text as u64 });
    }
    sink.budget.spend_bytes(file.bytes.len())?;
    let text = file.text();
    let program = file.is_foreign_program();
    let (mut token, mut publish) = (None, None);
    let hits = if file.wordless.get() { Vec::new() } else { words::find(text.as_bytes()) };
    for hit in hits {
        let word = &text[hit.range.clone()];
        let at = || At::Text(&text, hit.range.clone());
        match hit.subject {
            Subject::Reviewer => {
                let what = format!("says {word:?} to whoever reviews it");
                // Documentation of assistants talks about such texts.
                let classes =
                    if file.is_aside() || !says_to_reviewer(file) { (Info, Info) } else { (High, Review) };
                sink.add_as(file, &rule::REVIEWER, classes, at(), what, &word.to_lowercase())?;
            }
            _ if !program => {}
            Subject::Assistant => {
                let what =
                    format!("starts an assistant that nobody watches: `{}`", line_of(&text, hit.range.start));
                sink.add(file, &rule::REVIEWER, at(), what, word)?;
            }
            Subject::Endpoint => {
                let address = address(&text, hit.range.start);
                // Bundled libraries shorten the addresses of what they explain.
                let classes = if words::shortens(word) { (Review, Info) } else { (High, Review) };
                sink.add_as(file, &rule::ENDPOINT, classes, at(), format!("`{address}`"), &address)?;
            }
            Subject::DecodedScript => {
                let line = line_of(&text, hit.range.start);
                let rule = &rule::DECODED_CODE;
                let hidden = line.contains("atob") || line.contains("base64") || line.contains("enc");
                let classes = if hidden { (Block, High) } else { (High, Review) };
                sink.add_as(
                    file,
                    rule,
                    classes,
                    at(),
                    format!("decodes or fetches what it runs: `{line}`"),
                    &line,
                )?;
            }
            Subject::Destruction => {
                let line = line_of(&text, hit.range.start);
                sink.add(
                    file,
                    &rule::DESTRUCTIVE,
                    at(),
                    format!("deletes what is the user's: `{line}`"),
                    &line,
                )?;
            }
            Subject::Persistence => {
                let line = line_of(&text, hit.range.start);
                // A shell says in one line what it does there; a program in one language of many may only know of it.
                let classes = if is_script(file) { (High, Review) } else { (Review, Info) };
                let what = format!("names a place that is run later: `{line}`");
                sink.add_as(file, &rule::PERSISTENCE, classes, at(), what, &line)?;
            }
            Subject::RegistryToken => token = token.or(Some(hit.range.clone())),
            Subject::Publish => publish = publish.or(Some(hit.range.clone())),
            Subject::Secret => sink.add(file, &rule::SECRET_PATH, at(), format!("names `{word}`"), word)?,
        }
    }
    if let (true, Some(range), Some(_)) = (program, token, publish) {
        let what = "knows tokens of a registry and how to publish packages";
        sink.add(file, &rule::PROPAGATION, At::Text(&text, range), what, "publishes")?;
    }
    if program { self::program(file, &text, sink) } else { Ok(()) }
}

/// Code and comments in code, and short notes: not the catalogues and prompts of packages whose subject assistants are.
fn says_to_reviewer(file: &File<'_>) -> bool {
    file.is_python() || file.is_foreign_program() || file.ends(&[".pth", ".toml", ".cfg"])
}

/// What a shell runs.
fn is_script(file: &File<'_>) -> bool {
    !file.ends(&[".js", ".mjs", ".cjs", ".ts", ".jsx", ".tsx", ".css", ".html"])
}

fn program(file: &File<'_>, text: &str, sink: &mut Sink<'_>) -> Result {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let range = start..start + line.trim_end().len();
        start += line.len();
        if line.len() < 4_096 && fetches_into_shell(line) {
            let what = format!("a shell runs what is fetched: `{}`", cut(line.trim()));
            sink.add(file, &rule::DOWNLOAD_RUN, At::Text(text, range), what, line.trim())?;
        }
    }
    for range in words::raw_addresses(text) {
        let address = address(text, range.start);
        sink.add(file, &rule::ENDPOINT, At::Text(text, range), format!("`{address}`"), &address)?;
    }
    if !file.ends(&[".js", ".mjs", ".cjs", ".ts"]) {
        return Ok(());
    }
    let names = text
        .match_indices("_0x")
        .filter(|(at, _)| text.as_bytes().get(at + 3).is_some_and(u8::is_ascii_hexdigit));
    if names.count() > HEX_NAMES {
        sink.add_as(
            file,
            &rule::OBFUSCATED,
            (High, High),
            At::File,
            "written by an obfuscator (`_0x…` names)",
            "_0x",
        )?;
    }
    let node = text.contains("child_process");
    let network = [
        "require('http",
        "require(\"http",
        "from 'http",
        "from \"http",
        "fetch(",
        "net.connect",
        "require('dns",
    ];
    if node && network.iter().any(|word| text.contains(word)) {
        let what = "starts programs and uses the network";
        sink.add_as(file, &rule::DOWNLOAD_RUN, (High, Info), At::File, what, "child_process and network")?;
    }
    let secrets = words::find(text.as_bytes()).iter().any(|hit| hit.subject == Subject::Secret);
    if node && secrets {
        let what = "starts programs and names files of secrets";
        sink.add_as(file, &rule::STEAL, (High, Review), At::File, what, "child_process and secrets")?;
    }
    Ok(())
}

/// `curl … | sh`, `sh -c "$(wget …)"`, `curl -o x … && chmod +x x`.
pub(super) fn fetches_into_shell(line: &str) -> bool {
    let fetches = line.find("curl ").or_else(|| line.find("wget ")).or_else(|| line.find("fetch "));
    let Some(at) = fetches.filter(|_| line.contains("://")) else { return false };
    let rest = &line[at..];
    let shell = |text: &str| {
        let word = text
            .trim_start()
            .trim_start_matches("sudo ")
            .split([' ', ';', '\n', '"', '\''])
            .next()
            .unwrap_or_default();
        matches!(
            word.rsplit('/').next().unwrap_or(word),
            "sh" | "bash" | "zsh" | "dash" | "python" | "python3" | "perl" | "node" | "source"
        )
    };
    rest.split('|').skip(1).any(shell)
        || rest
            .split("&&")
            .skip(1)
            .any(|part| part.contains("chmod +x") || part.contains("chmod 7") || shell(part))
        || ["sh -c \"$(", "eval \"$(", "eval $(", "bash <(", "sh <("]
            .iter()
            .any(|before| line[..at].ends_with(before))
}

fn line_of(text: &str, at: usize) -> String {
    let start = text[..at].rfind('\n').map_or(0, |found| found + 1);
    let line = text[start..].lines().next().unwrap_or_default();
    // Of a long line, what stands around the place.
    let from = if at - start > 60 { text.floor_char_boundary(at - 40) } else { start };
    cut(text[from..start + line.len()].trim())
}
