//! What an account holds at a moment, in a few numbers.

use super::Overflow;
use super::account::Account;

/// What an account holds at a moment, in money units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// Cash and all positions at their marked prices.
    pub equity: i64,
    /// The cash of it.
    pub cash: i64,
    /// The size of all positions, long and short added up.
    pub gross: i128,
    /// Whether any position is long.
    pub is_long: bool,
    /// Whether any position is short.
    pub is_short: bool,
}

impl Standing {
    /// Whether any position is open.
    #[inline]
    pub const fn is_holding(&self) -> bool {
        self.is_long || self.is_short
    }
}

impl Account {
    /// What it holds at the marked prices.
    #[inline]
    pub fn standing(&self) -> Result<Standing, Overflow> {
        Ok(Standing {
            equity: self.equity()?,
            cash: self.cash(),
            gross: self.gross(),
            is_long: self.longs > 0,
            is_short: self.shorts > 0,
        })
    }
}
