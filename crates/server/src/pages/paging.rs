use super::links::with_query;

/// Which page of a long list this is, and the links to the others: `?…&page=2`.
#[derive(Debug, Clone)]
pub struct Paging {
    page: u64,
    last: u64,
    /// The list's own path and query, without the page.
    base: String,
}

/// One step of the pager.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PageLink {
    pub(crate) number: u64,
    pub(crate) href: String,
    pub(crate) current: bool,
    /// Whether pages are left out before this one.
    pub(crate) gap: bool,
}

impl Paging {
    /// A list of `items` shown `per_page` at a time under `path` with `query` (names and raw values; empty
    /// values are left out). `page` counts from 1 and is brought into range.
    pub fn new(page: u64, items: u64, per_page: u64, path: &str, query: &[(&str, &str)]) -> Self {
        Self::of_pages(page, items.div_ceil(per_page.max(1)), path, query)
    }

    /// As [`Paging::new`], for a list that is divided into `pages` already.
    pub fn of_pages(page: u64, pages: u64, path: &str, query: &[(&str, &str)]) -> Self {
        let last = pages.max(1);
        Self { page: page.clamp(1, last), last, base: with_query(path, query) }
    }

    /// This page, from 1.
    pub fn page(&self) -> u64 {
        self.page
    }

    /// The last page, at least 1.
    pub fn last(&self) -> u64 {
        self.last
    }

    fn href(&self, number: u64) -> String {
        if number == 1 { self.base.clone() } else { with_query(&self.base, &[("page", &number.to_string())]) }
    }

    pub(crate) fn previous(&self) -> Option<String> {
        (self.page > 1).then(|| self.href(self.page - 1))
    }

    pub(crate) fn next(&self) -> Option<String> {
        (self.page < self.last).then(|| self.href(self.page + 1))
    }

    /// The first, the last, and those around this one: few enough for one line on a phone.
    pub(crate) fn steps(&self) -> Vec<PageLink> {
        let mut numbers =
            vec![1, self.page.saturating_sub(1).max(1), self.page, (self.page + 1).min(self.last), self.last];
        numbers.sort_unstable();
        numbers.dedup();
        let mut before = 0;
        numbers
            .into_iter()
            .map(|number| {
                let gap = number > before + 1;
                before = number;
                PageLink { number, href: self.href(number), current: number == self.page, gap }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_the_ends_and_the_neighbours() {
        for (page, items, expected) in [
            (1, 0, "[1]"),
            (1, 50, "[1]"),
            (9, 50, "[1]"),
            (1, 51, "[1] 2"),
            (3, 250, "1 2 [3] 4 5"),
            (5, 1_000, "1 … 4 [5] 6 … 20"),
            (20, 1_000, "1 … 19 [20]"),
        ] {
            let steps = Paging::new(page, items, 50, "/audit", &[]).steps();
            let words: Vec<String> = steps
                .iter()
                .map(|step| {
                    let number =
                        if step.current { format!("[{}]", step.number) } else { step.number.to_string() };
                    if step.gap { format!("… {number}") } else { number }
                })
                .collect();
            assert_eq!(words.join(" "), expected);
        }
    }

    #[test]
    fn keeps_the_query() {
        let paging = Paging::new(2, 500, 50, "/audit", &[("rule", "cooldown"), ("project", "")]);
        assert_eq!(paging.next().as_deref(), Some("/audit?rule=cooldown&page=3"));
        assert_eq!(paging.previous().as_deref(), Some("/audit?rule=cooldown"));
    }
}
