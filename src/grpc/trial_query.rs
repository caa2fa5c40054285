//! Which trials are asked for, in which order and with which columns.

use tokio::task::spawn_blocking;
use tonic::Status;

use super::convert::{TrialColumn, trial_columns};
use super::status::{invalid, invalid_field, shutting_down};
use crate::run::Violations;
use crate::runner::Search;
use crate::storage::TrialQuery;

/// Keeps a message with all columns below 1 MiB.
pub(super) const TRIALS_PER_MESSAGE: usize = 500;

/// Of columns whose values are short: so many values keep a message below 1 MiB, too.
const VALUES_PER_MESSAGE: usize = 30_000;

/// How many trials go into a message with these columns: of few columns more, for each message
/// costs a query here, and there a wait for the next one.
pub(super) fn trials_per_message(columns: &[TrialColumn]) -> usize {
    rows_per_message(columns.len(), columns.iter().all(TrialColumn::is_brief))
}

/// The same of so many columns, all of whose values are short or not.
pub(super) fn rows_per_message(columns: usize, are_brief: bool) -> usize {
    if are_brief {
        (VALUES_PER_MESSAGE / columns.max(1)).max(TRIALS_PER_MESSAGE)
    } else {
        TRIALS_PER_MESSAGE
    }
}

/// Filter and order as the run's metrics and parameters; one key, ties by the index. Putting a long
/// axis into its order takes milliseconds: on a thread that may wait.
pub(super) async fn trial_query(
    search: &Search,
    filter: String,
    order_by: String,
) -> Result<TrialQuery, Status> {
    let search = search.clone();
    let reading = spawn_blocking(move || read_query(&search, &filter, &order_by));
    reading.await.map_err(|_| shutting_down())?
}

fn read_query(search: &Search, filter: &str, order_by: &str) -> Result<TrialQuery, Status> {
    let mut violations = Violations::default();
    let filter = crate::filter::parse(filter)
        .and_then(|filter| search.query(filter.as_ref(), None).map(|_| filter));
    let filter = violations.check("filter", filter);
    let keys = crate::filter::parse_order(order_by)
        .and_then(|keys| search.query(None, keys.first()).map(|_| keys));
    let keys = violations.check("order_by", keys);
    if keys.as_ref().is_some_and(|keys| keys.len() > 1) {
        violations.add("order_by", "takes one field; ties go by trial_index");
    }
    violations.into_result().map_err(|violations| invalid(&violations))?;
    let (filter, keys) = (filter.flatten(), keys.unwrap_or_default());
    let query = search.query(filter.as_ref(), keys.first());
    query.map_err(|error| invalid_field("filter", error.to_string()))
}

pub(super) fn columns_of(search: &Search, asked: &[String]) -> Result<Vec<TrialColumn>, Status> {
    let mut violations = Violations::default();
    let columns = trial_columns(asked, search.spec(), &mut violations);
    violations.into_result().map_err(|violations| invalid(&violations))?;
    Ok(columns)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metric;
    use crate::strategy::ParamValue;

    #[test]
    fn of_few_short_columns_a_message_has_more_trials_and_of_long_texts_as_few_as_of_all() {
        let brief = [TrialColumn::Index, TrialColumn::State, TrialColumn::Metric(Metric::Sharpe)];
        assert_eq!(trials_per_message(&brief), 10_000);
        for long in
            [TrialColumn::Message, TrialColumn::Param("text".into(), ParamValue::Text("a".into()))]
        {
            let columns = [TrialColumn::Index, TrialColumn::State, long];
            assert_eq!(trials_per_message(&columns), TRIALS_PER_MESSAGE);
        }
        let many = vec![TrialColumn::ComputeMs; 1_000];
        assert_eq!(trials_per_message(&many), TRIALS_PER_MESSAGE);
    }
}
