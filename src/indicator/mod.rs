//! Indicators: one file each, one value a bar, nothing until there are bars enough.

mod rsi;
mod sma;

pub use rsi::Rsi;
pub use sma::{Mean, Sma};

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

    /// The first value comes with bar `warm_up` (1-based) and from then on with each bar, and two
    /// indicators fed alike tell the same.
    pub(super) fn holds<I>(new: impl Fn() -> I, warm_up: usize)
    where
        I: Indicator<Input = i64>,
        I::Output: Debug + PartialEq,
    {
        let (mut first, mut second) = (new(), new());
        for bar in 1..=3 * warm_up {
            let price = 1_000 + (bar as i64 * 37) % 101;
            let value = first.update(price);
            assert_eq!(value.is_some(), bar >= warm_up, "bar {bar}");
            assert_eq!(value, second.update(price), "bar {bar}");
        }
    }
}
