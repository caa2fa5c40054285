//! What a session may spend, and the tools that spend it.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::Agent;
use super::calls::{Answer, arguments};
use super::failure::Failure;
use crate::json;
use crate::pb;

/// What an agent has started since it is connected.
pub(super) struct Session {
    runs_max: u64,
    trials_max: u64,
    spent: Mutex<Spent>,
}

#[derive(Default)]
struct Spent {
    runs: u64,
    trials: u64,
    /// The runs that it made, which it may stop.
    made: HashSet<String>,
}

impl Session {
    pub(super) fn new(runs_max: u64, trials_max: u64) -> Self {
        Self { runs_max, trials_max, spent: Mutex::default() }
    }

    fn spent(&self) -> MutexGuard<'_, Spent> {
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes a run of that many trials beforehand: calls go on side by side.
    fn take(&self, trials: u64) -> Result<(), Failure> {
        let mut spent = self.spent();
        if spent.runs >= self.runs_max {
            let max = self.runs_max;
            return Err(Failure::Limit(format!("{max} runs were started, as many as --runs-max")));
        }
        let left = self.trials_max.saturating_sub(spent.trials);
        if trials > left {
            let max = self.trials_max;
            return Err(Failure::Limit(format!(
                "{trials} trials are more than the {left} that are left of --trials-max {max}"
            )));
        }
        spent.runs += 1;
        spent.trials += trials;
        Ok(())
    }

    fn give_back(&self, trials: u64) {
        let mut spent = self.spent();
        spent.runs -= 1;
        spent.trials -= trials;
    }
}

/// What is submitted: the run in the contract's words, and how it is called.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Work {
    backtest: Option<Value>,
    optimization: Option<Value>,
    expected_trials: Option<u64>,
    #[serde(default)]
    display_name: String,
    #[serde(default)]
    labels: Map<String, Value>,
}

impl Work {
    /// The request, with one kind of work and no other.
    fn request(&self, kinds: &[&str]) -> Result<pb::SubmitRequest, Failure> {
        let given = [("backtest", &self.backtest), ("optimization", &self.optimization)];
        let given: Vec<_> =
            given.into_iter().filter_map(|(k, it)| Some((k, it.clone()?))).collect();
        let [(kind, spec)] = &given[..] else {
            return Err(Failure::Arguments(format!("give exactly one of: {}", kinds.join(", "))));
        };
        if !kinds.contains(kind) {
            let wanted = kinds.join(", ");
            return Err(Failure::Arguments(format!("{kind}: is none of this tool's: {wanted}")));
        }
        let mut request = Map::new();
        request.insert((*kind).to_owned(), spec.clone());
        request.insert("displayName".to_owned(), json!(self.display_name));
        request.insert("labels".to_owned(), Value::Object(self.labels.clone()));
        request.insert("reusePolicy".to_owned(), json!("REUSE_POLICY_REUSE_COMPLETED"));
        json::message(Value::Object(request)).map_err(Failure::Arguments)
    }
}

/// Says how much work something would be.
pub(super) async fn estimate(agent: &Agent, given: Value) -> Answer {
    let work: Work = arguments(given)?;
    let request = work.request(&["backtest", "optimization"])?;
    Ok(json::value(&checked(agent, request).await?))
}

/// Starts a backtest.
pub(super) async fn submit_backtest(agent: &Agent, given: Value) -> Answer {
    let work: Work = arguments(given)?;
    let request = work.request(&["backtest"])?;
    submit(agent, request, 0).await
}

/// Starts a search of as many trials as the agent says that it expects.
pub(super) async fn submit_search(agent: &Agent, given: Value) -> Answer {
    let work: Work = arguments(given)?;
    let request = work.request(&["optimization"])?;
    let total = checked(agent, request.clone()).await?.total.unsigned_abs();
    if work.expected_trials != Some(total) {
        let expected = work.expected_trials.map_or("absent".to_owned(), |it| it.to_string());
        return Err(Failure::Arguments(format!(
            "expected_trials: is {expected}, but this search has {total} trials; ask estimate, and \
             repeat its total if that is what you want to spend"
        )));
    }
    submit(agent, request, total).await
}

async fn checked(
    agent: &Agent,
    mut request: pb::SubmitRequest,
) -> Result<pb::SubmitResponse, Failure> {
    request.validate_only = true;
    Ok(agent.connection.runs().submit(request).await?.into_inner())
}

async fn submit(agent: &Agent, mut request: pb::SubmitRequest, trials: u64) -> Answer {
    agent.session.take(trials)?;
    request.request_id = Uuid::now_v7().to_string();
    let answer = match agent.connection.runs().submit(request).await {
        Ok(answer) => answer.into_inner(),
        Err(status) => {
            agent.session.give_back(trials);
            return Err(status.into());
        }
    };
    if answer.disposition() == pb::SubmitDisposition::Created {
        agent.session.spent().made.insert(answer.run_id.clone());
    } else {
        // Others' work, or work that was done before: it costs nothing.
        agent.session.give_back(trials);
    }
    Ok(json::value(&answer))
}

/// Stops a run that this session made.
pub(super) async fn cancel(agent: &Agent, given: Value) -> Answer {
    let request: pb::CancelRequest = json::message(given).map_err(Failure::Arguments)?;
    if !agent.session.spent().made.contains(&request.run_id) {
        return Err(Failure::Arguments(
            "run_id: only runs that were started in this session are stopped by this tool; others \
             by a person, with `tradeforge cancel`"
                .to_owned(),
        ));
    }
    Ok(json::value(&agent.connection.runs().cancel(request).await?.into_inner()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_at_its_limits_and_gets_back_what_was_not_spent() {
        let session = Session::new(2, 100);
        session.take(60).unwrap();
        assert!(matches!(session.take(41), Err(Failure::Limit(_))));
        session.give_back(60);
        session.take(100).unwrap();
        session.take(0).unwrap();
        assert!(matches!(session.take(0), Err(Failure::Limit(_))));
    }

    #[test]
    fn exactly_one_kind_of_work_is_taken() {
        for given in [json!({}), json!({ "backtest": {}, "optimization": {} })] {
            let work: Work = arguments(given).unwrap();
            assert!(matches!(work.request(&["backtest"]), Err(Failure::Arguments(_))));
        }
        let work: Work = arguments(json!({ "backtest": { "strategie": {} } })).unwrap();
        let Err(Failure::Arguments(text)) = work.request(&["backtest"]) else { panic!("taken") };
        assert!(text.contains("strategie"), "{text}");
    }
}
