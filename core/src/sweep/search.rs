//! How a search chooses its trials.

use serde::{Deserialize, Serialize};

/// How the trials are chosen from the product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Search {
    /// All of them.
    Grid,
    /// That many, drawn without repetition.
    Random {
        /// How many.
        trial_count: u64,
        /// Equal seeds draw equal trials.
        seed: u64,
    },
    /// That many, bred from generation to generation.
    Genetic {
        /// How many.
        trial_count: u64,
        /// Equal seeds breed equal trials.
        seed: u64,
        /// How many to a generation.
        batch: u64,
    },
    /// That many, each generation where good trials are dense and others are not.
    Tpe {
        /// How many.
        trial_count: u64,
        /// Equal seeds try equal trials.
        seed: u64,
        /// How many to a generation.
        batch: u64,
    },
    /// Points one by one, in their order: axis by axis, all lists of one length.
    Points,
}

impl Search {
    /// What draws continuous values; only a draw has some.
    pub const fn seed(self) -> u64 {
        match self {
            Self::Grid | Self::Points => 0,
            Self::Random { seed, .. } | Self::Genetic { seed, .. } | Self::Tpe { seed, .. } => seed,
        }
    }

    /// Whether what is tried follows from what earlier trials came to.
    pub const fn is_learning(self) -> bool {
        matches!(self, Self::Genetic { .. } | Self::Tpe { .. })
    }
}
