use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::fault::{Fault, Plan, matches};
use super::project::{File, Project, Upload};
use super::seen::Seen;
use super::settings::Settings;
use crate::build::normalize;
use crate::watched::Watched;

/// What the upstream holds and how it behaves just now.
#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) projects: BTreeMap<String, Project>,
    pub(super) settings: Settings,
    pub(super) serial: u64,
    /// The newest rule that matches and strikes wins.
    pub(super) faults: Vec<(String, Plan)>,
    pub(super) gates: Vec<(String, Arc<Gate>)>,
}

impl State {
    /// Counts a request against every rule; the fault that strikes.
    pub(super) fn strike(&mut self, path: &str) -> Option<Fault> {
        let mut matching = self.faults.iter_mut().rev().filter(|(pattern, _)| matches(pattern, path));
        matching.find_map(|(_, plan)| plan.strike())
    }

    pub(super) fn publish(&mut self, upload: Upload) {
        let project = self.changed(&upload.project);
        project.files.retain(|file| file.filename != upload.file.filename);
        project.files.push(upload.file);
    }

    /// The project, made if it is new, with a new serial and no recorded pages any more.
    pub(super) fn changed(&mut self, name: &str) -> &mut Project {
        self.serial += 1;
        let project = self.projects.entry(normalize(name)).or_insert_with(|| Project::named(name));
        project.serial = self.serial;
        project.recorded = None;
        project
    }

    /// The project and the file of this name; panics when there is none.
    pub(super) fn changed_file(&mut self, filename: &str) -> &mut File {
        let name = self.find(filename).map(|(project, _)| project.name.clone());
        let name = name.unwrap_or_else(|| panic!("the fake upstream has no file {filename:?}"));
        let files = &mut self.changed(&name).files;
        files.iter_mut().find(|file| file.filename == filename).expect("found above")
    }

    pub(super) fn find(&self, filename: &str) -> Option<(&Project, &File)> {
        let files = |project| -> Option<(&Project, &File)> {
            let project: &Project = project;
            project.files.iter().find(|file| file.filename == filename).map(|file| (project, file))
        };
        self.projects.values().find_map(files)
    }
}

/// Holds requests back until it is opened.
#[derive(Debug, Default)]
pub(super) struct Gate {
    pub(super) inside: Watched<GateState>,
}

#[derive(Debug, Default)]
pub(super) struct GateState {
    pub(super) open: bool,
    pub(super) waiting: usize,
}

/// What the handle and the server's thread share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) address: SocketAddr,
    pub(super) seen: Watched<Vec<Seen>>,
    state: Mutex<State>,
}

impl Shared {
    pub(super) fn new(address: SocketAddr) -> Self {
        Self { address, seen: Watched::default(), state: Mutex::default() }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn base(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Waits at every gate on the way of this path.
    pub(super) async fn pass_gates(&self, path: &str) {
        let gates: Vec<Arc<Gate>> = {
            let state = self.state();
            let on_the_way = state.gates.iter().filter(|(pattern, _)| matches(pattern, path));
            on_the_way.map(|(_, gate)| Arc::clone(gate)).collect()
        };
        for gate in gates {
            gate.inside.change(|gate| gate.waiting += 1);
            let _leave = Leave(&gate);
            gate.inside.until(|gate| gate.open).await;
        }
    }
}

/// Counts a request out of the gate, also when its connection is dropped there.
struct Leave<'a>(&'a Gate);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.inside.change(|gate| gate.waiting -= 1);
    }
}
