//! Parameters that change on the way, on the command line.

use std::collections::BTreeMap;
use std::str::FromStr;

use clap::Args;
use clap::ValueEnum;

use super::bars::BarsArgs;
use crate::cli::text::args::{Moment, Param};
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::pb;

/// Stands where parameters would.
const FLAT: &str = "flat";

/// Other parameters later on.
#[derive(Debug, Args)]
pub(in crate::cli) struct ChangeArgs {
    /// Other parameters from a moment on, as in "2024-07-01 fast=5 slow=30"; with "flat" in their
    /// place nothing is held from then on
    #[arg(long = "change", value_name = "MOMENT NAME=VALUE ...")]
    changes: Vec<Change>,
    #[command(flatten)]
    handover: HandoverArgs,
}

/// What becomes of a position.
#[derive(Debug, Args)]
pub(in crate::cli) struct HandoverArgs {
    /// What a change of parameters does with the open position [default: close]
    #[arg(long, value_name = "HOW")]
    handover: Option<Handover>,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Handover {
    /// Close it at the next open
    Close,
    /// Let the old parameters leave it, and begin when nothing is held
    RunOff,
    /// Leave it to the new parameters
    Keep,
    /// Hold what the new parameters hold where they traded alone from the beginning
    Adopt,
}

/// As in `2024-07-01 fast=5 slow=30`.
#[derive(Clone, Debug)]
struct Change {
    moment: Moment,
    params: BTreeMap<String, pb::ParamValue>,
    is_flat: bool,
}

impl FromStr for Change {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.split_whitespace();
        let moment = words.next().ok_or("write MOMENT NAME=VALUE ..., or MOMENT flat")?.parse()?;
        let mut change = Self { moment, params: BTreeMap::new(), is_flat: false };
        for word in words {
            if word == FLAT {
                change.is_flat = true;
                continue;
            }
            let Param { name, value } = word.parse()?;
            if change.params.insert(name.clone(), value).is_some() {
                return Err(format!("{name} is given twice"));
            }
        }
        match (change.is_flat, change.params.is_empty()) {
            (true, false) => Err("flat holds nothing, so it takes no parameters".to_owned()),
            (false, true) => Err("say which parameters change, as in fast=5, or flat".to_owned()),
            _ => Ok(change),
        }
    }
}

impl HandoverArgs {
    /// As the contract has it.
    pub(in crate::cli) const fn wire(&self) -> pb::Handover {
        match self.handover {
            None => pb::Handover::Unspecified,
            Some(Handover::Close) => pb::Handover::Close,
            Some(Handover::RunOff) => pb::Handover::RunOff,
            Some(Handover::Keep) => pb::Handover::Keep,
            Some(Handover::Adopt) => pb::Handover::Adopt,
        }
    }
}

impl ChangeArgs {
    /// Writes them into a backtest.
    pub(in crate::cli) fn give_to(&self, spec: &mut pb::BacktestSpec) {
        let change = |change: &Change| pb::ParamChange {
            from_time: Some(change.moment.into()),
            params: change.params.clone(),
            flat: change.is_flat,
        };
        spec.schedule = self.changes.iter().map(change).collect();
        spec.handover = self.handover.wire().into();
    }

    /// Places dates where the bars' days begin.
    pub(in crate::cli) async fn place_dates(
        &self,
        spec: &mut pb::BacktestSpec,
        bars: &BarsArgs,
        globals: &GlobalArgs,
    ) -> Result<(), CliError> {
        if self.changes.iter().all(|change| change.moment.date().is_none()) {
            return Ok(());
        }
        if let Some(day) = bars.trading_day(globals).await? {
            for (change, wire) in self.changes.iter().zip(&mut spec.schedule) {
                wire.from_time = Some(day.moment(change.moment));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_moment_and_what_holds_from_then_on() {
        let read: Change = "2024-07 fast=5  slow=30".parse().unwrap();
        assert_eq!(read.params.keys().collect::<Vec<_>>(), ["fast", "slow"]);
        assert!(!read.is_flat && read.moment.date().is_some());
        assert!("2024-07-01T09:30 flat".parse::<Change>().unwrap().is_flat);
    }

    #[test]
    fn what_says_nothing_or_twice_is_refused() {
        for text in ["", "2024-07-01", "soon fast=5", "2024 flat fast=5", "2024 fast=5 fast=6"] {
            assert!(text.parse::<Change>().is_err(), "{text:?}");
        }
    }
}
