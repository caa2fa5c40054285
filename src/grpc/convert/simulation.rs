//! The account between the wire and the domain.

use super::field::{Bound, choice, decimal};
use super::{carry, costs, exits};
use crate::market::Decimal;
use crate::pb;
use crate::run::Violations;
use crate::trading::{EndOfRunPolicy, EntryBarPolicy, RangeFraction, Simulation, Sizing};

const PERIODS_PER_YEAR_MAX: i32 = 1_000_000;

const ENTRY_BAR_POLICIES: [(i32, EntryBarPolicy); 3] = [
    (pb::EntryBarPolicy::Unspecified as i32, EntryBarPolicy::WorstCase),
    (pb::EntryBarPolicy::WorstCase as i32, EntryBarPolicy::WorstCase),
    (pb::EntryBarPolicy::NextBar as i32, EntryBarPolicy::NextBar),
];

const END_OF_RUN_POLICIES: [(i32, EndOfRunPolicy); 3] = [
    (pb::EndOfRunPolicy::Unspecified as i32, EndOfRunPolicy::MarkOpen),
    (pb::EndOfRunPolicy::MarkOpen as i32, EndOfRunPolicy::MarkOpen),
    (pb::EndOfRunPolicy::CloseAtLastClose as i32, EndOfRunPolicy::CloseAtLastClose),
];

/// Reads the account; every bad field is noted under `path`.
pub(super) fn simulation(
    wire: &pb::Simulation,
    path: &str,
    violations: &mut Violations,
) -> Option<Simulation> {
    let field = |name: &str| format!("{path}.{name}");
    let initial_cash =
        decimal(&wire.initial_cash, field("initial_cash"), Bound::Positive, None, violations);
    let mut optional = |text: &str, name: &str, bound, default| {
        decimal(text, field(name), bound, Some(default), violations)
    };
    let commission_rate =
        optional(&wire.commission_rate, "commission_rate", Bound::Rate, Decimal::ZERO);
    let max_leverage = optional(&wire.max_leverage, "max_leverage", Bound::Positive, Decimal::ONE);
    let risk_free_rate =
        optional(&wire.risk_free_rate, "risk_free_rate", Bound::Return, Decimal::ZERO);
    let fees = wire.fees.as_ref();
    let fees = fees.map(|it| costs::fees(it, &wire.commission_rate, path, violations));
    let ticks = costs::ticks(&wire.slippage_ticks, &field("slippage_ticks"), violations);
    let slippage = wire.slippage.as_ref();
    let slippage = slippage.map(|it| costs::slippage(it, &wire.slippage_ticks, path, violations));
    // Where none is given, the strategy's own holds; the resolved spec tells which.
    let given = wire.sizing.as_ref();
    let sizing = given.map(|wire| sizing(wire, &field("sizing"), violations));
    let entry_bar_policy =
        choice(wire.entry_bar_policy, &field("entry_bar_policy"), &ENTRY_BAR_POLICIES, violations);
    let end_of_run_policy = choice(
        wire.end_of_run_policy,
        &field("end_of_run_policy"),
        &END_OF_RUN_POLICIES,
        violations,
    );
    let exits = wire.exits.as_ref();
    let exits = exits.map(|wire| exits::exits(wire, &field("exits"), violations));
    let limits = wire.limits.as_ref();
    let limits = limits.map(|wire| exits::limits(wire, &field("limits"), violations));
    let holding = carry::holding(wire, max_leverage, path, violations);
    let periods = periods(wire.periods_per_year, &field("periods_per_year"), violations);
    Some(Simulation {
        initial_cash: initial_cash?,
        commission_rate: match fees {
            Some(fees) => fees?.only_rate().unwrap_or(Decimal::ZERO),
            None => commission_rate?,
        },
        fees: fees.flatten().filter(|fees| fees.only_rate().is_none()),
        slippage_ticks: match slippage {
            Some(slippage) => slippage?.ticks,
            None => ticks?,
        },
        slippage_rate: slippage.flatten().and_then(|slippage| slippage.rate),
        slippage_range: slippage.flatten().and_then(|slippage| slippage.range_fraction),
        limit_through_ticks: slippage.flatten().map_or(0, |slippage| slippage.limit_through_ticks),
        sizing: match sizing {
            Some(read) => Some(read?),
            None => None,
        },
        max_leverage: max_leverage?,
        entry_bar_policy: entry_bar_policy?,
        end_of_run_policy: end_of_run_policy?,
        risk_free_rate: risk_free_rate?,
        periods_per_year: Some(periods?).filter(|periods| *periods > 0),
        exits: exits.unwrap_or_default(),
        limits: limits.unwrap_or_default(),
        margin: holding.margin,
        carry: holding.carry,
        instruments: holding.instruments,
    })
}

