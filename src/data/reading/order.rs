//! Bars in order of time: turned round where a file has the newest first, and without rows that
//! come again. Sorts nothing: a file in no order is refused.

use crate::data::import_error::ImportProblem;
use crate::data::lines::LineMap;
use crate::data::spill::{BarColumns, Room, WordColumn};

/// What was done to the rows of a file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ordered {
    pub(super) is_turned: bool,
    /// Rows that were there already.
    pub(super) duplicates: usize,
    /// The line of the first of them.
    pub(super) first_line: u64,
}

/// Puts bars in order, or names the first that has no place in it.
pub(super) fn put_in_order(
    bars: &mut BarColumns,
    lines: &mut LineMap,
    is_falling: bool,
    room: &Room,
) -> Result<Ordered, (usize, ImportProblem)> {
    if is_falling {
        bars.turn_round();
        lines.turn_round(bars.len());
    }
    let mut ordered = Ordered { is_turned: is_falling, ..Ordered::default() };
    let first = bars.open_time_ms.steps().position(|step| step <= 0);
    if let Some(before) = first {
        drop_repeated(bars, lines, (before + 1, room), &mut ordered)?;
    }
    Ok(ordered)
}

/// Drops the bars that came before, from `first` on. All columns but that of the times move up in
/// their place: a copy of a long file would need its room twice.
fn drop_repeated(
    bars: &mut BarColumns,
    lines: &mut LineMap,
    (first, room): (usize, &Room),
    ordered: &mut Ordered,
) -> Result<(), (usize, ImportProblem)> {
    let (mut kept, mut left) = (WordColumn::new(room), LineMap::new(room));
    let (mut dropped, mut last) = (Vec::new(), 0);
    let times = bars.open_time_ms.iter().enumerate();
    for ((row, time_ms), line) in times.zip(lines.iter(bars.len())) {
        let is_next = row < first || kept.last().is_none_or(|last| last < time_ms);
        if is_next {
            left.push(kept.len(), line);
            kept.push(time_ms);
            continue;
        }
        // What comes again often comes in its old order.
        let goes_on = last + 1 < kept.len() && kept.get(last + 1) == time_ms;
        let search = || kept.partition_point(|before| before < time_ms);
        let place = if goes_on { last + 1 } else { search() };
        if kept.get(place) != time_ms {
            return Err((row, ImportProblem::NotAscending { time_ms }));
        }
        if bars.bar(row_of(place, &dropped)) != bars.bar(row) {
            let other_line = left.line(place);
            return Err((row, ImportProblem::DuplicateTime { time_ms, other_line }));
        }
        if ordered.duplicates == 0 {
            ordered.first_line = line;
        }
        ordered.duplicates += 1;
        last = place;
        dropped.push(row);
    }
    bars.leave_out(&dropped);
    *lines = left;
    Ok(())
}

/// Where the bar stood that is at `place` of those that are kept.
fn row_of(place: usize, dropped: &[usize]) -> usize {
    // How many were dropped before it: of each, how many were kept before does not fall.
    let (mut low, mut high) = (0, dropped.len());
    while low < high {
        let middle = low + (high - low) / 2;
        if dropped[middle] - middle <= place {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    place + low
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Bar;

    fn ordered(rows: &[(i64, i64)], is_falling: bool) -> Result<(Ordered, Vec<i64>), String> {
        let (mut bars, mut lines) = (BarColumns::default(), LineMap::default());
        for (row, &(open_time_ms, close)) in rows.iter().enumerate() {
            let (open, high, low) = (close, close, close);
            bars.push(Bar { open_time_ms, open, high, low, close, volume: 0.0 });
            lines.push(row, row as u64 + 2);
        }
        let ordered = put_in_order(&mut bars, &mut lines, is_falling, &Room::memory());
        let ordered = ordered.map_err(|(row, why)| format!("{}: {why}", lines.line(row)))?;
        Ok((ordered, bars.open_time_ms.into_vec()))
    }

    #[test]
    fn the_newest_first_is_turned_round() {
        let (done, times) = ordered(&[(3, 1), (2, 1), (1, 1)], true).unwrap();
        assert_eq!((done.is_turned, times), (true, vec![1, 2, 3]));
    }

    #[test]
    fn equal_rows_are_dropped_wherever_they_come_again() {
        let rows = [(1, 1), (2, 2), (2, 2), (3, 3), (2, 2), (3, 3), (4, 4)];
        let (done, times) = ordered(&rows, false).unwrap();
        assert_eq!((done.duplicates, done.first_line, times), (3, 4, vec![1, 2, 3, 4]));
    }

    #[test]
    fn other_rows_of_one_time_and_rows_out_of_order_are_refused_with_their_lines() {
        let said = ordered(&[(1, 1), (2, 2), (2, 3)], false).unwrap_err();
        assert!(said.starts_with("4: ") && said.contains("line 3"), "{said}");
        let said = ordered(&[(1, 1), (3, 2), (2, 3)], false).unwrap_err();
        assert!(said.starts_with("4: ") && said.contains("sort the rows"), "{said}");
    }
}
