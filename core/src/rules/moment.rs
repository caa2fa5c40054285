//! What a program is told at a bar besides its definitions: the bar's parts, and facts.

use jiff::ToSpan;
use jiff::civil::Date;

use super::graph::{Graph, GraphOp};
use super::kernel::NONE;
use super::language::{Fact, Source};
use crate::market::{Bar, TradingDays};
use crate::strategy::KnownRows;

const MINUTE_MS: i64 = 60_000;
const DAY_MINUTES: i64 = 24 * 60;
const EPOCH: Date = Date::constant(1970, 1, 1);

/// What a program is given with a bar.
#[derive(Clone, Copy)]
pub(super) struct Given<'g> {
    /// What the account knows.
    pub(super) facts: &'g Facts,
    /// The known rows of each of its auxiliary series; `None` where there is none.
    pub(super) rows: &'g [Option<KnownRows<'g>>],
}

impl Given<'_> {
    /// Of who never traded and reads no series.
    pub(super) const NOTHING: Given<'static> = Given { facts: &Facts::NOTHING, rows: &[] };
}

/// What the account knows when a bar has ended, none where there is nothing to know.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    values: [f64; Fact::ALL.len()],
}

impl Facts {
    /// Those of an account that never traded.
    pub(super) const NOTHING: Self = Self { values: [NONE; Fact::ALL.len()] };

    /// The same with one more.
    #[must_use]
    pub(super) const fn with(mut self, fact: Fact, value: f64) -> Self {
        self.values[fact as usize] = value;
        self
    }

    #[inline]
    pub(super) const fn value(&self, fact: Fact) -> f64 {
        self.values[fact as usize]
    }
}

/// Some facts.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct FactSet(u32);

impl FactSet {
    /// Those that the nodes of a graph read.
    pub(super) fn read_by(graph: &Graph) -> Self {
        let facts = graph.nodes.iter().filter_map(|node| match node.op {
            GraphOp::Fact(fact) => Some(fact),
            _ => None,
        });
        Self(facts.fold(0, |all, fact| all | 1 << fact as u32))
    }

    #[inline]
    pub(super) const fn contains(self, fact: Fact) -> bool {
        self.0 >> fact as u32 & 1 == 1
    }
}

/// A part of a bar; prices in ticks, dates and times as its market counts them.
#[inline]
pub(super) fn part_of(source: Source, bar: &Bar, index: u64, days: &TradingDays) -> f64 {
    match source {
        Source::Open => bar.open as f64,
        Source::High => bar.high as f64,
        Source::Low => bar.low as f64,
        Source::Close => bar.close as f64,
        Source::Volume => bar.volume,
        Source::BarIndex => index as f64,
        Source::Hour | Source::Minute | Source::TimeOfDay => {
            time_part(source, days.wall_clock_ms(bar.open_time_ms))
        }
        Source::Day | Source::Month | Source::Year | Source::Weekday | Source::Week => {
            date_part(source, days.day(bar.open_time_ms))
        }
    }
}

/// By the wall clock at the bar's open.
fn time_part(source: Source, wall_clock_ms: i64) -> f64 {
    let minutes = wall_clock_ms.div_euclid(MINUTE_MS).rem_euclid(DAY_MINUTES);
    let part = match source {
        Source::Hour => minutes / 60,
        Source::Minute => minutes % 60,
        _ => minutes,
    };
    part as f64
}

/// By the label of the day that the bar belongs to.
fn date_part(source: Source, day: i64) -> f64 {
    let date = i32::try_from(day).ok().and_then(|day| EPOCH.checked_add(day.days()).ok());
    let Some(date) = date else { return NONE };
    match source {
        Source::Day => f64::from(date.day()),
        Source::Month => f64::from(date.month()),
        Source::Year => f64::from(date.year()),
        Source::Weekday => f64::from(date.weekday().to_monday_one_offset()),
        Source::Week => f64::from(date.iso_week_date().week()),
        _ => NONE,
    }
}
