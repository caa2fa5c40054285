//! The faults of engine version 1 that are to be mended, and what of a result each may touch.

use tradeforge::engine::Report;
use tradeforge::market::{Calendar, Series};

use super::case::Case;
use super::record::value;

const DAY_MS: i64 = 24 * 3_600_000;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fault {
    /// The relative strength index breaks exact ties, and is 100 where nothing moves.
    StrengthTies,
    /// With both directions and a longer channel to leave by, an entry passes the exit.
    ChannelBoth,
    /// A decision falls into a bar under way, whose fill at the open is seen only at its end.
    DecidedInside,
    /// An order or exit that the open reaches waits for an earlier one that fills inside the bar.
    OpenWaits,
    /// A bar's day is that of the longest bar that ends at the moment.
    LongerTimeframe,
    /// A market or an account that stands still has no volatility instead of none at all.
    Standing,
    /// Years of weekly bars, and of bars that have closed hours, are counted as full ones.
    Annualisation,
}

use Fault::{
    Annualisation, ChannelBoth, DecidedInside, LongerTimeframe, OpenWaits, Standing, StrengthTies,
};

pub(super) const ALL: [Fault; 7] =
    [StrengthTies, ChannelBoth, DecidedInside, OpenWaits, LongerTimeframe, Standing, Annualisation];

/// Those that are mended.
pub(super) const MENDED: &[Fault] = &ALL;

impl Fault {
    /// Those that touch a specification.
    pub(super) fn of(case: &Case, report: &Report) -> std::collections::BTreeSet<Self> {
        ALL.into_iter().filter(|fault| fault.touches(case, report)).collect()
    }

    fn touches(self, case: &Case, report: &Report) -> bool {
        let deciding = &case.series[0];
        let finest = case.series.iter().min_by_key(|series| series.timeframe).unwrap();
        let length = |name: &str| case.word(name).parse::<i64>().unwrap_or(0);
        match self {
            StrengthTies => case.strategy == "rsi_reversion",
            ChannelBoth => {
                case.strategy == "donchian_breakout"
                    && case.word("direction") == "\"both\""
                    && length("exit") > length("entry")
            }
            DecidedInside => {
                let executing = finest.timeframe.duration_ms();
                deciding.timeframe.duration_ms() % executing != 0
            }
            OpenWaits => case.strategy == "crowded",
            LongerTimeframe => case.series.iter().any(|s| s.timeframe != finest.timeframe),
            Standing => {
                ["volatility", "volatility_bar"].iter().any(|name| value(report, name).is_none())
            }
            Annualisation => is_no_full_year(finest),
        }
    }

    /// Whether fills, and with them everything, may be others.
    pub(super) fn touches_fills(self) -> bool {
        matches!(self, StrengthTies | ChannelBoth | DecidedInside | OpenWaits)
    }

    /// Which metrics may be others where the fills are not.
    pub(super) fn touched(self) -> &'static [&'static str] {
        match self {
            StrengthTies | ChannelBoth | DecidedInside | OpenWaits => &[],
            LongerTimeframe => &[
                "volatility",
                "sharpe",
                "sortino",
                "ulcer_index",
                "max_drawdown_duration_days",
                "sharpe_bar",
                "volatility_bar",
            ],
            Standing => &["volatility", "volatility_bar"],
            Annualisation => &["volatility", "sharpe", "sortino", "sharpe_bar", "volatility_bar"],
        }
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            StrengthTies => "strength_ties",
            ChannelBoth => "channel_both",
            DecidedInside => "decided_inside",
            OpenWaits => "open_waits",
            LongerTimeframe => "longer_timeframe",
            Standing => "standing",
            Annualisation => "annualisation",
        }
    }

    pub(super) fn named(name: &str) -> Self {
        ALL.into_iter().find(|fault| fault.name() == name).expect("a fault by that name")
    }
}

/// Whether a year of these bars is less than one of a market that never closes, or has a bar in
/// fewer than nine of ten places.
fn is_no_full_year(series: &Series) -> bool {
    let duration = series.timeframe.duration_ms();
    let (first, end) = (series.first_open_ms().unwrap(), series.end_ms().unwrap());
    let places = (end - first) / duration;
    let is_full = 10 * series.bars.len() as i64 >= 9 * places;
    duration > DAY_MS || series.calendar == Calendar::Sessions || !is_full
}
