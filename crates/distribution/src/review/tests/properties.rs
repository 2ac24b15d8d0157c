//! What holds of any evidence.

use super::*;

const PEOPLE: [(&str, &str); 5] =
    [("alice", "Acme"), ("bob", "Acme"), ("carol", "Other"), ("dave", ""), ("erin", "Vend")];
const VERSIONS: [&str; 4] = ["flask==1.0", "flask==1.1", "flask==1.2", "flask==2.0"];

/// A review that somebody signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Evidence {
    who: usize,
    of: usize,
    base: Option<usize>,
    only: Option<usize>,
    weak: bool,
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let base = prop::option::weighted(0.6, 0..VERSIONS.len());
    let only = prop::option::weighted(0.2, 0..2_usize);
    (0..PEOPLE.len(), 0..VERSIONS.len(), base, only, prop::bool::weighted(0.1)).prop_map(
        |(who, of, base, only, weak)| Evidence { who, of, base: base.filter(|base| *base != of), only, weak },
    )
}

fn tiers() -> impl Strategy<Value = (Tier, RiskClass)> {
    let tier = prop::sample::select(vec![Tier::Leaf, Tier::Shared, Tier::Key]);
    (tier, prop::sample::select(vec![R1, R2, R4]))
}

/// All releases are made by `Vend`, where erin works.
fn distribution(tier: Tier, risk: RiskClass) -> World {
    let mut world = World::new();
    world.maintainers(&PEOPLE);
    world.project("flask", tier);
    for version in VERSIONS {
        world.candidate_by(version, risk, vendor("Vend Ltd."), Vec::new());
    }
    world
}

fn sign(world: &mut World, one: Evidence) {
    let of = VERSIONS[one.of];
    let mut act = match one.base {
        Some(base) => delta(VERSIONS[base], of),
        None => review(of, Verdict::Accept),
    };
    if one.weak {
        act.criteria = vec!["license-ok".to_owned()];
    }
    world.try_review(PEOPLE[one.who].0, act, one.only).expect("a review");
}

fn reviewed(world: &World) -> Vec<BTreeSet<Sha256>> {
    VERSIONS.iter().map(|version| world.status(version).reviewed).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    /// Fewer independent people than needed never suffice, however they sign; and nothing is reviewed without a full
    /// review somewhere.
    #[test]
    fn too_few_people_never_complete((tier, risk) in tiers(), list in prop::collection::vec(evidence(), 0..25)) {
        let mut world = distribution(tier, risk);
        for one in &list {
            sign(&mut world, *one);
        }
        for (index, version) in VERSIONS.iter().enumerate() {
            let status = world.status(version);
            let people: BTreeSet<&str> = list
                .iter()
                .filter(|one| one.of == index && !one.weak && PEOPLE[one.who].0 != "erin")
                .map(|one| PEOPLE[one.who].0)
                .collect();
            let only_acme = people.iter().all(|person| ["alice", "bob"].contains(person));
            if people.len() < status.needed.signatures || (tier == Tier::Key && only_acme) {
                prop_assert!(!status.complete && status.reviewed.is_empty());
            }
            prop_assert_eq!(status.complete, !status.reviewed.is_empty());
            for file in status.files.values() {
                prop_assert!(file.counted.iter().all(|counted| counted.by.person.as_str() != "erin"));
                prop_assert_eq!(
                    file.reviewed,
                    file.counted.len() >= status.needed.signatures && file.organisations >= status.needed.organisations
                );
            }
        }
        if list.iter().all(|one| one.base.is_some() || one.weak) {
            prop_assert!(reviewed(&world).iter().all(BTreeSet::is_empty));
        }
    }

    /// A further signature takes nothing away; and the order of signatures changes nothing.
    #[test]
    fn signatures_only_add(
        (tier, risk) in tiers(),
        (list, shuffled) in prop::collection::vec(evidence(), 0..20)
            .prop_flat_map(|list| (Just(list.clone()), Just(list).prop_shuffle())),
    ) {
        let mut world = distribution(tier, risk);
        let mut before = reviewed(&world);
        for one in &list {
            sign(&mut world, *one);
            let after = reviewed(&world);
            for (before, after) in before.iter().zip(&after) {
                prop_assert!(before.is_subset(after), "{:?}", one);
            }
            before = after;
        }
        let mut other = distribution(tier, risk);
        for one in &shuffled {
            sign(&mut other, *one);
        }
        prop_assert_eq!(before, reviewed(&other));
    }

    /// A violation takes away and never gives; once it is lifted, everything is as it was.
    #[test]
    fn a_violation_only_takes_away(list in prop::collection::vec(evidence(), 0..20), of in 0..VERSIONS.len()) {
        let mut world = distribution(Tier::Leaf, R2);
        for one in &list {
            sign(&mut world, *one);
        }
        let before = reviewed(&world);
        let entry = world.violation("guard-a", VERSIONS[of]);
        let during = reviewed(&world);
        prop_assert!(during[of].is_empty());
        for (before, during) in before.iter().zip(&during) {
            prop_assert!(during.is_subset(before));
        }
        world.approve("guard-a", entry);
        prop_assert_eq!(&reviewed(&world), &during);
        world.approve("guard-b", entry);
        prop_assert_eq!(reviewed(&world), before);
    }

    /// What is suggested helps: when as many people as are missing do it, the release is reviewed.
    #[test]
    fn suggestions_work((tier, risk) in tiers(), list in prop::collection::vec(evidence(), 0..15), of in 0..VERSIONS.len()) {
        let mut world = distribution(tier, risk);
        for one in &list {
            sign(&mut world, *one);
        }
        let this = release(VERSIONS[of]);
        let suggestions = suggest(&world.state, &this, world.now, &|base| Some(base.map_or(100, |_| 10)));
        prop_assert_eq!(suggestions.is_empty(), world.status(VERSIONS[of]).complete);
        for suggestion in suggestions {
            let mut world = distribution(tier, risk);
            for one in &list {
                sign(&mut world, *one);
            }
            let mut act = review(VERSIONS[of], Verdict::Accept);
            if let Some(base) = suggestion.base {
                act.scope = Scope::Delta { base, base_files: suggestion.base_files.into_iter().collect() };
            }
            for (person, _) in &PEOPLE[..4] {
                world.try_review(person, act.clone(), None).expect("a review");
            }
            prop_assert!(world.status(VERSIONS[of]).complete);
        }
    }
}
