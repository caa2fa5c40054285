//! How much of the best of an optimization is luck: what is asked, what came out, and the sentence
//! that every surface begins with.

use serde::{Deserialize, Serialize};

use super::grouped_days::{GroupedDays, PathSummary};
use super::id::RunId;
use super::spec::OptimizationSpec;
use crate::digest::{Digest, Encoder};
use crate::validation::ExcessOver;

/// Names what is hashed, and the version of its format.
const DOMAIN: &str = "tradeforge.validation-result/1";
/// With fewer trials that vary there is nothing to choose from.
pub const MIN_TRIALS: u64 = 2;
/// Fewer days tell nothing.
pub const MIN_DAYS: u64 = 30;
/// Fewer draws tell no hundredths.
const ENOUGH_DRAWS: u64 = 99;
/// So many times the trials of a search must have been tried on its instrument to be worth a word:
/// the ledger may be off by a few percent.
const MANY_MORE: f64 = 1.2;

/// The validation of a completed optimization. The search is written out, so that it outlives the
/// run that is judged.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ValidationSpec {
    /// The optimization, by its text.
    pub run_id: String,
    /// What was searched.
    pub search: OptimizationSpec,
    /// The best of its trials, by its objective.
    pub best_trial: u64,
    /// Daily returns that its best trial has.
    pub days: u64,
    /// What is taken off the returns.
    pub excess_over: ExcessOver,
    /// Into how many blocks the days are cut.
    pub blocks: u64,
    /// How many draws the bootstrap makes.
    pub draw_count: u64,
    /// How many days a block of a draw has on average; `None` finds it from the returns.
    pub mean_block_days: Option<f64>,
    /// What the randomness follows from.
    pub seed: u64,
    /// How often the whole search is made over bars in another order.
    #[serde(default)]
    pub permutations: u64,
    /// How the days are cut for paths through groups of them, if they are to be.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub combinatorial: Option<GroupedDays>,
}

impl ValidationSpec {
    /// The optimization, if the text is one of its ids.
    pub fn subject(&self) -> Option<RunId> {
        self.run_id.parse().ok()
    }

    /// What the key has besides the search: the run that is judged goes by its work, not by its id.
    pub(super) fn write(&self, encoder: &mut Encoder) {
        encoder
            .integer(self.best_trial as i64)
            .integer(self.days as i64)
            .text(self.excess_over.as_str())
            .integer(self.blocks as i64)
            .integer(self.draw_count as i64)
            .optional(self.mean_block_days, |encoder, days| _ = encoder.double(days))
            .integer(self.seed.cast_signed())
            .integer(self.permutations as i64);
        // What is not asked writes nothing, as before it could be.
        if let Some(grouped) = self.combinatorial {
            grouped.write(encoder);
        }
    }
}

/// What a validation found. What needs more trials or days than there are is absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ValidationResult {
    /// Trials whose returns vary.
    pub trial_count: u64,
    /// Trials without returns to compare: failed, ended early, or never in the market.
    pub left_out_count: u64,
    /// Daily returns of each.
    pub days: u64,
    /// How many days a block of a draw had on average.
    pub mean_block_days: f64,
    /// The best trial by the objective of the search.
    pub best_trial: u64,
    /// The share of searches by luck whose best looks at least as good: Hansen's, consistent.
    pub spa_p: Option<f64>,
    /// Its lower bound.
    pub spa_p_lower: Option<f64>,
    /// Its upper bound.
    pub spa_p_upper: Option<f64>,
    /// White's.
    pub reality_check_p: Option<f64>,
    /// How often the best of one half of the days is among the worse of the other half.
    pub pbo: Option<f64>,
    /// How often it loses there.
    pub probability_of_loss: Option<f64>,
    /// What the ratio there gains for each unit of the ratio that was chosen by.
    pub degradation_slope: Option<f64>,
    /// How much of the spread that line explains.
    pub degradation_r2: Option<f64>,
    /// The Sharpe ratio of the best trial's excess, per day.
    pub best_sharpe: Option<f64>,
    /// How sure it is to be above 0, of one trial alone, as of 2012.
    pub psr_2012: Option<f64>,
    /// The same as of 2026.
    pub psr_2026: Option<f64>,
    /// How sure it is to be above the best of so many independent tries by luck, as are trials.
    pub dsr_2014: Option<f64>,
    /// The same over the number of tries.
    pub deflated_curve: Vec<DeflatedRatio>,
    /// Days that it takes until a ratio like the best trial's is sure at 95 % to be above 0.
    pub min_track_record_days: Option<f64>,
    /// Days of noise of which the best of so many independent tries has that ratio on average.
    pub min_backtest_days: Option<f64>,
    /// How many independent trials would have a best as good as luck gives these.
    pub implied_trials: Option<f64>,
    /// Trials that survive if one in twenty of those may be false, after Benjamini and Hochberg.
    pub discoveries_bh: u64,
    /// The same after Benjamini and Yekutieli.
    pub discoveries_by: u64,
    /// Of the best twenty, those whose p, adjusted for all trials, is at most 5 %.
    pub discoveries_stepm: u64,
    /// Trials whose p times the number of trials is at most 5 %. `None` of an older version, as the
    /// three below.
    #[serde(default)]
    pub discoveries_bonferroni: Option<u64>,
    /// The same step by step, after Holm.
    #[serde(default)]
    pub discoveries_holm: Option<u64>,
    /// How many configurations were ever tried on the instrument when this was told. History, and
    /// so no part of the hash.
    #[serde(default)]
    pub tried_ever: Option<u64>,
    /// The share of searches over bars in another order that found as good a best.
    #[serde(default)]
    pub permutation_p: Option<f64>,
    /// How sure the best trial's ratio is to be above the best of so many independent tries.
    #[serde(default)]
    pub dsr_ever: Option<f64>,
    /// The same of as many as the trials are worth; `None` of an older version.
    #[serde(default)]
    pub dsr_implied: Option<f64>,
    /// What choosing the best brought on paths through groups of days, if that was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paths: Option<PathSummary>,
    /// How many draws the bootstrap made, which the key tells; 0 of an older version.
    #[serde(default)]
    pub draws: u64,
}

