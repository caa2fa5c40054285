//! Carrying a run under stress: its backtests, committed chunk by chunk as the trials of a search
//! are; then the days of the one as it is, drawn again; then what all of it tells. Of these only
//! the backtests are kept between attempts: the rest takes no longer than some of them.

use super::Runner;
use super::attempt::{Attempt, Halt};
use super::error::RunnerError;
use super::walk::Went;
use crate::run::{
    BaseDays, Failure, MIN_DAYS, PathTerms, RobustnessResult, RobustnessSpec, RunId, RunSpec,
    VariantFound,
};
use crate::storage::Found;
use crate::validation::{
    Abandoned, Paths, Resampling, Yearly, block_length, median_block_length, shuffled,
};

impl Runner {
    /// The backtests of a run under stress that are done.
    ///
    /// # Errors
    ///
    /// That there is no such run, or that it is another kind of run.
    pub async fn variants(
        &self,
        run_id: RunId,
    ) -> Result<(RobustnessSpec, Vec<VariantFound>), RunnerError> {
        let RunSpec::Robustness(spec) = self.run(run_id).await?.spec else {
            return Err(RunnerError::WithoutVariants(run_id));
        };
        Ok((*spec, self.store.variants(run_id).await?))
    }

    /// Computes every backtest that is missing, and keeps what all of them tell.
    pub(super) async fn stress(
        &self,
        attempt: &Attempt,
        spec: &RobustnessSpec,
    ) -> Result<(), Halt> {
        let run_id = attempt.fence.run_id;
        let (completed, failed) = self.store.trial_counts(run_id).await?;
        attempt.tally.resume(completed, failed, None);
        self.begin(attempt).await?;
        self.compute_missing(attempt).await?;
        let found = self.store.variants(run_id).await?;
        let base = self.days_of(attempt, spec).await?;
        let spec = spec.clone();
        // Ten thousand paths of years take a second: not where requests are answered.
        let told = self.aside(attempt, move |wanted| {
            // Days that have bars may be fewer than those of the calendar.
            let terms = spec.paths.as_ref().filter(|_| base.returns.len() as u64 >= MIN_DAYS);
            let paths = terms.map(|terms| drawn(terms, &base, spec.seed, wanted));
            let paths = paths.transpose()?;
            let paths = paths.as_ref().map(|(paths, length)| (paths, *length));
            let count = terms.map_or(0, |terms| terms.count as usize);
            let orders = shuffled(&base.trade_returns, count, spec.seed, wanted)?;
            Ok(RobustnessResult::of(&spec, &found, &base, (paths, &orders)))
        });
        let (result, distributions) = told.await?.map_err(|Abandoned| Halt::Stopped)?;
        let result = Found::Robustness(Box::new(result));
        let is_kept = self.store.keep_findings(attempt.fence, result, Some(distributions)).await?;
        if is_kept { Ok(()) } else { Err(Halt::Stopped) }
    }

    /// The days of the backtest as it is.
    async fn days_of(&self, attempt: &Attempt, spec: &RobustnessSpec) -> Result<BaseDays, Halt> {
        let went = self.go(attempt, spec.base.clone()).await?.map_err(as_it_is)?;
        let Went { returns, days_per_year, result_sha256, trade_returns, .. } = went;
        let risk_free_rate = spec.base.simulation.risk_free_rate.to_f64();
        let yearly = Yearly { days_per_year, risk_free_rate };
        Ok(BaseDays { returns, yearly, result_sha256, trade_returns })
    }
}

/// A backtest that fails as it is leaves nothing to compare with.
fn as_it_is(mut failure: Failure) -> Halt {
    failure.metadata.insert("place".to_owned(), "0".to_owned());
    Halt::Failed(failure)
}

/// The paths, and how many days a block of them has on average.
fn drawn(
    terms: &PathTerms,
    base: &BaseDays,
    seed: u64,
    wanted: &dyn Fn() -> bool,
) -> Result<(Paths, f64), Abandoned> {
    let days = base.returns.len();
    let found = || median_block_length(block_length(&base.returns).into_iter().collect(), days);
    let mean_block_days = terms.mean_block_days.unwrap_or_else(found);
    let resampling = Resampling { days, count: terms.count as usize, mean_block_days, seed };
    let paths = Paths::of(&base.returns, &resampling, base.yearly, wanted)?;
    Ok((paths, mean_block_days))
}
