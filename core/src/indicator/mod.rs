//! Indicators: one file each, one value a bar, nothing until there are bars enough.

mod atr;
mod bollinger;
mod ema;
mod extreme;
mod macd;
mod rsi;
mod sma;
mod zigzag;

pub use atr::Atr;
pub use bollinger::{Bands, Bollinger};
pub use ema::Ema;
pub use extreme::{Highest, Lowest};
pub use macd::{Macd, MacdLines};
pub use rsi::{AverageChanges, Rsi, strength};
pub use sma::{Mean, Sma};
pub use zigzag::{Swing, Swings, ZigZag};

/// Takes one bar's input after the other.
pub trait Indicator {
    /// What it takes of a bar.
    type Input;
    /// What it tells.
    type Output;

    /// Takes the next bar's input; `None` until enough bars have been seen.
    fn update(&mut self, input: Self::Input) -> Option<Self::Output>;
}

#[cfg(test)]
mod contract {
    //! What every indicator promises.

    use std::fmt::Debug;

    use super::Indicator;
    use crate::market::Bar;

    /// What an indicator takes, made from a price.
    pub(super) trait FromPrice {
        fn from_price(price: i64) -> Self;
    }

    impl FromPrice for i64 {
        fn from_price(price: i64) -> Self {
            price
        }
    }

    impl FromPrice for Bar {
        fn from_price(price: i64) -> Self {
            let (open, close) = (price + 1, price);
            Self { open_time_ms: 0, open, high: price + 3, low: price - 2, close, volume: 0.0 }
        }
    }

    /// The first value comes with bar `warm_up` (1-based) and from then on with each bar, and two
    /// indicators fed alike tell the same.
    pub(super) fn holds<I>(new: impl Fn() -> I, warm_up: usize)
    where
        I: Indicator<Input: FromPrice>,
        I::Output: Debug + PartialEq,
    {
        let (mut first, mut second) = (new(), new());
        for bar in 1..=3 * warm_up {
            let price = 1_000 + (bar as i64 * 37) % 101;
            let value = first.update(FromPrice::from_price(price));
            assert_eq!(value.is_some(), bar >= warm_up, "bar {bar}");
            assert_eq!(value, second.update(FromPrice::from_price(price)), "bar {bar}");
        }
    }
}
