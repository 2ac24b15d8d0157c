//! Names in a line of code that say what it can do.
//!
//! A scan of names, not of meaning. It misses whatever is not spelled out: `getattr(os, "sys" + "tem")`, names imported
//! under others in lines that did not change or are continued, strings that are decoded and run, code in data files, what a called
//! library does, what native code does, and a removed check. It finds harmless uses as well, in comments and texts
//! too. It says where to look first, and never that nothing is there.

use super::rule::RiskRule;

/// Top-level modules, by what they are for. A name counts before a dot or in an import.
const MODULES: [(RiskRule, &[&str]); 5] = [
    (
        RiskRule::Network,
        &[
            "socket",
            "socketserver",
            "ssl",
            "urllib",
            "urllib2",
            "urllib3",
            "requests",
            "httpx",
            "aiohttp",
            "httplib",
            "httplib2",
            "ftplib",
            "smtplib",
            "imaplib",
            "poplib",
            "nntplib",
            "telnetlib",
            "paramiko",
            "websocket",
            "websockets",
            "pycurl",
            "xmlrpc",
            "xmlrpclib",
            "dns",
            "grpc",
            "zmq",
            "asyncssh",
            "boto3",
        ],
    ),
    (
        RiskRule::Process,
        &["subprocess", "pty", "popen2", "commands", "pexpect", "_posixsubprocess", "_winapi"],
    ),
    (RiskRule::DynamicCode, &["builtins", "__builtins__", "__builtin__", "runpy", "code", "codeop", "imp"]),
    (RiskRule::ForeignFunction, &["ctypes", "_ctypes", "cffi", "_cffi_backend", "cppyy"]),
    (
        RiskRule::Deserialise,
        &["marshal", "pickle", "cPickle", "_pickle", "dill", "cloudpickle", "shelve", "joblib"],
    ),
];

/// Names that say it wherever they stand, whatever stands before or behind them.
const NAMES: [(RiskRule, &[&str]); 4] = [
    (
        RiskRule::Network,
        &[
            "urlopen",
            "urlretrieve",
            "open_connection",
            "start_server",
            "create_connection",
            "getaddrinfo",
            "gethostbyname",
        ],
    ),
    (
        RiskRule::Process,
        &[
            "Popen",
            "check_output",
            "check_call",
            "create_subprocess_exec",
            "create_subprocess_shell",
            "posix_spawn",
            "posix_spawnp",
            "startfile",
            "forkpty",
        ],
    ),
    (
        RiskRule::DynamicCode,
        &[
            "__import__",
            "import_module",
            "exec_module",
            "load_module",
            "spec_from_file_location",
            "SourceFileLoader",
            "SourcelessFileLoader",
            "FunctionType",
            "CodeType",
            "InteractiveInterpreter",
            "execfile",
            "__subclasses__",
        ],
    ),
    (
        RiskRule::ForeignFunction,
        &["CDLL", "WinDLL", "OleDLL", "PyDLL", "dlopen", "LoadLibrary", "ExtensionFileLoader"],
    ),
];

/// Functions of `os`, which count behind `os.` and in a line that imports from it.
const OS: [&str; 27] = [
    "system",
    "popen",
    "popen2",
    "popen3",
    "popen4",
    "execl",
    "execle",
    "execlp",
    "execlpe",
    "execv",
    "execve",
    "execvp",
    "execvpe",
    "spawnl",
    "spawnle",
    "spawnlp",
    "spawnlpe",
    "spawnv",
    "spawnve",
    "spawnvp",
    "spawnvpe",
    "posix_spawn",
    "posix_spawnp",
    "startfile",
    "fork",
    "forkpty",
    "kill",
];

/// What makes texts out of other texts, and bytes out of them.
const DECODERS: [&str; 18] = [
    "base64",
    "b64decode",
    "b32decode",
    "b16decode",
    "b85decode",
    "a85decode",
    "urlsafe_b64decode",
    "standard_b64decode",
    "unhexlify",
    "a2b_base64",
    "a2b_hex",
    "fromhex",
    "decompress",
    "zlib",
    "lzma",
    "bz2",
    "codecs",
    "rot13",
];

