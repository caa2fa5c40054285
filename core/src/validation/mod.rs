//! How much of the best of many trials is luck: the statistics of a search, over the daily returns
//! of all its trials. Pure numbers; it knows nothing of strategies, runs or storage.
//!
//! The question that is answered is never "is it good" but "how often would luck alone look this
//! good": of the best of all trials ([`Luck`]), of a choice between halves of the days
//! ([`Overfitting`]), of one ratio beside the number of tries ([`SharpeRatio::deflated`]). Ratios
//! are per day. Equal input gives equal bits: on every platform, in any parts, in any order.
//!
//! ```
//! use tradeforge_core::validation::{Draws, Resampling, Returns, Survey};
//!
//! // Two tries over 40 days: one alternates, the other gains a little more than it loses.
//! let mut returns = Returns::new(40);
//! let day = |up: f64, down: f64| move |day| if day % 2 == 0 { up } else { down };
//! returns.push(0, &(0..40).map(day(0.01, -0.01)).collect::<Vec<_>>());
//! returns.push(1, &(0..40).map(day(0.02, -0.01)).collect::<Vec<_>>());
//!
//! let draws = Draws::of(&Resampling { days: 40, count: 500, mean_block_days: 2.0, seed: 1 });
//! let survey = Survey { draws, blocks: 4, combinatorial: None };
//! let part = survey.take(&returns);
//! let luck = survey.luck(&part).unwrap();
//! assert!(luck.spa < 0.05 && luck.spa_lower <= luck.spa && luck.spa <= luck.spa_upper);
//! ```

mod block_length;
mod bootstrap;
mod combinatorial;
mod discoveries;
mod excess;
mod extremes;
mod halves;
#[cfg(test)]
mod laws;
mod luck;
#[cfg(test)]
mod noise;
mod normal;
mod overfitting;
mod path_ratios;
mod paths;
mod permute;
mod random_holds;
mod ranks;
mod returns;
mod shaken;
mod sharpe;
mod shuffled;
mod sums;
mod survey;

pub use block_length::{block_length, median_block_length};
pub use bootstrap::{Draws, Resampling};
pub use combinatorial::{Combinatorial, GROUPS, SPLITS_MAX, Split, binomial};
pub use discoveries::{adjusted_bh, adjusted_bonferroni, adjusted_by, adjusted_holm, count_within};
pub use excess::ExcessOver;
pub use extremes::{Extremes, LEADERS_MAX};
pub use halves::{BLOCKS, Halves};
pub use luck::{Leader, Luck, Step, implied_trials, leaders, steps_at};
pub use normal::{approximate_maximum, expected_maximum, implied_count, normal_quantile};
pub use overfitting::{Abandoned, Degradation, Overfitting};
pub use path_ratios::{Choices, PathRatios};
pub use paths::{PathFigures, Paths, Yearly, quantile};
pub use permute::Reordering;
pub use random_holds::{Hold, placed_at_random};
pub use ranks::{mean_and_t, rank_correlation, ranks};
pub use returns::{Merit, Returns};
pub use shaken::Shaking;
pub use sharpe::{SharpeRatio, min_backtest_years, ratio_variance};
pub use shuffled::{OrderFigures, shuffled};
pub use survey::{Part, Survey};
