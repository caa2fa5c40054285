//! What must hold beside what was measured.

use std::fmt;

/// Rows of one table.
#[derive(Default)]
pub(crate) struct Report {
    rows: Vec<Row>,
}

struct Row {
    what: String,
    measured: String,
    bound: String,
    holds: bool,
}

impl Report {
    pub(crate) fn add(&mut self, what: &str, measured: String, bound: &str, holds: bool) {
        let row = Row { what: what.to_owned(), measured, bound: bound.to_owned(), holds };
        eprintln!("{row}");
        self.rows.push(row);
    }

    pub(crate) fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.holds)
    }
}

impl fmt::Display for Row {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { what, measured, bound, holds } = self;
        let verdict = if *holds { "holds" } else { "DOES NOT HOLD" };
        write!(out, "{what:<62} {measured:>22}   {bound:<24} {verdict}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "{:<62} {:>22}   must hold", "what", "measured")?;
        for row in &self.rows {
            writeln!(out, "{row}")?;
        }
        let verdict = if self.holds() { "all of it holds" } else { "NOT ALL OF IT HOLDS" };
        write!(out, "{verdict}")
    }
}

/// The value that so many of a hundred do not exceed.
pub(crate) fn percentile(values: &mut [f64], percent: usize) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    let index = (values.len() * percent / 100).min(values.len().saturating_sub(1));
    values.get(index).copied().unwrap_or(f64::NAN)
}
