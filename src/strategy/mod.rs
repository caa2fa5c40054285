//! Strategies: bars in, orders out. One file each, and one line in the catalog.
//!
//! A strategy decides at a bar's close and sees nothing later than that.

mod buy_and_hold;
mod catalog;
mod context;
mod direction;
#[cfg(feature = "test-strategies")]
mod gate;
mod param;
mod rsi_reversion;
mod sma_cross;

pub use catalog::{Catalog, ParamConflict, StrategyEntry, UnknownStrategy};
pub use context::Context;
pub use direction::{Action, Direction, Signals};
pub use param::{Domain, ParamError, ParamSpec, ParamValue, Params, did_you_mean};

use crate::market::Bar;

/// A trading rule with whatever it remembers of the bars so far.
pub trait Strategy: Send {
    /// Takes the next bar of a subscription it listens to, at the bar's end.
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>);

    /// Whether bars of that subscription are delivered. By default only the first one's; others
    /// of the same instrument still serve to fill orders at a finer timeframe.
    fn listens_to(&self, subscription: usize) -> bool {
        subscription == 0
    }
}

/// A parameter that counts bars.
fn length_spec(name: &'static str, default: i64) -> ParamSpec {
    let domain = Domain::Int { min: 1, max: 10_000, step: 1 };
    let (display_name, description) = (name, "");
    let default = default.into();
    ParamSpec { name, display_name, description, unit: "bars", default, domain, suggested: domain }
}
