//! What a run has paid, told apart by what for.

use super::account::Account;
use super::carry::ChargeKind;
use crate::market::{Decimal, MoneyUnit};

/// What a run has paid by kind, in money units; negative what it received. All kinds together are
/// what lies between its profit before costs and its net profit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Costs {
    money: MoneyUnit,
    /// What fills paid, but for what liquidations pay besides.
    fees: i64,
    slippage: i64,
    /// What liquidations paid besides.
    liquidation: i64,
    /// What holding cost, by the places of [`ChargeKind::ALL`].
    carry: [i64; ChargeKind::ALL.len()],
}

impl Costs {
    /// The kinds that came to anything, in a fixed order.
    pub fn by_kind(&self) -> impl Iterator<Item = (&'static str, Decimal)> {
        let carry = ChargeKind::ALL.iter().zip(self.carry);
        let carry = carry.map(|(kind, amount)| (kind.as_str(), amount));
        let fills =
            [("fees", self.fees), ("slippage", self.slippage), ("liquidation", self.liquidation)];
        let decimals = self.money.decimals();
        fills
            .into_iter()
            .chain(carry)
            .filter(|(_, amount)| *amount != 0)
            .filter_map(move |(kind, amount)| Some((kind, Decimal::new(amount, decimals)?)))
    }
}

impl Account {
    /// All commissions so far.
    pub const fn fees_paid(&self) -> i64 {
        self.fees_paid
    }

    /// What slippage has cost so far.
    pub const fn slippage_cost(&self) -> i64 {
        self.slippage_cost
    }

    /// What it has paid so far.
    pub fn costs(&self) -> Costs {
        Costs {
            money: self.terms().money,
            // The one is part of the other, and not below zero.
            fees: self.fees_paid - self.liquidation_fees,
            slippage: self.slippage_cost,
            liquidation: self.liquidation_fees,
            carry: self.carry_by_kind,
        }
    }
}
