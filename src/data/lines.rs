//! Which line of its file each bar stands in.

/// Lines by the index of a bar: only where the lines jump is anything kept.
#[derive(Clone, Debug, Default)]
pub(super) struct LineMap {
    /// The first bar of each run of adjacent lines, and its line.
    runs: Vec<(usize, u64)>,
    /// How many bars there are, if they stand in the file from the last to the first.
    turned: Option<usize>,
}

impl LineMap {
    /// Notes the line of the next bar.
    pub(super) fn push(&mut self, index: usize, line: u64) {
        if self.runs.is_empty() || self.line(index) != line {
            self.runs.push((index, line));
        }
    }

    /// The line of the bar; those after the last run are taken to go on in it.
    pub(super) fn line(&self, index: usize) -> u64 {
        let index = match self.turned {
            Some(bars) => bars.saturating_sub(index + 1),
            None => index,
        };
        let runs_before = match self.runs.last() {
            Some(&(first, _)) if first <= index => self.runs.len(),
            _ => self.runs.partition_point(|&(first, _)| first <= index),
        };
        match runs_before.checked_sub(1).map(|run| self.runs[run]) {
            Some((first, line)) => line + (index - first) as u64,
            None => index as u64,
        }
    }

    /// The last bar of so many is the first from now on.
    pub(super) fn turn_round(&mut self, bars: usize) {
        self.turned = match self.turned {
            Some(_) => None,
            None => Some(bars),
        };
    }

    /// Only those bars are left, in that order.
    pub(super) fn keep(&mut self, kept: &[usize]) {
        let mut left = Self::default();
        for (index, &bar) in kept.iter().enumerate() {
            left.push(index, self.line(bar));
        }
        *self = left;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(map: &LineMap, bars: usize) -> Vec<u64> {
        (0..bars).map(|index| map.line(index)).collect()
    }

    #[test]
    fn every_bar_remembers_its_line() {
        let mut map = LineMap::default();
        let all = [2, 3, 7, 8, 9, 20];
        for (index, line) in all.into_iter().enumerate() {
            map.push(index, line);
        }
        assert_eq!((map.runs.len(), lines(&map, 6)), (3, all.to_vec()));
        map.turn_round(6);
        assert_eq!(lines(&map, 6), [20, 9, 8, 7, 3, 2]);
        map.keep(&[0, 2, 5]);
        assert_eq!(lines(&map, 3), [20, 8, 2]);
    }
}
