//! Fees and slippage in parts between the wire and the domain.

use super::field::{Bound, decimal};
use crate::excerpt::excerpt;
use crate::market::Decimal;
use crate::pb;
use crate::run::Violations;
use crate::trading::{FeeTerms, SlippageTerms};

const TICKS_MAX: u32 = 1_000_000;
/// Times the range of a bar by which the next may slip.
const RANGE_FRACTION_MAX: f64 = 10.0;

/// Reads the fees; `rate` is the short form, which must not stand beside them.
pub(super) fn fees(
    wire: &pb::Fees,
    rate: &str,
    path: &str,
    violations: &mut Violations,
) -> Option<FeeTerms> {
    refuse_both(rate, &format!("{path}.commission_rate"), "fees", violations);
    let mut optional = |text: &str, name: &str, bound, default| {
        decimal(text, format!("{path}.fees.{name}"), bound, Some(default), violations)
    };
    let taker_rate = optional(&wire.taker_rate, "taker_rate", Bound::Rate, Decimal::ZERO);
    let like_taker = taker_rate.unwrap_or(Decimal::ZERO);
    let maker_rate = optional(&wire.maker_rate, "maker_rate", Bound::Rate, like_taker);
    let zero = Decimal::ZERO;
    let per_unit = optional(&wire.per_unit, "per_unit", Bound::Amount, zero);
    let per_fill = optional(&wire.per_fill, "per_fill", Bound::Amount, zero);
    let minimum = optional(&wire.minimum, "minimum", Bound::Amount, zero);
    let most = optional(&wire.maximum_rate, "maximum_rate", Bound::Rate, zero);
    Some(FeeTerms {
        maker_rate: maker_rate?,
        taker_rate: taker_rate?,
        per_unit: per_unit?,
        per_fill: per_fill?,
        minimum: minimum?,
        maximum_rate: most.filter(|_| !wire.maximum_rate.is_empty()),
    })
}

/// Reads the slippage; `short` is the short form, which must not stand beside it.
pub(super) fn slippage(
    wire: &pb::Slippage,
    short: &str,
    path: &str,
    violations: &mut Violations,
) -> Option<SlippageTerms> {
    refuse_both(short, &format!("{path}.slippage_ticks"), "slippage", violations);
    let ticks = ticks(&wire.ticks, &format!("{path}.slippage.ticks"), violations);
    let field = format!("{path}.slippage.rate");
    let rate = decimal(&wire.rate, field, Bound::Rate, Some(Decimal::ZERO), violations);
    let range = range_fraction(&wire.range_fraction, path, violations);
    let through = wire.limit_through_ticks;
    let known = u32::try_from(through).ok().filter(|ticks| *ticks <= TICKS_MAX);
    let message = format!("must be from 0 to {TICKS_MAX}, but is {through}");
    let field = format!("{path}.slippage.limit_through_ticks");
    let limit_through_ticks = violations.check(field, known.ok_or(message));
    let rate = Some(rate?).filter(|rate| rate.is_positive());
    let (range_fraction, limit_through_ticks) = (range?, limit_through_ticks?);
    let range_fraction = Some(range_fraction).filter(|fraction| fraction.is_positive());
    Some(SlippageTerms { ticks: ticks?, rate, range_fraction, limit_through_ticks })
}

/// A fraction of the range of the bar before; none where the text is empty.
fn range_fraction(text: &str, path: &str, violations: &mut Violations) -> Option<Decimal> {
    let field = format!("{path}.slippage.range_fraction");
    let known = decimal(text, field.clone(), Bound::Amount, Some(Decimal::ZERO), violations)?;
    let message = format!("must be from 0 to {RANGE_FRACTION_MAX}, but is {known}");
    let is_within = known.to_f64() <= RANGE_FRACTION_MAX;
    violations.check(field, if is_within { Ok(known) } else { Err(message) })
}

/// Whole ticks; none where the text is empty.
pub(super) fn ticks(text: &str, field: &str, violations: &mut Violations) -> Option<u32> {
    if text.is_empty() {
        return Some(0);
    }
    let ticks = text.parse::<Decimal>().ok().and_then(|value| value.count_of(Decimal::ONE));
    let ticks = ticks.and_then(|ticks| u32::try_from(ticks).ok());
    let known = ticks.filter(|ticks| *ticks <= TICKS_MAX);
    let found = excerpt(text);
    let message = format!("must be whole ticks from 0 to {TICKS_MAX}, but is {found:?}");
    violations.check(field, known.ok_or(message))
}

fn refuse_both(short: &str, field: &str, long: &str, violations: &mut Violations) {
    if !short.is_empty() {
        let message = format!("cannot stand beside {long}: say it there, and leave this empty");
        violations.add(field, message);
    }
}

impl From<FeeTerms> for pb::Fees {
    fn from(domain: FeeTerms) -> Self {
        Self {
            maker_rate: domain.maker_rate.to_string(),
            taker_rate: domain.taker_rate.to_string(),
            per_unit: domain.per_unit.to_string(),
            per_fill: domain.per_fill.to_string(),
            minimum: domain.minimum.to_string(),
            maximum_rate: domain.maximum_rate.map_or_else(String::new, |rate| rate.to_string()),
        }
    }
}

impl From<&SlippageTerms> for pb::Slippage {
    fn from(domain: &SlippageTerms) -> Self {
        Self {
            ticks: domain.ticks.to_string(),
            rate: domain.rate.map_or_else(String::new, |rate| rate.to_string()),
            range_fraction: domain.range_fraction.map_or_else(String::new, |it| it.to_string()),
            limit_through_ticks: domain.limit_through_ticks.cast_signed(),
        }
    }
}
