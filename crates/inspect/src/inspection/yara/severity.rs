//! What a match weighs.

use crate::inspection::report::Class;

/// Of a rule that says nothing: who writes a rule wants to look at what it finds.
pub(super) const DEFAULT: Class = Class::High;

/// By the word in the rule's `meta`: our own, or those that published rules use.
pub(super) fn of(word: &str) -> Option<Class> {
    Some(match word.to_ascii_lowercase().as_str() {
        "info" | "informational" | "low" => Class::Info,
        "review" | "medium" | "warning" => Class::Review,
        "high" | "error" => Class::High,
        "block" | "critical" => Class::Block,
        _ => return None,
    })
}
