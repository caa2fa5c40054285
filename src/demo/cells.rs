//! The objective of a search over two parameters as a map in letters, and the plateau in it. A
//! single high cell is mostly luck; one whose neighbours are high as well is worth a look.

use std::fmt::Write as _;

use crate::pb;
use crate::pb::param_value::Kind;

/// The value of each pair of parameters, where it has one.
pub(super) struct Cells {
    fast: Vec<i64>,
    slow: Vec<i64>,
    /// By slow, then fast.
    values: Vec<Option<f64>>,
}

/// One cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Cell {
    pub(super) fast: i64,
    pub(super) slow: i64,
    /// Its own value.
    value: f64,
    /// The median of it and its neighbours.
    around: f64,
}

impl Cells {
    /// The cells of those axes, with the objective of the trial for each.
    pub(super) fn of(
        trials: &[pb::TrialSummary],
        fast: pb::IntDomain,
        slow: pb::IntDomain,
    ) -> Self {
        let values = |axis: pb::IntDomain| {
            (axis.min_value..=axis.max_value).step_by(axis.step as usize).collect::<Vec<_>>()
        };
        let (fast, slow) = (values(fast), values(slow));
        let param = |trial: &pb::TrialSummary, name: &str| match trial.params.get(name)?.kind {
            Some(Kind::IntValue(number)) => Some(number),
            _ => None,
        };
        let mut cells = vec![None; fast.len() * slow.len()];
        for trial in trials {
            let place = |axis: &[i64], name: &str| {
                let value = param(trial, name)?;
                axis.iter().position(|&known| known == value)
            };
            if let (Some(x), Some(y)) = (place(&fast, "fast"), place(&slow, "slow")) {
                cells[y * fast.len() + x] = trial.objective_value;
            }
        }
        Self { fast, slow, values: cells }
    }

    /// A line for each length of the slow average, and what to make of them.
    pub(super) fn text(&self) -> String {
        let mut text = String::from("     ");
        for fast in &self.fast {
            _ = write!(text, "{fast:>6}");
        }
        for (y, slow) in self.slow.iter().enumerate() {
            _ = write!(text, "\n{slow:>5}");
            for x in 0..self.fast.len() {
                match self.at(x, y) {
                    Some(value) => _ = write!(text, "{value:>6.2}"),
                    None => text.push_str("     -"),
                }
            }
        }
        let (best, middle) = (self.best(), self.middle());
        let cell = |cell: Cell| format!("fast={} slow={}", cell.fast, cell.slow);
        _ = write!(text, "\nbest cell  {:>5.2} at {}", best.value, cell(best));
        _ = write!(text, "\nplateau    {:>5.2} around {}", middle.around, cell(middle));
        text
    }

    /// The cell with the highest value.
    fn best(&self) -> Cell {
        self.highest(|cell| cell.value)
    }

    /// The cell with the best neighbourhood.
    pub(super) fn middle(&self) -> Cell {
        self.highest(|cell| cell.around)
    }

    fn highest(&self, by: impl Fn(&Cell) -> f64) -> Cell {
        let places = (0..self.slow.len()).flat_map(|y| (0..self.fast.len()).map(move |x| (x, y)));
        let cells = places.filter_map(|(x, y)| {
            let (value, around) = (self.at(x, y)?, self.around(x, y));
            Some(Cell { fast: self.fast[x], slow: self.slow[y], value, around })
        });
        let highest = cells.max_by(|a, b| by(a).total_cmp(&by(b)));
        highest.unwrap_or(Cell { fast: 0, slow: 0, value: f64::NAN, around: f64::NAN })
    }

    fn at(&self, x: usize, y: usize) -> Option<f64> {
        self.values[y * self.fast.len() + x]
    }

    /// The median of the 3 x 3 cells around one, as the web client has it.
    fn around(&self, x: usize, y: usize) -> f64 {
        let near = |at: usize, len: usize| at.saturating_sub(1)..(at + 2).min(len);
        let columns = near(x, self.fast.len());
        let lines = near(y, self.slow.len());
        let mut values: Vec<f64> =
            lines.flat_map(|y| columns.clone().filter_map(move |x| self.at(x, y))).collect();
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        match values.len() {
            0 => f64::NAN,
            count if count % 2 == 1 => values[middle],
            _ => f64::midpoint(values[middle - 1], values[middle]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AXIS: pb::IntDomain = pb::IntDomain { min_value: 10, max_value: 40, step: 10 };

    /// Low everywhere but for a plateau round 30, 30 and a lonely peak at 10, 10.
    fn cells() -> Cells {
        let int = |value| pb::ParamValue { kind: Some(Kind::IntValue(value)) };
        let trial = |fast: i64, slow: i64| {
            let objective_value = match (fast, slow) {
                (10, 10) => Some(2.0),
                (20..=40, 20..=40) => Some(1.0),
                (40, 10) => None,
                _ => Some(-0.125),
            };
            let params = [("fast".to_owned(), int(fast)), ("slow".to_owned(), int(slow))].into();
            pb::TrialSummary { params, objective_value, ..Default::default() }
        };
        let lengths = || (10..=40).step_by(10);
        let trials: Vec<_> =
            lengths().flat_map(|slow| lengths().map(move |fast| trial(fast, slow))).collect();
        Cells::of(&trials, AXIS, AXIS)
    }

    #[test]
    fn a_plateau_is_told_from_a_lonely_peak() {
        let cells = cells();
        let (best, middle) = (cells.best(), cells.middle());
        assert_eq!((best.fast, best.slow, best.value), (10, 10, 2.0));
        assert!(middle.fast >= 30 && middle.slow >= 30 && middle.around == 1.0, "{middle:?}");
    }

    #[test]
    fn a_map_has_a_line_for_each_slow_and_a_column_for_each_fast() {
        let text = cells().text();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "         10    20    30    40");
        assert_eq!(lines[1], "   10  2.00 -0.12 -0.12     -");
        assert_eq!(lines[5], "best cell   2.00 at fast=10 slow=10");
        assert!(lines[6].starts_with("plateau     1.00 around fast="), "{text}");
    }
}
