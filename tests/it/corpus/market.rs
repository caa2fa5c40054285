//! The markets of the corpus: integer walks that follow from their seed alone, each of another
//! kind. They must stay as they are, or the recorded numbers say nothing.

use tradeforge::market::{Bar, Calendar, Columns, Series, Timeframe, TradingDays, Units, resample};

use crate::support::Dice;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// 2024-01-01, a Monday.
const START_MS: i64 = 1_704_067_200_000;

/// One kind of market, and in which bars strategies are fed there.
pub(super) struct Kind {
    pub name: &'static str,
    timeframe: &'static str,
    calendar: Calendar,
    bars: usize,
    /// The most that a price goes in a bar, in ticks.
    step: u64,
    start: i64,
    is_open: fn(i64) -> bool,
    /// Which timeframes, the deciding one first.
    pub feeds: &'static [&'static [&'static str]],
}

const ALWAYS: fn(i64) -> bool = |_| true;
const WEEKDAYS: fn(i64) -> bool = |time_ms| weekday(time_ms) < 5;
/// From Sunday 22:00 to Friday 22:00.
const FOREIGN_EXCHANGE: fn(i64) -> bool = |time_ms| {
    let hour_of_week = (time_ms.div_euclid(HOUR_MS) + 72).rem_euclid(168);
    !(118..166).contains(&hour_of_week)
};
const SESSION: fn(i64) -> bool =
    |time_ms| WEEKDAYS(time_ms) && (870..1_260).contains(&(time_ms.rem_euclid(DAY_MS) / 60_000));

/// Monday is 0.
const fn weekday(time_ms: i64) -> i64 {
    (time_ms.div_euclid(DAY_MS) + 3).rem_euclid(7)
}

pub(super) const KINDS: &[Kind] = &[
    Kind {
        name: "minutes",
        timeframe: "1m",
        calendar: Calendar::AlwaysOpen,
        bars: 6_000,
        step: 60,
        start: 20_000,
        is_open: ALWAYS,
        feeds: &[&["1m"], &["15m"], &["5m", "1m"], &["1m", "5m"], &["5m", "3m"], &["1h", "1m"]],
    },
    Kind {
        name: "ties",
        timeframe: "1m",
        calendar: Calendar::AlwaysOpen,
        bars: 3_000,
        step: 1,
        start: 300,
        is_open: ALWAYS,
        feeds: &[&["1m"], &["5m"], &["3m", "1m"]],
    },
    Kind {
        name: "hours",
        timeframe: "1h",
        calendar: Calendar::AlwaysOpen,
        bars: 3_000,
        step: 250,
        start: 40_000,
        is_open: ALWAYS,
        feeds: &[&["1h"], &["4h"], &["1d", "1h"], &["1h", "1d"]],
    },
    Kind {
        name: "foreign_exchange",
        timeframe: "1h",
        calendar: Calendar::AlwaysOpen,
        bars: 2_500,
        step: 120,
        start: 110_000,
        is_open: FOREIGN_EXCHANGE,
        feeds: &[&["1h"], &["4h", "1h"]],
    },
    Kind {
        name: "sessions",
        timeframe: "5m",
        calendar: Calendar::Sessions,
        bars: 4_000,
        step: 40,
        start: 15_000,
        is_open: SESSION,
        feeds: &[&["5m"], &["15m", "5m"], &["30m"]],
    },
    Kind {
        name: "days",
        timeframe: "1d",
        calendar: Calendar::Sessions,
        bars: 1_200,
        step: 300,
        start: 10_000,
        is_open: WEEKDAYS,
        feeds: &[&["1d"], &["7d", "1d"]],
    },
    Kind {
        name: "weeks",
        timeframe: "7d",
        calendar: Calendar::AlwaysOpen,
        bars: 500,
        step: 900,
        start: 30_000,
        is_open: ALWAYS,
        feeds: &[&["7d"]],
    },
    Kind {
        name: "standing",
        timeframe: "1h",
        calendar: Calendar::AlwaysOpen,
        bars: 400,
        step: 0,
        start: 5_000,
        is_open: ALWAYS,
        feeds: &[&["1h"]],
    },
];

impl Kind {
    /// The series of each feed, the deciding one first.
    pub(super) fn series(&self, feed: &[&str], dice: &mut Dice) -> Vec<Series> {
        let whole = self.walk(dice);
        feed.iter().map(|text| resample(&whole, text.parse().unwrap()).unwrap()).collect()
    }

    fn walk(&self, dice: &mut Dice) -> Series {
        let timeframe: Timeframe = self.timeframe.parse().unwrap();
        let duration = timeframe.duration_ms();
        let (mut time_ms, mut close, mut drift) = (START_MS, self.start, 0);
        let mut bars = Columns::with_capacity(self.bars);
        while bars.len() < self.bars {
            let bar_ms = time_ms;
            // Now and then some bars are missing.
            time_ms += duration * if dice.below(400) == 0 { 1 + dice.below(9) as i64 } else { 1 };
            if !(self.is_open)(bar_ms) {
                continue;
            }
            if dice.below(80) == 0 {
                drift = self.around(dice, 3);
            }
            let gap = if dice.below(25) == 0 { self.around(dice, 1) } else { 0 };
            let open = (close + gap).max(20);
            close = (open + drift + self.around(dice, 1)).max(20);
            let (above, below) = (self.beyond(dice), self.beyond(dice));
            let (high, low) = (open.max(close) + above, (open.min(close) - below).max(1));
            let volume = dice.below(1_000) as f64;
            bars.push(Bar { open_time_ms: bar_ms, open, high, low, close, volume });
        }
        let units =
            Units { price_tick: "0.01".parse().unwrap(), quantity_step: "0.001".parse().unwrap() };
        let (calendar, days) = (self.calendar, TradingDays::UTC);
        Series { timeframe, units, calendar, days, bars }
    }

    /// Up to a step either way, or a part of it.
    fn around(&self, dice: &mut Dice, part: u64) -> i64 {
        let most = self.step / part;
        dice.below(2 * most + 1) as i64 - most as i64
    }

    fn beyond(&self, dice: &mut Dice) -> i64 {
        dice.below(self.step / 2 + 1) as i64
    }
}