/// 0 stands for the calendar's own number.
fn periods(number: i32, field: &str, violations: &mut Violations) -> Option<u32> {
    let message = format!("must be from 1 to {PERIODS_PER_YEAR_MAX}, or 0, but is {number}");
    let known = (0..=PERIODS_PER_YEAR_MAX).contains(&number);
    violations.check(field, known.then_some(number.cast_unsigned()).ok_or(message))
}

fn sizing(wire: &pb::Sizing, path: &str, violations: &mut Violations) -> Option<Sizing> {
    use pb::sizing::Kind;
    let Some(kind) = &wire.kind else {
        let message = "needs one of fixed_quantity, fixed_notional, equity_fraction, \
                       risk_fraction and range_fraction";
        violations.add(path, message);
        return None;
    };
    let (name, text, make): (_, _, fn(Decimal) -> Sizing) = match kind {
        Kind::FixedQuantity(text) => ("fixed_quantity", text, Sizing::FixedQuantity),
        Kind::FixedNotional(text) => ("fixed_notional", text, Sizing::FixedNotional),
        Kind::EquityFraction(text) => ("equity_fraction", text, Sizing::EquityFraction),
        Kind::RiskFraction(text) => ("risk_fraction", text, Sizing::RiskFraction),
        Kind::RangeFraction(wire) => {
            let path = format!("{path}.range_fraction");
            let field = format!("{path}.fraction");
            let fraction = decimal(&wire.fraction, field, Bound::Positive, None, violations);
            let period = exits::atr_period(wire.period, &format!("{path}.period"), violations);
            let sized = RangeFraction { fraction: fraction?, period: period? };
            return Some(Sizing::RangeFraction(sized));
        }
    };
    decimal(text, format!("{path}.{name}"), Bound::Positive, None, violations).map(make)
}

impl From<&Simulation> for pb::Simulation {
    fn from(domain: &Simulation) -> Self {
        let slippage = slippage_of(domain);
        Self {
            initial_cash: domain.initial_cash.to_string(),
            // A cost is said in one form only.
            commission_rate: match domain.fees {
                Some(_) => String::new(),
                None => domain.commission_rate.to_string(),
            },
            slippage_ticks: match slippage {
                Some(_) => String::new(),
                None => domain.slippage_ticks.to_string(),
            },
            fees: domain.fees.map(|fees| Box::new(fees.into())),
            slippage,
            sizing: domain.sizing.map(Into::into),
            max_leverage: domain.max_leverage.to_string(),
            entry_bar_policy: match domain.entry_bar_policy {
                EntryBarPolicy::WorstCase => pb::EntryBarPolicy::WorstCase,
                EntryBarPolicy::NextBar => pb::EntryBarPolicy::NextBar,
            }
            .into(),
            end_of_run_policy: match domain.end_of_run_policy {
                EndOfRunPolicy::MarkOpen => pb::EndOfRunPolicy::MarkOpen,
                EndOfRunPolicy::CloseAtLastClose => pb::EndOfRunPolicy::CloseAtLastClose,
            }
            .into(),
            risk_free_rate: domain.risk_free_rate.to_string(),
            periods_per_year: domain.periods_per_year.unwrap_or(0).cast_signed(),
            exits: (!domain.exits.is_none()).then(|| Box::new((&domain.exits).into())),
            limits: (!domain.limits.is_none()).then(|| (&domain.limits).into()),
            margin: domain.margin.as_ref().map(Into::into),
            carry: (!domain.carry.is_none()).then(|| (&domain.carry).into()),
            instruments: domain.instruments.iter().map(Into::into).collect(),
        }
    }
}

/// Where it is more than ticks.
fn slippage_of(domain: &Simulation) -> Option<Box<pb::Slippage>> {
    let slippage = domain.slippage_terms();
    let is_more = slippage.rate.is_some()
        || slippage.range_fraction.is_some()
        || slippage.limit_through_ticks > 0;
    is_more.then(|| Box::new((&slippage).into()))
}

