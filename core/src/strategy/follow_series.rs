//! Does what an auxiliary series says: weights to hold, or signals, computed anywhere.

use std::sync::Arc;

use super::direction::Direction;
use super::given_signals::{GivenSignals, SIGNALS, SignalColumns};
use super::known_rows::{AuxFeed, AuxUse, KnownRows, of_instrument};
use super::param::{ParamSpec, ParamValue, Params};
use super::{AuxNeed, Context, Rule, Signal, Strategy, StrategyEntry, Study, building, warming};
use crate::market::{AuxColumnFacts, Bar};
use crate::spelling::did_you_mean;
use crate::trading::{Side, Weight};

/// The column of weights.
const WEIGHT: &str = "weight";

/// The catalog's entry.
pub(super) fn entry() -> StrategyEntry {
    let direction = ParamSpec {
        description: "Which sides may be taken; what the series says of another is not done."
            .into(),
        default: ParamValue::Text("both".to_owned()),
        ..Direction::spec()
    };
    StrategyEntry {
        name: "follow_series".into(),
        version: "1".into(),
        display_name: "Follow a series".into(),
        description: "Does what an auxiliary series of the instrument says, whatever computed it. \
                      A column weight holds that part of the equity (negative is short) from the \
                      first bar end on at which it is known, and again when it changes; where it \
                      is empty, all stays as it is. Columns enter_long, exit_long, enter_short and \
                      exit_short act once where they are 1, at the first bar end at which they are \
                      known; a row that is older than a bar by then is counted as stale."
            .into(),
        scope: super::Scope::Instrument,
        aux: Some(AuxNeed::Followed(check)),
        markets: Vec::new(),
        default_sizing: Some(super::ALL_IN),
        params: vec![direction],
        warm_up: warming(|_| 1),
        build: building(|params| Ok(Box::new(FollowSeries::new(params)))),
    }
}

/// Whether a series of these columns can be followed, or what would let it be.
fn check(columns: &[AuxColumnFacts]) -> Result<(), String> {
    let is_weight = |facts: &&AuxColumnFacts| facts.name == WEIGHT;
    let is_signal = |facts: &&AuxColumnFacts| SIGNALS.contains(&facts.name.as_str());
    let (weight, has_signals) =
        (columns.iter().find(is_weight), columns.iter().any(|facts| is_signal(&facts)));
    if let Some(other) = columns.iter().find(|facts| !is_weight(facts) && !is_signal(facts)) {
        let known = SIGNALS.into_iter().chain([WEIGHT]);
        let hint = did_you_mean(&other.name, known);
        return Err(format!(
            "has a column {:?}, of which follow_series knows nothing{hint}; it reads weight, or \
             any of {}: import those alone (--column NAME=HEADING)",
            other.name,
            SIGNALS.join(", ")
        ));
    }
    match (weight, has_signals) {
        (Some(_), true) => {
            return Err("has weights and signals, and only one of them can be followed: import \
                        either alone (--column NAME=HEADING)"
                .to_owned());
        }
        (None, false) => return Err("has no column to follow".to_owned()),
        _ => {}
    }
    let is_held = |value: Option<f64>| value.is_none_or(|value| Weight::nearest(value).is_some());
    if let Some(facts) = weight.filter(|facts| !is_held(facts.min) || !is_held(facts.max)) {
        let (min, max) = (facts.min.unwrap_or_default(), facts.max.unwrap_or_default());
        return Err(format!("has weights from {min} to {max}: 1 is all of the equity"));
    }
    let is_switch = |facts: &&AuxColumnFacts| {
        facts.is_whole
            && facts.min.is_none_or(|min| min >= 0.0)
            && facts.max.is_none_or(|max| max <= 1.0)
    };
    let mut signals = columns.iter().filter(is_signal);
    match signals.find(|facts| !is_switch(facts)) {
        Some(facts) => Err(format!(
            "has values from {} to {} in {:?}: a signal is 1 (act), or 0 or empty (do not)",
            facts.min.unwrap_or_default(),
            facts.max.unwrap_or_default(),
            facts.name
        )),
        None => Ok(()),
    }
}

/// Which columns are followed.
#[derive(Clone, Copy, Debug)]
enum Columns {
    Weight(usize),
    Signals(SignalColumns),
}

struct FollowSeries {
    direction: Direction,
    columns: Option<Columns>,
    /// The first row that was not known at the bar end before.
    next_row: usize,
    /// Whether a bar has ended at which orders counted.
    has_begun: bool,
    /// What was held last because the series said so.
    weight: Option<Weight>,
    uses: AuxUse,
}

impl FollowSeries {
    fn new(params: &Params) -> Self {
        Self {
            direction: Direction::of(params),
            columns: None,
            next_row: 0,
            has_begun: false,
            weight: None,
            uses: AuxUse::default(),
        }
    }

