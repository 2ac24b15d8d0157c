use std::cmp::Reverse;

use packhouse_model::RiskClass;

use crate::difference::{Difference, weight};
use crate::kind::ContentKind;
use crate::risk::Assessment;

/// The order in which a reviewer should see the files, as indexes into [`Difference::files`]: metadata, then the highest
/// risk class first, and within it what runs soonest. `RECORD` is last, as it says nothing new.
pub fn review_order(difference: &Difference, assessment: &Assessment) -> Vec<usize> {
    let mut order: Vec<usize> = (0..difference.files.len()).collect();
    order.sort_by_cached_key(|index| {
        let file = &difference.files[*index];
        let weight = weight(file);
        let class = assessment.files.get(&file.path).copied().unwrap_or(RiskClass::R0);
        let record = weight == 9;
        let metadata = file.kind() == ContentKind::Metadata && !record;
        (record, !metadata, Reverse(class), weight, file.path.clone())
    });
    order
}
