//! A part of a search that is handed out as one: places, and which of their trials.

use std::ops::Range;
use std::sync::Arc;

use crate::sweep::Plan;

/// Places, and which of their trials are meant.
#[derive(Clone, Debug)]
pub struct Portion {
    /// The places.
    pub places: Range<u64>,
    /// Of their trials these only, if some are known already.
    pub indices: Option<Arc<[u64]>>,
}

impl From<Range<u64>> for Portion {
    /// All trials of those places.
    fn from(places: Range<u64>) -> Self {
        Self { places, indices: None }
    }
}

impl Portion {
    /// The trials that are meant, in the order of their places.
    pub fn trials(&self, plan: &Plan) -> Vec<u64> {
        match &self.indices {
            Some(indices) => indices.to_vec(),
            None => plan.indices(self.places.clone()).collect(),
        }
    }

    /// How much can be halved: trials, or places.
    pub fn len(&self) -> u64 {
        match &self.indices {
            Some(indices) => indices.len() as u64,
            None => self.places.end - self.places.start,
        }
    }

    /// Whether no trial is meant.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first half and the second.
    pub fn halves(&self) -> [Self; 2] {
        let Range { start, end } = self.places;
        if let Some(indices) = &self.indices {
            let (left, right) = indices.split_at(indices.len() / 2);
            return [left, right]
                .map(|half| Self { places: start..end, indices: Some(half.into()) });
        }
        let middle = start.midpoint(end);
        [(start..middle).into(), (middle..end).into()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_make_up_the_whole_down_to_one() {
        let [left, right] = Portion::from(4..9).halves();
        assert_eq!((left.places, right.places), (4..6, 6..9));
        let some = Portion { places: 0..9, indices: Some([1, 4, 8].into()) };
        let [left, right] = some.halves();
        assert_eq!((left.len(), right.len()), (1, 2));
        assert_eq!(right.indices.unwrap()[..], [4, 8]);
    }
}
