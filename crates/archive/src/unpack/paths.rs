//! Which paths are taken, and whether two of them are one place.

use std::collections::HashMap;

use unicode_normalization::UnicodeNormalization as _;

use super::{EntryKind, UnpackError, UnpackLimits};
use crate::error::shown;

/// The longest name of a file on the file systems in use.
const LONGEST_COMPONENT: usize = 255;

/// Brings a path into the form of [`Entry::path`](super::Entry::path). `None` is the archive's own folder (`./`).
pub(super) fn check(path: &[u8], limits: &UnpackLimits) -> Result<Option<String>, UnpackError> {
    let refuse = |problem| Err(UnpackError::Path { path: shown(path), problem });
    if path.len() > limits.path {
        return refuse("it is too long");
    }
    let Ok(text) = std::str::from_utf8(path) else { return refuse("it is not UTF-8") };
    // C programs cut a name at NUL: `a.py\0.txt` is `a.py` to them.
    if text.contains('\0') {
        return refuse("it has a NUL character");
    }
    // A separator on Windows, an ordinary character elsewhere.
    if text.contains('\\') {
        return refuse("it has a backslash");
    }
    if text.starts_with('/') {
        return refuse("it is absolute");
    }
    let mut start = text.chars();
    // `C:x` leaves the folder on Windows.
    if start.next().is_some_and(|c| c.is_ascii_alphabetic()) && start.next() == Some(':') {
        return refuse("it begins with a drive letter");
    }
    // Line feeds split the rows of RECORD, escape sequences rewrite terminals.
    if text.chars().any(char::is_control) {
        return refuse("it has a control character");
    }
    // Right-to-left marks show `exe.txt` for `txt.exe`; HFS+ ignores others when it compares names.
    if text.chars().any(is_invisible) {
        return refuse("it has an invisible character");
    }
    let mut clean = String::with_capacity(text.len());
    for component in text.split('/').filter(|component| !matches!(*component, "" | ".")) {
        if component == ".." {
            return refuse("it leads upwards");
        }
        if component.len() > LONGEST_COMPONENT {
            return refuse("one of its parts is too long");
        }
        if !clean.is_empty() {
            clean.push('/');
        }
        clean.push_str(component);
    }
    Ok((!clean.is_empty()).then_some(clean))
}

fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The target of a symbolic link. It may not be absolute or climb above the archive (PEP 721, filter `data`).
pub(super) fn check_link<'a>(path: &str, target: &'a [u8]) -> Result<&'a str, UnpackError> {
    let refuse = || UnpackError::Link { path: shown(path.as_bytes()), target: shown(target) };
    let text = std::str::from_utf8(target).map_err(|_| refuse())?;
    let hidden = |c: char| c == '\\' || c.is_control() || is_invisible(c);
    if text.is_empty() || text.starts_with('/') || text.contains(hidden) || text.get(1..2) == Some(":") {
        return Err(refuse());
    }
    let mut depth = path.matches('/').count();
    for component in text.split('/') {
        match component {
            "" | "." => {}
            ".." => depth = depth.checked_sub(1).ok_or_else(refuse)?,
            _ => depth += 1,
        }
    }
    Ok(text)
}

/// A text that is equal for names which some file system takes for the same: without regard to case and Unicode form
/// (macOS), and to dots and blanks at the end (Windows).
fn key(component: &str) -> String {
    let component = component.trim_end_matches(['.', ' ']);
    if component.is_ascii() {
        return component.to_ascii_lowercase();
    }
    component.nfd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).nfd().collect()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    File,
    Link,
    Folder,
}

#[derive(Debug)]
struct Node {
    parent: u32,
    /// As it was spelled first.
    name: Box<str>,
    place: Place,
}

/// The root's index.
const ROOT: u32 = 0;

/// All places named so far, as a tree, so that memory grows with the bytes of the paths and no faster.
#[derive(Debug)]
pub(super) struct Paths {
    nodes: Vec<Node>,
    children: HashMap<(u32, Box<str>), u32>,
    limit: u64,
}

impl Paths {
    pub(super) fn new(limits: &UnpackLimits) -> Self {
        let root = Node { parent: ROOT, name: "".into(), place: Place::Folder };
        let limit = limits.entries.saturating_mul(2).min(u32::MAX.into());
        Self { nodes: vec![root], children: HashMap::new(), limit }
    }

    /// Enters a path of the form that [`check`] gives.
    pub(super) fn add(&mut self, path: &str, kind: &EntryKind<'_>) -> Result<(), UnpackError> {
        let place = match kind {
            EntryKind::File | EntryKind::Hardlink { .. } => Place::File,
            EntryKind::Symlink { .. } => Place::Link,
            EntryKind::Directory => Place::Folder,
        };
        let (parents, name) = path.rsplit_once('/').unwrap_or(("", path));
        let mut parent = ROOT;
        for component in parents.split('/').filter(|component| !component.is_empty()) {
            let (node, _) = self.child(parent, component, Place::Folder)?;
            if self.nodes[node as usize].place != Place::Folder {
                let parent = shown(self.spelled(node).as_bytes());
                return Err(UnpackError::Beneath { path: shown(path.as_bytes()), parent });
            }
            parent = node;
        }
        let (node, fresh) = self.child(parent, name, place)?;
        // A folder may be named twice, and after what lies in it.
        let again = place == Place::Folder && self.nodes[node as usize].place == Place::Folder;
        if fresh || again {
            return Ok(());
        }
        let first = shown(self.spelled(node).as_bytes());
        Err(UnpackError::Duplicate { first, second: shown(path.as_bytes()) })
    }

    /// Whether this very path is a file.
    pub(super) fn has_file(&self, path: &str) -> bool {
        let mut node = ROOT;
        for component in path.split('/') {
            match self.children.get(&(node, key(component).into_boxed_str())) {
                Some(child) if *self.nodes[*child as usize].name == *component => node = *child,
                _ => return false,
            }
        }
        self.nodes[node as usize].place == Place::File
    }

    /// The place beneath `parent`, and whether it is new.
    fn child(&mut self, parent: u32, name: &str, place: Place) -> Result<(u32, bool), UnpackError> {
        let key = (parent, key(name).into_boxed_str());
        if let Some(node) = self.children.get(&key) {
            return Ok((*node, false));
        }
        if self.nodes.len() as u64 > self.limit {
            return Err(UnpackError::TooManyFolders { limit: self.limit });
        }
        let node = self.nodes.len() as u32;
        self.nodes.push(Node { parent, name: name.into(), place });
        self.children.insert(key, node);
        Ok((node, true))
    }

    fn spelled(&self, node: u32) -> String {
        let mut components = Vec::new();
        let mut at = node;
        while at != ROOT {
            let Node { parent, name, .. } = &self.nodes[at as usize];
            components.push(&**name);
            at = *parent;
        }
        components.reverse();
        components.join("/")
    }
}
