//! Trials by column, as `ExportTrials` streams them and files hold them.

use std::sync::Arc;

use futures_util::{Stream, StreamExt as _, stream};
use tonic::Status;

use super::convert::{TrialColumn, table, trial_columns};
use super::run_service::run_id;
use super::status::{invalid, invalid_field};
use crate::filter::FilterError;
use crate::pb;
use crate::run::{Trial, Violations};
use crate::runner::{Runner, Search};
use crate::storage::TrialQuery;

/// Keeps a message with all columns below 1 MiB.
pub(super) const TRIALS_PER_MESSAGE: usize = 500;

/// Exports trials of any run.
#[derive(Clone)]
pub(crate) struct TrialExport {
    runner: Arc<Runner>,
}

impl TrialExport {
    pub(crate) const fn new(runner: Arc<Runner>) -> Self {
        Self { runner }
    }

    /// The trials asked for. The first message is there also if there are none: it tells the
    /// columns.
    pub(crate) async fn rows(
        &self,
        request: pb::ExportTrialsRequest,
    ) -> Result<impl Stream<Item = Result<pb::ExportTrialsResponse, Status>> + Send + use<>, Status>
    {
        let search = self.runner.search(run_id(&request.run_id)?).await?;
        let query = trial_query(&search, &request.filter, &request.order_by)?;
        let columns = columns_of(&search, &request.columns)?;
        let limit = u64::try_from(request.limit)
            .map_err(|_| invalid_field("limit", "must not be negative"))?;
        let limit = Some(limit).filter(|limit| *limit > 0);
        let batches = search.export(&query, limit, TRIALS_PER_MESSAGE).await?;
        let mut batches = Box::pin(batches);
        let first = batches.next().await.transpose()?.unwrap_or_default();
        let rows = move |trials: &[Trial]| pb::ExportTrialsResponse {
            row_count: trials.len() as i32,
            columns: table(&columns, trials),
        };
        let first = rows(&first);
        Ok(stream::once(async { Ok(first) }).chain(batches.map(move |batch| Ok(rows(&batch?)))))
    }
}

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
