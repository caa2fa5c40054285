//! The strategy that a spec means: a shipped one by its name, or one that a text makes.

use std::ops::Deref;

use crate::rules::{Compiled, compile};
use crate::run::{Failure, StrategyRef};
use crate::strategy::{Catalog, StrategyEntry};

/// A strategy, wherever it comes from.
pub(super) enum Found<'c> {
    /// One of the catalog.
    Shipped(&'c StrategyEntry),
    /// One that was made of a text.
    Made(Box<StrategyEntry>),
}

impl Deref for Found<'_> {
    type Target = StrategyEntry;

    fn deref(&self) -> &StrategyEntry {
        match self {
            Self::Shipped(entry) => entry,
            Self::Made(entry) => entry,
        }
    }
}

/// The strategy of a spec that was taken in once.
///
/// # Errors
///
/// `STRATEGY_MISSING` or `LANGUAGE_UNKNOWN`, if this server is another than the one that took it.
pub(super) fn find<'c>(catalog: &'c Catalog, strategy: &StrategyRef) -> Result<Found<'c>, Failure> {
    let Some(rules) = &strategy.rules else {
        return match catalog.find(&strategy.name, &strategy.version) {
            Ok(entry) => Ok(Found::Shipped(entry)),
            Err(unknown) => Err(Failure::new("STRATEGY_MISSING", unknown.message)),
        };
    };
    let Compiled { entry, meaning, .. } = compile(&rules.source);
    match entry {
        Some(entry) if meaning == Some(rules.meaning) => Ok(Found::Made(Box::new(entry))),
        _ => {
            let message = format!(
                "this server reads the text of {:?} as something else than the one that took it",
                strategy.name
            );
            Err(Failure::new("LANGUAGE_UNKNOWN", message))
        }
    }
}
