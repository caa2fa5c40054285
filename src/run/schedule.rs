//! Other parameters from a moment on.

use serde::{Deserialize, Serialize};

use super::key::write_param;
use crate::digest::{Digest, Encoder};
use crate::strategy::{Handover, Params};

/// Names what is hashed, and the version of its format.
const DOMAIN: &str = "tradeforge.schedule/1";

/// When a backtest's parameters change, and what becomes of the position then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    /// In the order of time; at least one.
    pub changes: Vec<ParamChange>,
    /// What a change does with what is held.
    pub handover: Handover,
}

/// The parameters of every decision at or after a moment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ParamChange {
    /// When, in UTC milliseconds.
    pub from_ms: i64,
    /// A value for each parameter; `None` holds nothing from then on.
    pub params: Option<Params>,
}

impl Schedule {
    /// The first set of parameters and all others, each once, and which of them each change is to.
    pub fn sets<'s>(&'s self, first: &'s Params) -> (Vec<&'s Params>, Vec<Option<usize>>) {
        let mut sets = vec![first];
        let place = |params: &'s Params, sets: &mut Vec<&'s Params>| {
            sets.iter().position(|known| *known == params).unwrap_or_else(|| {
                sets.push(params);
                sets.len() - 1
            })
        };
        let places = self
            .changes
            .iter()
            .map(|change| change.params.as_ref().map(|params| place(params, &mut sets)))
            .collect();
        (sets, places)
    }

    /// All of it, for a key.
    pub(super) fn digest(&self) -> Digest {
        let mut encoder = Encoder::new(DOMAIN);
        encoder.text(match self.handover {
            Handover::Close => "close",
            Handover::RunOff => "run_off",
            Handover::Keep => "keep",
            Handover::Adopt => "adopt",
        });
        encoder.integer(self.changes.len() as i64);
        for change in &self.changes {
            encoder.integer(change.from_ms);
            encoder.optional(change.params.as_ref(), |encoder, params| {
                let params: Vec<_> = params.iter().collect();
                encoder.integer(params.len() as i64);
                for (name, value) in params {
                    encoder.text(name);
                    write_param(encoder, value);
                }
            });
        }
        encoder.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::Catalog;

    fn params(fast: i64) -> Params {
        let catalog = Catalog::shipped();
        let entry = catalog.find("sma_cross", "").unwrap();
        Params::resolve(&entry.params, &[("fast".to_owned(), fast.into())].into()).unwrap()
    }

    fn change(from_ms: i64, fast: Option<i64>) -> ParamChange {
        ParamChange { from_ms, params: fast.map(params) }
    }

    #[test]
    fn equal_parameters_are_one_set_whenever_they_come() {
        let changes = vec![change(1, Some(3)), change(2, None), change(3, Some(2))];
        let schedule = Schedule { changes, handover: Handover::Close };
        let first = params(2);
        let (sets, places) = schedule.sets(&first);
        assert_eq!((sets.len(), places), (2, vec![Some(1), None, Some(0)]));
    }

    #[test]
    fn whatever_differs_has_another_digest() {
        let of = |changes: Vec<ParamChange>, handover| Schedule { changes, handover }.digest();
        let all = [
            of(vec![change(1, Some(3))], Handover::Close),
            of(vec![change(1, Some(3))], Handover::Keep),
            of(vec![change(1, Some(3))], Handover::RunOff),
            of(vec![change(1, Some(3))], Handover::Adopt),
            of(vec![change(2, Some(3))], Handover::Close),
            of(vec![change(1, Some(4))], Handover::Close),
            of(vec![change(1, None)], Handover::Close),
            of(vec![change(1, Some(3)), change(2, None)], Handover::Close),
        ];
        for (place, digest) in all.iter().enumerate() {
            assert!(!all[..place].contains(digest), "{place}");
        }
    }
}
