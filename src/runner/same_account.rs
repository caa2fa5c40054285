//! Trials of a search by their accounts: those with one account share a backtest, and can be
//! computed together.

use std::collections::HashMap;

use crate::run::{AccountAxes, AccountFault, Failure, OptimizationSpec};
use crate::sweep::Grid;
use crate::trading::Simulation;

/// Trials with one account.
pub(super) struct SameAccount {
    /// The account, or why there is none.
    pub simulation: Result<Simulation, Failure>,
    /// Each with its place among all.
    pub trials: Vec<(usize, u64)>,
}

/// The trials with those indices, by their accounts.
pub(super) fn by_account(
    spec: &OptimizationSpec,
    grid: &Grid,
    indices: &[u64],
) -> Vec<SameAccount> {
    let axes = AccountAxes::of(&spec.axes);
    let mut groups: Vec<SameAccount> = Vec::new();
    let mut known = HashMap::new();
    for (place, &index) in indices.iter().enumerate() {
        let group = *known.entry(axes.values(grid, index)).or_insert_with(|| {
            let simulation = spec.simulation(grid, index).map_err(failure);
            groups.push(SameAccount { simulation, trials: Vec::new() });
            groups.len() - 1
        });
        groups[group].trials.push((place, index));
    }
    groups
}

fn failure(AccountFault { path, message }: AccountFault) -> Failure {
    Failure::new("SIMULATION_INVALID", format!("{path}: {message}"))
}
