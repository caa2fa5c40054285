//! `ListParetoTrials`: what is compared by, and the trials that nothing beats in all of it.

use tonic::Status;

use super::convert::{objectives, trial_summary};
use super::page::size;
use super::result_service::ResultServer;
use super::run_service::run_id;
use super::status::{invalid, invalid_field};
use super::trial_query::{TRIALS_PER_MESSAGE, trial_query};
use crate::pb;
use crate::run::limits::FRONT_OBJECTIVES_MAX;
use crate::run::{Objective, Violations};
use crate::runner::Search;

/// Trials of a front unless told otherwise.
const LIMIT_USUAL: usize = 100;

impl ResultServer {
    pub(super) async fn pareto(
        &self,
        request: pb::ListParetoTrialsRequest,
    ) -> Result<pb::ListParetoTrialsResponse, Status> {
        let search = self.runner.search(run_id(&request.run_id)?).await?;
        let limit = size(request.limit, LIMIT_USUAL, TRIALS_PER_MESSAGE)
            .map_err(|_| invalid_field("limit", "must not be negative"))?;
        let by = compared_by(&request.objectives, &search)?;
        let query = trial_query(&search, request.filter, String::new()).await?;
        let front = search.front(&query, &by, limit).await?;
        let first = search.spec().objective.metric;
        let trials = front.trials.iter();
        Ok(pb::ListParetoTrialsResponse {
            trials: trials.map(|trial| trial_summary(trial, first, |_| true, false)).collect(),
            hypervolume: front.hypervolume,
            total_size: front.total as i64,
            objectives: by.iter().map(Into::into).collect(),
        })
    }
}

/// Two or three different metrics: those asked for, else those of the search.
fn compared_by(asked: &[pb::Objective], search: &Search) -> Result<Vec<Objective>, Status> {
    const PATH: &str = "objectives";
    if asked.is_empty() {
        let own: Vec<Objective> = search.spec().objectives().collect();
        let is_one = own.len() < 2;
        let message = "are needed: two or three metrics; the search has one objective only";
        return if is_one { Err(invalid_field(PATH, message)) } else { Ok(own) };
    }
    let mut violations = Violations::default();
    let by = objectives(asked, (PATH, FRONT_OBJECTIVES_MAX), &mut violations);
    if asked.len() == 1 {
        violations.add(PATH, "must be two or three; the best by one is what ListTrials sorts by");
    }
    for (place, one) in by.iter().enumerate() {
        if by[..place].iter().any(|other| other.metric == one.metric) {
            let message = format!("{:?} is compared by already", one.metric.name());
            violations.add(format!("{PATH}[{place}].metric"), message);
        }
    }
    if violations.is_empty() { Ok(by) } else { Err(invalid(&violations)) }
}
