use crate::bits::Bits;

/// The finest partition of `universe` in which no set of `ties` is spread over two parts, in the order of their
/// first members.
pub(crate) fn partition(universe: &Bits, length: usize, ties: impl Iterator<Item = Bits>) -> Vec<Bits> {
    let mut parent: Vec<usize> = (0..length).collect();
    for tie in ties {
        let mut members = tie.iter();
        let Some(first) = members.next() else { continue };
        for other in members {
            let (a, b) = (find(&mut parent, first), find(&mut parent, other));
            // The smaller leads: the first member of a part is its name.
            parent[a.max(b)] = a.min(b);
        }
    }
    let mut parts: Vec<(usize, Bits)> = Vec::new();
    for member in universe.iter() {
        let leader = find(&mut parent, member);
        match parts.iter_mut().find(|(name, _)| *name == leader) {
            Some((_, part)) => part.insert(member),
            None => parts.push((leader, Bits::of(length, [member]))),
        }
    }
    parts.into_iter().map(|(_, part)| part).collect()
}

fn find(parent: &mut [usize], mut at: usize) -> usize {
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}
