//! A walk-forward that compares combinations across several series: its account is one on each of
//! them, with the same parameters and equal cash at first, and what they are worth together.

use serde::{Deserialize, Serialize};

use super::carried::Carried;
use super::spec::Subscription;
use super::walk_forward::{NamedMetrics, WalkForwardSpec, WindowFound};
use crate::digest::{Digest, Encoder};
use crate::market::Decimal;

const TOTAL_RETURN: &str = "total_return";
const TRADE_COUNT: &str = "trade_count";

/// What the choice of a window came to on one series.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesLeg {
    /// Its metrics in sample.
    pub in_sample_metrics: NamedMetrics,
    /// Over the days after, in the simulation over all days that it was chosen by.
    pub carried_metrics: NamedMetrics,
    /// Those of the account there.
    pub out_of_sample_metrics: NamedMetrics,
    /// Its daily returns; none if it was ruined.
    pub returns: Vec<f64>,
    /// The cash that it had before.
    pub cash: Decimal,
    /// Its equity after them.
    pub equity: Decimal,
    /// What that backtest's result hashes to; `None` of an account that rests.
    pub account_sha256: Option<Digest>,
}

/// What the account on one series came to over all windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SeriesAccount {
    /// The series.
    pub subscription: Subscription,
    /// Its return, and how many trades it made.
    pub metrics: NamedMetrics,
    /// The choices as one backtest of that series; `None` where they make none.
    pub carried: Option<Carried>,
}

impl SeriesLeg {
    /// One that rests with that cash.
    pub fn resting(cash: Decimal) -> Self {
        Self {
            in_sample_metrics: NamedMetrics::new(),
            carried_metrics: NamedMetrics::new(),
            out_of_sample_metrics: NamedMetrics::new(),
            returns: Vec::new(),
            cash,
            equity: cash,
            account_sha256: None,
        }
    }

    pub(super) fn write(&self, encoder: &mut Encoder) {
        let Self { in_sample_metrics, carried_metrics, out_of_sample_metrics, .. } = self;
        for map in [in_sample_metrics, carried_metrics, out_of_sample_metrics] {
            encoder.integer(map.len() as i64);
            for (name, value) in map {
                encoder.text(name).double(*value);
            }
        }
        encoder.integer(self.returns.len() as i64);
        for value in &self.returns {
            encoder.double(*value);
        }
        encoder.optional(self.account_sha256, |encoder, hash| _ = encoder.bytes(hash.as_bytes()));
        encoder.text(&self.cash.to_string()).text(&self.equity.to_string());
    }
}

