//! What differs for single instruments, on the command line: `CME:ES,multiplier=50`.

use std::str::FromStr;

use clap::Args;

use crate::pb;
use crate::spelling::did_you_mean;

// No comment of the field: the names in it are for the help, where they want no backticks.
const OWN_TERMS_HELP: &str = "What differs for one instrument, as in \
    CME:ES,multiplier=50,fee_per_unit=2.25,slippage_ticks=1; fees: commission, maker, \
    fee_per_unit, fee_per_fill, fee_min, fee_max; slippage: slippage_ticks, slippage_rate, \
    slippage_range, limit_through; margin: maintenance, initial_margin, liquidation_fee; \
    borrow_rate. Each group replaces that of all. May be given for several";

/// What single instruments are worth and cost.
#[derive(Debug, Args)]
pub(in crate::cli) struct OwnTermsArgs {
    /// Money that one point of one contract is worth, of everything that is traded: 50 for a future
    /// of 50 dollars a point [default: 1]
    #[arg(long, value_name = "NUMBER")]
    multiplier: Option<String>,
    #[arg(long = "terms", value_name = "EXCHANGE:SYMBOL,NAME=NUMBER,...", help = OWN_TERMS_HELP)]
    own: Vec<OwnTerms>,
}

/// The terms of one instrument.
#[derive(Clone, Debug)]
struct OwnTerms(pb::InstrumentTerms);

/// Where a number stands; what leads there is made.
type Place = fn(&mut pb::InstrumentTerms) -> &mut String;

const PLACES: [(&str, Place); 14] = [
    ("multiplier", |terms| &mut terms.contract_multiplier),
    ("commission", |terms| &mut terms.fees.get_or_insert_default().taker_rate),
    ("maker", |terms| &mut terms.fees.get_or_insert_default().maker_rate),
    ("fee_per_unit", |terms| &mut terms.fees.get_or_insert_default().per_unit),
    ("fee_per_fill", |terms| &mut terms.fees.get_or_insert_default().per_fill),
    ("fee_min", |terms| &mut terms.fees.get_or_insert_default().minimum),
    ("fee_max", |terms| &mut terms.fees.get_or_insert_default().maximum_rate),
    ("slippage_ticks", |terms| &mut terms.slippage.get_or_insert_default().ticks),
    ("slippage_rate", |terms| &mut terms.slippage.get_or_insert_default().rate),
    ("slippage_range", |terms| &mut terms.slippage.get_or_insert_default().range_fraction),
    ("maintenance", |terms| &mut terms.margin.get_or_insert_default().maintenance_rate),
    ("initial_margin", |terms| &mut terms.margin.get_or_insert_default().initial_rate),
    ("liquidation_fee", |terms| &mut terms.margin.get_or_insert_default().liquidation_fee_rate),
    ("borrow_rate", |terms| &mut terms.borrow_rate),
];
const LIMIT_THROUGH: &str = "limit_through";

impl FromStr for OwnTerms {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = text.split(',');
        let named = parts.next().and_then(|name| name.split_once(':'));
        let Some((exchange, symbol)) = named.filter(|(left, right)| {
            !left.is_empty() && !right.is_empty() && !right.contains(['=', '@'])
        }) else {
            return Err("write EXCHANGE:SYMBOL,NAME=NUMBER, as in CME:ES,multiplier=50".to_owned());
        };
        let (exchange, symbol) = (exchange.to_owned(), symbol.to_owned());
        let mut terms = pb::InstrumentTerms { exchange, symbol, ..Default::default() };
        let mut given = Vec::new();
        for part in parts {
            let Some((name, value)) = part.split_once('=').filter(|(_, value)| !value.is_empty())
            else {
                return Err(format!("{part:?} is no NAME=NUMBER"));
            };
            if given.contains(&name) {
                return Err(format!("{name} stands twice"));
            }
            given.push(name);
            if name == LIMIT_THROUGH {
                let ticks = value.parse().map_err(|_| format!("{name}: {value:?} is no count"))?;
                terms.slippage.get_or_insert_default().limit_through_ticks = ticks;
                continue;
            }
            let known = PLACES.iter().find(|(known, _)| *known == name);
            let (_, place) = known.ok_or_else(|| unknown(name))?;
            value.clone_into(place(&mut terms));
        }
        if given.is_empty() {
            return Err(format!("{text} says nothing: write what differs, as in multiplier=50"));
        }
        Ok(Self(terms))
    }
}

