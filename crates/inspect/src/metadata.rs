//! What changed in the metadata of a release.

use std::collections::{BTreeMap, BTreeSet};

use packhouse_pypi::core_metadata::{CoreMetadata, MetadataLimits};
use packhouse_pypi::normalize;
use serde::Serialize;

use crate::entry_points::{self, EntryPoint};
use crate::release::Release;

/// What changed in the metadata: dependencies, then the fields in the order a reviewer needs them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct MetadataDifference {
    /// Why metadata could not be read: `the new metadata: …`. What follows is then empty or of one side alone.
    pub problems: Vec<String>,
    /// Projects whose `Requires-Dist` changed, by name.
    pub requirements: Vec<RequirementChange>,
    /// Entry points that changed, by group and name.
    pub entry_points: Vec<EntryPointChange>,
    /// Other fields that changed; `Version` and the description are not among them.
    pub fields: Vec<FieldChange>,
    /// Whether the description changed.
    pub description: bool,
}

/// What a release requires of one project, before and after, as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequirementChange {
    /// The project, normalised where it is a name.
    pub project: String,
    /// Empty when the dependency is new.
    pub old: Vec<String>,
    /// Empty when it is gone.
    pub new: Vec<String>,
}

impl RequirementChange {
    /// Whether users get a project that they did not get before: it is new, or was only in an extra until now, or comes
    /// from a URL.
    pub fn is_new(&self) -> bool {
        let parts = |text: &String| {
            let (requirement, marker) = text.split_once(';').unwrap_or((text, ""));
            (requirement.contains('@'), marker.contains("extra"))
        };
        let always = |list: &[String]| list.iter().any(|text| !parts(text).1);
        let by_url = |list: &[String]| list.iter().any(|text| parts(text).0);
        !self.new.is_empty()
            && (self.old.is_empty()
                || always(&self.new) && !always(&self.old)
                || by_url(&self.new) && self.new != self.old)
    }
}

/// An entry point before and after.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EntryPointChange {
    /// `None` when it is new.
    pub old: Option<EntryPoint>,
    /// `None` when it is gone.
    pub new: Option<EntryPoint>,
}

/// A field's values that are gone and that are new.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldChange {
    /// As core metadata spells it.
    pub field: String,
    /// Values of the old release alone.
    pub removed: Vec<String>,
    /// Values of the new release alone.
    pub added: Vec<String>,
}

/// Fields in the order they are shown; others follow.
const ORDER: [&str; 16] = [
    "Requires-Python",
    "Requires-External",
    "License-Expression",
    "License",
    "License-File",
    "Author",
    "Author-email",
    "Maintainer",
    "Maintainer-email",
    "Home-page",
    "Download-URL",
    "Project-URL",
    "Provides-Extra",
    "Dynamic",
    "Classifier",
    "Summary",
];

/// Fields that have a place of their own, or change with each release.
const ELSEWHERE: [&str; 6] =
    ["Name", "Version", "Metadata-Version", "Requires-Dist", "Description", "Description-Content-Type"];

const MISSING: &str = "no METADATA or PKG-INFO";

/// `old` and `new` are the comparable paths of the two releases.
pub(crate) fn compare(
    old: (&Release, &BTreeMap<String, &str>),
    new: (&Release, &BTreeMap<String, &str>),
) -> MetadataDifference {
    let mut difference = MetadataDifference::default();
    let before = read("old", old, &mut difference.problems);
    let after = read("new", new, &mut difference.problems);
    // Trees out of a repository have none on either side.
    if difference.problems.iter().filter(|problem| problem.ends_with(MISSING)).count() == 2 {
        difference.problems.clear();
    }
    difference.requirements = requirements(before.as_ref(), after.as_ref());
    difference.fields = fields(before.as_ref(), after.as_ref());
    let description = |metadata: &Option<CoreMetadata>| metadata.as_ref().map(|m| m.description.clone());
    difference.description = description(&before) != description(&after);
    difference.entry_points = entry_point_changes(&entry_points_of(old), &entry_points_of(new));
    difference
}

fn read(
    which: &str,
    (release, paths): (&Release, &BTreeMap<String, &str>),
    problems: &mut Vec<String>,
) -> Option<CoreMetadata> {
    if release.tree.files.is_empty() {
        return None;
    }
    let in_wheel = |path: &str| path.ends_with(".dist-info/METADATA") && path.matches('/').count() == 1;
    let mut found = paths.iter().filter(|(key, _)| in_wheel(key) || *key == "PKG-INFO");
    let Some((key, path)) = found.next() else {
        problems.push(format!("the {which} release has {MISSING}"));
        return None;
    };
    if let Some((other, _)) = found.next() {
        problems.push(format!("the {which} release has both {key:?} and {other:?}"));
    }
    let Some(content) = release.content(path) else {
        problems.push(format!("the {which} metadata is no text, or too large"));
        return None;
    };
    let parsed = CoreMetadata::parse(content, &MetadataLimits::default());
    parsed.map_err(|error| problems.push(format!("the {which} metadata: {error}"))).ok()
}

