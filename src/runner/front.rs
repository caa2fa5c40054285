//! The Pareto front of a search's trials, also while it runs.

use tokio::task::spawn_blocking;

use super::error::RunnerError;
use super::trials::Search;
use crate::metrics::Metric;
use crate::run::{Objective, Trial};
use crate::storage::TrialQuery;
use crate::sweep::{Costs, front, hypervolume};

/// Trials that no other is better than in everything.
#[derive(Clone, Debug)]
pub struct Front {
    /// The first ones, the best by the first objective first.
    pub trials: Vec<Trial>,
    /// How many there are.
    pub total: u64,
    /// What lies between all of them and the worst of them by each objective.
    pub hypervolume: Option<f64>,
}

impl Search {
    /// The front of the trials that the query admits, by two or three objectives.
    pub async fn front(
        &self,
        query: &TrialQuery,
        objectives: &[Objective],
        limit: usize,
    ) -> Result<Front, RunnerError> {
        let all = self.store.trial_costs(self.run_id, query, objectives).await?;
        let count = objectives.len();
        // Sorting half a million takes its time.
        let found = spawn_blocking(move || {
            let costs: Vec<Costs> = all.iter().map(|(_, costs)| *costs).collect();
            let places = front(&costs);
            let chosen: Vec<Costs> = places.iter().map(|place| costs[*place]).collect();
            let indices: Vec<u64> = places.iter().map(|place| all[*place].0).collect();
            (indices, hypervolume(&chosen, count))
        });
        let (indices, hypervolume) = found.await.map_err(|_| RunnerError::ShuttingDown)?;
        let wanted = &indices[..indices.len().min(limit)];
        let wanted_of = (self.spec(), Metric::ALL);
        let trials = self.store.trials_in_order(self.run_id, wanted_of, wanted).await?;
        Ok(Front { trials, total: indices.len() as u64, hypervolume })
    }
}
