//! Pages of runs.

use tonic::Status;

use super::page::{Tokens, fitting, foreign_token, size};
use super::status::invalid;
use crate::pb;
use crate::run::RunRecord;
use crate::runner::Runner;
use crate::storage::{RunPage, RunPosition, RunQuery};

const PAGE_SIZE: usize = 50;

/// The page that the request asks for.
pub(super) async fn page(
    runner: &Runner,
    request: pb::ListRunsRequest,
    size_max: usize,
) -> Result<pb::ListRunsResponse, Status> {
    let limit = size(request.page_size, PAGE_SIZE, size_max)?;
    let query = RunQuery::new(&request.filter, &request.order_by)
        .map_err(|violations| invalid(&violations))?;
    let tokens = Tokens::bound_to(&["runs", &request.filter, &request.order_by]);
    let after = match tokens.read(&request.page_token)? {
        Some(text) => {
            let read = text.split_once(' ').and_then(|(total, position)| {
                let position = RunPosition::of_text(position)?;
                query.fits(position).then_some((total.parse().ok()?, position))
            });
            Some(read.ok_or_else(foreign_token)?)
        }
        None => None,
    };
    // What the first page has counted goes along with the token: it takes as long as all pages.
    let (known_total, after) = after.unzip();
    let RunPage { runs: listed_runs, has_more, total } =
        runner.list(&query, after, known_total, limit).await?;
    let runs: Vec<pb::Run> = fitting(listed_runs.iter().map(|run| listed(&run.record))).await;
    let is_last = !has_more && runs.len() == listed_runs.len();
    let last = listed_runs.get(runs.len().wrapping_sub(1)).filter(|_| !is_last);
    Ok(pb::ListRunsResponse {
        runs,
        next_page_token: last.map_or_else(String::new, |run| {
            tokens.write(&format!("{total} {}", run.position.as_text()))
        }),
        total_size: total as i64,
    })
}

/// A run without what is long and the same for many.
fn listed(record: &RunRecord) -> pb::Run {
    use pb::run::Spec;
    let mut run = pb::Run::from(record);
    let base = match &mut run.spec {
        Some(Spec::Backtest(spec)) => Some(spec),
        Some(Spec::Optimization(spec)) => spec.base.as_mut(),
        Some(Spec::WalkForward(spec)) => spec.search.as_mut().and_then(|it| it.base.as_mut()),
        Some(Spec::Robustness(spec)) => spec.base.as_mut(),
        Some(Spec::Validation(_)) | None => None,
    };
    if let Some(strategy) = base.and_then(|base| base.strategy.as_mut()) {
        strategy.source.clear();
    }
    if let Some(status) = &mut run.status {
        without_facts(status);
    }
    run
}

/// A status without what is told of each line of a text.
pub(super) fn without_facts(status: &mut pb::RunStatus) {
    if let Some(pb::run_status::Result::Backtest(result)) = &mut status.result {
        result.rule_facts.clear();
    }
}
