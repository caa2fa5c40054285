//! Exits and limits of a run between the wire and the domain.

use super::field::{Bound, decimal};
use crate::market::Decimal;
use crate::pb;
use crate::pb::distance::Kind;
use crate::run::{ATR_PERIOD_DEFAULT, Violations};
use crate::trading::{
    AtrDistance, BreakEven, Distance, ExitTerms, PositionLimits, TARGETS_MAX, TakeProfit,
    TrailingStop,
};

const TICKS_MAX: u32 = 1_000_000_000;
const PERIOD_MAX: i32 = 10_000;
const BARS_MAX: i64 = 1_000_000_000;
const COUNT_MAX: i32 = 1_000_000;
const MINUTES_A_DAY: u16 = 24 * 60;

/// Reads the exits; every bad field is noted under `path`.
pub(super) fn exits(wire: &pb::Exits, path: &str, violations: &mut Violations) -> ExitTerms {
    let field = |name: &str| format!("{path}.{name}");
    let mut optional = |wire: &Option<pb::Distance>, name: &str| {
        wire.as_ref().and_then(|wire| distance(wire, &field(name), violations))
    };
    let stop_loss = optional(&wire.stop_loss, "stop_loss");
    violations.count_at_most(TARGETS_MAX, &field("take_profits"), wire.take_profits.len());
    let targets = wire.take_profits.iter().take(TARGETS_MAX).enumerate();
    let take_profits = targets
        .filter_map(|(index, target)| {
            take_profit(target, &field(&format!("take_profits[{index}]")), violations)
        })
        .collect();
    let trailing_stop = wire.trailing_stop.as_ref();
    let break_even = wire.break_even.as_ref();
    ExitTerms {
        stop_loss,
        take_profits,
        trailing_stop: trailing_stop
            .and_then(|wire| trailing(wire, &field("trailing_stop"), violations)),
        break_even: break_even.and_then(|wire| at_entry(wire, &field("break_even"), violations)),
        max_bars: whole(wire.max_bars, BARS_MAX, &field("max_bars"), violations),
        daily_exit_minute: minute(&wire.daily_exit_time, &field("daily_exit_time"), violations),
    }
}

/// Reads the limits; every bad field is noted under `path`.
pub(super) fn limits(
    wire: &pb::PositionLimits,
    path: &str,
    violations: &mut Violations,
) -> PositionLimits {
    let mut count = |number: i32, name: &str| {
        whole(i64::from(number), i64::from(COUNT_MAX), &format!("{path}.{name}"), violations)
    };
    let max_positions = count(wire.max_positions, "max_positions");
    let max_entries = count(wire.max_entries, "max_entries");
    let cool_down_bars = count(wire.cool_down_bars, "cool_down_bars");
    let without_bars = wire.close_after_days_without_bars;
    let close_after_days_without_bars = count(without_bars, "close_after_days_without_bars");
    let field = format!("{path}.max_volume_share");
    let share = Some(&wire.max_volume_share).filter(|text| !text.is_empty());
    PositionLimits {
        max_positions,
        max_entries,
        cool_down_bars,
        cool_down_after_loss_only: wire.cool_down_after_loss_only,
        close_after_days_without_bars,
        max_volume_share: share
            .and_then(|share| decimal(share, field, Bound::Positive, None, violations)),
    }
}

fn take_profit(
    wire: &pb::TakeProfit,
    path: &str,
    violations: &mut Violations,
) -> Option<TakeProfit> {
    let distance = required(wire.distance.as_ref(), &format!("{path}.distance"), violations);
    let field = format!("{path}.portion");
    let portion =
        decimal(&wire.portion, field.clone(), Bound::Positive, Some(Decimal::ONE), violations)?;
    if portion.to_f64() > 1.0 {
        violations.add(field, format!("must be above 0 and at most 1, but is {portion}"));
        return None;
    }
    Some(TakeProfit { distance: distance?, portion })
}

fn trailing(
    wire: &pb::TrailingStop,
    path: &str,
    violations: &mut Violations,
) -> Option<TrailingStop> {
    let distance = required(wire.distance.as_ref(), &format!("{path}.distance"), violations);
    let activation = wire
        .activation
        .as_ref()
        .and_then(|wire| self::distance(wire, &format!("{path}.activation"), violations));
    let distance = distance?;
    if wire.chandelier && distance.period().is_none() {
        let message = "needs a distance in average true ranges (atr)";
        violations.add(format!("{path}.chandelier"), message);
    }
    Some(TrailingStop { distance, activation, chandelier: wire.chandelier })
}

fn at_entry(wire: &pb::BreakEven, path: &str, violations: &mut Violations) -> Option<BreakEven> {
    let trigger = required(wire.trigger.as_ref(), &format!("{path}.trigger"), violations);
    let offset = wire.offset.as_ref();
    let offset = offset.and_then(|wire| distance(wire, &format!("{path}.offset"), violations));
    let stop = BreakEven { trigger: trigger?, offset };
    if let Some(message) = stop.offset_too_far() {
        violations.add(format!("{path}.offset"), message);
    }
    Some(stop)
}

fn required(
    wire: Option<&pb::Distance>,
    path: &str,
    violations: &mut Violations,
) -> Option<Distance> {
    if wire.is_none() {
        violations.add(path, "is required");
    }
    distance(wire?, path, violations)
}

