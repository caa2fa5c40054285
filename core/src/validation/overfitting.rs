//! The probability of backtest overfitting: how often the best of one half of the days is among the
//! worse of the other half.
//!
//! Combinatorially symmetric cross-validation (Bailey, Borwein, Lopez de Prado and Zhu 2017): the
//! days are cut into blocks, and every choice of half of them is once what one chooses by.

use super::halves::{Halves, Ratios, choices};
use crate::metrics::mean;

/// What choosing the best of one half brought in the other.
#[derive(Clone, Debug, PartialEq)]
pub struct Overfitting {
    /// The share of choices whose winner is no better than the median in the other half.
    pub pbo: f64,
    /// The share of choices whose winner loses in the other half.
    pub probability_of_loss: f64,
    /// What the ratio in the other half gains for each unit of the ratio that was chosen by.
    pub degradation: Option<Degradation>,
    /// Of each choice in lexicographic order, the logarithm of the winner's relative rank in the
    /// other half over what is left of it to one.
    pub logits: Vec<f64>,
    /// Of each choice, the place of the winner.
    pub winners: Vec<usize>,
    /// Of each choice, the winner's ratios per day, in the chosen half and in the other.
    pub ratios: Vec<(f64, Option<f64>)>,
}

/// Why something was not computed to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nobody waits for it any more")]
pub struct Abandoned;

/// A line through the winners' ratios.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Degradation {
    /// How steep.
    pub slope: f64,
    /// Where it begins.
    pub intercept: f64,
    /// How much of the spread it explains.
    pub r2: f64,
}

/// The winner of a choice, and how the others did in the other half.
#[derive(Clone, Copy, Debug)]
struct Choice {
    inside: f64,
    winner: usize,
    /// The winner's ratio in the other half.
    outside: f64,
    worse: u64,
    equal: u64,
}

impl Overfitting {
    /// Over all trials; `None` where no choice has a winner.
    ///
    /// A trial without a ratio in a half cannot win there, and ranks last. Of equal winners the
    /// first counts; equal ranks are shared.
    ///
    /// # Errors
    ///
    /// If it is not `wanted` any more: that is asked every eight trials.
    pub fn of(halves: &Halves, wanted: impl Fn() -> bool) -> Result<Option<Self>, Abandoned> {
        let go_on = || if wanted() { Ok(()) } else { Err(Abandoned) };
        let choices = choices(halves.blocks());
        let mut found = vec![
            Choice {
                inside: f64::NEG_INFINITY,
                winner: 0,
                outside: f64::NEG_INFINITY,
                worse: 0,
                equal: 0
            };
            choices.len()
        ];
        for group in 0..halves.group_count() {
            go_on()?;
            let ratios = Ratios::of(halves, group);
            for (found, choice) in found.iter_mut().zip(&choices) {
                let inside = ratios.inside(*choice, f64::NEG_INFINITY);
                let greatest = inside.folded(f64::max);
                if greatest > found.inside {
                    let lane = inside.0.iter().position(|value| *value == greatest).unwrap_or(0);
                    let outside = ratios.outside(*choice, f64::INFINITY).0[lane];
                    let winner = Halves::trials_before(group) + lane;
                    *found = Choice { inside: greatest, winner, outside, ..*found };
                }
            }
        }
        for group in 0..halves.group_count() {
            go_on()?;
            let ratios = Ratios::of(halves, group);
            for (found, choice) in found.iter_mut().zip(&choices) {
                for value in ratios.outside(*choice, f64::INFINITY).0 {
                    found.worse += u64::from(value < found.outside);
                    found.equal += u64::from(value == found.outside);
                }
            }
        }
        found.retain(|choice| choice.inside.is_finite());
        Ok((!found.is_empty()).then(|| Self::told(&found, halves.trial_count())))
    }

    fn told(choices: &[Choice], trials: usize) -> Self {
        let logit = |choice: &Choice| {
            // The mean of the ranks that equal ones share, itself included.
            let rank = choice.worse as f64 + (choice.equal + 1) as f64 / 2.0;
            let relative = rank / (trials + 1) as f64;
            libm::log(relative / (1.0 - relative))
        };
        let logits: Vec<f64> = choices.iter().map(logit).collect();
        let ratios: Vec<_> = choices
            .iter()
            .map(|choice| (choice.inside, Some(choice.outside).filter(|value| value.is_finite())))
            .collect();
        let share = |count: usize| count as f64 / choices.len() as f64;
        let is_loss = |(_, outside): &&(f64, Option<f64>)| outside.is_some_and(|value| value < 0.0);
        Self {
            pbo: share(logits.iter().filter(|logit| **logit <= 0.0).count()),
            probability_of_loss: share(ratios.iter().filter(is_loss).count()),
            degradation: Degradation::of(&ratios),
            winners: choices.iter().map(|choice| choice.winner).collect(),
            logits,
            ratios,
        }
    }
}

