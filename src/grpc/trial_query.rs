//! Which trials are asked for, in which order and with which columns.

use tonic::Status;

use super::convert::{TrialColumn, trial_columns};
use super::status::{invalid, invalid_field};
use crate::filter::FilterError;
use crate::run::Violations;
use crate::runner::Search;
use crate::storage::TrialQuery;

/// Keeps a message with all columns below 1 MiB.
pub(super) const TRIALS_PER_MESSAGE: usize = 500;

/// Filter and order as the run's metrics and parameters; one key, ties by the index.
pub(super) fn trial_query(
    search: &Search,
    filter: &str,
    order_by: &str,
) -> Result<TrialQuery, Status> {
    let bad =
        |field: &'static str| move |error: FilterError| invalid_field(field, error.to_string());
    let filter = crate::filter::parse(filter).map_err(bad("filter"))?;
    let keys = crate::filter::parse_order(order_by).map_err(bad("order_by"))?;
    if keys.len() > 1 {
        return Err(invalid_field("order_by", "takes one field; ties go by trial_index"));
    }
    search.query(filter.as_ref(), None).map_err(bad("filter"))?;
    search.query(filter.as_ref(), keys.first()).map_err(bad("order_by"))
}

pub(super) fn columns_of(search: &Search, asked: &[String]) -> Result<Vec<TrialColumn>, Status> {
    let mut violations = Violations::default();
    let columns = trial_columns(asked, search.spec(), &mut violations);
    violations.into_result().map_err(|violations| invalid(&violations))?;
    Ok(columns)
}
