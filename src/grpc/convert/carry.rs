//! What holding costs, and what must be left for it, between the wire and the domain.

use super::costs;
use super::field::{Bound, decimal};
use super::submit::ticker;
use crate::excerpt::excerpt;
use crate::market::{AuxName, Decimal, Instrument};
use crate::pb;
use crate::run::Violations;
use crate::run::limits::INSTRUMENT_TERMS_MAX;
use crate::trading::{CarryTerms, MarginTerms, OwnTerms};

/// What holding costs, and what must be left for it.
#[derive(Default)]
pub(super) struct HoldingTerms {
    pub margin: Option<MarginTerms>,
    pub carry: CarryTerms,
    pub instruments: Vec<OwnTerms>,
}

/// Reads them for an account of that leverage; what cannot be read is as if it were not given.
pub(super) fn holding(
    wire: &pb::Simulation,
    max_leverage: Option<Decimal>,
    path: &str,
    violations: &mut Violations,
) -> HoldingTerms {
    let field = |name: &str| format!("{path}.{name}");
    let (margin_field, carry_field) = (field("margin"), field("carry"));
    let given = wire.margin.as_ref();
    let margin = given.and_then(|it| margin(it, max_leverage, &margin_field, violations));
    let given = wire.carry.as_ref();
    let carry = given.and_then(|it| carry(it, &carry_field, violations)).unwrap_or_default();
    let path = field("instruments");
    let instruments = instruments(&wire.instruments, max_leverage, &path, violations);
    HoldingTerms { margin, carry, instruments }
}

/// Reads the rates; every bad field is noted under `path`.
fn carry(wire: &pb::Carry, path: &str, violations: &mut Violations) -> Option<CarryTerms> {
    let mut rate = |text: &str, name: &str, bound| {
        decimal(text, format!("{path}.{name}"), bound, Some(Decimal::ZERO), violations)
    };
    let borrow_rate = rate(&wire.borrow_rate, "borrow_rate", Bound::Amount);
    let cash_rate = rate(&wire.cash_rate, "cash_rate", Bound::Return);
    let debit_rate = rate(&wire.debit_rate, "debit_rate", Bound::Return);
    Some(CarryTerms { borrow_rate: borrow_rate?, cash_rate: cash_rate?, debit_rate: debit_rate? })
}

/// Reads the margin of an account of that leverage.
fn margin(
    wire: &pb::Margin,
    max_leverage: Option<Decimal>,
    path: &str,
    violations: &mut Violations,
) -> Option<MarginTerms> {
    let field = |name: &str| format!("{path}.{name}");
    let zero = Some(Decimal::ZERO);
    let (initial, one) = (field("initial_rate"), Some(Decimal::ONE));
    let initial = decimal(&wire.initial_rate, initial.clone(), Bound::Positive, one, violations)
        .and_then(|rate| {
            let message = format!("must be above 0 and at most 1, but is {rate}");
            violations.check(initial, (rate.to_f64() <= 1.0).then_some(rate).ok_or(message))
        });
    let (text, name) = (&wire.maintenance_rate, field("maintenance_rate"));
    let maintenance = decimal(text, name.clone(), Bound::Rate, None, violations);
    let name_of_fee = field("liquidation_fee_rate");
    let fee = decimal(&wire.liquidation_fee_rate, name_of_fee, Bound::Rate, zero, violations);
    let initial_rate = Some(initial?).filter(|_| !wire.initial_rate.is_empty());
    let maintenance_rate = maintenance?;
    let least = initial_rate.map_or_else(
        || max_leverage.map_or(1.0, |leverage| 1.0 / leverage.to_f64()),
        Decimal::to_f64,
    );
    if maintenance_rate.to_f64() >= least {
        let what = if initial_rate.is_some() { "initial_rate" } else { "1 over max_leverage" };
        violations.add(
            name,
            format!("must be below {what}, or entries are liquidated, but is {maintenance_rate}"),
        );
    }
    Some(MarginTerms { initial_rate, maintenance_rate, liquidation_fee_rate: fee? })
}

