//! Two columns of bars become one. Knows nothing of ticks; both sides count in the same.

use super::spill::{BarColumns, Room};

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
pub(super) fn merge(
    earlier: &BarColumns,
    later: &BarColumns,
    replaces: bool,
    room: &Room,
) -> Result<BarColumns, Clash> {
    let mut merged = BarColumns::new(room);
    let mut lefts = earlier.bars().enumerate().peekable();
    let mut rights = later.bars().enumerate().peekable();
    loop {
        let bar = match (lefts.peek(), rights.peek()) {
            (None, None) => break,
            (Some((_, left)), Some((_, right))) if left.open_time_ms < right.open_time_ms => {
                lefts.next()
            }
            (Some(&(left, old)), Some(&(right, bar))) if old.open_time_ms == bar.open_time_ms => {
                if bar != old && !replaces {
                    return Err(Clash { earlier: left, later: right });
                }
                lefts.next();
                rights.next()
            }
            (_, Some(_)) => rights.next(),
            (Some(_), None) => lefts.next(),
        };
        if let Some((_, bar)) = bar {
            merged.push(bar);
        }
    }
    merged.shrink();
    Ok(merged)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::market::Bar;
    use proptest::prelude::*;

    fn columns(bars: &BTreeMap<i64, i64>) -> BarColumns {
        let mut columns = BarColumns::default();
        for (&open_time_ms, &close) in bars {
            let (open, high, low) = (close, close, close);
            columns.push(Bar { open_time_ms, open, high, low, close, volume: 0.0 });
        }
        columns
    }

    fn merged(left: &BarColumns, right: &BarColumns, replaces: bool) -> Result<BarColumns, Clash> {
        merge(left, right, replaces, &Room::memory())
    }

    fn any_bars() -> impl Strategy<Value = BTreeMap<i64, i64>> {
        prop::collection::btree_map(0_i64..100, 1_i64..3, 0..60)
    }

    proptest! {
        #[test]
        fn merging_is_the_union_of_both_sides(left in any_bars(), right in any_bars()) {
            let mut union = left.clone();
            union.extend(&right);
            let merged = merged(&columns(&left), &columns(&right), true);
            prop_assert_eq!(merged, Ok(columns(&union)));
        }

        #[test]
        fn the_first_clash_is_named(left in any_bars(), right in any_bars()) {
            let differs =
                |(time, close): &(&i64, &i64)| right.get(time).is_some_and(|other| other != *close);
            let clash = left.iter().find(differs);
            let merged = merged(&columns(&left), &columns(&right), false);
            match (clash, merged) {
                (Some((time, _)), Err(found)) => {
                    prop_assert_eq!(columns(&left).open_time_ms.get(found.earlier), *time);
                    prop_assert_eq!(columns(&right).open_time_ms.get(found.later), *time);
                }
                (None, Ok(_)) => {}
                (clash, merged) => prop_assert!(false, "{clash:?} {merged:?}"),
            }
        }

        #[test]
        fn merging_bars_that_are_there_changes_nothing(bars in any_bars()) {
            let bars = columns(&bars);
            prop_assert_eq!(merged(&bars, &bars, false), Ok(bars.copied()));
            prop_assert_eq!(merged(&bars, &BarColumns::default(), false), Ok(bars.copied()));
        }
    }
}