fn unknown(name: &str) -> String {
    let names = || PLACES.iter().map(|(known, _)| *known).chain([LIMIT_THROUGH]);
    let all: Vec<_> = names().collect();
    format!("{name} is none of {}{}", all.join(", "), did_you_mean(name, names()))
}

impl OwnTermsArgs {
    /// Says what differs for whom; `traded` are exchanges and symbols.
    pub(in crate::cli) fn add_to(
        &self,
        simulation: &mut pb::Simulation,
        traded: &[(String, String)],
    ) {
        simulation.instruments.extend(self.own.iter().map(|own| own.0.clone()));
        let Some(multiplier) = &self.multiplier else { return };
        for owner in traded {
            let terms = terms_of(&mut simulation.instruments, owner);
            if terms.contract_multiplier.is_empty() {
                multiplier.clone_into(&mut terms.contract_multiplier);
            }
        }
    }
}

/// The terms of that instrument among those.
pub(in crate::cli) fn terms_of<'t>(
    all: &'t mut Vec<pb::InstrumentTerms>,
    (exchange, symbol): &(String, String),
) -> &'t mut pb::InstrumentTerms {
    let is_it = |terms: &pb::InstrumentTerms| {
        terms.exchange.eq_ignore_ascii_case(exchange) && terms.symbol.eq_ignore_ascii_case(symbol)
    };
    let place = all.iter().position(is_it).unwrap_or_else(|| {
        let (exchange, symbol) = (exchange.clone(), symbol.clone());
        all.push(pb::InstrumentTerms { exchange, symbol, ..Default::default() });
        all.len() - 1
    });
    &mut all[place]
}

/// What differs for an instrument, on one line.
pub(in crate::cli) fn shown(terms: &pb::InstrumentTerms) -> String {
    let mut terms = terms.clone();
    let through = terms.slippage.as_ref().map_or(0, |it| it.limit_through_ticks);
    let (fees, slippage, margin) =
        (terms.fees.is_some(), terms.slippage.is_some(), terms.margin.is_some());
    // What is looked at is made by looking: groups that are not there say nothing.
    let is_there = |name: &str| match name {
        "multiplier" | "borrow_rate" => true,
        "slippage_ticks" | "slippage_rate" | "slippage_range" => slippage,
        "maintenance" | "initial_margin" | "liquidation_fee" => margin,
        _ => fees,
    };
    let mut parts = Vec::new();
    for (name, place) in PLACES.iter().filter(|(name, _)| is_there(name)) {
        let value = place(&mut terms);
        let is_told = !value.is_empty() && (value != "0" || *name == "commission");
        if is_told {
            parts.push(format!("{} {value}", name.replace('_', " ")));
        }
    }
    if through > 0 {
        parts.push(format!("limits through {through}"));
    }
    for (name, series) in [("funding", &terms.funding), ("dividends", &terms.dividends)] {
        if !series.is_empty() {
            parts.push(format!("{name} {series}"));
        }
    }
    format!("{}:{}  {}", terms.exchange, terms.symbol, parts.join("  "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_read_and_shown_by_their_names() {
        let text = "CME:ES,multiplier=50,fee_per_unit=2.25,slippage_ticks=1,limit_through=2";
        let OwnTerms(terms) = text.parse().unwrap();
        assert_eq!(terms.fees.as_ref().unwrap().per_unit, "2.25");
        assert_eq!(terms.margin, None);
        assert_eq!(
            shown(&terms),
            "CME:ES  multiplier 50  fee per unit 2.25  slippage ticks 1  limits through 2"
        );
        let faults = ["CME:ES", "CME,multiplier=50", "A:B,multiplier", "A:B,maker=1,maker=2"];
        assert!(faults.iter().all(|fault| fault.parse::<OwnTerms>().is_err()));
        let said = "A:B,multiplyer=50".parse::<OwnTerms>().unwrap_err();
        assert!(said.ends_with("(did you mean \"multiplier\"?)"), "{said}");
    }

    #[test]
    fn one_multiplier_is_that_of_all_that_have_none() {
        let own = vec!["X:A,multiplier=20".parse().unwrap(), "X:B,maker=0".parse().unwrap()];
        let args = OwnTermsArgs { multiplier: Some("50".into()), own };
        let named = |symbol: &str| ("x".to_owned(), symbol.to_owned());
        let mut simulation = pb::Simulation::default();
        args.add_to(&mut simulation, &["A", "B", "C"].map(named));
        let all = simulation.instruments.iter().map(|it| it.contract_multiplier.as_str());
        assert_eq!(all.collect::<Vec<_>>(), ["20", "50", "50"]);
    }
}
