//! For tests only: panics on one value of its parameter, as a strategy with a bug does.

use super::{Context, Domain, ParamSpec, Strategy, StrategyEntry, building, warming};
use crate::market::Bar;

/// The number that is too much.
const CURSED: i64 = 13;

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    let domain = Domain::Int { min: 1, max: 100, step: 1 };
    StrategyEntry {
        name: "unlucky".into(),
        version: "1".into(),
        display_name: "Unlucky (tests only)".into(),
        description: "Does nothing, and panics at the first bar if its number is 13.".into(),
        scope: super::Scope::Instrument,
        aux: None,
        markets: Vec::new(),
        default_sizing: Some(super::ALL_IN),
        params: vec![ParamSpec {
            name: "number".into(),
            display_name: "Number".into(),
            description: "The run panics if it is 13.".into(),
            unit: "".into(),
            default: 1.into(),
            domain: domain.clone(),
            suggested: domain,
        }],
        warm_up: warming(|_| 0),
        build: building(|params| Ok(Box::new(Unlucky { number: params.length("number") as i64 }))),
    }
}

struct Unlucky {
    number: i64,
}

impl Strategy for Unlucky {
    fn on_bar(&mut self, _bar: &Bar, _context: &mut Context<'_>) {
        assert_ne!(self.number, CURSED, "this number brings bad luck");
    }
}
