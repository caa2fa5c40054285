//! The trials of a walk-forward's window by column.

use super::columns::{chosen, doubles, ints, param_column, param_kinds, strings};
use crate::pb;
use crate::run::{OptimizationSpec, Violations, WindowTrial};
use crate::strategy::{ParamValue, Params};
use crate::sweep::Grid;

/// One column of such a table.
#[derive(Clone, Debug, PartialEq)]
enum WindowColumn {
    Index,
    State,
    InSample,
    OutOfSample,
    /// Its name, and a value of its type.
    Param(String, ParamValue),
}

impl WindowColumn {
    fn name(&self) -> String {
        match self {
            Self::Index => "trial_index".to_owned(),
            Self::State => "state".to_owned(),
            Self::InSample => "in_sample".to_owned(),
            Self::OutOfSample => "out_of_sample".to_owned(),
            Self::Param(name, _) => format!("params.{name}"),
        }
    }
}

/// The columns that are asked for, and what tells a trial's parameters.
pub(in crate::grpc) struct WindowTable {
    columns: Vec<WindowColumn>,
    search: OptimizationSpec,
    /// Absent where no parameter is asked for.
    grid: Option<Grid>,
}

/// The columns asked for; none asks for all. Index and state always come first.
pub(in crate::grpc) fn window_table(
    asked: &[String],
    search: OptimizationSpec,
    violations: &mut Violations,
) -> WindowTable {
    let known: Vec<WindowColumn> = [
        WindowColumn::Index,
        WindowColumn::State,
        WindowColumn::InSample,
        WindowColumn::OutOfSample,
    ]
    .into_iter()
    .chain(param_kinds(&search).map(|(name, value)| WindowColumn::Param(name, value)))
    .collect();
    let columns = chosen(&known, WindowColumn::name, 2, asked, violations);
    let has_params = columns.iter().any(|column| matches!(column, WindowColumn::Param(..)));
    let grid = search.grid().ok().filter(|_| has_params);
    WindowTable { columns, search, grid }
}

impl WindowTable {
    /// How many columns there are.
    pub(in crate::grpc) const fn len(&self) -> usize {
        self.columns.len()
    }

    /// Whether no value is longer than some words.
    pub(in crate::grpc) fn is_brief(&self) -> bool {
        let is_text =
            |column: &WindowColumn| matches!(column, WindowColumn::Param(_, ParamValue::Text(_)));
        !self.columns.iter().any(is_text)
    }

    /// The trials by column.
    pub(in crate::grpc) fn filled(&self, trials: &[WindowTrial]) -> Vec<pb::Column> {
        let params: Vec<Params> = match &self.grid {
            Some(grid) => {
                trials.iter().map(|it| self.search.values(grid, it.trial_index)).collect()
            }
            None => Vec::new(),
        };
        self.columns.iter().map(|column| of(column, trials, &params)).collect()
    }
}

fn of(column: &WindowColumn, trials: &[WindowTrial], params: &[Params]) -> pb::Column {
    let name = column.name();
    let trials = trials.iter();
    match column {
        WindowColumn::Index => ints(name, trials.map(|trial| Some(trial.trial_index as i64))),
        WindowColumn::State => {
            strings(name, trials.map(|trial| Some(trial.state.as_str().to_owned())))
        }
        WindowColumn::InSample => doubles(name, trials.map(|trial| trial.in_sample)),
        WindowColumn::OutOfSample => doubles(name, trials.map(|trial| trial.out_of_sample)),
        WindowColumn::Param(param, kind) => param_column(name, param, kind, params.iter()),
    }
}
