//! The stationary bootstrap (Politis and Romano 1994): days drawn with replacement in blocks of
//! random length, so that what one day tells of the next survives.
//!
//! Random numbers are looked up, not drawn in a row: that of draw `b`, position `i` and lane `l` is
//! `mix(mix(mix(seed) + b) + 2 i + l)`, with the finalizer of `SplitMix64` as `mix`. So no order of
//! threads, chunks or trials can change a draw. The order of these words is part of every result.

use crate::sweep::mix;

/// Draws that are taken over the days together.
pub(super) const ABREAST: usize = 8;
/// The spacing of the doubles that 53 random bits can be mapped to.
const UNIT: f64 = 1.0 / (1_u64 << 53) as f64;

/// Draws by seed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Resampling {
    /// Days to draw from, and of each draw; below 65,536.
    pub days: usize,
    /// How many draws.
    pub count: usize,
    /// How many days a block has on average; at least 1.
    pub mean_block_days: f64,
    /// What the randomness follows from.
    pub seed: u64,
}

/// How often each day occurs in each draw: all that a mean needs to know.
#[derive(Clone, Debug, PartialEq)]
pub struct Draws {
    days: usize,
    count: usize,
    mean_block_days: f64,
    /// By eight draws, then by day; draws that there are not take no day.
    occurrences: Vec<[u16; ABREAST]>,
}

impl Resampling {
    /// The days of a draw, in order. A block begins at the first position and at each later one
    /// with the chance of one in `mean_block_days`; it goes on from the last day to the first.
    pub fn draw(&self, draw: usize) -> impl Iterator<Item = usize> {
        let (days, begins) = (self.days, 1.0 / self.mean_block_days);
        let stream = mix(mix(self.seed).wrapping_add(draw as u64));
        let word =
            move |position: usize, lane: u64| mix(stream.wrapping_add(2 * position as u64 + lane));
        let mut day = 0;
        (0..days).map(move |position| {
            if position == 0 || ((word(position, 0) >> 11) as f64 * UNIT) < begins {
                // The high half of the product: the day below which the random number falls.
                day = ((u128::from(word(position, 1)) * days as u128) >> 64) as usize;
            } else {
                day = if day + 1 == days { 0 } else { day + 1 };
            }
            day
        })
    }
}

impl Draws {
    /// All draws of a seed.
    pub fn of(resampling: &Resampling) -> Self {
        let Resampling { days, count, mean_block_days, .. } = *resampling;
        Self::given(days, mean_block_days, count, |draw| resampling.draw(draw))
    }

    /// Draws of so many days that are known.
    pub fn given<D: IntoIterator<Item = usize>>(
        days: usize,
        mean_block_days: f64,
        count: usize,
        draw: impl Fn(usize) -> D,
    ) -> Self {
        let mut occurrences = vec![[0; ABREAST]; count.div_ceil(ABREAST) * days];
        for index in 0..count {
            let tile = &mut occurrences[index / ABREAST * days..][..days];
            for day in draw(index) {
                tile[day][index % ABREAST] += 1;
            }
        }
        Self { days, count, mean_block_days, occurrences }
    }

    /// How many days each has.
    pub const fn days(&self) -> usize {
        self.days
    }

    /// How many there are.
    pub const fn count(&self) -> usize {
        self.count
    }

    /// How many days a block has on average.
    pub const fn mean_block_days(&self) -> f64 {
        self.mean_block_days
    }

    /// By eight draws: how often each day occurs in each.
    pub(super) fn tiles(&self) -> impl Iterator<Item = &[[u16; ABREAST]]> {
        self.occurrences.chunks_exact(self.days)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const YEAR: Resampling = Resampling { days: 250, count: 400, mean_block_days: 5.0, seed: 7 };

    #[test]
    fn blocks_are_as_long_as_asked_and_days_are_drawn_alike() {
        let mut seen = vec![0; YEAR.days];
        let mut begun = 0;
        for draw in 0..YEAR.count {
            let days: Vec<_> = YEAR.draw(draw).collect();
            assert_eq!(days.len(), YEAR.days);
            begun += 1 + days.windows(2).filter(|w| w[1] != (w[0] + 1) % YEAR.days).count();
            for day in &days {
                seen[*day] += 1;
            }
        }
        let mean_block = (YEAR.days * YEAR.count) as f64 / begun as f64;
        assert!((mean_block - 5.0).abs() < 0.15, "{mean_block}");
        assert!(seen.iter().all(|count| (300..500).contains(count)), "{seen:?}");
    }

    #[test]
    fn a_draw_follows_from_seed_and_place_alone() {
        assert!(YEAR.draw(3).eq(Resampling { count: 9, ..YEAR }.draw(3)));
        assert!(!YEAR.draw(3).eq(YEAR.draw(4)));
        assert!(!YEAR.draw(3).eq(Resampling { seed: 8, ..YEAR }.draw(3)));
        // A change of these is a change of every result.
        let first: Vec<_> = Resampling { days: 10, ..YEAR }.draw(0).collect();
        assert_eq!(first, [1, 2, 3, 4, 8, 9, 9, 0, 1, 2]);
    }

    #[test]
    fn counts_are_those_of_the_days() {
        let draws = Draws::of(&Resampling { count: 11, ..YEAR });
        let tiles: Vec<_> = draws.tiles().collect();
        assert_eq!((tiles.len(), tiles[0].len()), (2, YEAR.days));
        for draw in 0..11 {
            let mut counts = vec![0; YEAR.days];
            YEAR.draw(draw).for_each(|day| counts[day] += 1);
            let kept = tiles[draw / 8].iter().map(|counts| counts[draw % 8]);
            assert!(kept.eq(counts));
        }
        assert!(tiles[1].iter().all(|counts| counts[3..] == [0; 5]));
    }
}
