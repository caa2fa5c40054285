//! What holding costs, and what must be left for it, on the command line.

use clap::Args;

use crate::cli::spec::own_terms::terms_of;
use crate::cli::text::aux_name::AuxName;
use crate::pb;

/// Rates by days, series of rates and amounts, and the margin.
#[derive(Debug, Args)]
pub(in crate::cli) struct CarryArgs {
    /// Yearly rate that short positions pay on their value, by days: 0.03 is 3 % [default: 0]
    #[arg(long, value_name = "RATE")]
    borrow_rate: Option<String>,
    /// Yearly rate that cash earns [default: 0]
    #[arg(long, value_name = "RATE", allow_hyphen_values = true)]
    cash_rate: Option<String>,
    /// Yearly rate that cash below zero pays [default: 0]
    #[arg(long, value_name = "RATE", allow_hyphen_values = true)]
    debit_rate: Option<String>,
    /// Funding rates that longs pay and shorts receive, an auxiliary series as in
    /// funding@BINANCE:BTCUSDT, or of a name alone for all instruments; several by commas
    #[arg(long, value_delimiter = ',', value_name = "NAME[@EXCHANGE:SYMBOL]")]
    funding: Vec<AuxName>,
    /// Dividends that longs receive and shorts pay, in money per unit, likewise
    #[arg(long, value_delimiter = ',', value_name = "NAME[@EXCHANGE:SYMBOL]")]
    dividends: Vec<AuxName>,
    /// Liquidate a position where the equity comes down to this part of its value: 0.005 is 0.5 %
    #[arg(long, value_name = "RATE")]
    maintenance: Option<String>,
    /// Part of a position's value that an entry needs [default: 1 over --leverage]
    #[arg(long, value_name = "RATE", requires = "maintenance")]
    initial_margin: Option<String>,
    /// Fee of a liquidation as a fraction of its value, beside the others [default: 0]
    #[arg(long, value_name = "RATE", requires = "maintenance")]
    liquidation_fee: Option<String>,
}

impl CarryArgs {
    /// The rates, if any is given.
    pub(in crate::cli) fn rates(&self) -> Option<pb::Carry> {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        let all = [&self.borrow_rate, &self.cash_rate, &self.debit_rate];
        all.into_iter().any(Option::is_some).then(|| pb::Carry {
            borrow_rate: given(&self.borrow_rate),
            cash_rate: given(&self.cash_rate),
            debit_rate: given(&self.debit_rate),
        })
    }

    /// The margin, if there is one.
    pub(in crate::cli) fn margin(&self) -> Option<pb::Margin> {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        self.maintenance.clone().map(|maintenance_rate| pb::Margin {
            initial_rate: given(&self.initial_margin),
            maintenance_rate,
            liquidation_fee_rate: given(&self.liquidation_fee),
        })
    }

    /// Names the series in the spec, and who is charged by them; `names` are exchanges and symbols.
    pub(in crate::cli) fn add_to(&self, spec: &mut pb::BacktestSpec, names: &[(String, String)]) {
        let simulation = spec.simulation.get_or_insert_default();
        let mut charge = |aux: &AuxName, of: fn(&mut pb::InstrumentTerms) -> &mut String| {
            let subscription = aux.subscription();
            if !spec.aux.contains(&subscription) {
                spec.aux.push(subscription);
            }
            let owners = match &aux.instrument {
                (exchange, _) if exchange.is_empty() => names,
                owner => std::slice::from_ref(owner),
            };
            for owner in owners {
                aux.name.clone_into(of(terms_of(&mut simulation.instruments, owner)));
            }
        };
        self.funding.iter().for_each(|aux| charge(aux, |terms| &mut terms.funding));
        self.dividends.iter().for_each(|aux| charge(aux, |terms| &mut terms.dividends));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches as _;

    #[test]
    fn series_are_named_once_and_stand_at_the_instruments_that_they_are_of() {
        let command = CarryArgs::augment_args(clap::Command::new("backtest"));
        let line = "backtest --funding rates,own@X:B --dividends rates --cash-rate -0.01 \
                    --maintenance 0.01 --liquidation-fee 0.002";
        let matches = command.try_get_matches_from(line.split(' ')).unwrap();
        let args = CarryArgs::from_arg_matches(&matches).unwrap();
        let on = |symbol: &str| pb::Subscription {
            exchange: "X".into(),
            symbol: symbol.into(),
            ..Default::default()
        };
        let subscriptions = vec![on("A"), on("B"), on("A")];
        let mut spec = pb::BacktestSpec { subscriptions, ..Default::default() };
        let names = ["A", "B"].map(|symbol| ("X".to_owned(), symbol.to_owned()));
        args.add_to(&mut spec, &names);
        let aux: Vec<_> = spec.aux.iter().map(|aux| AuxName::from(aux).to_string()).collect();
        assert_eq!(aux, ["rates", "own@X:B"]);
        let own = spec.simulation.unwrap().instruments;
        let own = own.iter().map(|it| [&it.symbol, &it.funding, &it.dividends].map(String::as_str));
        assert_eq!(own.collect::<Vec<_>>(), [["A", "rates", "rates"], ["B", "own", "rates"]]);
        assert_eq!(args.rates().unwrap().cash_rate, "-0.01");
        let margin = args.margin().unwrap();
        let rates = [margin.initial_rate, margin.maintenance_rate, margin.liquidation_fee_rate];
        assert_eq!(rates, ["", "0.01", "0.002"]);
    }
}