/// Words in programs of other languages.
const FOREIGN: [(RiskRule, &[&str]); 3] = [
    (
        RiskRule::Network,
        &[
            "curl",
            "wget",
            "ncat",
            "socket",
            "fetch",
            "XMLHttpRequest",
            "WebSocket",
            "dgram",
            "axios",
            "Invoke-WebRequest",
            "DownloadString",
            "DownloadFile",
            "WebClient",
            "getaddrinfo",
            "TcpStream",
        ],
    ),
    (
        RiskRule::Process,
        &[
            "child_process",
            "execSync",
            "spawnSync",
            "system",
            "popen",
            "execve",
            "execvp",
            "fork",
            "bash",
            "powershell",
            "Start-Process",
        ],
    ),
    (RiskRule::DynamicCode, &["eval", "Function", "IEX", "Invoke-Expression", "dlopen", "dlsym"]),
];

/// What a line was found to use: the rule, and the name that says it.
pub(super) type Use<'a> = (RiskRule, &'a str);

/// What a line of Python uses, and whether it decodes something.
pub(super) fn python(line: &str) -> (Vec<Use<'_>>, bool) {
    let code = without_comment(line);
    let names = dotted_names(code);
    let import = names.iter().any(|name| name.parts.len() == 1 && matches!(name.parts[0], "import" | "from"));
    let is_statement = ["import ", "from "].iter().any(|word| code.trim_start().starts_with(word));
    let from_os = import && names.iter().any(|name| matches!(name.parts[0], "os" | "posix" | "nt"));
    let mut uses = Vec::new();
    let mut decodes = false;
    for (index, name) in names.iter().enumerate() {
        let (first, last) = (name.parts[0], name.parts[name.parts.len() - 1]);
        for (rule, modules) in MODULES {
            // `code` and `commands` are common words and names of variables.
            let common = matches!(first, "code" | "commands" | "dns" | "imp");
            let imported = import && (!common || is_statement);
            if modules.contains(&first) && (imported || (name.parts.len() > 1 && !common)) {
                uses.push((rule, first));
            }
        }
        for (rule, words) in NAMES {
            uses.extend(name.parts.iter().filter(|part| words.contains(*part)).map(|part| (rule, *part)));
        }
        let of_os = name.parts.len() > 1 && matches!(first, "os" | "posix" | "nt") || from_os;
        if of_os && OS.contains(&last) {
            uses.push((RiskRule::Process, last));
        }
        if matches!(name.parts[..], ["http", "client" | "server", ..]) {
            uses.push((RiskRule::Network, "http"));
        }
        let defined = index > 0 && matches!(names[index - 1].parts[..], ["def" | "class"]);
        // Methods of these names are common: `re.compile`, `model.eval`, `cursor.exec`.
        let built_in = matches!(first, "eval" | "exec") || (first == "compile" && name.called);
        if name.parts.len() == 1 && !name.after_dot && built_in && !defined {
            uses.push((RiskRule::DynamicCode, first));
        }
        decodes |= name.parts.iter().any(|part| DECODERS.contains(part));
    }
    uses.dedup();
    (uses, decodes)
}

/// What a line of another language uses.
pub(super) fn foreign(line: &str) -> Vec<Use<'_>> {
    let word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let mut uses = Vec::new();
    for text in line.split(|c| !word(c)).filter(|text| !text.is_empty()) {
        for (rule, words) in FOREIGN {
            if words.contains(&text) {
                uses.push((rule, text));
            }
        }
    }
    uses.dedup();
    uses
}

/// The line up to its comment. Where quotes follow the `#`, it may stand in a string that began here or lines before, and
/// code may follow; then all of it counts.
fn without_comment(line: &str) -> &str {
    match line.split_once('#') {
        Some((code, comment)) if !comment.contains(['"', '\'']) => code,
        _ => line,
    }
}

