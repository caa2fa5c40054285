//! Stop-loss and take-profit: one group that the position owns, of which one cancels the others.

use super::fill::Side;
use super::stop_curve::Away;
use crate::market::Decimal;

/// The most take-profit levels of a position.
pub const TARGETS_MAX: usize = 4;

/// How to leave a position: at most one stop-loss, and some take-profit levels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Exits {
    stop: Option<Level>,
    targets: [Option<Target>; TARGETS_MAX],
}

/// A price at which a position is left.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    /// That price, in ticks.
    Price(i64),
    /// So many ticks from the entry's fill price: a stop on the losing side of it, a target on
    /// the winning side. Of exits given later, from the average entry price.
    Away(f64),
    /// So far from there, likewise, by the terms of the run.
    Beyond(Away),
    /// A line over the entry's fill price, in ticks.
    Line(Line),
    /// One of two of them.
    Either(Either),
    /// Asked of whoever gave the entry, as it fills; another name is another level.
    Asked(u64),
}

/// Which of the exits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LevelPlace {
    /// The stop-loss.
    Stop,
    /// The take-profit level in that place.
    Target(usize),
}

/// Tells the levels that are asked for as an entry fills.
pub trait AtFill: std::fmt::Debug + Send + Sync {
    /// The level in ticks for a fill at that price, with which the position has so many entries;
    /// `None` if it is none there.
    fn level(&self, place: LevelPlace, entries: u32, fill: i64) -> Option<i64>;
}

/// A line over the entry's fill price, in ticks: `scale x fill + offset`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Line {
    /// How much it moves with the fill.
    pub scale: f64,
    /// Its height at a fill of nothing.
    pub offset: f64,
}

/// One of two lines, by whether one of two others is below the other at the fill.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Either {
    /// It is looked whether this one
    pub less: Line,
    /// is below this one:
    pub than: Line,
    /// the line if it is,
    pub yes: Line,
    /// and if it is not.
    pub no: Line,
}

/// A take-profit level.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Target {
    level: Level,
    portion: Decimal,
}

/// Exits on the grid, ready to be compared with prices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bracket {
    /// The stop-loss in ticks.
    pub stop: Option<i64>,
    /// The take-profit levels still to come, in the order given.
    pub targets: [Option<PlacedTarget>; TARGETS_MAX],
}

/// A take-profit level on the grid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlacedTarget {
    /// Its price in ticks.
    pub price: i64,
    /// Which portion of what remains it closes.
    pub portion: Decimal,
}

/// The farthest price level: beyond all prices, and far from where sums of two no longer fit.
const LEVEL_MAX: f64 = 2e18;

/// A computed price level on the grid: the nearest tick, half away from zero. One beyond all prices
/// is somewhere beyond them.
///
/// ```
/// assert_eq!(tradeforge_core::trading::nearest_tick(100.5), 101);
/// ```
pub const fn nearest_tick(price: f64) -> i64 {
    price.round().clamp(-LEVEL_MAX, LEVEL_MAX) as i64
}

impl Level {
    /// The price in ticks, for an entry at `entry`; `direction` is where distances point.
    fn placed(self, entry: i64, direction: i64) -> i64 {
        match self {
            Self::Price(price) => price,
            Self::Beyond(away) => away.from(entry, direction),
            Self::Away(distance) => nearest_tick(entry as f64 + direction as f64 * distance),
            Self::Line(line) => nearest_tick(line.at(entry)),
            Self::Either(Either { less, than, yes, no }) => {
                let is_below = less.at(entry) < than.at(entry);
                nearest_tick(if is_below { yes } else { no }.at(entry))
            }
            Self::Asked(_) => unreachable!("what is asked at the fill is a price from then on"),
        }
    }
}

impl Line {
    fn at(self, fill: i64) -> f64 {
        self.scale * fill as f64 + self.offset
    }
}

impl Exits {
    /// No exits: the position stays until the strategy closes it.
    pub const NONE: Self = Self { stop: None, targets: [None; TARGETS_MAX] };

    /// A stop-loss.
    pub const fn stop(level: Level) -> Self {
        Self { stop: Some(level), ..Self::NONE }
    }

    /// The same with that stop-loss.
    #[must_use]
    pub const fn and_stop(mut self, level: Level) -> Self {
        self.stop = Some(level);
        self
    }

    /// A take-profit level that closes `portion` of the position: 1 is all of it.
    pub fn target(level: Level, portion: Decimal) -> Self {
        Self::NONE.and_target(level, portion)
    }

    /// The same with one more take-profit level, which closes `portion` of what then remains.
    ///
    /// # Panics
    ///
    /// Beyond [`TARGETS_MAX`] levels: a mistake in the strategy.
    #[must_use]
    pub fn and_target(mut self, level: Level, portion: Decimal) -> Self {
        let free = self.targets.iter().position(Option::is_none);
        let free = free.expect("a position has at most four take-profit levels");
        self.targets[free] = Some(Target { level, portion });
        self
    }

