//! What the API answers: the one list from which the router and the `OpenAPI` document are made.

use axum::routing::{MethodRouter, get, post};
use packhouse_app::TokenScope;

use super::{
    closure, difference, distribution, facts, imports, ledger, maintainers, plan, projects, queue, releases,
    suites, tokens, transitions,
};
use crate::routes::Context;

/// One method of one path.
pub(super) struct Operation {
    pub(super) method: &'static str,
    /// Below [`super::BASE`].
    pub(super) path: &'static str,
    /// Unique; programs that are made from the document call the operation so.
    pub(super) id: &'static str,
    pub(super) summary: &'static str,
    pub(super) query: &'static [Query],
    pub(super) body: Option<Body>,
    pub(super) status: u16,
    /// A schema of `schemas.json`; with `[]` behind it, a list of such. None: JSON lines as text.
    pub(super) answer: Option<&'static str>,
    pub(super) scope: Option<TokenScope>,
    pub(super) handler: fn() -> MethodRouter<Context>,
}

/// One name of a query.
pub(super) struct Query {
    pub(super) name: &'static str,
    pub(super) about: &'static str,
    pub(super) number: bool,
    pub(super) required: bool,
    pub(super) repeats: bool,
}

/// The body of a request.
pub(super) struct Body {
    pub(super) content_type: &'static str,
    pub(super) schema: &'static str,
}

const fn text(name: &'static str, about: &'static str) -> Query {
    Query { name, about, number: false, required: false, repeats: false }
}

const fn number(name: &'static str, about: &'static str) -> Query {
    Query { number: true, ..text(name, about) }
}

impl Operation {
    const fn get(
        path: &'static str,
        id: &'static str,
        answer: &'static str,
        summary: &'static str,
        handler: fn() -> MethodRouter<Context>,
    ) -> Self {
        let (query, body, scope): (&[Query], _, _) = (&[], None, None);
        Self {
            method: "get",
            path,
            id,
            summary,
            query,
            body,
            status: 200,
            answer: Some(answer),
            scope,
            handler,
        }
    }

    const fn post(
        path: &'static str,
        id: &'static str,
        answer: &'static str,
        summary: &'static str,
        handler: fn() -> MethodRouter<Context>,
    ) -> Self {
        Self { method: "post", ..Self::get(path, id, answer, summary, handler) }
    }

    const fn asks(self, query: &'static [Query]) -> Self {
        Self { query, ..self }
    }

    const fn takes(self, content_type: &'static str, schema: &'static str) -> Self {
        Self { body: Some(Body { content_type, schema }), ..self }
    }

    const fn needs(self, scope: TokenScope) -> Self {
        Self { scope: Some(scope), ..self }
    }

    const fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    const fn in_lines(self) -> Self {
        Self { answer: None, ..self }
    }
}

const FILE: Query = text("file", "A file of the release; without it, the one that says most.");
const BASE_RELEASE: Query = text(
    "base",
    "What to compare with, such as `flask==3.0.0`; without it, what the candidate was compared with.",
);

