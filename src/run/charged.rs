//! Which auxiliary series an instrument is charged by for holding it.

use super::spec::{AuxSource, BacktestSpec};
use crate::market::{AuxKey, AuxName, Instrument};
use crate::trading::OwnTerms;

/// The place of the series of that name among those: the instrument's own, or else the one that
/// belongs to none.
pub fn charged_by<'k>(
    keys: &(impl Iterator<Item = Option<&'k AuxKey>> + Clone),
    instrument: &Instrument,
    name: &AuxName,
) -> Option<usize> {
    let of = |owner: Option<&Instrument>| {
        let mut keys = keys.clone();
        keys.position(|key| {
            key.is_some_and(|key| key.name == *name && key.instrument.as_ref() == owner)
        })
    };
    of(Some(instrument)).or_else(|| of(None))
}

impl BacktestSpec {
    /// The auxiliary series of that name that an instrument is charged by.
    pub fn charged_by(&self, instrument: &Instrument, name: &AuxName) -> Option<&AuxSource> {
        let keys = self.aux.iter().map(|source| Some(&source.key));
        charged_by(&keys, instrument, name).map(|place| &self.aux[place])
    }

    /// The auxiliary series that its strategy follows: those that nothing is charged by.
    pub fn followed(&self) -> impl Iterator<Item = &AuxSource> {
        let charges = |source: &AuxSource| {
            let is_it = |own: &OwnTerms| {
                let mut series = own.series();
                series.any(|(_, name)| self.charged_by(&own.instrument, name) == Some(source))
            };
            self.simulation.instruments.iter().any(is_it)
        };
        self.aux.iter().filter(move |source| !charges(source))
    }
}
