#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod difference;
mod entry_points;
mod inspection;
mod kind;
mod metadata;
mod order;
mod paths;
mod release;
mod risk;
mod syntax;
mod text;
mod tree;

pub use difference::{Change, Difference, FileChange, News, Side, compare};
pub use entry_points::EntryPoint;
pub use inspection::{
    Baseline, Class, Contents, Finding, Limits, Region, Report, Rule, Rules, Verdict, YaraError, YaraRules,
    YaraSource, inspect, sarif,
};
pub use kind::ContentKind;
pub use metadata::{EntryPointChange, FieldChange, MetadataDifference, RequirementChange};
pub use order::review_order;
pub use release::{ReadLimits, Release};
pub use risk::{Assessment, Place, Reason, RiskFacts, RiskRule, SMALL_CHANGE, assess};
pub use syntax::{Language, Spans, Token, highlight};
pub use text::{Cell, Hunk, LineDifference, LineText, Row, Sign, TextComparison, TextLimits, compare_text};
pub use tree::{Tree, TreeFile};