fn distance(wire: &pb::Distance, path: &str, violations: &mut Violations) -> Option<Distance> {
    match &wire.kind {
        None => {
            violations.add(path, "needs one of percent, ticks and atr");
            None
        }
        Some(Kind::Percent(text)) => {
            let field = format!("{path}.percent");
            decimal(text, field, Bound::Rate, None, violations).map(Distance::Percent)
        }
        Some(Kind::Ticks(text)) => ticks(text, &format!("{path}.ticks"), violations),
        Some(Kind::Atr(atr)) => {
            let multiple = multiple(&atr.multiple, &format!("{path}.atr.multiple"), violations);
            let period = atr_period(atr.period, &format!("{path}.atr.period"), violations);
            Some(Distance::Atr(AtrDistance { multiple: multiple?, period: period? }))
        }
    }
}

/// Bars of an average true range; 0 stands for the usual number.
pub(super) fn atr_period(number: i32, field: &str, violations: &mut Violations) -> Option<u32> {
    let known = (0..=PERIOD_MAX).contains(&number).then_some(number.cast_unsigned());
    let message =
        format!("must be from 1 to {PERIOD_MAX}, or 0 for {ATR_PERIOD_DEFAULT}, but is {number}");
    let period = violations.check(field, known.ok_or(message))?;
    Some(if period == 0 { ATR_PERIOD_DEFAULT } else { period })
}

fn ticks(text: &str, field: &str, violations: &mut Violations) -> Option<Distance> {
    let ticks = text.parse::<Decimal>().ok().and_then(|value| value.count_of(Decimal::ONE));
    let ticks = ticks.and_then(|ticks| u32::try_from(ticks).ok());
    let known = ticks.filter(|ticks| *ticks <= TICKS_MAX);
    let message = format!("must be whole ticks from 0 to {TICKS_MAX}, but is {text:?}");
    violations.check(field, known.ok_or(message)).map(Distance::Ticks)
}

/// A decimal from 0 on.
fn multiple(text: &str, field: &str, violations: &mut Violations) -> Option<Decimal> {
    let known = text.parse::<Decimal>().ok().filter(|value| !value.is_negative());
    let message = format!("must be a decimal of 0 or above, but is {text:?}");
    violations.check(field, known.ok_or(message))
}

fn whole(number: i64, most: i64, field: &str, violations: &mut Violations) -> u32 {
    let known = u32::try_from(number).ok().filter(|_| number <= most);
    let message = format!("must be from 0 to {most}, but is {number}");
    violations.check(field, known.ok_or(message)).unwrap_or(0)
}

/// `HH:MM` as minutes of the day; empty is never.
fn minute(text: &str, field: &str, violations: &mut Violations) -> Option<u16> {
    if text.is_empty() {
        return None;
    }
    let two = |part: &str| (part.len() == 2).then(|| part.parse::<u16>().ok()).flatten();
    let known = text.split_once(':').and_then(|(hour, minute)| Some((two(hour)?, two(minute)?)));
    let known = known.filter(|(_, minute)| *minute < 60).map(|(hour, minute)| hour * 60 + minute);
    let known = known.filter(|minute| *minute < MINUTES_A_DAY);
    let message = format!("must be a time of day such as \"21:00\", but is {text:?}");
    violations.check(field, known.ok_or(message))
}

impl From<Distance> for pb::Distance {
    fn from(domain: Distance) -> Self {
        let kind = match domain {
            Distance::Percent(fraction) => Kind::Percent(fraction.to_string()),
            Distance::Ticks(ticks) => Kind::Ticks(ticks.to_string()),
            Distance::Atr(AtrDistance { multiple, period }) => Kind::Atr(pb::AtrDistance {
                multiple: multiple.to_string(),
                period: period.cast_signed(),
            }),
        };
        Self { kind: Some(kind) }
    }
}

impl From<&ExitTerms> for pb::Exits {
    fn from(domain: &ExitTerms) -> Self {
        let clock = |minute: u16| format!("{:02}:{:02}", minute / 60, minute % 60);
        Self {
            stop_loss: domain.stop_loss.map(Into::into),
            take_profits: domain
                .take_profits
                .iter()
                .map(|target| pb::TakeProfit {
                    distance: Some(target.distance.into()),
                    portion: target.portion.to_string(),
                })
                .collect(),
            trailing_stop: domain.trailing_stop.map(|stop| pb::TrailingStop {
                distance: Some(stop.distance.into()),
                activation: stop.activation.map(Into::into),
                chandelier: stop.chandelier,
            }),
            break_even: domain.break_even.map(|stop| pb::BreakEven {
                trigger: Some(stop.trigger.into()),
                offset: stop.offset.map(Into::into),
            }),
            max_bars: domain.max_bars.into(),
            daily_exit_time: domain.daily_exit_minute.map_or_else(String::new, clock),
        }
    }
}

impl From<&PositionLimits> for pb::PositionLimits {
    fn from(domain: &PositionLimits) -> Self {
        Self {
            max_positions: domain.max_positions.cast_signed(),
            max_entries: domain.max_entries.cast_signed(),
            cool_down_bars: domain.cool_down_bars.cast_signed(),
            cool_down_after_loss_only: domain.cool_down_after_loss_only,
            max_volume_share: domain.max_volume_share.map_or_else(String::new, |it| it.to_string()),
            close_after_days_without_bars: domain.close_after_days_without_bars.cast_signed(),
        }
    }
}
