//! What trading costs, on the command line.

use clap::Args;

use crate::pb;

/// Fees and slippage.
#[derive(Debug, Args)]
pub(in crate::cli) struct CostArgs {
    /// Commission per fill as a fraction of its value: 0.001 is 0.1 % [default: 0]
    #[arg(long, value_name = "RATE")]
    commission: Option<String>,
    /// The same of limits that waited, targets among them [default: that of --commission]
    #[arg(long = "maker", value_name = "RATE")]
    maker_rate: Option<String>,
    /// Fee for each unit of quantity, a share say
    #[arg(long, value_name = "MONEY")]
    fee_per_unit: Option<String>,
    /// Fee for each fill
    #[arg(long, value_name = "MONEY")]
    fee_per_fill: Option<String>,
    /// Least fee of a fill
    #[arg(long, value_name = "MONEY")]
    fee_min: Option<String>,
    /// Greatest fee of a fill as a fraction of its value, even below the least
    #[arg(long, value_name = "RATE")]
    fee_max: Option<String>,
    /// Price ticks that market and stop fills move against the trader [default: 0]
    #[arg(long, value_name = "N")]
    slippage_ticks: Option<u32>,
    /// The same as a fraction of the price, rounded up to ticks and added to them [default: 0]
    #[arg(long, value_name = "RATE")]
    slippage_rate: Option<String>,
    /// The same as a fraction of the range, high less low, of the bar before the fill [default: 0]
    #[arg(long, value_name = "FRACTION")]
    slippage_range: Option<String>,
    /// Ticks by which a price must go through a waiting limit or a target to fill it [default: 0]
    #[arg(long, value_name = "N")]
    limit_through: Option<u32>,
}

impl CostArgs {
    fn is_one_rate(&self) -> bool {
        let Self { maker_rate, fee_per_unit, fee_per_fill, fee_min, fee_max, .. } = self;
        [maker_rate, fee_per_unit, fee_per_fill, fee_min, fee_max].iter().all(|it| it.is_none())
    }

    /// Where it is all that fills pay.
    pub(in crate::cli) fn commission_rate(&self) -> String {
        self.commission.clone().filter(|_| self.is_one_rate()).unwrap_or_default()
    }

    /// Where they are more than one rate.
    pub(in crate::cli) fn fees(&self) -> Option<pb::Fees> {
        let given = |text: &Option<String>| text.clone().unwrap_or_default();
        (!self.is_one_rate()).then(|| pb::Fees {
            maker_rate: given(&self.maker_rate),
            taker_rate: given(&self.commission),
            per_unit: given(&self.fee_per_unit),
            per_fill: given(&self.fee_per_fill),
            minimum: given(&self.fee_min),
            maximum_rate: given(&self.fee_max),
        })
    }

    fn ticks(&self) -> String {
        self.slippage_ticks.map(|ticks| ticks.to_string()).unwrap_or_default()
    }

    /// Where they are all of the slippage.
    pub(in crate::cli) fn slippage_ticks(&self) -> String {
        if self.slippage().is_some() { String::new() } else { self.ticks() }
    }

    /// Where it is more than ticks.
    pub(in crate::cli) fn slippage(&self) -> Option<pb::Slippage> {
        let Self { slippage_rate, slippage_range, limit_through, .. } = self;
        let is_more =
            slippage_rate.is_some() || slippage_range.is_some() || limit_through.is_some();
        is_more.then(|| pb::Slippage {
            ticks: self.ticks(),
            rate: slippage_rate.clone().unwrap_or_default(),
            range_fraction: slippage_range.clone().unwrap_or_default(),
            // What does not fit is refused by the server like anything above its limit.
            limit_through_ticks: limit_through.map_or(0, |it| it.try_into().unwrap_or(i32::MAX)),
        })
    }
}
