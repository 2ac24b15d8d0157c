//! The largest flow through a network, by Dinic's algorithm (1970), on integers: exact.

/// A network of arcs with capacities.
pub(crate) struct Network {
    /// Arcs in pairs: an arc and, beside it, its reverse.
    head: Vec<u32>,
    room: Vec<u64>,
    /// The arcs of each node, as lists through `next`.
    first: Vec<u32>,
    next: Vec<u32>,
}

const NONE: u32 = u32::MAX;
/// More than any sum of real capacities; see `cut`.
pub(crate) const UNBOUNDED: u64 = u64::MAX / 4;

impl Network {
    pub(crate) fn new(nodes: usize) -> Self {
        Self { head: Vec::new(), room: Vec::new(), first: vec![NONE; nodes], next: Vec::new() }
    }

    pub(crate) fn arc(&mut self, from: u32, to: u32, capacity: u64) {
        for (from, to, capacity) in [(from, to, capacity), (to, from, 0)] {
            self.next.push(self.first[from as usize]);
            self.first[from as usize] = self.head.len() as u32;
            self.head.push(to);
            self.room.push(capacity);
        }
    }

    /// Sends as much as fits from one node to another, and returns how much that is.
    pub(crate) fn push(&mut self, source: u32, sink: u32) -> u64 {
        let mut total = 0;
        let mut path = Vec::new();
        while let Some(level) = self.levels(source, sink) {
            let mut arc = self.first.clone();
            loop {
                let sent = self.augment(source, sink, &level, &mut arc, &mut path);
                if sent == 0 {
                    break;
                }
                total += sent;
            }
        }
        total
    }

    /// Which nodes can still be reached from one: after [`Network::push`] from it, its side of the least cut.
    pub(crate) fn reached(&self, source: u32) -> Vec<bool> {
        let mut reached = vec![false; self.first.len()];
        reached[source as usize] = true;
        let mut open = vec![source];
        while let Some(node) = open.pop() {
            self.each_arc(node, |to, room| {
                if room > 0 && !std::mem::replace(&mut reached[to as usize], true) {
                    open.push(to);
                }
            });
        }
        reached
    }

    fn each_arc(&self, node: u32, mut look: impl FnMut(u32, u64)) {
        let mut arc = self.first[node as usize];
        while arc != NONE {
            look(self.head[arc as usize], self.room[arc as usize]);
            arc = self.next[arc as usize];
        }
    }

    fn levels(&self, source: u32, sink: u32) -> Option<Vec<u32>> {
        let mut level = vec![NONE; self.first.len()];
        level[source as usize] = 0;
        let mut queue = vec![source];
        let mut at = 0;
        while at < queue.len() && level[sink as usize] == NONE {
            let node = queue[at];
            at += 1;
            let deeper = level[node as usize] + 1;
            self.each_arc(node, |to, room| {
                if room > 0 && level[to as usize] == NONE {
                    level[to as usize] = deeper;
                    queue.push(to);
                }
            });
        }
        (level[sink as usize] != NONE).then_some(level)
    }

    /// Sends along one path of the levels, and returns how much; nothing when there is none left.
    fn augment(
        &mut self,
        source: u32,
        sink: u32,
        level: &[u32],
        arc: &mut [u32],
        path: &mut Vec<u32>,
    ) -> u64 {
        path.clear();
        let mut node = source;
        while node != sink {
            let at = arc[node as usize];
            if at == NONE {
                // A dead end: the arc that led here is of no more use.
                let Some(back) = path.pop() else { return 0 };
                node = self.head[(back ^ 1) as usize];
                arc[node as usize] = self.next[back as usize];
            } else if self.room[at as usize] > 0
                && level[self.head[at as usize] as usize] == level[node as usize] + 1
            {
                path.push(at);
                node = self.head[at as usize];
            } else {
                arc[node as usize] = self.next[at as usize];
            }
        }
        let sent = path.iter().map(|at| self.room[*at as usize]).min().unwrap_or(0);
        for at in path.iter() {
            self.room[*at as usize] -= sent;
            self.room[(*at ^ 1) as usize] += sent;
        }
        sent
    }
}
