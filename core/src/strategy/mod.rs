//! Strategies: bars in, orders out. One file each, and one line in the catalog.
//!
//! A strategy decides at a bar's close and sees nothing later than that.

mod adopted;
mod bollinger_reversion;
mod buy_and_hold;
mod catalog;
mod context;
mod crossing;
mod cursors;
mod desk;
mod direction;
mod donchian_breakout;
mod each;
mod ema_cross;
mod fixed_weights;
mod follow_series;
#[cfg(feature = "test-strategies")]
mod gate;
mod given_signals;
mod known_rows;
mod macd_trend;
mod momentum_rotation;
mod param;
mod reached;
mod rsi_reversion;
mod rule;
mod scheduled;
mod sma_cross;
mod study;
mod timed;
mod told;
#[cfg(feature = "test-strategies")]
mod unlucky;
mod views;
mod watch;
mod zigzag_breakout;

pub use adopted::Adopted;
pub(crate) use adopted::{Amount, Held};
pub use catalog::{
    ALL_IN, AuxCheck, AuxNeed, Build, Catalog, NamedAux, ParamConflict, Scope, StrategyEntry,
    UnknownStrategy, WarmUp, building, warming,
};
pub use context::{Context, Rest};
pub use cursors::{Cursors, LOOKBACK_MAX};
pub use desk::Desk;
pub use direction::{Action, Direction, Signals};
pub(crate) use known_rows::of_name;
pub use known_rows::{AuxFeed, AuxUse, KnownRows};
pub use param::{Domain, POSITIVE_MIN, ParamError, ParamSpec, ParamValue, Params};
pub(crate) use reached::Reached;
pub use rule::{AtrStop, Rule, Signal};
pub use scheduled::{Change, Handover, Scheduled};
pub use study::{Drawing, ExitsAt, Keep, Line, Part, Plot, Sheet, Studied, Study};
pub use timed::{Stay, Timed};
pub use told::{HeldPosition, Known, Passage, Passed, Prices, Room, Told};
pub use views::{AccountView, LastTrade, PositionView};
pub use watch::{ValueCount, ValuesWanted, Watch, Watched};

use std::sync::Arc;

use crate::market::{Bar, MoneyUnit, TradingDays, Units};

/// What a subscription's bars mean, whatever they are.
#[derive(Clone, Debug)]
pub struct Market {
    /// The smallest price difference, and the smallest quantity.
    pub units: Units,
    /// What the account's money is counted in.
    pub money: MoneyUnit,
    /// Where its days begin, and so its longer bars.
    pub days: Arc<TradingDays>,
}

/// A trading rule with whatever it remembers of the bars so far.
pub trait Strategy: Send {
    /// Told before the first bar: what each subscription's prices and days mean.
    fn begin(&mut self, markets: &[Market]) {
        _ = markets;
    }

    /// Takes the next bar of a subscription it listens to, at the bar's end.
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>);

    /// All bars that end now have been delivered, and at least one has ended. `context` stands
    /// where the shortest of them does.
    fn on_moment(&mut self, context: &mut Context<'_>) {
        _ = context;
    }

    /// Takes the next bar of the only subscription: a moment of its own. What the two others do, in
    /// one call.
    #[doc(hidden)]
    fn on_only_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        self.on_bar(bar, context);
        self.on_moment(context);
    }

    /// Whether bars of that subscription are delivered. By default only the first one's; others
    /// of the same instrument still serve to fill orders at a finer timeframe.
    fn listens_to(&self, subscription: usize) -> bool {
        subscription == 0
    }

    /// How many bars of that subscription it reads by [`Context::past`], the last one included; at
    /// most [`LOOKBACK_MAX`].
    fn lookback(&self, subscription: usize) -> usize {
        _ = subscription;
        1
    }

    /// Whether it reads [`PositionView::extremes`], which are kept at every bar of a position for
    /// those that say so; asked once, after [`Self::begin`].
    fn reads_extremes(&self) -> bool {
        false
    }

    /// What became of the rows of auxiliary series so far; `None` if it follows none.
    fn uses_aux(&self) -> Option<AuxUse> {
        None
    }

    /// What it does from its first bar on, if that can be stated; so that many of them can be
    /// computed together, with the same result.
    fn rule(&self) -> Option<Rule> {
        None
    }

    /// Told before [`Self::begin`]: what somebody wants to see of what it goes by. One without
    /// values of its own has nothing to show.
    fn watch(&mut self, watch: &Watch) {
        _ = watch;
    }

    /// What was to be seen, after the last bar.
    fn watched(&mut self) -> Watched {
        Watched::default()
    }

    /// The same of a run with these auxiliary series over one instrument.
    fn rule_over(&self, aux: &[AuxFeed]) -> Option<Rule> {
        _ = aux;
        self.rule()
    }
}
