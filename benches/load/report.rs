//! What must hold beside what was measured.

use std::fmt;

/// Rows of one table.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<(String, String, String, bool)>,
}

impl Report {
    pub(crate) fn add(&mut self, what: &str, measured: String, bound: &str, holds: bool) {
        self.rows.push((what.to_owned(), measured, bound.to_owned(), holds));
    }

    pub(crate) fn holds(&self) -> bool {
        self.rows.iter().all(|(.., holds)| *holds)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, measured, bound, holds) in &self.rows {
            let verdict = if *holds { "holds" } else { "DOES NOT HOLD" };
            writeln!(out, "{what:<58} {measured:>18}   {bound:<22} {verdict}")?;
        }
        Ok(())
    }
}

/// The value that so many of a hundred do not exceed.
pub(crate) fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let index = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or(f64::NAN)
}
