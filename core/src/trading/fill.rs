//! What a fill is, and why it happened.

use serde::{Deserialize, Serialize};

/// Which way a position looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// Gains when the price rises.
    Long,
    /// Gains when the price falls.
    Short,
}

impl Side {
    /// `1` for long, `-1` for short.
    pub const fn sign(self) -> i64 {
        match self {
            Self::Long => 1,
            Self::Short => -1,
        }
    }

    /// The other side.
    #[must_use]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Long => Self::Short,
            Self::Short => Self::Long,
        }
    }
}

/// Which rule of FILL_V1 priced a fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillRule {
    /// A market order at the open, slippage against the trader.
    MarketAtOpen,
    /// A limit that the open had reached or passed, at the open.
    LimitAtOpen,
    /// A limit touched inside the bar, at the limit.
    LimitAtPrice,
    /// A stop that the open had reached or passed, at the open, slippage against the trader.
    StopAtOpen,
    /// A stop touched inside the bar, at the stop, slippage against the trader.
    StopAtPrice,
    /// A stop that the bar itself has moved and its close proves to be met, slippage against the
    /// trader.
    StopAtMoved,
    /// A stop-limit on the bar that triggered it, at the stop.
    LimitAtTrigger,
    /// A market order at the bar's close, slippage against the trader.
    MarketAtClose,
    /// A close at the price that the position is valued at, a bar's close but for a bar under way:
    /// end of the run, bankruptcy, or an instrument without bars.
    AtClose,
    /// A position that the account can no longer hold, at the price at which that is so or the
    /// first beyond it, slippage against the trader.
    Liquidation,
    /// The same at a bar's close, as others have used up what it needs.
    LiquidationAtClose,
}

impl FillRule {
    /// The stable name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MarketAtOpen => "MARKET_AT_OPEN",
            Self::LimitAtOpen => "LIMIT_AT_OPEN",
            Self::LimitAtPrice => "LIMIT_AT_PRICE",
            Self::StopAtOpen => "STOP_AT_OPEN",
            Self::StopAtPrice => "STOP_AT_PRICE",
            Self::StopAtMoved => "STOP_AT_MOVED",
            Self::LimitAtTrigger => "LIMIT_AT_TRIGGER",
            Self::MarketAtClose => "MARKET_AT_CLOSE",
            Self::AtClose => "AT_CLOSE",
            Self::Liquidation => "LIQUIDATION",
            Self::LiquidationAtClose => "LIQUIDATION_AT_CLOSE",
        }
    }

    /// Whether the fill is stamped with the end of a bar, as it is at the bar's close.
    pub const fn is_at_close(self) -> bool {
        matches!(self, Self::AtClose | Self::MarketAtClose | Self::LiquidationAtClose)
    }

    /// Whether slippage moves the price: market and stop fills only.
    pub const fn slips(self) -> bool {
        match self {
            Self::MarketAtOpen
            | Self::MarketAtClose
            | Self::StopAtOpen
            | Self::StopAtPrice
            | Self::StopAtMoved
            | Self::Liquidation
            | Self::LiquidationAtClose => true,
            Self::LimitAtOpen | Self::LimitAtPrice | Self::LimitAtTrigger | Self::AtClose => false,
        }
    }
}

/// Why a position was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ExitReason {
    /// The strategy asked for it.
    Signal,
    /// The strategy turned to the other side.
    Reversal,
    /// The equity was used up.
    Bankruptcy,
    /// The run ended, and its policy is to close.
    EndOfRun,
    /// The price went against the position, to its stop-loss.
    StopLoss,
    /// The price reached a take-profit level.
    TakeProfit,
    /// The price fell back from its best to the stop that follows it.
    TrailingStop,
    /// The price came back to the entry.
    BreakEven,
    /// It was held long enough, or the clock struck.
    TimeExit,
    /// Its instrument has had no bar for too long.
    SeriesEnd,
    /// The equity came down to what must be left of it.
    Liquidation,
    /// Other parameters took over, and they hold something else.
    Handover,
}

impl ExitReason {
    /// The stable name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Signal => "SIGNAL",
            Self::Reversal => "REVERSAL",
            Self::Bankruptcy => "BANKRUPTCY",
            Self::EndOfRun => "END_OF_RUN",
            Self::StopLoss => "STOP_LOSS",
            Self::TakeProfit => "TAKE_PROFIT",
            Self::TrailingStop => "TRAILING_STOP",
            Self::BreakEven => "BREAK_EVEN",
            Self::TimeExit => "TIME_EXIT",
            Self::SeriesEnd => "SERIES_END",
            Self::Liquidation => "LIQUIDATION",
            Self::Handover => "HANDOVER",
        }
    }
}

/// Why an order was refused as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rejection {
    /// The account cannot carry it: cash, or the leverage limit.
    InsufficientFunds,
    /// It comes to less than one quantity step.
    QuantityTooSmall,
    /// As many positions are open as may be.
    PositionLimit,
    /// The position has as many entries as it may.
    EntryLimit,
    /// It was decided too soon after an exit.
    CoolDown,
    /// An average that its exits need is not defined yet.
    LevelUndefined,
    /// The average that its size goes by is not defined yet.
    SizeUndefined,
    /// It is a greater part of the volume of the bar before than an entry may be.
    VolumeLimit,
}

impl Rejection {
    /// Every reason, in the order of their numbers.
    pub const ALL: [Self; 8] = [
        Self::InsufficientFunds,
        Self::QuantityTooSmall,
        Self::PositionLimit,
        Self::EntryLimit,
        Self::CoolDown,
        Self::LevelUndefined,
        Self::SizeUndefined,
        Self::VolumeLimit,
    ];

    /// The stable name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "INSUFFICIENT_FUNDS",
            Self::QuantityTooSmall => "QUANTITY_TOO_SMALL",
            Self::PositionLimit => "POSITION_LIMIT",
            Self::EntryLimit => "ENTRY_LIMIT",
            Self::CoolDown => "COOL_DOWN",
            Self::LevelUndefined => "LEVEL_UNDEFINED",
            Self::SizeUndefined => "SIZE_UNDEFINED",
            Self::VolumeLimit => "VOLUME_LIMIT",
        }
    }
}

/// One execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fill {
    /// Which of the run's instruments, by its place in the order of subscription.
    pub instrument: u32,
    /// Open time of the bar it happens in; the bar's end for a fill at the close.
    pub time_ms: i64,
    /// Index of that bar in its feed.
    pub bar: u64,
    /// Price in ticks.
    pub price: i64,
    /// Quantity in steps; negative sells.
    pub quantity: i64,
    /// Commission in money units.
    pub commission: i64,
    /// What slippage cost, in money units; part of the price already.
    pub slippage: i64,
    /// What priced it.
    pub rule: FillRule,
}
