//! What a call can do, or where a value comes from: sets of words, by the dotted names of Python.

use std::ops::{BitOr, BitOrAssign};
use std::sync::LazyLock;

use foldhash::{HashMap, HashMapExt as _};

/// A set of capabilities of a call, or of origins of a value.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Caps(u32);

macro_rules! words {
    ($($word:ident = $bit:literal;)*) => { $(pub(crate) const $word: Self = Self(1 << $bit);)* };
}

impl Caps {
    pub(crate) const NONE: Self = Self(0);
    words! {
        // Origins.
        DECODED = 0;
        FETCHED = 1;
        ENVIRONMENT = 2;
        WHOLE_ENVIRONMENT = 3;
        HOST = 4;
        SECRET_PATH = 5;
        SECRET = 6;
        REVERSED = 7;
        KEY = 19;
        ADDRESS = 20;
        // Doings.
        RUN = 8;
        SPAWN = 9;
        NETWORK = 10;
        READ = 11;
        WRITE = 12;
        DELETE = 13;
        WALK = 14;
        NATIVE = 15;
        IMPORT = 16;
        UNMARSHAL = 17;
        UNPICKLE = 18;
    }

    pub(crate) fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    pub(crate) fn only(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl BitOr for Caps {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Caps {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

const EXACT: &[(Caps, &[&str])] = &[
    (
        Caps::RUN,
        &[
            "exec",
            "eval",
            "compile",
            "execfile",
            "builtins.exec",
            "builtins.eval",
            "builtins.compile",
            "__builtin__.eval",
            "runpy.run_path",
            "runpy.run_module",
            "types.FunctionType",
            "types.CodeType",
            "code.InteractiveInterpreter().runsource",
            "code.InteractiveInterpreter().runcode",
            "pty.spawn().run",
        ],
    ),
    (Caps::UNMARSHAL, &["marshal.loads", "marshal.load"]),
    (
        Caps::UNPICKLE,
        &[
            "pickle.loads",
            "pickle.load",
            "_pickle.loads",
            "cPickle.loads",
            "dill.loads",
            "cloudpickle.loads",
            "pickle.Unpickler",
        ],
    ),
    (
        Caps::SPAWN,
        &[
            "os.system",
            "os.popen",
            "os.popen2",
            "os.popen3",
            "os.posix_spawn",
            "os.posix_spawnp",
            "os.startfile",
            "pty.spawn",
            "commands.getoutput",
            "commands.getstatusoutput",
            "subprocess.run",
            "subprocess.call",
            "subprocess.check_call",
            "subprocess.check_output",
            "subprocess.Popen",
            "subprocess.getoutput",
            "subprocess.getstatusoutput",
            "asyncio.create_subprocess_exec",
            "asyncio.create_subprocess_shell",
            "_posixsubprocess.fork_exec",
            "_winapi.CreateProcess",
            "pexpect.spawn",
            "pexpect.run",
            "sh.bash",
            "sh.sh",
            "ctypes.windll.kernel32.WinExec",
            "ctypes.windll.shell32.ShellExecuteW",
        ],
    ),
    (
        Caps::DECODED,
        &[
            "base64.b64decode",
            "base64.standard_b64decode",
            "base64.urlsafe_b64decode",
            "base64.decodebytes",
            "base64.decodestring",
            "base64.b32decode",
            "base64.b16decode",
            "base64.b85decode",
            "base64.a85decode",
            "binascii.unhexlify",
            "binascii.a2b_hex",
            "binascii.a2b_base64",
            "bytes.fromhex",
            "bytearray.fromhex",
            "zlib.decompress",
            "zlib.decompressobj().decompress",
            "gzip.decompress",
            "bz2.decompress",
            "lzma.decompress",
            "cryptography.fernet.Fernet().decrypt",
        ],
    ),
    (
        Caps::HOST,
        &[
            "socket.gethostname",
            "socket.getfqdn",
            "platform.node",
            "getpass.getuser",
            "os.getlogin",
            "os.uname",
            "platform.uname",
            "uuid.getnode",
        ],
    ),
    (
        Caps::READ,
        &[
            "open",
            "io.open",
            "os.open",
            "codecs.open",
            "pathlib.Path().read_text",
            "pathlib.Path().read_bytes",
            "pathlib.Path().open",
            "shutil.copy",
            "shutil.copyfile",
            "shutil.copytree",
            "shutil.copy2",
            "sqlite3.connect",
            "zipfile.ZipFile().write",
            "builtins.open",
            "linecache.getlines",
            "fileinput.input",
        ],
    ),
    (
        Caps::WRITE,
        &[
            "pathlib.Path().write_text",
            "pathlib.Path().write_bytes",
            "shutil.copy",
            "shutil.copyfile",
            "shutil.copy2",
            "shutil.move",
            "os.rename",
            "os.replace",
            "os.symlink",
            "winreg.SetValueEx",
            "winreg.SetValue",
            "_winreg.SetValueEx",
            "urllib.request.urlretrieve",
        ],
    ),
    (
        Caps::DELETE,
        &[
            "os.remove",
            "os.unlink",
            "os.rmdir",
            "os.removedirs",
            "shutil.rmtree",
            "pathlib.Path().unlink",
            "pathlib.Path().rmdir",
        ],
    ),
    (
        Caps::WALK,
        &[
            "os.walk",
            "os.scandir",
            "os.listdir",
            "glob.glob",
            "glob.iglob",
            "pathlib.Path().rglob",
            "pathlib.Path().glob",
            "pathlib.Path().iterdir",
        ],
    ),
    (
        Caps::NATIVE,
        &[
            "ctypes.CDLL",
            "ctypes.WinDLL",
            "ctypes.PyDLL",
            "ctypes.cdll.LoadLibrary",
            "ctypes.windll.kernel32.VirtualAlloc",
            "ctypes.windll.kernel32.RtlMoveMemory",
            "cffi.FFI().dlopen",
        ],
    ),
    (
        Caps::IMPORT,
        &[
            "__import__",
            "importlib.import_module",
            "importlib.util.spec_from_file_location",
            "importlib.machinery.SourceFileLoader",
        ],
    ),
    (
        Caps::NETWORK,
        &[
            "urllib.request.urlopen",
            "urllib.request.urlretrieve",
            "urllib.request.Request",
            "urllib.urlopen",
            "urllib.urlretrieve",
            "urllib2.urlopen",
            "urllib.request.build_opener().open",
            "urllib3.PoolManager().request",
            "urllib3.request",
            "http.client.HTTPConnection().request",
            "http.client.HTTPSConnection().request",
            "http.client.HTTPSConnection",
            "http.client.HTTPConnection",
            "socket.create_connection",
            "socket.socket().connect",
            "socket.socket().connect_ex",
            "socket.socket().send",
            "socket.socket().sendall",
            "socket.socket().sendto",
            "socket.socket().recv",
            "socket.socket().recvfrom",
            "socket.create_connection().recv",
            "socket.gethostbyname",
            "socket.getaddrinfo",
            "socket.gethostbyname_ex",
            "smtplib.SMTP",
            "smtplib.SMTP_SSL",
            "ftplib.FTP",
            "telnetlib.Telnet",
            "dns.resolver.resolve",
            "dns.resolver.query",
            "asyncio.open_connection",
            "websocket.create_connection",
            "websockets.connect",
            "paramiko.SSHClient().connect",
            "wget.download",
            "pycurl.Curl().perform",
            "xmlrpc.client.ServerProxy",
            "discord.Webhook.from_url",
            "dhooks.Webhook",
            "discord_webhook.DiscordWebhook",
        ],
    ),
];

static TABLE: LazyLock<HashMap<&str, Caps>> = LazyLock::new(|| {
    let mut table: HashMap<&str, Caps> = HashMap::new();
    for (caps, names) in EXACT {
        for name in *names {
            *table.entry(name).or_default() |= *caps;
        }
    }
    table
});

/// Modules whose verbs are requests: `requests.post`, `requests.Session().get`.
const CLIENTS: [&str; 6] = ["requests", "httpx", "aiohttp", "grequests", "niquests", "curl_cffi.requests"];
const VERBS: [&str; 11] =
    ["get", "post", "put", "patch", "delete", "head", "request", "stream", "send", "urlopen", "options"];
const EXECS: [&str; 2] = ["os.exec", "os.spawn"];

/// What a call of this name does, and where its result comes from.
pub(crate) fn of_call(name: &str) -> Caps {
    let name = name.strip_prefix("builtins.").unwrap_or(name);
    let mut found = TABLE.get(name).copied().unwrap_or_default();
    if EXECS.iter().any(|prefix| name.starts_with(prefix)) {
        found |= Caps::SPAWN;
    }
    if let Some((rest, verb)) = name.rsplit_once('.')
        && VERBS.contains(&verb)
        && CLIENTS.iter().any(|client| is_client(rest, client))
    {
        found |= Caps::NETWORK;
    }
    if found.has(Caps::NETWORK) {
        found |= Caps::FETCHED;
    }
    if matches!(name, "os.getenv" | "os.environ.get" | "os.environ.pop" | "os.getenvb") {
        found |= Caps::ENVIRONMENT;
    }
    found
}

/// Whether a class or function is one of those modules: `httpx.Client`.
pub(crate) fn is_of_client(name: &str) -> bool {
    CLIENTS.iter().any(|client| name.strip_prefix(client).is_some_and(|rest| rest.starts_with('.')))
}

/// `requests`, `requests.Session()`, `requests.sessions.Session()`, but not `requests.exceptions.X`.
fn is_client(name: &str, client: &str) -> bool {
    name.strip_prefix(client).is_some_and(|rest| {
        rest.is_empty() || (rest.starts_with('.') && rest.ends_with("()")) || rest == ".api"
    })
}

/// Calls whose result is their argument in another form, so that where it came from still holds.
pub(crate) fn passes_on(name: &str) -> bool {
    let name = name.strip_prefix("builtins.").unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or(name);
    matches!(
        last,
        "encode"
            | "decode"
            | "items"
            | "values"
            | "copy"
            | "join"
            | "format"
            | "replace"
            | "strip"
            | "read"
            | "readlines"
            | "readline"
            | "read_text"
            | "read_bytes"
            | "hex"
            | "split"
            | "splitlines"
            | "getvalue"
            | "json"
            | "dumps"
            | "upper"
            | "lower"
            | "expanduser"
            | "getbuffer"
            | "append"
            | "b64encode"
            | "urlencode"
            | "quote"
            | "compress"
            | "encrypt"
            | "hexlify"
    ) || matches!(
        name,
        "re.findall"
            | "re.finditer"
            | "re.search"
            | "re.match"
            | "re.sub"
            | "re.split"
            | "str"
            | "bytes"
            | "bytearray"
            | "dict"
            | "list"
            | "tuple"
            | "set"
            | "repr"
            | "sorted"
            | "reversed"
            | "map"
            | "filter"
            | "zip"
            | "enumerate"
            | "open"
            | "memoryview"
            | "iter"
    ) || name.starts_with("pathlib.Path")
        || name.starts_with("os.path.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_names_do() {
        for (name, expected) in [
            ("builtins.exec", Caps::RUN),
            ("os.execvp", Caps::SPAWN),
            ("subprocess.run", Caps::SPAWN),
            ("requests.post", Caps::NETWORK | Caps::FETCHED),
            ("requests.Session().get", Caps::NETWORK | Caps::FETCHED),
            ("requests.exceptions.Timeout.get", Caps::NONE),
            ("os.environ.get", Caps::ENVIRONMENT),
            ("re.compile", Caps::NONE),
            ("platform.system", Caps::NONE),
        ] {
            assert_eq!(of_call(name), expected, "{name}");
        }
    }
}
