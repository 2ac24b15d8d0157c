use super::Trials;
use super::components::partition;
use super::exact::Frontier;
use super::greedy::greedy;
use crate::bits::Bits;
use crate::oracle::Oracle;
use crate::rules::SearchLimits;

/// What the search came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) accepted: Bits,
    /// No larger acceptable set exists.
    pub(crate) exact: bool,
}

/// The largest acceptable subset of `valid`.
///
/// Items are in one component when they touch a common root or need one another. Components can be solved
/// apart, and that loses nothing: the fate of a root depends only on which of the items that touch it are in,
/// and those all lie in one component; so a union of parts of components is acceptable if and only if each part
/// is, and the largest union is the union of the largest parts. For the same reason one call can try the
/// candidates of all open components at once.
///
/// Within a component the oracle judges the best set that nothing known speaks against. Each call that fails
/// rules out at least that set, and every set that is the same to the roots it broke; the first that does not
/// fail is the best there is, since all that is better was ruled out.
pub(crate) fn search<O: Oracle>(trials: &mut Trials<'_, O>, valid: &Bits, limits: &SearchLimits) -> Found {
    loop {
        let trusted = trials.trusted();
        let found = attempt(trials, valid, limits);
        if trials.trusted() == trusted {
            // The whole of it, in one piece, whatever `touches` said.
            let acceptable = trials.run(&found.accepted).acceptable();
            if trials.trusted() == trusted && acceptable {
                return found;
            }
            if !trusted {
                // An oracle that contradicts itself: nothing moves.
                return Found { accepted: Bits::empty(trials.relations().length), exact: false };
            }
        }
    }
}

fn attempt<O: Oracle>(trials: &mut Trials<'_, O>, valid: &Bits, limits: &SearchLimits) -> Found {
    let relations = trials.relations();
    let length = relations.length;
    let trusted = trials.trusted();
    let ties = trials.class_masks().map(|mask| mask.and(valid)).chain(relations.ties(valid));
    let mut open: Vec<Frontier> = partition(valid, length, ties).into_iter().map(Frontier::new).collect();
    let mut hard: Vec<Bits> = Vec::new();
    let mut accepted = Bits::empty(length);
    let begun = trials.calls();
    while !open.is_empty() {
        let mut asked = Bits::empty(length);
        let mut still_open = Vec::new();
        for mut frontier in open {
            match frontier.best(trials, limits.exact_sets) {
                None => hard.push(frontier.members),
                Some(candidate) if trials.known(&candidate) == Some(true) => {
                    accepted = accepted.or(&candidate);
                }
                Some(candidate) => {
                    asked = asked.or(&candidate);
                    still_open.push(frontier);
                }
            }
        }
        open = still_open;
        if open.is_empty() {
            break;
        }
        // A call that was made before teaches nothing new: without this an oracle that contradicts itself could
        // keep the search going for ever.
        if trials.calls() - begun >= limits.exact_calls || trials.was_tried(&asked) {
            hard.extend(open.into_iter().map(|frontier| frontier.members));
            break;
        }
        trials.run(&asked);
        if trials.trusted() != trusted {
            break;
        }
    }
    let exact = hard.is_empty();
    let mut budget = limits.greedy_calls;
    hard.sort_by_key(Bits::first);
    for members in hard {
        accepted = accepted.or(&greedy(trials, &members, &mut budget));
    }
    Found { accepted, exact }
}
