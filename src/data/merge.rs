//! Two columns of bars become one. Knows nothing of ticks; both sides count in the same.

use std::cmp::Ordering;
use std::ops::Range;

use crate::market::Columns;

/// Two bars of one time differ: where they stand, on either side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clash {
    pub(super) earlier: usize,
    pub(super) later: usize,
}

/// All bars of both, in order of time. Where both have one, `later` wins if it `replaces`.
///
/// # Errors
///
/// The first [`Clash`], unless `later` replaces.
pub(super) fn merge(earlier: &Columns, later: &Columns, replaces: bool) -> Result<Columns, Clash> {
    let mut merged = Columns::with_capacity(earlier.len() + later.len());
    let (mut left, mut right) = (0, 0);
    while left < earlier.len() && right < later.len() {
        let (left_ms, right_ms) = (earlier.open_time_ms[left], later.open_time_ms[right]);
        match left_ms.cmp(&right_ms) {
            Ordering::Less => {
                let run = run_before(earlier, left, right_ms);
                left = run.end;
                append(&mut merged, earlier, run);
            }
            Ordering::Greater => {
                let run = run_before(later, right, left_ms);
                right = run.end;
                append(&mut merged, later, run);
            }
            Ordering::Equal => {
                let bar = later.bar(right);
                if bar != earlier.bar(left) && !replaces {
                    return Err(Clash { earlier: left, later: right });
                }
                merged.push(bar);
                (left, right) = (left + 1, right + 1);
            }
        }
    }
    append(&mut merged, earlier, left..earlier.len());
    append(&mut merged, later, right..later.len());
    shrink(&mut merged);
    Ok(merged)
}

/// Appends bars that all lie after those of `bars`.
pub(super) fn append(bars: &mut Columns, from: &Columns, range: Range<usize>) {
    bars.open_time_ms.extend_from_slice(&from.open_time_ms[range.clone()]);
    bars.open.extend_from_slice(&from.open[range.clone()]);
    bars.high.extend_from_slice(&from.high[range.clone()]);
    bars.low.extend_from_slice(&from.low[range.clone()]);
    bars.close.extend_from_slice(&from.close[range.clone()]);
    bars.volume.extend_from_slice(&from.volume[range]);
}

/// Makes room for that many more bars.
pub(super) fn reserve(bars: &mut Columns, bar_count: usize) {
    let Columns { open_time_ms, open, high, low, close, volume } = bars;
    for column in [open_time_ms, open, high, low, close] {
        column.reserve_exact(bar_count);
    }
    volume.reserve_exact(bar_count);
}

/// Gives back the room that turned out not to be needed.
fn shrink(bars: &mut Columns) {
    let Columns { open_time_ms, open, high, low, close, volume } = bars;
    for column in [open_time_ms, open, high, low, close] {
        column.shrink_to_fit();
    }
    volume.shrink_to_fit();
}

/// The bars from `first` on that open before `time_ms`.
fn run_before(bars: &Columns, first: usize, time_ms: i64) -> Range<usize> {
    let rest = &bars.open_time_ms[first..];
    // Doubling steps first: runs are short where two series interleave.
    let mut reach = 1;
    while rest.get(reach).is_some_and(|&time| time < time_ms) {
        reach *= 2;
    }
    let near = &rest[..reach.min(rest.len())];
    first..first + near.partition_point(|&time| time < time_ms)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::market::Bar;
    use proptest::prelude::*;

    fn columns(bars: &BTreeMap<i64, i64>) -> Columns {
        let mut columns = Columns::default();
        for (&open_time_ms, &close) in bars {
            let (open, high, low) = (close, close, close);
            columns.push(Bar { open_time_ms, open, high, low, close, volume: 0.0 });
        }
        columns
    }

    fn any_bars() -> impl Strategy<Value = BTreeMap<i64, i64>> {
        prop::collection::btree_map(0_i64..100, 1_i64..3, 0..60)
    }

    proptest! {
        #[test]
        fn merging_is_the_union_of_both_sides(left in any_bars(), right in any_bars()) {
            let mut union = left.clone();
            union.extend(&right);
            let merged = merge(&columns(&left), &columns(&right), true);
            prop_assert_eq!(merged, Ok(columns(&union)));
        }

        #[test]
        fn the_first_clash_is_named(left in any_bars(), right in any_bars()) {
            let differs =
                |(time, close): &(&i64, &i64)| right.get(time).is_some_and(|other| other != *close);
            let clash = left.iter().find(differs);
            let merged = merge(&columns(&left), &columns(&right), false);
            match (clash, merged) {
                (Some((time, _)), Err(found)) => {
                    prop_assert_eq!(columns(&left).open_time_ms[found.earlier], *time);
                    prop_assert_eq!(columns(&right).open_time_ms[found.later], *time);
                }
                (None, Ok(_)) => {}
                (clash, merged) => prop_assert!(false, "{clash:?} {merged:?}"),
            }
        }

        #[test]
        fn merging_bars_that_are_there_changes_nothing(bars in any_bars()) {
            let bars = columns(&bars);
            prop_assert_eq!(merge(&bars, &bars, false), Ok(bars.clone()));
            prop_assert_eq!(merge(&bars, &Columns::default(), false), Ok(bars.clone()));
        }
    }
}