/// A point of the curve of the deflated ratio.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeflatedRatio {
    /// Independent tries.
    pub trials: f64,
    /// How sure the best trial's ratio is to be above the best of so many.
    pub probability: f64,
}

impl ValidationResult {
    /// What a person reads first: how many of a hundred searches by luck would look this good.
    pub fn sentence(&self) -> String {
        let Some(p) = self.spa_p else {
            let counted = |count: u64, one: &str, more: &str| {
                if count == 1 { format!("1 {one}") } else { format!("{count} {more}") }
            };
            return format!(
                "There is too little to tell the best from luck: {} over {}, \
                 where it takes {MIN_TRIALS} and {MIN_DAYS}.",
                counted(self.trial_count, "trial that varies", "trials that vary"),
                counted(self.days, "day", "days")
            );
        };
        let searches = match p * 100.0 {
            hundred if hundred < 1.0 => "Fewer than 1".to_owned(),
            hundred => format!("{hundred:.0}"),
        };
        let sentence =
            format!("{searches} of 100 searches by luck would find a best that looks this good.");
        let sentence = sentence + &self.of_few_draws() + &self.of_a_best_left_out();
        match self.tried_ever.filter(|ever| *ever as f64 > MANY_MORE * self.tried() as f64) {
            Some(ever) => format!(
                "{sentence} They count {} trials each; about {} configurations were tried on this \
                 instrument so far.",
                self.tried(),
                rounded(ever)
            ),
            None => sentence,
        }
    }

    /// What cannot be told of hundredths by so few draws.
    fn of_few_draws(&self) -> String {
        match self.draws {
            0 | ENOUGH_DRAWS.. => String::new(),
            1 => " It was drawn once only: nothing less than 50 of 100 could be told.".to_owned(),
            draws => format!(
                " It was drawn {draws} times only: nothing less than {:.0} of 100 could be told.",
                100.0 / (draws + 1) as f64
            ),
        }
    }

    /// What was searched for may have nothing to be compared by: it is not what looks this good.
    fn of_a_best_left_out(&self) -> String {
        if self.best_sharpe.is_some() {
            return String::new();
        }
        format!(
            " Trial {}, the best by the objective, is not among them: nothing of its returns \
             varies beyond what was taken off them, or it ended early.",
            self.best_trial
        )
    }

    /// Trials of the search.
    const fn tried(&self) -> u64 {
        self.trial_count + self.left_out_count
    }

    /// The hash over every number that follows from the work.
    pub fn hash(&self) -> Digest {
        let mut encoder = Encoder::new(DOMAIN);
        for count in [self.trial_count, self.left_out_count, self.days, self.best_trial] {
            encoder.integer(count as i64);
        }
        encoder.double(self.mean_block_days);
        for value in self.figures() {
            encoder.optional(value, |encoder, value| _ = encoder.double(value));
        }
        encoder.integer(self.deflated_curve.len() as i64);
        for point in &self.deflated_curve {
            encoder.double(point.trials).double(point.probability);
        }
        for count in [self.discoveries_bh, self.discoveries_by, self.discoveries_stepm] {
            encoder.integer(count as i64);
        }
        // Of an older version there are none, and its hash is what it was.
        for count in [self.discoveries_bonferroni, self.discoveries_holm].into_iter().flatten() {
            encoder.integer(count as i64);
        }
        if let Some(p) = self.permutation_p {
            encoder.double(p);
        }
        if let Some(sure) = self.dsr_implied {
            encoder.text("dsr_implied").double(sure);
        }
        if let Some(paths) = &self.paths {
            paths.write(&mut encoder);
        }
        encoder.finish()
    }

