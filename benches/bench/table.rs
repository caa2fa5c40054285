//! One table for everything: what, how fast, how that compares with the plain reference.

use std::fmt;
use std::time::Duration;

use crate::measure::Spread;

/// Rows under headings, aligned when printed.
pub(crate) struct Table {
    head: String,
    rows: Vec<Row>,
}

enum Row {
    Section(&'static str, [&'static str; COLUMNS]),
    Figures(String, [String; COLUMNS]),
}

const COLUMNS: usize = 4;
const NAME_WIDTH: usize = 48;
const COLUMN_WIDTH: usize = 13;

impl Table {
    pub(crate) const fn new(head: String) -> Self {
        Self { head, rows: Vec::new() }
    }

    pub(crate) fn section(&mut self, name: &'static str, columns: [&'static str; COLUMNS]) {
        self.rows.push(Row::Section(name, columns));
    }

    pub(crate) fn row(&mut self, name: impl Into<String>, figures: [String; COLUMNS]) {
        self.rows.push(Row::Figures(name.into(), figures));
    }

    /// The latencies of a lone caller, the rate of many, and that over the reference's rate.
    pub(crate) fn calls(&mut self, name: &str, calls: &Calls, reference: &Calls) {
        let ratio = format!("{:.2}", calls.rate / reference.rate);
        let (p50, p99) = (time(calls.alone.p50), time(calls.alone.p99));
        self.row(name, [p50, p99, count(calls.rate), ratio]);
    }
}

/// How one kind of call went.
pub(crate) struct Calls {
    pub(crate) alone: Spread,
    /// Calls a second by many callers at once.
    pub(crate) rate: f64,
}

/// A time with three digits that matter.
pub(crate) fn time(time: Duration) -> String {
    let ms = time.as_secs_f64() * 1e3;
    if ms < 10.0 { format!("{ms:.2} ms") } else { format!("{ms:.0} ms") }
}

/// A rate: in millions or thousands of them where it has them.
pub(crate) fn count(rate: f64) -> String {
    if rate >= 1e9 {
        format!("{:.2} G", rate / 1e9)
    } else if rate >= 1e6 {
        format!("{:.1} M", rate / 1e6)
    } else {
        format!("{rate:.0}")
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.head)?;
        for row in &self.rows {
            let cells: Vec<&str> = match row {
                Row::Section(name, columns) => {
                    write!(f, "\n\n{name:NAME_WIDTH$}")?;
                    columns.to_vec()
                }
                Row::Figures(name, figures) => {
                    write!(f, "\n{:NAME_WIDTH$}", format!("  {name}"))?;
                    figures.iter().map(String::as_str).collect()
                }
            };
            for cell in cells {
                write!(f, "{cell:>COLUMN_WIDTH$}")?;
            }
        }
        Ok(())
    }
}
