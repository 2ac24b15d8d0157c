//! Names of modules under which the same thing is known.

use std::rc::Rc;

/// The name that the tables of capabilities use.
pub(super) fn canonical(name: &str) -> Rc<str> {
    const SAME: [(&str, &str); 12] = [
        ("posix.", "os."),
        ("nt.", "os."),
        ("_io.", "io."),
        ("posixpath.", "os.path."),
        ("ntpath.", "os.path."),
        ("six.moves.", ""),
        ("__builtin__.", "builtins."),
        ("_socket.", "socket."),
        ("requests.api.", "requests."),
        ("requests.sessions.", "requests."),
        ("pathlib.PosixPath", "pathlib.Path"),
        ("pathlib.WindowsPath", "pathlib.Path"),
    ];
    // Of all the names of a source, few begin like one of those that have another.
    if !matches!(name.as_bytes().first(), Some(b'p' | b'n' | b'_' | b's' | b'r' | b'c' | b'b')) {
        return name.into();
    }
    for (other, usual) in SAME {
        if let Some(rest) = name.strip_prefix(other) {
            return format!("{usual}{rest}").into();
        }
    }
    match name {
        "posix" | "nt" => "os".into(),
        "__builtin__" | "__builtins__" | "builtins.__builtins__" | "builtins.__loader__" => "builtins".into(),
        "cPickle" | "_pickle" => "pickle".into(),
        _ => name.into(),
    }
}

/// What stands behind a key of a dictionary of names: `vars(os)["system"]`, `sys.modules["os"]`.
pub(super) fn item(container: &str, key: &str) -> Option<Rc<str>> {
    if container == "sys.modules" {
        return Some(canonical(key));
    }
    if matches!(container, "builtins.globals()" | "builtins.locals()" | "builtins.vars()") {
        return Some(if key == "__builtins__" {
            "builtins".into()
        } else {
            format!("builtins.{key}").into()
        });
    }
    if container == "builtins" {
        return Some(format!("builtins.{key}").into());
    }
    let module = container.strip_suffix(".__dict__")?;
    Some(canonical(&format!("{module}.{key}")))
}
