//! A search that takes over what another one computed: which of its trials are trials of that one.
//! A trial is found by arithmetic on the axes of the other, whatever its own search is.

use std::collections::HashMap;

use super::account_axis::AccountAxes;
use super::account_number::is_account_path;
use super::spec::{BacktestSpec, OptimizationSpec, Subscription};
use crate::strategy::ParamValue;
use crate::sweep::{Axis, Grid, PlaceOf, Search, ValueKey};

/// Which trials of one search are trials of another.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The other one's grid.
    grid: Grid,
    /// For each series of this search, its place in the other.
    series: Vec<Option<u64>>,
    /// Where the value of each axis of the other comes from.
    sources: Vec<Source>,
    /// Axes of this search that the other holds at one value.
    held: Vec<(usize, ParamValue)>,
    finder: Finder,
}

/// What a parameter is in a trial.
#[derive(Clone, Debug)]
enum Source {
    /// As this axis says.
    Axis(usize),
    /// The same in all.
    Fixed(ParamValue),
}

#[derive(Clone, Debug)]
enum Finder {
    /// The digit of each axis.
    Digits(Vec<PlaceOf>),
    /// The place of each point.
    Points(HashMap<Vec<ValueKey>, u64>),
}

impl Extension {
    /// Of `new`, which takes over from `old`.
    ///
    /// # Errors
    ///
    /// In words, what differs between them so that no trial of the one can be one of the other.
    pub fn of(new: &OptimizationSpec, old: &OptimizationSpec) -> Result<Self, String> {
        let grid = old.grid().map_err(|error| error.to_string())?;
        if grid.is_sampled() {
            return Err("it drew values from a range, where no trial is found by them".to_owned());
        }
        check_common(new, old)?;
        let axis_of = |name: &str| new.axes.iter().position(|axis| axis.name == name);
        let source = |axis: &Axis| match axis_of(&axis.name) {
            Some(place) => Some(Source::Axis(place)),
            None => value_of(&new.base, &axis.name).map(Source::Fixed),
        };
        let sources: Option<Vec<Source>> = old.axes.iter().map(source).collect();
        let varies = |name: &str| old.axes.iter().any(|axis| axis.name == name);
        let own = new.axes.iter().enumerate().filter(|(_, axis)| !varies(&axis.name));
        let held = own.map(|(place, axis)| Some((place, value_of(&old.base, &axis.name)?)));
        let (Some(sources), Some(held)) = (sources, held.collect()) else {
            return Err("it sweeps other numbers of the account".to_owned());
        };
        let all = series(old);
        let place = |one: &&[Subscription]| all.iter().position(|known| known == one);
        let places: Vec<_> = series(new).iter().map(|one| place(one).map(|it| it as u64)).collect();
        if places.iter().all(Option::is_none) {
            return Err("it is over other bars, or other versions of them".to_owned());
        }
        Ok(Self { finder: Finder::of(old, &grid), grid, series: places, sources, held })
    }

    /// The trial of the other search that the one with that index is; `None` if none can be.
    pub fn index_of(&self, grid: &Grid, index: u64) -> Option<u64> {
        let series = (*self.series.get(grid.subscription(index))?)?;
        let is_held = self.held.iter().all(|(axis, value)| grid.value(*axis, index) == *value);
        if !is_held {
            return None;
        }
        let value = |source: &Source| match source {
            Source::Axis(axis) => grid.value(*axis, index),
            Source::Fixed(value) => value.clone(),
        };
        let within = match &self.finder {
            Finder::Points(known) => {
                let key: Vec<_> =
                    self.sources.iter().map(|it| ValueKey::from(&value(it))).collect();
                *known.get(&key)?
            }
            Finder::Digits(places) => {
                let digits = self.sources.iter().zip(places).enumerate();
                let parts = digits.map(|(axis, (source, places))| {
                    Some(places.find(&value(source))? * self.grid.digit_of(axis).0)
                });
                parts.sum::<Option<u64>>()?
            }
        };
        Some(series * self.grid.series_stride() + within)
    }
}

impl Finder {
    fn of(old: &OptimizationSpec, grid: &Grid) -> Self {
        if old.search != Search::Points {
            return Self::Digits(old.axes.iter().map(|axis| PlaceOf::of(&axis.values)).collect());
        }
        let key = |place| grid.values(place).map(|(_, value)| ValueKey::from(&value)).collect();
        Self::Points((0..grid.series_stride()).map(|place| (key(place), place)).collect())
    }
}

/// The series of a search, those of one trial each.
fn series(spec: &OptimizationSpec) -> Vec<&[Subscription]> {
    if spec.subscription_axis.is_empty() {
        return vec![&spec.base.subscriptions];
    }
    spec.subscription_axis.iter().map(std::slice::from_ref).collect()
}

/// A parameter of all trials; numbers of an account are not read back.
fn value_of(base: &BacktestSpec, name: &str) -> Option<ParamValue> {
    base.params.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
}

/// What all trials of both have in common must be the same.
fn check_common(new: &OptimizationSpec, old: &OptimizationSpec) -> Result<(), String> {
    let (one, other) = (&new.base, &old.base);
    let told = |what: &str| Err(format!("its {what} differs"));
    if !one.strategy.is_same_work(&other.strategy) {
        return told("strategy, or its version,");
    }
    if (one.start_ms, one.end_ms) != (other.start_ms, other.end_ms) {
        return told("time range, or what there is of it,");
    }
    if one.warmup_bars != other.warmup_bars {
        return told("warm-up");
    }
    if one.benchmark != other.benchmark {
        return told("benchmark, or its version,");
    }
    if one.aux != other.aux {
        return told("auxiliary series, or a version of them,");
    }
    let is_swept = |name: &str| [new, old].iter().any(|it| it.axes.iter().any(|x| x.name == name));
    let fixed = one.params.iter().filter(|(name, _)| !is_swept(name));
    for (name, value) in fixed {
        if value_of(other, name).as_ref() != Some(value) {
            return told(&format!("value of {name}, which neither of them varies,"));
        }
    }
    let paths = |spec: &OptimizationSpec| -> Vec<String> {
        let names = spec.axes.iter().map(|axis| &axis.name);
        let mut paths: Vec<_> = names.filter(|name| is_account_path(name)).cloned().collect();
        paths.sort_unstable();
        paths
    };
    if paths(new) != paths(old) {
        return Err("it sweeps other numbers of the account".to_owned());
    }
    // With the same values for what both sweep, accounts must be the same.
    let axes = AccountAxes::of(&old.axes);
    let with = |base: &BacktestSpec| {
        axes.applied(&base.simulation, |axis| old.axes[axis].values.value(0)).ok()
    };
    if with(one) != with(other) {
        return told("account");
    }
    Ok(())
}
