//! What the query of an export says, as the request over gRPC.

use super::query;
use crate::excerpt::excerpt;
use crate::json::RefusedField;
use crate::pb::{
    ExportEquityRequest, ExportTradesRequest, ExportTrialsRequest, ExportWindowTrialsRequest,
};

/// A table that a run leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Table {
    Trials,
    Equity,
    Trades,
    /// Of one window of a walk-forward.
    WindowTrials,
}

impl Table {
    pub(super) const ALL: [Self; 4] =
        [Self::Trials, Self::Equity, Self::Trades, Self::WindowTrials];

    /// As files are called.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Trials => "trials",
            Self::Equity => "equity",
            Self::Trades => "trades",
            Self::WindowTrials => "window_trials",
        }
    }

    pub(super) fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|table| table.name() == name)
    }

    /// What the query may say; `columns` several times.
    const fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Trials => &["filter", "order_by", "limit", "columns"],
            Self::Equity | Self::Trades => &["trial", "columns"],
            Self::WindowTrials => &["window", "columns"],
        }
    }
}

/// Which rows and columns of which table.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum ExportRequest {
    Trials(ExportTrialsRequest),
    Equity(ExportEquityRequest),
    Trades(ExportTradesRequest),
    WindowTrials(ExportWindowTrialsRequest),
}

/// The request that the query says, and what is wrong with the query's own form.
pub(super) fn read_query(
    table: Table,
    run_id: String,
    query: &str,
) -> (ExportRequest, Vec<RefusedField>) {
    let mut trials = ExportTrialsRequest { run_id, ..Default::default() };
    let (mut trial_index, mut window_index) = (None, 0);
    let faults = query::read(query, |name, value| {
        let wrong = |_| format!("must be a number, not {:?}", excerpt(value));
        let number = || value.parse().map_err(wrong);
        if !table.parameters().contains(&name) {
            let what = format!("an export of {}", table.name());
            return Err(query::unknown(name, &what, table.parameters()));
        }
        match name {
            "filter" => value.clone_into(&mut trials.filter),
            "order_by" => value.clone_into(&mut trials.order_by),
            "limit" => trials.limit = number()?,
            "trial" => trial_index = Some(number()?),
            "window" => window_index = value.parse().map_err(wrong)?,
            _ => trials.columns.push(value.to_owned()),
        }
        Ok(())
    });
    let request = match table {
        Table::Trials => ExportRequest::Trials(trials),
        Table::Equity => {
            let ExportTrialsRequest { run_id, columns, .. } = trials;
            ExportRequest::Equity(ExportEquityRequest { run_id, trial_index, columns })
        }
        Table::Trades => {
            let ExportTrialsRequest { run_id, columns, .. } = trials;
            ExportRequest::Trades(ExportTradesRequest { run_id, trial_index, columns })
        }
        Table::WindowTrials => {
            let ExportTrialsRequest { run_id, columns, .. } = trials;
            ExportRequest::WindowTrials(ExportWindowTrialsRequest { run_id, window_index, columns })
        }
    };
    (request, faults)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_says_what_a_request_says() {
        let query = "filter=metrics.sharpe+%3E+1&order_by=params.fast&limit=7&columns=a&columns=b";
        let (request, faults) = read_query(Table::Trials, "r".to_owned(), query);
        assert_eq!(faults, []);
        let expected = ExportTrialsRequest {
            run_id: "r".to_owned(),
            filter: "metrics.sharpe > 1".to_owned(),
            order_by: "params.fast".to_owned(),
            limit: 7,
            columns: vec!["a".to_owned(), "b".to_owned()],
        };
        assert_eq!(request, ExportRequest::Trials(expected));
        let (_, faults) = read_query(Table::Trials, String::new(), "filtr=x&limit=all");
        assert!(faults[0].description.ends_with("did you mean filter?"), "{faults:?}");
        assert_eq!(faults[1].field, "limit");
    }

    #[test]
    fn trials_of_a_window_are_those_of_the_first_unless_another_is_named() {
        for (query, window_index) in [("", 0), ("window=7", 7)] {
            let (request, faults) = read_query(Table::WindowTrials, "r".to_owned(), query);
            assert_eq!(faults, []);
            let run_id = "r".to_owned();
            let expected = ExportWindowTrialsRequest { run_id, window_index, columns: Vec::new() };
            assert_eq!(request, ExportRequest::WindowTrials(expected));
        }
        let (_, faults) = read_query(Table::WindowTrials, String::new(), "window=two&trial=1");
        assert!(faults[0].description.starts_with("must be a number"), "{faults:?}");
        assert!(faults[1].description.contains("there are window, columns"), "{faults:?}");
    }

    #[test]
    fn a_curve_and_trades_are_of_a_trial_and_take_no_filter() {
        let (request, faults) = read_query(Table::Equity, "r".to_owned(), "trial=3&columns=equity");
        assert_eq!(faults, []);
        let columns = vec!["equity".to_owned()];
        let expected =
            ExportEquityRequest { run_id: "r".to_owned(), trial_index: Some(3), columns };
        assert_eq!(request, ExportRequest::Equity(expected));
        let (_, faults) = read_query(Table::Trades, String::new(), "trail=3&filter=x&trial=x");
        assert!(faults[0].description.ends_with("did you mean trial?"), "{faults:?}");
        assert!(faults[1].description.contains("there are trial, columns"), "{faults:?}");
        assert!(faults[2].description.starts_with("must be a number"), "{faults:?}");
    }
}
