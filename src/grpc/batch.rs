//! Wishes for many runs: read, and told.

use tonic::Status;

use super::status::{invalid, invalid_field};
use crate::run::Actor;
use crate::runner::Batch;
use crate::storage::RunQuery;

/// What is asked for.
pub(super) fn batch(
    filter: &str,
    only_counts: bool,
    expected: Option<i64>,
    actor: Actor,
) -> Result<Batch, Status> {
    if filter.trim().is_empty() {
        let message = "is required; create_time > 1970-01-01 fits all runs that there are";
        return Err(invalid_field("filter", message));
    }
    let query = RunQuery::new(filter, "").map_err(|violations| invalid(&violations))?;
    let expected = expected.map(u64::try_from).transpose();
    let expected = expected.map_err(|_| invalid_field("expected_count", "must not be negative"))?;
    Ok(Batch { query, actor, only_counts, expected })
}