/// Everything, in the order of the document.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::get("/openapi.json", "openapi", "OpenApi", "This document", || get(distribution::openapi)),
    Operation::get(
        "/distribution",
        "distribution",
        "Distribution",
        "The distribution and its ledger's end",
        || get(distribution::show),
    ),
    Operation::get("/token", "token", "Token", "What the token that was sent may do", || get(tokens::show))
        .needs(TokenScope::Read),
    Operation::get("/ledger", "ledger", "LedgerPage", "Entries of the ledger", || get(ledger::list)).asks(&[
        number("after", "Only entries with higher numbers."),
        number("limit", "At most so many, up to 500; 100 without it."),
    ]),
    Operation::get(
        "/ledger/export",
        "exportLedger",
        "",
        "The ledger byte for byte, one entry a line",
        || get(ledger::export),
    )
    .asks(&[number("after", "Only entries with higher numbers.")])
    .in_lines(),
    Operation::post("/ledger", "submit", "Submitted", "Hand a signed statement in", || post(ledger::submit))
        .takes("application/vnd.dsse.envelope.v1+json", "Envelope")
        .with_status(201),
    Operation::get("/maintainers", "maintainers", "Maintainer[]", "The people", || get(maintainers::list)),
    Operation::get("/maintainers/{id}", "maintainer", "Maintainer", "One person", || get(maintainers::show)),
    Operation::get("/projects", "projects", "Project[]", "Projects under maintenance", || {
        get(projects::list)
    }),
    Operation::get(
        "/projects/{project}",
        "project",
        "ProjectDetail",
        "One project with all that is known",
        || get(projects::show),
    ),
    Operation::get(
        "/projects/{project}/dependents",
        "projectDependents",
        "Dependent[]",
        "What requires it in the suites, and would break if it was given up",
        || get(projects::dependents),
    ),
    Operation::post(
        "/projects/{project}/watch",
        "watch",
        "Queued",
        "Have the upstream looked at now for new releases",
        || post(projects::watch),
    )
    .with_status(202)
    .needs(TokenScope::Watch),
    Operation::get(
        "/releases/{project}/{version}",
        "release",
        "Release",
        "A release that was taken in",
        || get(releases::show),
    ),
    Operation::get(
        "/releases/{project}/{version}/suggestions",
        "suggestions",
        "Suggestion[]",
        "The cheapest reviews that would help it on, cheapest first",
        || get(releases::suggestions),
    ),
    Operation::get(
        "/releases/{project}/{version}/dependents",
        "dependents",
        "Dependent[]",
        "What requires it in the suites, and would break without it",
        || get(releases::dependents),
    )
    .asks(&[text(
        "condition",
        "What becomes of it: deprecated, delisted, yanked, quarantined or condemned; condemned without it.",
    )]),
    Operation::get(
        "/releases/{project}/{version}/difference",
        "difference",
        "Difference",
        "What differs, files in the order in which to read them",
        || get(difference::overview),
    )
    .asks(&[FILE, BASE_RELEASE]),
    Operation::get(
        "/releases/{project}/{version}/difference/text",
        "differenceText",
        "TextDifference",
        "The lines of one changed file",
        || get(difference::text),
    )
    .asks(&[
        Query { required: true, ..text("path", "The file's path in the difference.") },
        FILE,
        BASE_RELEASE,
    ]),
    Operation::get(
        "/exemptions",
        "exemptions",
        "Exemption[]",
        "Releases that are taken without a review until a date, the newest exemptions first",
        || get(releases::exemptions),
    )
    .asks(&[text("project", "Only those of this project.")]),
    Operation::get("/queue", "queue", "QueueItem[]", "Releases that wait for reviews: new ones, and those of suites that lost theirs", || {
        get(queue::queue)
    })
    .asks(&[text("for", "Only those that a review by this maintainer would help on.")]),
    Operation::get("/pending", "pending", "Pending[]", "Acts that wait for a second person", || {
        get(queue::pending)
    }),
    Operation::get(
        "/transitions",
        "transitions",
        "Transition[]",
        "What moves together under a name, and how far it is",
        || get(transitions::list),
    )
    .asks(&[text("suite", "Only those to this suite.")]),
    Operation::get("/imports", "imports", "Peer[]", "The distributions whose reviews are imported", || {
        get(imports::list)
    }),
    Operation::get(
        "/imports/{peer}",
        "import",
        "PeerDetail",
        "One of them, with its people and the reviews that were imported",
        || get(imports::show),
    ),
    Operation::post(
        "/imports/{peer}/fetch",
        "fetchImport",
        "Imported",
        "Read its ledger now, and write down what follows",
        || post(imports::fetch),
    )
    .needs(TokenScope::Import),
    Operation::post(
        "/imports/{peer}/ledger",
        "importLedger",
        "Imported",
        "Hand its ledger in as a file: an export from its first entry on, in parts of whole lines",
        || post(imports::ledger),
    )
    .asks(&[
        number("part", "Which part this is, from 1; 1 without it."),
        number("of", "How many parts there are; 1 without it. With the last, what follows is written down."),
    ])
    .takes("text/plain", "Export")
    .needs(TokenScope::Import),
    Operation::get("/suites", "suites", "Suite[]", "The suites", || get(suites::list)),
    Operation::get("/suites/{suite}", "suite", "SuiteDetail", "One suite with its contents", || {
        get(suites::show)
    }),
    Operation::get(
        "/suites/{suite}/snapshots",
        "snapshots",
        "Snapshot[]",
        "A suite's snapshots, the newest first",
        || get(suites::snapshots),
    )
    .asks(&[
        number("before", "Only those with lower numbers."),
        number("limit", "At most so many, up to 1000; 100 without it."),
    ]),
    Operation::get(
        "/suites/{suite}/snapshots/{serial}",
        "snapshot",
        "SnapshotDetail",
        "One snapshot with all that it held",
        || get(suites::one_snapshot),
    ),
    Operation::get(
        "/suites/{suite}/snapshots/{serial}/rollback",
        "rollback",
        "Rollback",
        "What a rollback to a snapshot would do now, and what would not come back",
        || get(suites::rollback),
    ),
    Operation::get(
        "/suites/{suite}/excuses",
        "excuses",
        "Plan",
        "What a migration would do now, and why not more",
        || get(suites::excuses),
    ),
    Operation::get(
        "/suites/{suite}/held",
        "heldFixes",
        "HeldFix[]",
        "What two people sent through the security lane to it, and what it waits for because it would break",
        || get(suites::held),
    ),
    Operation::post(
        "/suites/{suite}/what-if",
        "whatIf",
        "Plan",
        "The same if some facts were others; changes nothing",
        || post(suites::what_if),
    )
    .takes("application/json", "WhatIf"),
    Operation::post("/suites/{suite}/migrate", "migrate", "Plan", "Migrate now", || post(suites::migrate))
        .needs(TokenScope::Migrate),
    Operation::get(
        "/names",
        "nameWords",
        "NameWord[]",
        "What people said about names that look like others",
        || get(facts::names),
    ),
    Operation::get("/advisories", "advisories", "Advisory[]", "Advisories, the latest first", || {
        get(facts::advisories)
    })
    .asks(&[
        text("project", "Only those of this project; withdrawn ones too."),
        text("malware", "Only those of malware: true."),
        number("after", "Leave out so many from the beginning."),
        number("limit", "At most so many, up to 500; 100 without it."),
    ]),
    Operation::get(
        "/advisory-sources",
        "advisorySources",
        "AdvisoryStatus",
        "What is kept of advisories, and how the sources do",
        || get(facts::sources),
    ),
    Operation::get("/advisories/{id}", "advisory", "AdvisoryDetail", "One advisory", || get(facts::advisory)),
    Operation::get(
        "/advisories/{id}/served",
        "servedByAdvisory",
        "ServedFile[]",
        "The files that it speaks of and that were handed out, and to whom, where that is kept",
        || get(facts::served),
    )
    .needs(TokenScope::Read),
    Operation::get(
        "/closure",
        "closure",
        "Needed[]",
        "The projects that come with these requirements; asks the upstream",
        || get(closure::closure),
    )
    .asks(&[Query {
        required: true,
        repeats: true,
        ..text("requirement", "A requirement (PEP 508), such as `flask>=3`.")
    }]),
    Operation::get("/plan/vetted", "planVetted", "PlanVetted", "What the plan takes for vetted: what suites hold", || {
        get(plan::vetted)
    }),
    Operation::get("/plan/packages", "planPackages", "PlanPackages", "Packages in the order in which to vet them", || {
        get(plan::packages)
    })
    .asks(&[
        text(
            "policy",
            "downloads, dependents/developers, transitive/owners or exposure-fragility; the last without it.",
        ),
        number("limit", "At most so many, up to 10000; 100 without it."),
    ]),
    Operation::get("/plan/curve", "planCurve", "PlanCurve", "How few packages have how much of the downloads", || {
        get(plan::curve)
    })
    .asks(&[number("registry", "How many packages there are in all; those that the data name without it.")]),
    Operation::get("/plan/next", "planNext", "PlanNext", "The best set for some hours of review, and in which order", || {
        get(plan::next)
    })
    .asks(&[
        number("hours", "Hours of review; 800 without it."),
        text("by", "What a package is worth: downloads or priority; downloads without it."),
        number("limit", "At most so many steps of work, up to 200; 40 without it."),
    ]),
    Operation::post(
        "/plan/coverage",
        "planCoverage",
        "PlanCoverage",
        "How much of a lockfile is vetted, proxied or refused, and what to ask for; keeps nothing, asks the upstream",
        || post(plan::coverage),
    )
    .asks(&[
        text("file", "What the file is called, such as `uv.lock`; without it, its content says."),
        text("index", "The index whose rules are asked; the default one without it."),
    ])
    .takes("text/plain", "Lockfile"),
];
