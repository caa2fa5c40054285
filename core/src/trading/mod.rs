//! Orders become fills, fills become money: the account and its exact arithmetic.

mod account;
mod bars_before;
mod carry;
mod commission;
mod costs;
mod execution;
mod exit_terms;
mod exits;
mod fees;
mod fill;
mod fill_price;
mod laid_exits;
mod margin;
mod order;
mod orders;
mod own_terms;
mod path;
mod position;
mod room;
mod simulation;
mod sizing;
mod standing;
mod stop_curve;
mod target;
mod terms;

pub use account::Account;
pub use bars_before::BarsBefore;
pub use carry::{CarryTerms, Charge, ChargeKind};
pub use commission::Commission;
pub use costs::Costs;
pub use execution::{Execution, Filled};
pub use exit_terms::{
    AtrDistance, BreakEven, Distance, ExitTerms, PositionLimits, TakeProfit, TrailingStop,
};
pub use exits::{
    AtFill, Bracket, Either, Exits, Level, LevelPlace, Line, PlacedTarget, TARGETS_MAX,
    nearest_tick, portion_of,
};
pub use fees::{Deal, FeeTerms, Fees};
pub use fill::{ExitReason, Fill, FillRule, Rejection, Side};
pub use laid_exits::LaidExits;
pub use margin::{MarginTerms, Margins};
pub use order::{Entry, Intent, Need, Order, OrderId, OrderKind};
pub use orders::Orders;
pub(crate) use orders::{remove_line, trigger};
pub use own_terms::{OwnTerms, SlippageTerms};
pub use path::{Path, Priced, StopLimitFate, Touch};
pub use position::{Exit, Position, Trade};
pub use simulation::{EndOfRunPolicy, EntryBarPolicy, RangeFraction, Simulation, Sizing};
pub use standing::Standing;
pub use stop_curve::{Away, MovingStops, StopCurve, StopLevel};
pub use target::{Goal, Target, Weight};
pub use terms::{Fraction, InstrumentTerms, Size, Terms, TermsError};

/// An amount of money does not fit 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an amount of money does not fit 64 bits; start with less cash, or import the series with a \
     coarser quantity_step or price_tick"
)]
pub struct Overflow;
