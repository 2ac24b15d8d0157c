use packhouse_inspect::{Change, ContentKind, Place};
use packhouse_model::{RiskClass, Timestamp};

use super::super::Site;

/// The tone of a risk class: a class name of the style sheet.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hold references")]
pub(crate) fn risk_tone(class: &RiskClass) -> &'static str {
    match class {
        RiskClass::R0 | RiskClass::R1 | RiskClass::R2 => "plain",
        RiskClass::R3 => "wait",
        RiskClass::R4 => "no",
    }
}

/// What a file is, for people.
pub(crate) fn kind_word(kind: ContentKind) -> &'static str {
    match kind {
        ContentKind::Metadata => "metadata",
        ContentKind::Pth => "runs at start",
        ContentKind::BuildScript => "build script",
        ContentKind::NativeBinary => "native code",
        ContentKind::Binary => "no text",
        ContentKind::Python => "Python",
        ContentKind::Text => "text",
        ContentKind::Test => "test",
        ContentKind::License => "licence",
        ContentKind::Doc => "documentation",
    }
}

/// How a file changed, for people.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hold references")]
pub(crate) fn change_word(change: &Change) -> String {
    match change {
        Change::Added => "new".to_owned(),
        Change::Removed => "gone".to_owned(),
        Change::Changed => "changed".to_owned(),
        Change::Renamed { similarity: 100 } => "moved".to_owned(),
        Change::Renamed { similarity } => format!("moved, {similarity} % the same"),
    }
}

/// The file and the line of a place, if it is one in a file.
pub(crate) fn place_file(place: &Place) -> Option<(&str, Option<usize>)> {
    match place {
        Place::File { path, line } => Some((path, *line)),
        Place::Release | Place::Metadata { .. } => None,
    }
}

impl Site {
    /// How long it is until `then`, or how long that is past: `due in 2d`, `overdue since 3h`. The word tells, not a colour.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hold references")]
    pub(crate) fn due(&self, then: &Timestamp) -> String {
        if *then < self.now {
            format!("overdue since {}", packhouse_model::humanize(self.now.since(*then)))
        } else {
            format!("due in {}", packhouse_model::humanize(then.since(self.now)))
        }
    }

    /// Whether `then` has passed.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hold references")]
    pub(crate) fn is_late(&self, then: &Timestamp) -> bool {
        *then < self.now
    }

    /// How long it is until `then`: `2d`.
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "templates hold references")]
    pub(crate) fn until(&self, then: &Timestamp) -> String {
        packhouse_model::humanize(then.since(self.now))
    }
}