    /// Holds what the last of these rows that says something says, if that is something else than
    /// was held last.
    fn hold(
        &mut self,
        rows: KnownRows<'_>,
        column: usize,
        new: std::ops::Range<usize>,
        context: &mut Context<'_>,
    ) {
        let Some(said) = new.rev().find_map(|row| rows.value(row, column)) else { return };
        // What is no weight was refused with the series.
        let Some(said) = Weight::nearest(said) else { return };
        let side = if said < Weight::ZERO { Side::Short } else { Side::Long };
        let weight = if self.direction.allows(side) { said } else { Weight::ZERO };
        if self.weight == Some(weight) {
            return;
        }
        self.weight = Some(weight);
        self.uses.acted_rows += 1;
        let instrument = context.instrument();
        context.on(instrument).target_weight(weight, Weight::ZERO);
    }
}

impl Strategy for FollowSeries {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let Some(rows) = context.own_aux() else { return };
        let first = self.next_row;
        if first == 0 {
            self.next_row = rows.count();
        } else {
            while rows.known_ms(self.next_row).is_some() {
                self.next_row += 1;
            }
        }
        let columns = *self.columns.get_or_insert_with(|| match rows.column(WEIGHT) {
            Some(column) => Columns::Weight(column),
            None => Columns::Signals(rows.signal_columns()),
        });
        // What is said while nothing counts is seen, and not done: a weight that still holds then
        // is done when the run begins.
        if context.is_warming_up {
            return;
        }
        match columns {
            Columns::Weight(column) => {
                // When a run begins, what was said before it still holds.
                let new = if self.has_begun { first } else { 0 }..self.next_row;
                self.hold(rows, column, new, context);
            }
            Columns::Signals(columns) => {
                let said = rows.said(columns, first..self.next_row, bar.open_time_ms);
                self.uses.acted_rows += said.acted;
                // What was known before the run began is none of its business.
                self.uses.stale_rows += if self.has_begun { said.stale } else { 0 };
                self.direction.follow(said.signals, context);
            }
        }
        self.has_begun = true;
    }

    fn uses_aux(&self) -> Option<AuxUse> {
        Some(self.uses)
    }

    fn rule_over(&self, aux: &[AuxFeed]) -> Option<Rule> {
        let feed = of_instrument(aux, 0).filter(|feed| feed.series.column(WEIGHT).is_none())?;
        let given = GivenSignals { series: Arc::clone(&feed.series), key: feed.key };
        let signal = Signal::Study(Study(Arc::new(given)));
        Some(Rule { signal, direction: self.direction, stop: None })
    }
}

#[cfg(test)]
mod tests {
    use super::super::direction::Signals;
    use super::*;

    fn facts(name: &str, min: f64, max: f64) -> AuxColumnFacts {
        let is_whole = min.fract() == 0.0 && max.fract() == 0.0;
        let (name, min, max) = (name.to_owned(), Some(min), Some(max));
        AuxColumnFacts { name, filled: 2, min, max, is_whole }
    }

    #[test]
    fn weights_or_signals_can_be_followed_and_nothing_else() {
        assert_eq!(check(&[facts("weight", -1.5, 2.0)]), Ok(()));
        assert_eq!(check(&[facts("enter_long", 0.0, 1.0), facts("exit_long", 1.0, 1.0)]), Ok(()));
        let said = |columns: &[AuxColumnFacts]| check(columns).unwrap_err();
        let both = said(&[facts("weight", 0.0, 1.0), facts("exit_long", 0.0, 1.0)]);
        assert!(both.contains("only one of them"), "{both}");
        let half = said(&[facts("enter_long", 0.0, 0.5)]);
        assert!(half.contains("from 0 to 0.5 in \"enter_long\""), "{half}");
        let misspelt = said(&[facts("enter_lnog", 0.0, 1.0)]);
        assert!(misspelt.contains("did you mean \"enter_long\"?"), "{misspelt}");
        let huge = said(&[facts("weight", 0.0, 1e9)]);
        assert!(huge.contains("1 is all of the equity"), "{huge}");
        assert!(said(&[]).contains("no column to follow"));
    }

    #[test]
    fn of_two_rows_that_contradict_each_other_the_later_counts() {
        let enter = Signals { enter_long: true, ..Signals::default() };
        let exit = Signals { exit_long: true, ..Signals::default() };
        assert_eq!(enter.then(exit), exit);
        assert_eq!(exit.then(enter), Signals { enter_long: true, exit_long: false, ..enter });
        let turn = Signals { exit_long: true, enter_short: true, ..Signals::default() };
        assert_eq!(enter.then(turn), turn);
        let short = Signals { enter_short: true, ..Signals::default() };
        assert_eq!(enter.then(short), short);
        let cover = Signals { exit_short: true, ..Signals::default() };
        assert_eq!(enter.then(cover), Signals { exit_short: true, ..enter });
    }
}
