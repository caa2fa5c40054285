//! Bars in order of time: turned round where a file has the newest first, and without rows that
//! come again. Sorts nothing: a file in no order is refused.

use crate::data::import_error::ImportProblem;
use crate::data::lines::LineMap;
use crate::market::{Bar, Columns};

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
    bars: &mut Columns,
    lines: &mut LineMap,
    is_falling: bool,
) -> Result<Ordered, (usize, ImportProblem)> {
    if is_falling {
        turn_round(bars);
        lines.turn_round(bars.len());
    }
    let mut ordered = Ordered { is_turned: is_falling, ..Ordered::default() };
    let times = &bars.open_time_ms;
    if let Some(first) = (1..times.len()).find(|&row| times[row] <= times[row - 1]) {
        drop_repeated(bars, lines, first, &mut ordered)?;
    }
    Ok(ordered)
}

/// Drops the bars that came before, from `first` on; the rest moves up in its place, since a copy
/// of a long file would need its room twice.
fn drop_repeated(
    bars: &mut Columns,
    lines: &mut LineMap,
    first: usize,
    ordered: &mut Ordered,
) -> Result<(), (usize, ImportProblem)> {
    let mut left = LineMap::default();
    for row in 0..first {
        left.push(row, lines.line(row));
    }
    let mut kept = first;
    for row in first..bars.len() {
        let bar = bars.bar(row);
        let time_ms = bar.open_time_ms;
        let place = bars.open_time_ms[..kept].partition_point(|&before| before < time_ms);
        if place == kept {
            put(bars, kept, bar);
            left.push(kept, lines.line(row));
            kept += 1;
            continue;
        }
        let other = bars.bar(place);
        if other.open_time_ms != time_ms {
            return Err((row, ImportProblem::NotAscending { time_ms }));
        }
        if other != bar {
            let other_line = left.line(place);
            return Err((row, ImportProblem::DuplicateTime { time_ms, other_line }));
        }
        if ordered.duplicates == 0 {
            ordered.first_line = lines.line(row);
        }
        ordered.duplicates += 1;
    }
    cut(bars, kept);
    *lines = left;
    Ok(())
}

fn put(bars: &mut Columns, row: usize, bar: Bar) {
    bars.open_time_ms[row] = bar.open_time_ms;
    bars.open[row] = bar.open;
    bars.high[row] = bar.high;
    bars.low[row] = bar.low;
    bars.close[row] = bar.close;
    bars.volume[row] = bar.volume;
}

/// Leaves so many bars, and gives the room of the others back.
fn cut(bars: &mut Columns, left: usize) {
    let Columns { open_time_ms, open, high, low, close, volume } = bars;
    for column in [open_time_ms, open, high, low, close] {
        column.truncate(left);
        column.shrink_to_fit();
    }
    volume.truncate(left);
    volume.shrink_to_fit();
}

pub(super) fn turn_round(bars: &mut Columns) {
    let Columns { open_time_ms, open, high, low, close, volume } = bars;
    for column in [open_time_ms, open, high, low, close] {
        column.reverse();
    }
    volume.reverse();
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ordered(rows: &[(i64, i64)], is_falling: bool) -> Result<(Ordered, Vec<i64>), String> {
        let (mut bars, mut lines) = (Columns::default(), LineMap::default());
        for (row, &(open_time_ms, close)) in rows.iter().enumerate() {
            let (open, high, low) = (close, close, close);
            bars.push(Bar { open_time_ms, open, high, low, close, volume: 0.0 });
            lines.push(row, row as u64 + 2);
        }
        let ordered = put_in_order(&mut bars, &mut lines, is_falling);
        let ordered = ordered.map_err(|(row, why)| format!("{}: {why}", lines.line(row)))?;
        Ok((ordered, bars.open_time_ms))
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