    const fn figures(&self) -> [Option<f64>; 15] {
        [
            self.spa_p,
            self.spa_p_lower,
            self.spa_p_upper,
            self.reality_check_p,
            self.pbo,
            self.probability_of_loss,
            self.degradation_slope,
            self.degradation_r2,
            self.best_sharpe,
            self.psr_2012,
            self.psr_2026,
            self.dsr_2014,
            self.min_track_record_days,
            self.min_backtest_days,
            self.implied_trials,
        ]
    }
}

/// A count that is known within a few percent, as it may be told: by its first two digits.
fn rounded(count: u64) -> String {
    let step = 10_u64.pow(count.max(1).ilog10().saturating_sub(1));
    let digits = (count.saturating_add(step / 2) / step * step).to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with_p(spa_p: Option<f64>) -> ValidationResult {
        let best_sharpe = Some(0.1);
        ValidationResult { trial_count: 40, days: 500, spa_p, best_sharpe, ..Default::default() }
    }

    #[test]
    fn the_sentence_counts_searches_by_luck() {
        let sentence = with_p(Some(0.312)).sentence();
        assert_eq!(sentence, "31 of 100 searches by luck would find a best that looks this good.");
        assert!(with_p(Some(0.001)).sentence().starts_with("Fewer than 1 of 100"));
        let too_little = ValidationResult { trial_count: 1, days: 12, ..with_p(None) };
        assert!(too_little.sentence().contains("1 trial that varies over 12 days"));
        let less = ValidationResult { trial_count: 0, days: 1, ..with_p(None) };
        assert!(less.sentence().contains("0 trials that vary over 1 day,"));
    }

    #[test]
    fn the_sentence_says_no_more_than_the_draws_do() {
        let drawn = |draws, p| ValidationResult { draws, ..with_p(Some(p)) }.sentence();
        assert!(
            drawn(3, 0.25)
                .ends_with("drawn 3 times only: nothing less than 25 of 100 could be told.")
        );
        assert!(drawn(1, 0.5).contains("once only"));
        for enough in [99, 1_000] {
            assert_eq!(drawn(enough, 0.25), with_p(Some(0.25)).sentence());
        }
    }

    #[test]
    fn a_best_that_is_not_compared_is_not_said_to_look_good() {
        let result = ValidationResult { best_trial: 7, best_sharpe: None, ..with_p(Some(0.3)) };
        assert!(result.sentence().contains("Trial 7, the best by the objective, is not among"));
        assert!(!with_p(Some(0.3)).sentence().contains("Trial"));
    }

    #[test]
    fn the_sentence_tells_of_all_that_was_tried_before() {
        let after = |ever| ValidationResult { tried_ever: Some(ever), ..with_p(Some(0.3)) };
        assert_eq!(after(44).sentence(), with_p(Some(0.3)).sentence(), "the ledger is not exact");
        let sentence = after(41_287).sentence();
        assert!(sentence.ends_with(
            "They count 40 trials each; about 41,000 configurations were tried on this instrument \
             so far."
        ));
        assert_eq!(after(41_287).hash(), with_p(Some(0.3)).hash(), "it is history");
        let told = [7, 95, 149, 9_960, 1_234_567].map(rounded);
        assert_eq!(told, ["7", "95", "150", "10,000", "1,200,000"]);
    }

    #[test]
    fn what_an_older_version_stored_keeps_its_hash() {
        let mut stored = serde_json::to_value(with_p(Some(0.3))).unwrap();
        for name in
            ["discoveries_bonferroni", "discoveries_holm", "tried_ever", "dsr_ever", "dsr_implied"]
        {
            assert!(stored.as_object_mut().unwrap().remove(name).is_some());
        }
        let read: ValidationResult = serde_json::from_value(stored).unwrap();
        assert_eq!(read.hash(), with_p(Some(0.3)).hash());
    }

    #[test]
    fn every_number_is_in_the_hash() {
        let hash = with_p(Some(0.3)).hash();
        assert_ne!(with_p(Some(0.31)).hash(), hash);
        assert_ne!(with_p(None).hash(), hash);
        let other = ValidationResult { discoveries_bh: 1, ..with_p(Some(0.3)) };
        assert_ne!(other.hash(), hash);
        let other = ValidationResult { discoveries_holm: Some(1), ..with_p(Some(0.3)) };
        assert_ne!(other.hash(), hash);
        let other = ValidationResult { dsr_implied: Some(0.5), ..with_p(Some(0.3)) };
        assert_ne!(other.hash(), hash);
        let other = ValidationResult { paths: Some(PathSummary::default()), ..with_p(Some(0.3)) };
        assert_ne!(other.hash(), hash);
        assert_eq!(with_p(Some(0.3)).hash(), hash);
    }
}