/// What was known before of equal parts in all series: the mean of what they earned, all trades.
pub fn in_equal_parts<'m>(maps: impl Iterator<Item = &'m NamedMetrics>) -> NamedMetrics {
    let maps: Vec<&NamedMetrics> = maps.collect();
    let count = maps.len() as f64;
    let sum = |name: &str| maps.iter().map(|map| map.get(name).copied()).sum::<Option<f64>>();
    let earned = sum(TOTAL_RETURN).filter(|_| count > 0.0).map(|sum| sum / count);
    let pairs = [(TOTAL_RETURN, earned), (TRADE_COUNT, sum(TRADE_COUNT))];
    pairs.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

/// What the accounts of a window earned together, by their money, and all their trades.
pub fn accounts_together(legs: &[SeriesLeg]) -> NamedMetrics {
    let sum = |money: fn(&SeriesLeg) -> Decimal| -> f64 {
        legs.iter().map(|leg| money(leg).to_f64()).sum()
    };
    let (before, after) = (sum(|leg| leg.cash), sum(|leg| leg.equity));
    let trades = legs.iter().filter_map(|leg| leg.out_of_sample_metrics.get(TRADE_COUNT)).sum();
    let earned = if before > 0.0 { after / before - 1.0 } else { 0.0 };
    NamedMetrics::from([(TOTAL_RETURN.to_owned(), earned), (TRADE_COUNT.to_owned(), trades)])
}

/// The returns of the accounts together, day by day; of accounts that all rest, that of nothing on
/// so many days. Nothing where one has other days than the others, as one that was ruined has.
pub fn returns_together(legs: &[SeriesLeg], resting: usize) -> Vec<f64> {
    let mut ran = legs.iter().filter(|leg| leg.account_sha256.is_some());
    let days = ran.next().map_or(resting, |first| first.returns.len());
    if !ran.all(|leg| leg.returns.len() == days) {
        return Vec::new();
    }
    let mut worth: Vec<f64> = legs.iter().map(|leg| leg.cash.to_f64()).collect();
    let mut before: f64 = worth.iter().sum();
    let mut return_of = |day: usize| {
        for (worth, leg) in worth.iter_mut().zip(legs) {
            *worth *= 1.0 + leg.returns.get(day).copied().unwrap_or(0.0);
        }
        let after: f64 = worth.iter().sum();
        let value = if before > 0.0 { after / before - 1.0 } else { 0.0 };
        before = after;
        value
    };
    (0..days).map(&mut return_of).collect()
}

/// What the account on each series came to over all windows.
pub(super) fn over_all(spec: &WalkForwardSpec, windows: &[WindowFound]) -> Vec<SeriesAccount> {
    let account = |(number, subscription): (usize, &Subscription)| {
        let legs = || windows.iter().filter_map(|window| window.series.get(number));
        let first = legs().next().map(|leg| leg.cash.to_f64());
        let last = legs().next_back().map(|leg| leg.equity.to_f64());
        let trades = legs().filter_map(|leg| leg.out_of_sample_metrics.get(TRADE_COUNT)).sum();
        let mut metrics = NamedMetrics::from([(TRADE_COUNT.to_owned(), trades)]);
        if let (Some(first), Some(last)) = (first, last) {
            metrics.insert(TOTAL_RETURN.to_owned(), last / first - 1.0);
        }
        SeriesAccount { subscription: subscription.clone(), metrics, carried: None }
    };
    let series = spec.search.across.iter().flat_map(|_| &spec.search.subscription_axis);
    series.enumerate().map(account).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(cash: &str, equity: &str, returns: &[f64]) -> SeriesLeg {
        let resting = SeriesLeg::resting(cash.parse().unwrap());
        SeriesLeg {
            equity: equity.parse().unwrap(),
            returns: returns.to_vec(),
            account_sha256: Some(Digest::of(b"fills")),
            out_of_sample_metrics: NamedMetrics::from([(TRADE_COUNT.to_owned(), 2.0)]),
            ..resting
        }
    }

    #[test]
    fn accounts_are_worth_their_money_together_day_by_day() {
        // 100 + 300, then 150 + 300, then 120 + 600.
        let legs = [leg("100", "120", &[0.5, -0.2]), leg("300", "600", &[0.0, 1.0])];
        let together = returns_together(&legs, 2);
        assert!((together[0] - 50.0 / 400.0).abs() < 1e-15);
        assert!((together[1] - 270.0 / 450.0).abs() < 1e-15);
        let earned = accounts_together(&legs);
        assert!((earned[TOTAL_RETURN] - 320.0 / 400.0).abs() < 1e-15);
        assert_eq!(earned[TRADE_COUNT], 4.0);
    }

    #[test]
    fn an_account_without_its_days_leaves_them_out_for_all_and_one_that_rests_does_not() {
        let ruined = leg("100", "-20", &[]);
        let two = [ruined, leg("100", "110", &[0.1, 0.0])];
        assert!(returns_together(&two, 2).is_empty());
        let lost = SeriesLeg::resting("-20".parse().unwrap());
        let with_it = returns_together(&[lost, leg("120", "132", &[0.1, 0.0])], 2);
        assert!((with_it[0] - 0.12).abs() < 1e-15 && with_it[1] == 0.0, "{with_it:?}");
    }

    #[test]
    fn equal_parts_earn_the_mean_where_all_of_it_is_known() {
        let map = |value| NamedMetrics::from([(TOTAL_RETURN.to_owned(), value)]);
        let known = [map(0.5), map(-0.25)];
        assert_eq!(in_equal_parts(known.iter()), map(0.125));
        let unknown = [map(0.5), NamedMetrics::new()];
        assert_eq!(in_equal_parts(unknown.iter()), NamedMetrics::new());
    }
}
