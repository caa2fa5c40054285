//! One score of a combination over several series: what all its trials came to, as one.

use serde::{Deserialize, Serialize};

use super::standing::Standing;

/// How the values of one combination on all series become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Across {
    /// Their mean.
    Mean,
    /// The middle one; of an even number the mean of the two in the middle.
    Median,
    /// The worst of them: the least where more is better, and the greatest where less is.
    Least,
}

impl Across {
    /// Its name in keys and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mean => "mean",
            Self::Median => "median",
            Self::Least => "least",
        }
    }

    /// One cost of the costs on all series, less being better; `None` of none.
    pub fn cost(self, costs: &[f64]) -> Option<f64> {
        let count = costs.len();
        if count == 0 {
            return None;
        }
        Some(match self {
            Self::Mean => costs.iter().sum::<f64>() / count as f64,
            Self::Least => costs.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            Self::Median => {
                let mut sorted = costs.to_vec();
                sorted.sort_unstable_by(f64::total_cmp);
                let upper = sorted[count / 2];
                if count % 2 == 1 { upper } else { f64::midpoint(sorted[count / 2 - 1], upper) }
            }
        })
    }

    /// How a combination stands by its trials, one on each series: a single one that failed, broke
    /// a constraint or has no value decides for all of them.
    pub fn standing(self, trials: &[Standing]) -> Standing {
        let mut broken = None;
        let mut costs = Vec::with_capacity(trials.len());
        let mut is_defined = true;
        for trial in trials {
            match trial {
                Standing::Failed => return Standing::Failed,
                Standing::Infeasible(violation) => {
                    broken = Some(broken.unwrap_or(0.0) + violation);
                }
                Standing::Undefined => is_defined = false,
                Standing::Good(of_trial) => costs.push(*of_trial),
            }
        }
        if let Some(violation) = broken {
            return Standing::Infeasible(violation);
        }
        if !is_defined || costs.is_empty() {
            return Standing::Undefined;
        }
        let by_objective = |place: usize| {
            let of_one: Vec<f64> = costs.iter().map(|of_trial| of_trial[place]).collect();
            self.cost(&of_one).unwrap_or(0.0)
        };
        Standing::Good(std::array::from_fn(by_objective))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Across; 3] = [Across::Mean, Across::Median, Across::Least];

    #[test]
    fn costs_become_their_mean_their_middle_or_the_worst_of_them() {
        let of = |costs: &[f64]| ALL.map(|across| across.cost(costs).unwrap());
        assert_eq!(of(&[3.0, -1.0, 1.0]), [1.0, 1.0, 3.0]);
        assert_eq!(of(&[8.0, -1.0, 2.0, 3.0]), [3.0, 2.5, 8.0]);
        assert_eq!(of(&[-2.0]), [-2.0; 3]);
        assert_eq!(ALL.map(|across| across.cost(&[])), [None; 3]);
    }

    #[test]
    fn one_trial_that_cannot_be_compared_decides_for_its_combination() {
        let good = |first: f64| Standing::Good([first, -first, 0.0]);
        for across in ALL {
            let of = |trials: &[Standing]| across.standing(trials);
            assert_eq!(of(&[good(1.0), good(1.0)]), good(1.0));
            assert_eq!(of(&[good(1.0), Standing::Undefined]), Standing::Undefined);
            let broken =
                [Standing::Infeasible(2.0), Standing::Undefined, Standing::Infeasible(0.5)];
            assert_eq!(of(&broken), Standing::Infeasible(2.5));
            assert_eq!(of(&[Standing::Infeasible(1.0), Standing::Failed]), Standing::Failed);
            assert_eq!(of(&[]), Standing::Undefined);
        }
        // Each objective by itself: the worst of one need not be on the series of the other's.
        let worst = Across::Least.standing(&[good(1.0), good(-3.0)]);
        assert_eq!(worst, Standing::Good([1.0, 3.0, 0.0]));
    }
}