/// Reads what differs for single instruments; what says nothing is left out.
fn instruments(
    wire: &[pb::InstrumentTerms],
    max_leverage: Option<Decimal>,
    path: &str,
    violations: &mut Violations,
) -> Vec<OwnTerms> {
    let wire = violations.at_most(INSTRUMENT_TERMS_MAX, path, wire);
    let mut read: Vec<OwnTerms> = Vec::new();
    for (place, wire) in wire.iter().enumerate() {
        let path = format!("{path}[{place}]");
        let Some(own) = own(wire, max_leverage, &path, violations) else { continue };
        if read.iter().any(|other| other.instrument == own.instrument) {
            violations.add(path, format!("{} stands twice", own.instrument));
        } else {
            read.push(own);
        }
    }
    read.retain(|own| !own.is_none());
    read.sort_by(|one, other| one.instrument.cmp(&other.instrument));
    read
}

fn own(
    wire: &pb::InstrumentTerms,
    max_leverage: Option<Decimal>,
    path: &str,
    violations: &mut Violations,
) -> Option<OwnTerms> {
    let field = |name: &str| format!("{path}.{name}");
    let exchange = ticker(&wire.exchange, &field("exchange"), violations);
    let symbol = ticker(&wire.symbol, &field("symbol"), violations);
    let (text, name) = (&wire.contract_multiplier, field("contract_multiplier"));
    let multiplier = decimal(text, name, Bound::Positive, Some(Decimal::ONE), violations);
    let fees = wire.fees.as_ref().map(|it| costs::fees(it, "", path, violations));
    let slippage = wire.slippage.as_ref().map(|it| costs::slippage(it, "", path, violations));
    let margin = wire.margin.as_ref();
    let margin = margin.map(|it| self::margin(it, max_leverage, &field("margin"), violations));
    let rate = field("borrow_rate");
    let zero = Some(Decimal::ZERO);
    let borrow_rate = decimal(&wire.borrow_rate, rate, Bound::Amount, zero, violations);
    let mut named = |text: &str, name: &str| match text {
        "" => Some(None),
        text => {
            let read = AuxName::new(text).map_err(|error| format!("{:?} {error}", excerpt(text)));
            violations.check(field(name), read).map(Some)
        }
    };
    let funding = named(&wire.funding, "funding");
    let dividends = named(&wire.dividends, "dividends");
    Some(OwnTerms {
        instrument: Instrument { exchange: exchange?, symbol: symbol? },
        contract_multiplier: Some(multiplier?).filter(|multiplier| *multiplier != Decimal::ONE),
        fees: match fees {
            Some(read) => Some(read?),
            None => None,
        },
        slippage: match slippage {
            Some(read) => Some(read?),
            None => None,
        },
        margin: match margin {
            Some(read) => Some(read?),
            None => None,
        },
        borrow_rate: Some(borrow_rate?).filter(|_| !wire.borrow_rate.is_empty()),
        funding: funding?,
        dividends: dividends?,
    })
}

impl From<&MarginTerms> for pb::Margin {
    fn from(domain: &MarginTerms) -> Self {
        Self {
            initial_rate: domain.initial_rate.map(|rate| rate.to_string()).unwrap_or_default(),
            maintenance_rate: domain.maintenance_rate.to_string(),
            liquidation_fee_rate: domain.liquidation_fee_rate.to_string(),
        }
    }
}

impl From<&CarryTerms> for pb::Carry {
    fn from(domain: &CarryTerms) -> Self {
        Self {
            borrow_rate: domain.borrow_rate.to_string(),
            cash_rate: domain.cash_rate.to_string(),
            debit_rate: domain.debit_rate.to_string(),
        }
    }
}