/// `a.b.c`, with white space around the dots allowed.
struct Dotted<'a> {
    parts: Vec<&'a str>,
    /// A bracket follows.
    called: bool,
    /// It continues something that is no name: `f().eval`.
    after_dot: bool,
}

fn dotted_names(line: &str) -> Vec<Dotted<'_>> {
    let inside = |c: char| c.is_alphanumeric() || c == '_';
    let mut found: Vec<Dotted<'_>> = Vec::new();
    let mut rest = line;
    let mut after_dot = false;
    // Whether the last name goes on behind a dot.
    let mut continues = false;
    while let Some(first) = rest.chars().next() {
        if inside(first) {
            let end = rest.find(|c| !inside(c)).unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            rest = after;
            match found.last_mut() {
                Some(name) if continues => name.parts.push(word),
                _ => found.push(Dotted { parts: vec![word], called: false, after_dot }),
            }
            let spaceless = rest.trim_start();
            continues = spaceless.starts_with('.');
            after_dot = continues;
            if let Some(name) = found.last_mut() {
                name.called = spaceless.starts_with('(');
            }
            if continues {
                rest = &spaceless[1..];
            }
        } else {
            let space = first.is_whitespace();
            after_dot = first == '.' || (after_dot && space);
            continues &= space;
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_uses() {
        for (line, expected) in [
            ("import socket", "Network socket"),
            ("from urllib.request import urlopen as u", "Network urllib, Network urlopen"),
            ("import os, subprocess; x()", "Process subprocess"),
            ("socket.socket()", "Network socket"),
            ("self.socket = None", ""),
            ("requests = []", ""),
            ("http.client.HTTPSConnection(h)", "Network http"),
            ("import http.client", "Network http"),
            ("os.system('x')", "Process system"),
            ("os . system('x')", "Process system"),
            ("from os import system as s", "Process system"),
            ("platform.system()", ""),
            ("os.path.join(a)", ""),
            ("eval(x)", "DynamicCode eval"),
            ("f = exec", "DynamicCode exec"),
            ("exec (x)", "DynamicCode exec"),
            ("re.compile('x')", ""),
            ("compile(x, y, 'exec')", "DynamicCode compile, DynamicCode exec"),
            ("model.eval()", ""),
            ("f().eval(x)", ""),
            ("df . eval(x)", ""),
            ("def eval(self):", ""),
            ("evaluate(x)", ""),
            ("x = 1  # calls eval(x)", ""),
            ("'''# ''' ; eval(x)", "DynamicCode eval"),
            ("__import__('os').system('x')", "DynamicCode __import__"),
            ("importlib.import_module(n)", "DynamicCode import_module"),
            ("import ctypes", "ForeignFunction ctypes"),
            ("x = ctypes.CDLL(p)", "ForeignFunction ctypes, ForeignFunction CDLL"),
            ("marshal.loads(b)", "Deserialise marshal"),
            ("code.co_name", ""),
            ("import code", "DynamicCode code"),
            ("which comes from the code of others", ""),
            ("\u{e9}val.x(\u{1f600}", ""),
            ("", ""),
        ] {
            let found: Vec<String> =
                python(line).0.into_iter().map(|(rule, name)| format!("{rule:?} {name}")).collect();
            assert_eq!(found.join(", "), expected, "{line}");
        }
        assert!(python("exec(base64.b64decode(x))").1);
        assert!(!python("exec(x)").1);
    }

    #[test]
    fn finds_uses_elsewhere() {
        for (line, expected) in [
            ("curl -s x | bash", "Network curl, Process bash"),
            ("require('child_process').execSync(c)", "Process child_process, Process execSync"),
            ("IEX (New-Object Net.WebClient)", "DynamicCode IEX, Network WebClient"),
            ("let total = a + b;", ""),
        ] {
            let found: Vec<String> =
                foreign(line).into_iter().map(|(rule, name)| format!("{rule:?} {name}")).collect();
            assert_eq!(found.join(", "), expected, "{line}");
        }
    }
}
