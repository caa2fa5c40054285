//! How positions are left whatever the strategy does, as a user states it: exact and hashable.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::market::Decimal;

/// What leaves positions besides the strategy. A kind that is given here stands in place of the
/// strategy's own of that kind.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ExitTerms {
    /// A stop at a fixed distance from the fill.
    pub stop_loss: Option<Distance>,
    /// At most four targets, in order.
    pub take_profits: Vec<TakeProfit>,
    /// A stop that follows the best price since the entry.
    pub trailing_stop: Option<TrailingStop>,
    /// A stop that comes to the entry.
    pub break_even: Option<BreakEven>,
    /// Leaves after so many bars of the instrument's first subscription; 0 means never.
    pub max_bars: u32,
    /// Leaves each day at this minute, UTC.
    pub daily_exit_minute: Option<u16>,
}

/// How far away a price is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// A fraction of the price that it is measured from, `0 <= fraction < 1`.
    Percent(Decimal),
    /// Whole ticks.
    Ticks(u32),
    /// Average true ranges of the bar that decided.
    Atr(AtrDistance),
}

/// So many average true ranges of the instrument's first subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AtrDistance {
    /// How many.
    pub multiple: Decimal,
    /// Bars of the average.
    pub period: u32,
}

/// A target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TakeProfit {
    /// How far beyond the fill.
    pub distance: Distance,
    /// The part of what is then held that it closes.
    pub portion: Decimal,
}

/// A stop that follows the best price since the entry, the fill being the first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailingStop {
    /// How far behind the best price.
    pub distance: Distance,
    /// How far the price must have gone from the fill before it counts.
    pub activation: Option<Distance>,
    /// Takes the average true range anew at each bar's end.
    pub chandelier: bool,
}

/// A stop that comes to the entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BreakEven {
    /// How far the price must have gone from the fill.
    pub trigger: Distance,
    /// Where the stop is then, beyond the fill.
    pub offset: Option<Distance>,
}

/// What may be held, and when entries are refused. 0 leaves it open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PositionLimits {
    /// Most positions at a time.
    pub max_positions: u32,
    /// Most entries of one position, the first included.
    pub max_entries: u32,
    /// Bars after that of an exit at whose ends no entry in that instrument may be decided.
    pub cool_down_bars: u32,
    /// Lets the cool-down follow only trades with a net loss.
    pub cool_down_after_loss_only: bool,
    /// Closes a position whose instrument has had no bar for so many days.
    pub close_after_days_without_bars: u32,
    /// The greatest part of the volume of the bar before its fill that an entry may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_volume_share: Option<Decimal>,
}

impl Distance {
    /// Whether it is nothing: what it belongs to is then off.
    pub fn is_off(self) -> bool {
        match self {
            Self::Percent(fraction) => fraction == Decimal::ZERO,
            Self::Ticks(ticks) => ticks == 0,
            Self::Atr(atr) => atr.multiple == Decimal::ZERO,
        }
    }

    /// Whether it is known to be as far as another whatever the price is: where they are of one
    /// kind.
    pub fn reaches(self, other: Self) -> bool {
        match (self, other) {
            (Self::Percent(own), Self::Percent(other)) => own.to_f64() >= other.to_f64(),
            (Self::Ticks(own), Self::Ticks(other)) => own >= other,
            (Self::Atr(own), Self::Atr(other)) => {
                own.period == other.period && own.multiple.to_f64() >= other.multiple.to_f64()
            }
            _ => false,
        }
    }

    /// The bars of its average, if it has one.
    pub const fn period(self) -> Option<u32> {
        match self {
            Self::Atr(atr) => Some(atr.period),
            Self::Percent(_) | Self::Ticks(_) => None,
        }
    }
}

impl BreakEven {
    /// What is wrong with an offset that reaches the trigger, if it does.
    pub fn offset_too_far(self) -> Option<String> {
        let Self { trigger, offset } = self;
        let offset = offset.filter(|offset| !trigger.is_off() && offset.reaches(trigger))?;
        Some(format!("must be less than the trigger, {trigger}, but is {offset}"))
    }
}

impl fmt::Display for Distance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Percent(fraction) => write!(f, "percent {fraction}"),
            Self::Ticks(ticks) => write!(f, "ticks {ticks}"),
            Self::Atr(atr) => write!(f, "atr {} of {} bars", atr.multiple, atr.period),
        }
    }
}

impl PositionLimits {
    /// None.
    pub const NONE: Self = Self {
        max_positions: 0,
        max_entries: 0,
        cool_down_bars: 0,
        cool_down_after_loss_only: false,
        close_after_days_without_bars: 0,
        max_volume_share: None,
    };

    /// Whether nothing is limited.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }
}

impl ExitTerms {
    /// Nothing.
    pub const NONE: Self = Self {
        stop_loss: None,
        take_profits: Vec::new(),
        trailing_stop: None,
        break_even: None,
        max_bars: 0,
        daily_exit_minute: None,
    };

    /// Whether nothing is asked for.
    pub fn is_none(&self) -> bool {
        *self == Self::NONE
    }

    /// All distances that are not off.
    pub fn distances(&self) -> impl Iterator<Item = Distance> + '_ {
        let trailing = self.trailing_stop.iter();
        let break_even = self.break_even.iter();
        self.stop_loss
            .into_iter()
            .chain(self.take_profits.iter().map(|target| target.distance))
            .chain(trailing.flat_map(|stop| [Some(stop.distance), stop.activation]).flatten())
            .chain(break_even.flat_map(|stop| [Some(stop.trigger), stop.offset]).flatten())
            .filter(|distance| !distance.is_off())
    }
}