impl From<&OwnTerms> for pb::InstrumentTerms {
    fn from(domain: &OwnTerms) -> Self {
        let text = |name: &Option<AuxName>| name.as_ref().map(AuxName::to_string);
        let number = |it: Option<Decimal>| it.map(|it| it.to_string()).unwrap_or_default();
        Self {
            exchange: domain.instrument.exchange.to_string(),
            symbol: domain.instrument.symbol.to_string(),
            contract_multiplier: number(domain.contract_multiplier),
            fees: domain.fees.map(Into::into),
            margin: domain.margin.as_ref().map(Into::into),
            slippage: domain.slippage.as_ref().map(Into::into),
            borrow_rate: number(domain.borrow_rate),
            funding: text(&domain.funding).unwrap_or_default(),
            dividends: text(&domain.dividends).unwrap_or_default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bad_field_is_named_and_what_says_nothing_is_left_out() {
        let terms = |symbol: &str, borrow_rate: &str, funding: &str| pb::InstrumentTerms {
            exchange: "TEST".into(),
            symbol: symbol.into(),
            borrow_rate: borrow_rate.into(),
            funding: funding.into(),
            ..Default::default()
        };
        let mut violations = Violations::default();
        let wire = [
            terms("B", "0", ""),
            terms("A", "", "funding"),
            terms("B", "0.1", ""),
            terms("C", "-1", "Funding"),
            terms("", "", ""),
            terms("D", "", ""),
        ];
        let read = instruments(&wire, None, "s", &mut violations);
        let names: Vec<_> = read.iter().map(|own| own.instrument.symbol.to_string()).collect();
        assert_eq!(names, ["A", "B"]);
        assert_eq!(read[1].borrow_rate, Some(Decimal::ZERO));
        let fields: Vec<_> = violations.iter().map(|it| it.field.as_str()).collect();
        assert_eq!(fields, ["s[2]", "s[3].borrow_rate", "s[3].funding", "s[4].symbol"]);
        let back: Vec<_> = read.iter().map(Into::into).collect();
        assert_eq!(instruments(&back, None, "s", &mut Violations::default()), read);
    }

    #[test]
    fn terms_of_its_own_are_read_by_their_paths_and_come_back() {
        let of =
            |multiplier: &str, rate: &str, through: i32, maintenance: &str| pb::InstrumentTerms {
                exchange: "CME".into(),
                symbol: "ES".into(),
                contract_multiplier: multiplier.into(),
                fees: Some(pb::Fees { taker_rate: rate.into(), ..Default::default() }),
                slippage: Some(pb::Slippage { limit_through_ticks: through, ..Default::default() }),
                margin: Some(pb::Margin {
                    maintenance_rate: maintenance.into(),
                    ..Default::default()
                }),
                ..Default::default()
            };
        let (mut violations, ten) = (Violations::default(), "10".parse().ok());
        assert!(instruments(&[of("0", "1", -1, "0.1")], ten, "s", &mut violations).is_empty());
        let fields: Vec<_> = violations.iter().map(|it| it.field.as_str()).collect();
        let all = [
            "s[0].contract_multiplier",
            "s[0].fees.taker_rate",
            "s[0].margin.maintenance_rate",
            "s[0].slippage.limit_through_ticks",
        ];
        assert_eq!(fields.len(), all.len(), "{fields:?}");
        assert!(all.iter().all(|field| fields.contains(field)), "{fields:?}");
        let mut violations = Violations::default();
        let read = instruments(&[of("12.50", "0", 2, "0.05")], ten, "s", &mut violations);
        assert!(violations.is_empty());
        assert_eq!(read[0].contract_multiplier, "12.5".parse().ok());
        let back = pb::InstrumentTerms::from(&read[0]);
        assert_eq!(instruments(&[back], ten, "s", &mut Violations::default()), read);
        // One is what everything is worth that says nothing.
        let one = pb::InstrumentTerms {
            fees: None,
            slippage: None,
            margin: None,
            ..of("1.0", "", 0, "")
        };
        assert!(instruments(&[one], ten, "s", &mut Violations::default()).is_empty());
    }
}
