//! Which line of its file each bar stands in.

use super::spill::{Room, WordColumn};

/// Lines by the index of a bar: only where the lines jump is anything kept, and of many jumps in a
/// file, as of bars that stand there.
#[derive(Debug, Default)]
pub(super) struct LineMap {
    /// The first bar of each run of adjacent lines.
    firsts: WordColumn,
    /// The lines of those.
    lines: WordColumn,
    /// The last run: its first bar, and the line of that.
    last: Option<(usize, u64)>,
    /// How many bars there are, if they stand in the file from the last to the first.
    turned: Option<usize>,
}

impl LineMap {
    pub(super) fn new(room: &Room) -> Self {
        let (firsts, lines) = (WordColumn::new(room), WordColumn::new(room));
        Self { firsts, lines, ..Self::default() }
    }

    /// Notes the line of the next bar.
    pub(super) fn push(&mut self, index: usize, line: u64) {
        if self.last.is_none_or(|(first, at)| at + (index - first) as u64 != line) {
            self.firsts.push(index as i64);
            self.lines.push(line.cast_signed());
            self.last = Some((index, line));
        }
    }

    /// The line of the bar; those after the last run are taken to go on in it.
    pub(super) fn line(&self, index: usize) -> u64 {
        let index = match self.turned {
            Some(bars) => bars.saturating_sub(index + 1),
            None => index,
        };
        let run = match self.last {
            Some((first, _)) if first <= index => self.last,
            _ => {
                let before = self.firsts.partition_point(|first| first <= index as i64);
                before.checked_sub(1).map(|run| self.run(run))
            }
        };
        line_in(run, index)
    }

    fn run(&self, run: usize) -> (usize, u64) {
        (self.firsts.get(run) as usize, self.lines.get(run).cast_unsigned())
    }

    /// The lines of the first so many bars, one after the other.
    pub(super) fn iter(&self, bars: usize) -> Box<dyn Iterator<Item = u64> + '_> {
        let run = |(first, line): (i64, i64)| (first as usize, line.cast_unsigned());
        if let Some(all) = self.turned {
            let firsts = self.firsts.iter().rev();
            let mut runs = firsts.zip(self.lines.iter().rev()).map(run).peekable();
            return Box::new((0..bars).map(move |index| {
                let index = all.saturating_sub(index + 1);
                while runs.next_if(|(first, _)| *first > index).is_some() {}
                line_in(runs.peek().copied(), index)
            }));
        }
        let mut runs = self.firsts.iter().zip(self.lines.iter()).map(run).peekable();
        let mut current = None;
        Box::new((0..bars).map(move |index| {
            while let Some(run) = runs.next_if(|(first, _)| *first <= index) {
                current = Some(run);
            }
            line_in(current, index)
        }))
    }

    /// The last bar of so many is the first from now on.
    pub(super) fn turn_round(&mut self, bars: usize) {
        self.turned = match self.turned {
            Some(_) => None,
            None => Some(bars),
        };
    }

    /// Only those bars are left, which are in order.
    pub(super) fn keep(&mut self, kept: &WordColumn, room: &Room) {
        let mut left = Self::new(room);
        let mut lines = self.iter(kept.last().map_or(0, |last| last as usize + 1));
        let mut next = 0;
        for (index, bar) in kept.iter().enumerate() {
            if let Some(line) = lines.nth((bar - next) as usize) {
                left.push(index, line);
            }
            next = bar + 1;
        }
        drop(lines);
        *self = left;
    }
}

/// The line of the bar in the run that holds it.
fn line_in(run: Option<(usize, u64)>, index: usize) -> u64 {
    run.map_or(index as u64, |(first, line)| line + (index - first) as u64)
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
        assert_eq!((map.firsts.len(), lines(&map, 6)), (3, all.to_vec()));
        assert_eq!(map.iter(6).collect::<Vec<_>>(), all);
        map.turn_round(6);
        assert_eq!(lines(&map, 6), [20, 9, 8, 7, 3, 2]);
        assert_eq!(map.iter(6).collect::<Vec<_>>(), [20, 9, 8, 7, 3, 2]);
        map.keep(&WordColumn::from(vec![0, 2, 5]), &Room::memory());
        assert_eq!(lines(&map, 3), [20, 8, 2]);
    }

    #[test]
    fn lines_that_all_jump_are_not_in_memory() {
        const BARS: usize = 40_000;
        let dir = tempfile::tempdir().unwrap();
        let room = Room::on_disk(dir.path(), 10_000);
        let mut map = LineMap::new(&room);
        let line = |bar: usize| bar as u64 * 3 + 7 + (bar % 5) as u64;
        (0..BARS).for_each(|bar| map.push(bar, line(bar)));
        assert!(map.firsts.is_long() && map.lines.is_long());
        assert!(map.iter(BARS).eq((0..BARS).map(line)));
        assert!([0, 9_999, 10_000, 39_999].iter().all(|bar| map.line(*bar) == line(*bar)));
        map.turn_round(BARS);
        assert!(map.iter(BARS).eq((0..BARS).rev().map(line)));
        map.keep(&WordColumn::from(vec![1, 20_000, 39_999]), &room);
        assert_eq!(lines(&map, 3), [39_998, 19_999, 0].map(line));
        room.check().unwrap();
    }
}
