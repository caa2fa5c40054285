//! What conditions were, and what values were while they were so.

use std::collections::VecDeque;

use super::super::language::Kernel;
use super::{NONE, condition, finite};

/// A condition over the last bars. A bar before the first counts as one on which it was none.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Lasting {
    kernel: Kernel,
    length: usize,
    /// Bars since it was true, false and none, this one being 0; at most the length.
    since: [usize; 3],
    /// Whether it was true on each of the last bars, for a count.
    window: VecDeque<bool>,
    true_bars: usize,
}

const TRUE: usize = 0;
const FALSE: usize = 1;
const UNKNOWN: usize = 2;

impl Lasting {
    pub(super) fn new(kernel: Kernel, length: usize) -> Self {
        let since = [length, length, 0];
        Self { kernel, length, since, window: VecDeque::new(), true_bars: 0 }
    }

    #[inline]
    pub(super) fn step(&mut self, value: f64) -> f64 {
        if self.kernel == Kernel::Count {
            return self.count(value);
        }
        for since in &mut self.since {
            *since = (*since + 1).min(self.length);
        }
        let now = if value == 1.0 {
            TRUE
        } else if value == 0.0 {
            FALSE
        } else {
            UNKNOWN
        };
        self.since[now] = 0;
        let (deciding, decided) =
            if self.kernel == Kernel::All { (FALSE, false) } else { (TRUE, true) };
        if self.since[deciding] < self.length {
            condition(decided)
        } else if self.since[UNKNOWN] < self.length {
            NONE
        } else {
            condition(!decided)
        }
    }

    fn count(&mut self, value: f64) -> f64 {
        if value.is_nan() {
            self.window.clear();
            self.true_bars = 0;
            return NONE;
        }
        if self.window.len() == self.length && self.window.pop_front() == Some(true) {
            self.true_bars -= 1;
        }
        self.window.push_back(value == 1.0);
        self.true_bars += usize::from(value == 1.0);
        if self.window.len() == self.length { self.true_bars as f64 } else { NONE }
    }
}

/// A value that is kept until something happens.
#[derive(Clone, Debug)]
pub(in crate::rules) struct Since {
    kernel: Kernel,
    value: f64,
    /// The values on the last bars on which the condition was true, the newest first.
    values: VecDeque<f64>,
    /// How many of them are kept.
    kept: usize,
}

impl Since {
    pub(super) fn new(kernel: Kernel, occurrence: usize) -> Self {
        let value = if kernel == Kernel::Streak { 0.0 } else { NONE };
        Self { kernel, value, values: VecDeque::new(), kept: occurrence + 1 }
    }

    #[inline]
    pub(super) fn step(&mut self, a: f64, b: f64) -> f64 {
        match self.kernel {
            Kernel::Streak => self.value = if a == 1.0 { self.value + 1.0 } else { 0.0 },
            Kernel::BarsSince => self.value = if a == 1.0 { 0.0 } else { self.value + 1.0 },
            Kernel::ValueWhen => return self.value_when(a, b),
            Kernel::Held => self.value = if a.is_nan() { self.value } else { a },
            Kernel::Cumulative => {
                let before = if self.value.is_nan() { 0.0 } else { self.value };
                self.value = if a.is_nan() { self.value } else { before + a };
                return finite(self.value);
            }
            _ => return self.collect(a, b),
        }
        self.value
    }

    fn value_when(&mut self, condition: f64, x: f64) -> f64 {
        if condition == 1.0 {
            self.values.truncate(self.kept - 1);
            self.values.push_front(x);
        }
        self.values.get(self.kept - 1).copied().unwrap_or(NONE)
    }

    /// Joins x to what has come since the condition was true; an undefined x is passed over.
    fn collect(&mut self, x: f64, condition: f64) -> f64 {
        if condition == 1.0 {
            self.values.clear();
            self.values.push_front(NONE);
        }
        let Some(value) = self.values.front_mut() else { return NONE };
        if !x.is_nan() {
            *value = match self.kernel {
                _ if value.is_nan() => x,
                Kernel::SumSince => *value + x,
                Kernel::HighestSince => value.max(x),
                _ => value.min(x),
            };
        }
        finite(*value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const T: f64 = 1.0;
    const F: f64 = 0.0;

    fn shown(value: f64) -> String {
        if value.is_nan() { "-".to_owned() } else { value.to_string() }
    }

    fn lasting(kernel: Kernel, values: &[f64]) -> String {
        let mut lasting = Lasting::new(kernel, 2);
        values.iter().map(|value| shown(lasting.step(*value))).collect()
    }

    fn since(kernel: Kernel, pairs: &[(f64, f64)]) -> Vec<String> {
        let mut since = Since::new(kernel, 0);
        pairs.iter().map(|(a, b)| shown(since.step(*a, *b))).collect()
    }

    #[test]
    fn what_is_known_decides_before_all_is_known() {
        let values = [T, T, F, NONE, F, F, T];
        assert_eq!(lasting(Kernel::All, &values), "-100000");
        assert_eq!(lasting(Kernel::Any, &values), "111--01");
        assert_eq!(lasting(Kernel::Count, &values), "-21--01");
    }

    #[test]
    fn streaks_and_bars_since_count_from_what_happened() {
        let pairs = [(F, 0.0), (T, 0.0), (T, 0.0), (NONE, 0.0)];
        assert_eq!(since(Kernel::Streak, &pairs), ["0", "1", "2", "0"]);
        assert_eq!(since(Kernel::BarsSince, &pairs), ["-", "0", "0", "1"]);
    }

    #[test]
    fn values_are_collected_from_the_bar_on_which_the_condition_holds() {
        let pairs = [(5.0, F), (3.0, T), (NONE, F), (4.0, F), (1.0, T)];
        assert_eq!(since(Kernel::SumSince, &pairs), ["-", "3", "3", "7", "1"]);
        assert_eq!(since(Kernel::HighestSince, &pairs), ["-", "3", "3", "4", "1"]);
        assert_eq!(since(Kernel::LowestSince, &pairs), ["-", "3", "3", "3", "1"]);
    }

    #[test]
    fn the_value_of_an_earlier_occurrence_is_kept() {
        let mut when = Since::new(Kernel::ValueWhen, 1);
        let read = [(T, 1.0), (F, 2.0), (T, 3.0), (T, 4.0)].map(|(c, x)| shown(when.step(c, x)));
        assert_eq!(read, ["-", "-", "1", "3"]);
    }
}