    /// The same with another stop-loss.
    #[must_use]
    pub const fn with_stop(self, level: Level) -> Self {
        Self { stop: Some(level), ..self }
    }

    /// The same with the target in that place at another level, if there is one.
    #[must_use]
    pub fn with_target(mut self, place: usize, level: Level) -> Self {
        if let Some(Some(target)) = self.targets.get_mut(place) {
            target.level = level;
        }
        self
    }

    /// The same without a stop-loss.
    #[must_use]
    pub const fn without_stop(self) -> Self {
        Self { stop: None, ..self }
    }

    /// The same without targets.
    #[must_use]
    pub const fn without_targets(self) -> Self {
        Self { targets: [None; TARGETS_MAX], ..self }
    }

    /// The same exits as those on the grid, each target in its place.
    pub fn of(bracket: &Bracket) -> Self {
        let target =
            |it: PlacedTarget| Target { level: Level::Price(it.price), portion: it.portion };
        Self {
            stop: bracket.stop.map(Level::Price),
            targets: bracket.targets.map(|it| it.map(target)),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.stop.is_none() && self.targets.iter().all(Option::is_none)
    }

    /// Whether any of them is asked for at the fill.
    pub fn asks(&self) -> bool {
        let targets = self.targets.iter().flatten().map(|target| target.level);
        self.stop.into_iter().chain(targets).any(|level| matches!(level, Level::Asked(_)))
    }

    /// The same with what is asked for told, for a fill at that price; `None` if nobody tells it,
    /// or it is none.
    pub fn told(&self, by: Option<&dyn AtFill>, entries: u32, fill: i64) -> Option<Self> {
        let tell = |level: Level, place| match level {
            Level::Asked(_) => by?.level(place, entries, fill).map(Level::Price),
            known => Some(known),
        };
        let mut told = *self;
        if let Some(stop) = &mut told.stop {
            *stop = tell(*stop, LevelPlace::Stop)?;
        }
        for (place, target) in told.targets.iter_mut().enumerate() {
            if let Some(target) = target {
                target.level = tell(target.level, LevelPlace::Target(place))?;
            }
        }
        Some(told)
    }

    /// Where the stop-loss of an entry at that price lies; `None` without one.
    pub fn stop_price(&self, side: Side, entry: i64) -> Option<i64> {
        self.stop.map(|level| level.placed(entry, -side.sign()))
    }

    /// Where the target in that place lies for an entry at that price; `None` without one.
    pub fn target_price(&self, place: usize, side: Side, entry: i64) -> Option<i64> {
        let target = self.targets.get(place).copied().flatten()?;
        Some(target.level.placed(entry, side.sign()))
    }

    /// The same with each level as the price that it is for an entry at that price.
    #[must_use]
    pub fn as_prices(&self, side: Side, entry: i64) -> Self {
        let fixed = |target: Target| Target {
            level: Level::Price(target.level.placed(entry, side.sign())),
            ..target
        };
        Self {
            stop: self.stop_price(side, entry).map(Level::Price),
            targets: self.targets.map(|target| target.map(fixed)),
        }
    }

    /// Brings all levels onto the grid for an entry at that price.
    pub fn placed(&self, side: Side, entry: i64) -> Bracket {
        let placed = |target: Target| PlacedTarget {
            price: target.level.placed(entry, side.sign()),
            portion: target.portion,
        };
        Bracket {
            stop: self.stop_price(side, entry),
            targets: self.targets.map(|target| target.map(placed)),
        }
    }
}

/// That portion of the steps held: whole steps, and at least one.
pub fn portion_of(portion: Decimal, held: i64) -> i64 {
    super::terms::Fraction::from(portion).of(held).clamp(1, held)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_point_to_the_losing_side_for_stops_and_to_the_winning_side_for_targets() {
        let exits = Exits::stop(Level::Away(10.0)).and_target(Level::Away(20.0), Decimal::ONE);
        for (side, stop, target) in [(Side::Long, 90, 120), (Side::Short, 110, 80)] {
            let bracket = exits.placed(side, 100);
            assert_eq!(bracket.stop, Some(stop));
            assert_eq!(bracket.targets[0].map(|target| target.price), Some(target));
        }
    }

    #[test]
    fn a_computed_level_is_rounded_half_away_from_zero() {
        let stop = |distance| Exits::stop(Level::Away(distance)).stop_price(Side::Long, 100);
        assert_eq!(stop(9.5), Some(91));
        assert_eq!(stop(9.51), Some(90));
        assert_eq!(stop(100.5), Some(-1));
    }

    #[test]
    fn a_portion_is_whole_steps_and_at_least_one() {
        let half: Decimal = "0.5".parse().unwrap();
        assert_eq!([1, 2, 3, 5].map(|held| portion_of(half, held)), [1, 1, 1, 2]);
        assert_eq!(portion_of(Decimal::ONE, 7), 7);
    }
}
