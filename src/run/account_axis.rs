//! The axes of a search that sweep numbers of its account.

use super::account_number::{NUMBERS, Numbered};
use super::spec::OptimizationSpec;
use crate::strategy::ParamValue;
use crate::sweep::{Axis, Grid};
use crate::trading::{BreakEven, Simulation};

/// An account that an axis cannot make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountFault {
    /// The path at which it was found.
    pub path: String,
    /// What is wrong there.
    pub message: String,
}

/// The axes of a search that sweep the account, in the order in which they are set: what others
/// lead through comes first.
#[derive(Clone, Debug)]
pub struct AccountAxes(Vec<(usize, &'static Numbered)>);

impl AccountAxes {
    /// Those among the axes.
    pub fn of(axes: &[Axis]) -> Self {
        let place_of = |path: &str| NUMBERS.iter().position(|(known, _)| known == path);
        let mut found: Vec<(usize, usize)> = axes
            .iter()
            .enumerate()
            .filter_map(|(axis, it)| Some((place_of(&it.name)?, axis)))
            .collect();
        found.sort_unstable();
        Self(found.into_iter().map(|(place, axis)| (axis, &NUMBERS[place])).collect())
    }

    /// Whether no axis sweeps the account.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the axis in that place is one of them.
    pub fn sweeps(&self, axis: usize) -> bool {
        self.0.iter().any(|(place, _)| *place == axis)
    }

    /// The account with those values, given by the place of the axis.
    ///
    /// # Errors
    ///
    /// The first value that leads to no account.
    pub fn applied(
        &self,
        simulation: &Simulation,
        value: impl Fn(usize) -> ParamValue,
    ) -> Result<Simulation, AccountFault> {
        let mut simulation = simulation.clone();
        for (axis, (path, number)) in &self.0 {
            let set = number.set(&mut simulation, &value(*axis));
            set.map_err(|message| AccountFault { path: path.clone(), message })?;
        }
        if let Some(offset) = simulation.exits.break_even.and_then(BreakEven::offset_too_far) {
            let path = "exits.break_even.offset".to_owned();
            return Err(AccountFault { path, message: offset });
        }
        Ok(simulation)
    }

    /// What tells trials with one account from those with another.
    pub fn values(&self, grid: &Grid, trial_index: u64) -> Vec<u64> {
        let bits = |value| match value {
            ParamValue::Int(number) => number.cast_unsigned(),
            ParamValue::Double(number) => number.to_bits(),
            ParamValue::Bool(_) | ParamValue::Text(_) => 0,
        };
        self.0.iter().map(|(axis, _)| bits(grid.value(*axis, trial_index))).collect()
    }
}

impl OptimizationSpec {
    /// The account of the trial with that index.
    ///
    /// # Errors
    ///
    /// If its values make none.
    pub fn simulation(&self, grid: &Grid, trial_index: u64) -> Result<Simulation, AccountFault> {
        let axes = AccountAxes::of(&self.axes);
        axes.applied(&self.base.simulation, |axis| grid.value(axis, trial_index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::Decimal;
    use crate::run::{AccountNumber, account_paths};
    use crate::sweep::AxisValues;
    use crate::trading::TARGETS_MAX;

    fn axis(path: &str) -> Axis {
        let number = AccountNumber::named(path).unwrap();
        let whole = number.check(7.into());
        let value = whole.or_else(|_| number.check(0.25.into())).unwrap();
        Axis { name: path.to_owned(), values: AxisValues::List(vec![value]) }
    }

    fn applied(paths: &[String]) -> Result<Simulation, AccountFault> {
        let axes: Vec<Axis> = paths.iter().map(|path| axis(path)).collect();
        let simulation = Simulation { sizing: None, ..Simulation::with_cash(Decimal::ONE) };
        AccountAxes::of(&axes).applied(&simulation, |axis| axes[axis].values.value(0))
    }

    /// What a path leads through that it cannot make.
    fn needs(path: &str) -> Vec<String> {
        let mut needed = Vec::new();
        if let Some(distance) = path.strip_suffix(".period") {
            let beside = if path.starts_with("sizing.") { "fraction" } else { "multiple" };
            needed.push(format!("{distance}.{beside}"));
        }
        if path.starts_with("margin.") && path != "margin.maintenance_rate" {
            needed.push("margin.maintenance_rate".to_owned());
        }
        if path.starts_with("exits.trailing_stop.activation") {
            needed.push("exits.trailing_stop.distance.percent".to_owned());
        }
        if path.starts_with("exits.break_even.offset") {
            // Of another kind, which the offset is not compared with.
            let kind = if path.ends_with("ticks") { "percent" } else { "ticks" };
            needed.push(format!("exits.break_even.trigger.{kind}"));
        }
        for index in 0..TARGETS_MAX {
            let target = format!("exits.take_profits[{index}].distance");
            if path.starts_with(&target) {
                break;
            }
            if path.starts_with("exits.take_profits") {
                needed.push(format!("{target}.percent"));
            }
            if path == format!("exits.take_profits[{index}].portion") {
                break;
            }
        }
        needed
    }

    #[test]
    fn every_path_is_set_wherever_it_stands_among_those_that_it_needs() {
        for path in account_paths() {
            let mut paths = needs(path);
            let without = applied(&paths).unwrap();
            paths.insert(0, path.to_owned());
            let with = applied(&paths).unwrap_or_else(|fault| panic!("{path}: {fault:?}"));
            assert_ne!(with, without, "{path}");
        }
    }

    #[test]
    fn values_are_taken_as_exactly_as_they_are_written() {
        let commission = |value: f64| {
            let axes = [axis("simulation.commission_rate")];
            let simulation = Simulation::with_cash(Decimal::ONE);
            let swept = AccountAxes::of(&axes).applied(&simulation, |_| value.into());
            swept.unwrap().commission_rate.to_string()
        };
        assert_eq!(commission(0.1 + 0.2 - 0.2), "0.10000000000000003");
        assert_eq!(commission(0.0005), "0.0005");
        assert_eq!(commission(0.0), "0");
    }

    #[test]
    fn values_out_of_range_are_told_with_what_would_be_valid() {
        let refused =
            |path, value: ParamValue| AccountNumber::named(path).unwrap().check(value).unwrap_err();
        let said = refused("simulation.max_leverage", 0.into());
        assert_eq!(said, "must be above 0 but is 0");
        let said = refused("limits.max_entries", 1.0.into());
        assert_eq!(said, "must be a whole number from 0 to 1000000 but is 1");
        assert!(refused("exits.stop_loss.percent", f64::NAN.into()).contains("below 1"));
        assert!(refused("exits.stop_loss.percent", "2%".into()).contains("\"2%\""));
        assert!(refused("sizing.fixed_notional", 1e300.into()).contains("but is 1"));
    }
}
