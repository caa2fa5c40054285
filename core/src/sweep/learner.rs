//! Searches that learn, by one name: what proposes trials and is told what they came to.

use super::genetic::Evolution;
use super::parzen::Estimator;
use super::standing::Standing;

/// A search on its way, generation by generation.
#[derive(Clone, Debug)]
pub enum Learner {
    /// By breeding.
    Bred(Evolution),
    /// By where good trials are dense.
    Estimated(Estimator),
}

impl Learner {
    /// The next generation, at most so many trials of it: no trial comes twice. Fewer than asked
    /// for, if there are no more.
    pub fn propose(&mut self, most: u64) -> Vec<u64> {
        match self {
            Self::Bred(evolution) => evolution.propose(most),
            Self::Estimated(estimator) => estimator.propose(most),
        }
    }

    /// Learns what the generation came to.
    pub fn absorb(&mut self, generation: &[(u64, Standing)]) {
        match self {
            Self::Bred(evolution) => evolution.absorb(generation),
            Self::Estimated(estimator) => estimator.absorb(generation),
        }
    }
}
