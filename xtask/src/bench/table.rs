//! The one table: rows of any part, as Markdown that can be read as it stands.

use std::collections::BTreeMap;

use serde::Serialize;

/// One thing that was measured, beside what it is compared with.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Row {
    /// What was asked, of how many connections.
    pub(crate) what: String,
    /// What Packhouse reached.
    pub(crate) ours: String,
    /// What the other one reached, with its name where it is not nginx.
    pub(crate) reference: String,
    /// Ours to theirs: the median of each round's own ratio.
    pub(crate) ratio: Option<f64>,
    /// CPU of all our processes for one request, in microseconds.
    pub(crate) cpu_us: Option<f64>,
    /// To theirs.
    pub(crate) cpu_ratio: Option<f64>,
    /// p50 / p99 in milliseconds.
    pub(crate) latency: String,
    /// Theirs.
    pub(crate) reference_latency: String,
    /// Our p99 to theirs.
    pub(crate) p99_ratio: Option<f64>,
    /// What is to be reached.
    pub(crate) reach: Vec<Goal>,
    /// What others reached, by name.
    pub(crate) peers: BTreeMap<String, String>,
    /// Every round's numbers.
    pub(crate) raw: serde_json::Value,
}

/// Something to be reached, and whether it was.
#[derive(Debug, Serialize)]
pub(crate) struct Goal {
    text: String,
    met: bool,
}

impl Goal {
    pub(crate) fn at_least(what: &str, least: f64, found: f64) -> Self {
        Self { text: format!("{what} ≥ {least}"), met: found >= least }
    }

    pub(crate) fn at_most(what: &str, most: f64, found: f64) -> Self {
        Self { text: format!("{what} ≤ {most}"), met: found <= most }
    }

    pub(crate) fn new(text: impl Into<String>, met: bool) -> Self {
        Self { text: text.into(), met }
    }
}

/// The table; columns in which nothing stands are left out. What was not reached is bold.
pub(crate) fn markdown(rows: &[Row]) -> String {
    let mut peers: Vec<&str> = rows.iter().flat_map(|row| row.peers.keys().map(String::as_str)).collect();
    peers.sort_unstable();
    peers.dedup();
    let heads = [
        "what",
        "Packhouse",
        "compared with",
        "ratio",
        "CPU a request",
        "CPU ratio",
        "p50 / p99, ms",
        "theirs",
        "p99 ratio",
        "to reach",
    ];
    let mut lines = vec![heads.iter().copied().chain(peers.iter().copied()).map(str::to_owned).collect()];
    lines.extend(rows.iter().map(|row| cells(row, &peers)));
    let filled = |column: &usize| lines[1..].iter().any(|line: &Vec<String>| !line[*column].is_empty());
    let columns: Vec<usize> = (0..lines[0].len()).filter(filled).collect();
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (place, line) in lines.iter().enumerate() {
        for column in &columns {
            text.push_str(&format!("| {:<1$} ", line[*column], width(*column)));
        }
        text.push_str("|\n");
        if place == 0 {
            for column in &columns {
                text.push_str(&format!("|{}", "-".repeat(width(*column) + 2)));
            }
            text.push_str("|\n");
        }
    }
    text
}

fn cells(row: &Row, peers: &[&str]) -> Vec<String> {
    let ratio = |ratio: Option<f64>| ratio.map(short).unwrap_or_default();
    let reach: Vec<String> = row
        .reach
        .iter()
        .map(|goal| if goal.met { goal.text.clone() } else { format!("**{}**", goal.text) })
        .collect();
    let mut cells = vec![
        row.what.clone(),
        row.ours.clone(),
        row.reference.clone(),
        ratio(row.ratio),
        row.cpu_us.map(|us| format!("{} µs", short(us))).unwrap_or_default(),
        ratio(row.cpu_ratio),
        row.latency.clone(),
        row.reference_latency.clone(),
        ratio(row.p99_ratio),
        reach.join(", "),
    ];
    cells.extend(peers.iter().map(|name| row.peers.get(*name).cloned().unwrap_or_default()));
    cells
}

/// Three digits that say something: `0.0123`, `1.23`, `12.3`, `1234`.
pub(crate) fn short(number: f64) -> String {
    if number == 0.0 || !number.is_finite() {
        return "0".to_owned();
    }
    let digits = (2 - number.abs().log10().floor() as i32).clamp(0, 6) as usize;
    format!("{number:.digits$}")
}

/// The middle of what was found in several rounds; `None` without any.
pub(crate) fn median(numbers: impl IntoIterator<Item = f64>) -> Option<f64> {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    let (upper, lower) = (numbers.get(numbers.len() / 2)?, numbers.get(numbers.len().div_ceil(2) - 1)?);
    Some(f64::midpoint(*lower, *upper))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians() {
        for (numbers, expected) in [
            (vec![], None),
            (vec![3.0], Some(3.0)),
            (vec![3.0, 1.0], Some(2.0)),
            (vec![9.0, 1.0, 2.0], Some(2.0)),
            (vec![4.0, 1.0, 2.0, 9.0], Some(3.0)),
        ] {
            assert_eq!(median(numbers.clone()), expected, "{numbers:?}");
        }
    }

    #[test]
    fn numbers_are_short() {
        for (number, expected) in [
            (0.0, "0"),
            (0.01234, "0.0123"),
            (0.5, "0.500"),
            (1.234, "1.23"),
            (12.34, "12.3"),
            (1234.5, "1234"),
        ] {
            assert_eq!(short(number), expected);
        }
    }

    #[test]
    fn empty_columns_are_left_out_and_what_was_missed_is_bold() {
        let rows = [
            Row {
                what: "a page".into(),
                ours: "9/s".into(),
                reference: "10/s".into(),
                ratio: Some(0.9),
                reach: vec![Goal::at_least("rate", 1.0, 0.9), Goal::at_most("CPU", 1.0, 0.5)],
                ..Row::default()
            },
            Row { what: "a file".into(), peers: [("devpi".into(), "0.1".into())].into(), ..Row::default() },
        ];
        assert_eq!(
            markdown(&rows),
            "| what   | Packhouse | compared with | ratio | to reach              | devpi |\n\
             |--------|-----------|---------------|-------|-----------------------|-------|\n\
             | a page | 9/s       | 10/s          | 0.900 | **rate ≥ 1**, CPU ≤ 1 |       |\n\
             | a file |           |               |       |                       | 0.1   |\n"
        );
    }
}
