//! The account of a run on the command line, the same for every command that submits one.

use clap::Args;

use crate::cli::spec::carry::CarryArgs;
use crate::cli::spec::costs::CostArgs;
use crate::cli::spec::exits::ExitArgs;
use crate::cli::spec::own_terms::OwnTermsArgs;
use crate::pb;
use crate::pb::sizing::Kind as SizingKind;
use crate::pb::{EndOfRunPolicy, EntryBarPolicy};

/// The account that a run is simulated with.
#[derive(Debug, Args)]
#[command(next_help_heading = "Account")]
pub(in crate::cli) struct AccountArgs {
    /// Cash before the first bar
    #[arg(long, value_name = "MONEY", default_value = "10000")]
    cash: String,
    #[command(flatten)]
    costs: CostArgs,
    /// Enter with the same quantity each time
    #[arg(long, value_name = "QUANTITY", group = "sizing")]
    quantity: Option<String>,
    /// Enter with the same value each time, commission included
    #[arg(long, value_name = "MONEY", group = "sizing")]
    notional: Option<String>,
    /// Enter with a fraction of the equity, commission included
    #[arg(long, value_name = "FRACTION", group = "sizing")]
    fraction: Option<String>,
    /// Enter with what loses a fraction of the equity at the stop-loss: 0.01 is 1 %
    #[arg(long, value_name = "FRACTION", group = "sizing")]
    risk: Option<String>,
    /// Enter with what one average true range moves by a fraction of the equity
    #[arg(long, value_name = "FRACTION", group = "sizing")]
    range_fraction: Option<String>,
    /// Bars of that range [default: 14]
    #[arg(long, value_name = "BARS", requires = "range_fraction")]
    range_period: Option<u16>,
    /// Greatest position as a multiple of equity [default: 1, a cash account]
    #[arg(long, value_name = "FACTOR")]
    leverage: Option<String>,
    /// Close open positions at the last close instead of valuing them there
    #[arg(long = "close-at-end")]
    closes_at_end: bool,
    /// Test exits from the bar after the entry, not on the entry bar
    #[arg(long = "next-bar-exits")]
    exits_on_next_bar: bool,
    /// Yearly risk-free rate for Sharpe and Sortino ratios, a fraction [default: 0]
    #[arg(long, value_name = "RATE")]
    risk_free: Option<String>,
    #[command(flatten)]
    carry: CarryArgs,
    #[command(flatten)]
    own: OwnTermsArgs,
    #[command(flatten)]
    exits: ExitArgs,
}

impl AccountArgs {
    /// The account on the wire; what is not given is left to the server.
    fn simulation(&self) -> pb::Simulation {
        // At most one is given.
        let quantity = self.quantity.clone().map(SizingKind::FixedQuantity);
        let notional = self.notional.clone().map(SizingKind::FixedNotional);
        let fraction = self.fraction.clone().map(SizingKind::EquityFraction);
        let risk = self.risk.clone().map(SizingKind::RiskFraction);
        let period = self.range_period.map(i32::from).unwrap_or_default();
        let by_range = |fraction| SizingKind::RangeFraction(pb::RangeFraction { fraction, period });
        let by_range = self.range_fraction.clone().map(by_range);
        let sizing = quantity.or(notional).or(fraction).or(risk).or(by_range);
        let entry_bar = self.exits_on_next_bar.then_some(EntryBarPolicy::NextBar);
        let end_of_run = self.closes_at_end.then_some(EndOfRunPolicy::CloseAtLastClose);
        pb::Simulation {
            initial_cash: self.cash.clone(),
            commission_rate: self.costs.commission_rate(),
            fees: self.costs.fees().map(Box::new),
            slippage_ticks: self.costs.slippage_ticks(),
            slippage: self.costs.slippage().map(Box::new),
            sizing: sizing.map(|kind| pb::Sizing { kind: Some(kind) }),
            max_leverage: self.leverage.clone().unwrap_or_default(),
            entry_bar_policy: entry_bar.unwrap_or_default().into(),
            end_of_run_policy: end_of_run.unwrap_or_default().into(),
            risk_free_rate: self.risk_free.clone().unwrap_or_default(),
            periods_per_year: 0,
            exits: self.exits.exits().map(Box::new),
            limits: self.exits.limits(),
            margin: self.carry.margin(),
            carry: self.carry.rates(),
            instruments: Vec::new(),
        }
    }

    /// Puts the account into the spec, with the auxiliary series that it is charged by. `others`
    /// are the bars of a search that is over several instruments, each by itself.
    pub(in crate::cli) fn give_to(&self, spec: &mut pb::BacktestSpec, others: &[pb::Subscription]) {
        let mut names = Vec::new();
        for subscription in spec.subscriptions.iter().chain(others) {
            let name = (subscription.exchange.clone(), subscription.symbol.clone());
            if !names.contains(&name) {
                names.push(name);
            }
        }
        let mut simulation = self.simulation();
        self.own.add_to(&mut simulation, &names);
        spec.simulation = Some(simulation);
        self.carry.add_to(spec, &names);
    }
}