impl Degradation {
    /// By least squares; `None` where the ratios do not spread.
    fn of(ratios: &[(f64, Option<f64>)]) -> Option<Self> {
        let (inside, outside): (Vec<f64>, Vec<f64>) =
            ratios.iter().filter_map(|(inside, outside)| Some((*inside, (*outside)?))).unzip();
        let (x_mean, y_mean) = (mean(&inside)?, mean(&outside)?);
        let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
        for (x, y) in inside.iter().zip(&outside) {
            let (x, y) = (x - x_mean, y - y_mean);
            xx += x * x;
            yy += y * y;
            xy += x * y;
        }
        let slope = xy / xx;
        let line = Self { slope, intercept: y_mean - slope * x_mean, r2: xy * xy / (xx * yy) };
        (line.slope.is_finite() && line.r2.is_finite()).then_some(line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validation::noise::normals;

    fn overfitting(blocks: usize, trials: &[Vec<f64>]) -> Option<Overfitting> {
        let mut halves = Halves::new(blocks, trials[0].len());
        for returns in trials {
            halves.push(returns);
        }
        Overfitting::of(&halves, || true).unwrap()
    }

    /// The same, choice by choice and trial by trial.
    fn by_definition(blocks: usize, trials: &[Vec<f64>]) -> Vec<(usize, f64)> {
        let days = trials[0].len() / blocks;
        let first = trials[0].len() % blocks;
        let ratio = |trial: &[f64], is_in: &dyn Fn(usize) -> bool| {
            let part = |block: &usize| is_in(*block);
            let chosen: Vec<f64> = (0..blocks)
                .filter(part)
                .flat_map(|block| trial[first + block * days..][..days].iter().copied())
                .collect();
            let deviation = crate::metrics::deviation(&chosen).unwrap();
            if deviation > 0.0 { mean(&chosen).unwrap() / deviation } else { f64::NEG_INFINITY }
        };
        let tell = |choice: u32| {
            let chosen = |block: usize| choice >> block & 1 == 1;
            let inside: Vec<f64> = trials.iter().map(|trial| ratio(trial, &chosen)).collect();
            let outside: Vec<f64> =
                trials.iter().map(|trial| ratio(trial, &|block| !chosen(block))).collect();
            let best = inside.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let winner = inside.iter().position(|value| *value == best).unwrap();
            let worse = outside.iter().filter(|value| **value < outside[winner]).count() as f64;
            let equal = outside.iter().filter(|value| **value == outside[winner]).count() as f64;
            let relative = (worse + f64::midpoint(equal, 1.0)) / (trials.len() + 1) as f64;
            (winner, (relative / (1.0 - relative)).ln())
        };
        choices(blocks).into_iter().map(tell).collect()
    }

    #[test]
    fn every_choice_is_that_of_the_definition() {
        let trials: Vec<Vec<f64>> = (0..21).map(|seed| normals(seed, 65).collect()).collect();
        let found = overfitting(6, &trials).unwrap();
        assert_eq!(found.logits.len(), 20);
        for (place, (winner, logit)) in by_definition(6, &trials).into_iter().enumerate() {
            assert_eq!(found.winners[place], winner);
            assert!((found.logits[place] - logit).abs() < 1e-12);
        }
    }

    #[test]
    fn who_is_better_in_every_block_is_never_overfitted() {
        let mut trials: Vec<Vec<f64>> = (0..9).map(|seed| normals(seed, 160).collect()).collect();
        trials[4].iter_mut().for_each(|value| *value = *value * 0.1 + 3.0);
        let found = overfitting(8, &trials).unwrap();
        assert_eq!((found.pbo, found.probability_of_loss), (0.0, 0.0));
        assert!(found.winners.iter().all(|winner| *winner == 4));
    }

    #[test]
    fn noise_is_overfitted_as_often_as_not() {
        let mean = (0..50)
            .map(|draw| {
                let trials: Vec<Vec<f64>> =
                    (0..24).map(|trial| normals(draw * 100 + trial, 80).collect()).collect();
                overfitting(8, &trials).unwrap().pbo
            })
            .sum::<f64>()
            / 50.0;
        assert!((mean - 0.5).abs() < 0.1, "{mean}");
    }

    #[test]
    fn what_nobody_waits_for_ends_within_eight_trials() {
        let mut halves = Halves::new(4, 40);
        (0..80).for_each(|seed| halves.push(&normals(seed, 40).collect::<Vec<_>>()));
        let asked = std::cell::Cell::new(0);
        let twelve_times = || {
            asked.set(asked.get() + 1);
            asked.get() <= 12
        };
        assert_eq!(Overfitting::of(&halves, twelve_times), Err(Abandoned));
        assert_eq!(asked.get(), 13, "of twice ten groups");
    }

    #[test]
    fn a_trial_without_trades_neither_wins_nor_hides_the_others() {
        let mut trials: Vec<Vec<f64>> = (0..6).map(|seed| normals(seed, 48).collect()).collect();
        trials[2] = vec![0.0; 48];
        let found = overfitting(8, &trials).unwrap();
        assert!(found.winners.iter().all(|winner| *winner != 2));
        assert!(found.logits.iter().all(|logit| logit.is_finite()));
        assert_eq!(overfitting(4, &[vec![0.0; 40], vec![0.0; 40]]), None);
    }
}
