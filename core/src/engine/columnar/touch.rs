//! The next bar whose range reaches an exit.

const TOGETHER: usize = 16;

/// The first bar with a low at or under the one price or a high at or over the other.
#[expect(clippy::inline_always, reason = "part of a kernel")]
#[inline(always)]
pub(super) fn next_touch(lows: &[i64], highs: &[i64], (below, above): (i64, i64)) -> Option<usize> {
    let touches = |bar: usize| lows[bar] <= below || highs[bar] >= above;
    let groups = lows.chunks_exact(TOGETHER).zip(highs.chunks_exact(TOGETHER));
    let quiet = groups.take_while(|(lows, highs)| {
        let low = lows.iter().fold(i64::MAX, |least, low| least.min(*low));
        let high = highs.iter().fold(i64::MIN, |greatest, high| greatest.max(*high));
        low > below && high < above
    });
    let first = TOGETHER * quiet.count();
    (first..lows.len()).find(|&bar| touches(bar))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_the_first_of_all(
            bars in prop::collection::vec((0_i64..1_000, 0_i64..100), 0..90),
            below in 0_i64..30,
            above in 1_040_i64..1_101,
        ) {
            let lows: Vec<_> = bars.iter().map(|(low, _)| *low).collect();
            let highs: Vec<_> = bars.iter().map(|(low, range)| low + range).collect();
            let first = (0..lows.len()).find(|&bar| lows[bar] <= below || highs[bar] >= above);
            prop_assert_eq!(next_touch(&lows, &highs, (below, above)), first);
        }
    }
}