fn requirements(old: Option<&CoreMetadata>, new: Option<&CoreMetadata>) -> Vec<RequirementChange> {
    let by_project = |metadata: Option<&CoreMetadata>| {
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for text in metadata.into_iter().flat_map(CoreMetadata::requires_dist) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            found.entry(project_of(&text)).or_default().insert(text);
        }
        found
    };
    let (old, new) = (by_project(old), by_project(new));
    let projects: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    let list = |side: &BTreeMap<String, BTreeSet<String>>, project: &String| {
        side.get(project).into_iter().flatten().cloned().collect()
    };
    projects
        .into_iter()
        .filter(|project| spelled_alike(old.get(*project)) != spelled_alike(new.get(*project)))
        .map(|project| RequirementChange {
            project: project.clone(),
            old: list(&old, project),
            new: list(&new, project),
        })
        .collect()
}

/// Requirements in one spelling: build back ends differ in blanks, brackets, quotes and the order of versions.
fn spelled_alike(requirements: Option<&BTreeSet<String>>) -> BTreeSet<String> {
    let one = |text: &String| {
        let bare = |text: &str| text.replace(char::is_whitespace, "").replace('\'', "\"");
        let (requirement, marker) = text.split_once(';').unwrap_or((text, ""));
        let requirement = bare(requirement);
        if requirement.contains('@') {
            return format!("{requirement};{}", bare(marker));
        }
        let requirement = requirement.replace(['(', ')'], "");
        let at = requirement.find(['<', '>', '=', '!', '~']).unwrap_or(requirement.len());
        let (project, versions) = requirement.split_at(at);
        let extras = project.find('[').map_or("", |at| &project[at..]);
        let mut versions: Vec<&str> = versions.split(',').collect();
        versions.sort_unstable();
        format!("{}{extras}{};{}", project_of(project), versions.join(","), bare(marker))
    };
    requirements.into_iter().flatten().map(one).collect()
}

/// The name that a requirement begins with (PEP 508).
pub(crate) fn project_of(requirement: &str) -> String {
    let end = requirement.find(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_' | '.'));
    let name = &requirement[..end.unwrap_or(requirement.len())];
    normalize(name).map_or_else(|_| name.to_owned(), |name| name.as_str().to_owned())
}

fn fields(old: Option<&CoreMetadata>, new: Option<&CoreMetadata>) -> Vec<FieldChange> {
    type Values<'a> = BTreeMap<String, BTreeSet<&'a str>>;
    fn values(metadata: Option<&CoreMetadata>) -> Values<'_> {
        let mut found = Values::new();
        for (name, value) in metadata.into_iter().flat_map(|metadata| &metadata.headers) {
            if !ELSEWHERE.iter().any(|field| field.eq_ignore_ascii_case(name)) {
                let known = ORDER.iter().find(|field| field.eq_ignore_ascii_case(name));
                let name = known.map_or_else(|| name.to_ascii_lowercase(), ToString::to_string);
                found.entry(name).or_default().insert(value);
            }
        }
        found
    }
    let (old, new) = (values(old), values(new));
    let none = BTreeSet::new();
    let mut fields: Vec<&String> =
        old.keys().chain(new.keys()).collect::<BTreeSet<_>>().into_iter().collect();
    fields.sort_by_key(|field| ORDER.iter().position(|known| known == field).unwrap_or(ORDER.len()));
    fields
        .into_iter()
        .filter_map(|field| {
            let (old, new) = (old.get(field).unwrap_or(&none), new.get(field).unwrap_or(&none));
            let only = |one: &BTreeSet<&str>, other| one.difference(other).map(ToString::to_string).collect();
            let change = FieldChange { field: field.clone(), removed: only(old, new), added: only(new, old) };
            (old != new).then_some(change)
        })
        .collect()
}

type EntryPoints = BTreeMap<(String, String), String>;

/// From a wheel's `dist-info`, or an sdist's `egg-info`.
fn entry_points_of((release, paths): (&Release, &BTreeMap<String, &str>)) -> EntryPoints {
    let is_list = |key: &str| {
        (key.ends_with(".dist-info/entry_points.txt") && key.matches('/').count() == 1)
            || key.ends_with(".egg-info/entry_points.txt")
    };
    let found = paths.iter().filter(|(key, _)| is_list(key));
    found.filter_map(|(_, path)| release.content(path)).flat_map(entry_points::parse).collect()
}

fn entry_point_changes(old: &EntryPoints, new: &EntryPoints) -> Vec<EntryPointChange> {
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    let point = |side: &EntryPoints, key: &(String, String)| {
        let (group, name) = key.clone();
        side.get(key).map(|value| EntryPoint { group, name, value: value.clone() })
    };
    keys.into_iter()
        .filter(|key| old.get(*key) != new.get(*key))
        .map(|key| EntryPointChange { old: point(old, key), new: point(new, key) })
        .collect()
}