impl From<Sizing> for pb::Sizing {
    fn from(domain: Sizing) -> Self {
        use pb::sizing::Kind;
        let kind = match domain {
            Sizing::FixedQuantity(amount) => Kind::FixedQuantity(amount.to_string()),
            Sizing::FixedNotional(amount) => Kind::FixedNotional(amount.to_string()),
            Sizing::EquityFraction(amount) => Kind::EquityFraction(amount.to_string()),
            Sizing::RiskFraction(amount) => Kind::RiskFraction(amount.to_string()),
            Sizing::RangeFraction(RangeFraction { fraction, period }) => {
                let (fraction, period) = (fraction.to_string(), period.cast_signed());
                Kind::RangeFraction(pb::RangeFraction { fraction, period })
            }
        };
        Self { kind: Some(kind) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trading::{CarryTerms, FeeTerms, MarginTerms};
    use proptest::prelude::*;

    fn wire() -> pb::Simulation {
        pb::Simulation { initial_cash: "10000".into(), ..pb::Simulation::default() }
    }

    fn fields_of(wire: &pb::Simulation) -> Vec<String> {
        let mut violations = Violations::default();
        assert_eq!(simulation(wire, "s", &mut violations), None);
        violations.iter().map(|violation| violation.field.clone()).collect()
    }

    #[test]
    fn what_is_absent_takes_its_default() {
        let read = simulation(&wire(), "s", &mut Violations::default()).unwrap();
        let default = Simulation::with_cash("10000".parse().unwrap());
        assert_eq!(read, Simulation { sizing: None, ..default });
    }

    #[test]
    fn every_bad_field_is_named() {
        let bad = pb::Simulation {
            initial_cash: "0".into(),
            commission_rate: "1".into(),
            slippage_ticks: "0.5".into(),
            sizing: Some(pb::Sizing { kind: None }),
            max_leverage: "-1".into(),
            entry_bar_policy: 9,
            end_of_run_policy: -1,
            risk_free_rate: "NaN".into(),
            periods_per_year: -1,
            exits: None,
            limits: None,
            fees: None,
            slippage: None,
            margin: Some(pb::Margin { initial_rate: "1.1".into(), ..pb::Margin::default() }),
            carry: Some(pb::Carry { cash_rate: "1".into(), ..pb::Carry::default() }),
            instruments: vec![pb::InstrumentTerms::default()],
        };
        let mut fields = fields_of(&bad);
        fields.sort_unstable();
        let expected = [
            "s.carry.cash_rate",
            "s.commission_rate",
            "s.end_of_run_policy",
            "s.entry_bar_policy",
            "s.initial_cash",
            "s.instruments[0].exchange",
            "s.instruments[0].symbol",
            "s.margin.initial_rate",
            "s.margin.maintenance_rate",
            "s.max_leverage",
            "s.periods_per_year",
            "s.risk_free_rate",
            "s.sizing",
            "s.slippage_ticks",
        ];
        assert_eq!(fields, expected);
    }

    proptest! {
        #[test]
        fn an_account_survives_the_wire(
            cash in 1_i64..i64::MAX,
            rate in 0_i64..1_000_000,
            slippage_ticks in 0_u32..1_000_000,
            slippage_rate in prop::option::of(1_i64..1_000_000),
            limit_through_ticks in 0_u32..4,
            fees in prop::option::of((0_i64..999, 0_i64..999, 0_i64..999, any::<bool>())),
            kind in 0..5,
            next_bar: bool,
            close: bool,
            periods in prop::option::of(1_u32..1_000_000),
            rates in (0_i64..999, -999_i64..999),
            margin in prop::option::of((0_i64..499_999, 0_i64..999)),
        ) {
            let amount = Decimal::new(cash, 6).unwrap();
            let small = |count| Decimal::new(count, 6).unwrap();
            let fees = fees.map(|(maker, per_unit, minimum, has_most)| FeeTerms {
                maker_rate: small(maker),
                per_unit: small(per_unit),
                minimum: small(minimum),
                maximum_rate: has_most.then_some(small(maker)),
                ..FeeTerms::rate(small(rate))
            });
            // What is one rate is said as one.
            let only_rate = fees.map_or(Some(small(rate)), |fees| fees.only_rate());
            let domain = Simulation {
                commission_rate: only_rate.unwrap_or(Decimal::ZERO),
                fees: fees.filter(|_| only_rate.is_none()),
                slippage_ticks,
                slippage_rate: slippage_rate.map(small),
                slippage_range: slippage_rate.filter(|rate| rate % 2 == 0).map(small),
                limit_through_ticks,
                sizing: Some(match kind {
                    0 => Sizing::FixedQuantity(amount),
                    1 => Sizing::FixedNotional(amount),
                    2 => Sizing::RiskFraction(amount),
                    3 => {
                        let period = slippage_ticks % 10_000 + 1;
                        Sizing::RangeFraction(RangeFraction { fraction: amount, period })
                    }
                    _ => Sizing::EquityFraction(amount),
                }),
                entry_bar_policy: if next_bar {
                    EntryBarPolicy::NextBar
                } else {
                    EntryBarPolicy::WorstCase
                },
                end_of_run_policy: if close {
                    EndOfRunPolicy::CloseAtLastClose
                } else {
                    EndOfRunPolicy::MarkOpen
                },
                periods_per_year: periods,
                margin: margin.map(|(maintenance, fee)| MarginTerms {
                    initial_rate: (fee > 99).then(|| small(500_000)),
                    maintenance_rate: small(maintenance),
                    liquidation_fee_rate: small(fee),
                }),
                carry: CarryTerms {
                    borrow_rate: small(rates.0),
                    cash_rate: small(rates.1),
                    debit_rate: Decimal::ZERO,
                },
                ..Simulation::with_cash(amount)
            };
            let mut violations = Violations::default();
            let back = simulation(&(&domain).into(), "s", &mut violations);
            prop_assert_eq!(back, Some(domain));
        }
    }
}
