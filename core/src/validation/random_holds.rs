//! When else a strategy could have been in the market: as often, on the same sides and for as long,
//! but at times that mean nothing. What is left of a result that such times reach as well is the
//! market's, not the strategy's.

use std::collections::BTreeSet;

use crate::sweep::mix;

/// Told apart from the draws of days of the same seed.
const STREAM: u64 = 0x5261_6e64_6f6d_4974;

/// One stay in the market.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    /// Whether it is long; short otherwise.
    pub is_long: bool,
    /// The bar at whose open it begins, counted from the first.
    pub start: u64,
    /// The bar at whose open it ends, or the count of bars.
    pub end: u64,
}

impl Hold {
    const fn bars(self) -> u64 {
        self.end.saturating_sub(self.start)
    }
}

/// The stays of a strategy over so many bars, put elsewhere: in another order, with the bars
/// between them shared out so that every way to share them is as likely as any other. None begins
/// with the first bar, since nobody decides before it.
pub fn placed_at_random(holds: &[Hold], bars: u64, seed: u64, draw: u64) -> Vec<Hold> {
    let stream = mix(mix(seed ^ STREAM).wrapping_add(draw));
    let mut place = 0;
    let mut below = |limit: u64| {
        let word = mix(stream.wrapping_add(place));
        place += 1;
        ((u128::from(word) * u128::from(limit)) >> 64) as u64
    };
    let mut stays = fitting(holds, bars.saturating_sub(1));
    for last in (1..stays.len()).rev() {
        stays.swap(last, below(last as u64 + 1) as usize);
    }
    let held: u64 = stays.iter().map(|(_, bars)| bars).sum();
    let (count, free) = (stays.len() as u64, bars.saturating_sub(1).saturating_sub(held));
    // The stays are so many of all places, by Floyd's way to draw without replacement.
    let mut places = BTreeSet::new();
    for beyond in free..free + count {
        let drawn = below(beyond + 1);
        if !places.insert(drawn) {
            places.insert(beyond);
        }
    }
    let mut held_before = 0;
    let placed =
        (0..).zip(places).zip(stays).map(|((number, place), (is_long, bars)): ((u64, u64), _)| {
            let start = 1 + place - number + held_before;
            held_before += bars;
            Hold { is_long, start, end: start + bars }
        });
    placed.collect()
}

/// How long each stay is, with the longest cut until all of them fit.
fn fitting(holds: &[Hold], bars: u64) -> Vec<(bool, u64)> {
    // One that began and ended within a bar holds that bar.
    let mut stays: Vec<(bool, u64)> =
        holds.iter().map(|hold| (hold.is_long, hold.bars().max(1))).collect();
    let mut over = stays.iter().map(|(_, bars)| bars).sum::<u64>().saturating_sub(bars);
    while over > 0 {
        let Some(longest) = stays.iter_mut().max_by_key(|(_, bars)| *bars) else { break };
        let cut = over.min(longest.1.saturating_sub(1));
        if cut == 0 {
            // More stays than bars: the last ones have no room.
            stays.truncate(bars as usize);
            break;
        }
        longest.1 -= cut;
        over -= cut;
    }
    stays
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn hold(is_long: bool, start: u64, end: u64) -> Hold {
        Hold { is_long, start, end }
    }

    fn sorted(holds: &[Hold]) -> Vec<(bool, u64)> {
        let mut stays: Vec<_> = holds.iter().map(|hold| (hold.is_long, hold.bars())).collect();
        stays.sort_unstable();
        stays
    }

    proptest! {
        #[test]
        fn stays_are_as_many_and_as_long_and_never_overlap(
            lengths in prop::collection::vec((any::<bool>(), 1_u64..20, 0_u64..20), 0..30),
            rest in 1_u64..50,
            draw in 0_u64..1_000,
        ) {
            let mut holds = Vec::new();
            let mut bar = 1;
            for (is_long, held, gap) in lengths {
                holds.push(hold(is_long, bar + gap, bar + gap + held));
                bar += gap + held;
            }
            let bars = bar + rest;
            let placed = placed_at_random(&holds, bars, 7, draw);
            prop_assert_eq!(sorted(&placed), sorted(&holds));
            prop_assert!(placed.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert!(placed.first().is_none_or(|first| first.start >= 1));
            prop_assert!(placed.last().is_none_or(|last| last.end <= bars));
        }
    }

    #[test]
    fn every_way_to_place_them_is_as_likely() {
        // Two bars in two stays of six bars, the first of which is nobody's: ten ways.
        let holds = [hold(true, 1, 2), hold(true, 3, 4)];
        let mut counts = std::collections::BTreeMap::new();
        for draw in 0..20_000 {
            let placed = placed_at_random(&holds, 6, 1, draw);
            *counts.entry((placed[0].start, placed[1].start)).or_insert(0) += 1;
        }
        assert_eq!(counts.len(), 10, "{counts:?}");
        assert!(counts.values().all(|count| (1_800..2_200).contains(count)), "{counts:?}");
    }

    #[test]
    fn a_draw_follows_from_seed_and_place_alone() {
        let holds = [hold(true, 5, 9), hold(false, 9, 30), hold(true, 40, 41)];
        let of = |seed, draw| placed_at_random(&holds, 200, seed, draw);
        assert_eq!(of(1, 4), of(1, 4));
        assert_ne!(of(1, 4), of(1, 5));
        assert_ne!(of(1, 4), of(2, 4));
    }

    #[test]
    fn what_does_not_fit_is_cut_and_nothing_is_placed_where_nothing_was() {
        // Within one bar, three times, and a stay of all bars.
        let holds = [hold(true, 2, 2), hold(true, 2, 2), hold(false, 2, 2), hold(true, 0, 10)];
        let placed = placed_at_random(&holds, 10, 1, 1);
        assert_eq!(sorted(&placed), [(false, 1), (true, 1), (true, 1), (true, 6)]);
        assert!(placed_at_random(&[], 10, 1, 1).is_empty());
        assert_eq!(placed_at_random(&holds, 3, 1, 1).len(), 2);
        assert!(placed_at_random(&holds, 0, 1, 1).is_empty());
    }
}
