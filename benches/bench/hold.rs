//! A strategy that holds its run still until it is let go, so that a run is live for as long as
//! it is measured and takes no core meanwhile.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tradeforge::market::Bar;
use tradeforge::strategy::{Context, Strategy, StrategyEntry, building, warming};

pub(crate) const NAME: &str = "hold";

static GATE: (Mutex<bool>, Condvar) = (Mutex::new(false), Condvar::new());
/// How often a held run looks whether it was asked to stop.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) fn entry() -> StrategyEntry {
    StrategyEntry {
        name: NAME.into(),
        version: "1".into(),
        display_name: "Hold".into(),
        description: "Waits at its first bar.".into(),
        scope: tradeforge::strategy::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: None,
        params: Vec::new(),
        warm_up: warming(|_| 0),
        build: building(|_| Ok(Box::new(Hold { is_held: true }))),
    }
}

/// Opens or shuts the gate.
pub(crate) fn set_open(is_open: bool) {
    *GATE.0.lock().unwrap_or_else(PoisonError::into_inner) = is_open;
    GATE.1.notify_all();
}

struct Hold {
    is_held: bool,
}

impl Strategy for Hold {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        if !std::mem::take(&mut self.is_held) {
            return;
        }
        let mut is_open = GATE.0.lock().unwrap_or_else(PoisonError::into_inner);
        while !*is_open && !context.is_stopping() {
            let woken = GATE.1.wait_timeout(is_open, LOOK);
            is_open = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
