//! What a trial earned beyond what it is compared with.

use serde::{Deserialize, Serialize};

/// Returns that vary by less than this part of their squares do not vary, but for rounding.
const ROUNDING: f64 = 1e-14;

/// What is taken off the returns of a trial before anything is asked of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExcessOver {
    /// Those of holding its own mean exposure to the market all the time: nobody is paid for having
    /// been long while prices rose.
    #[default]
    Exposure,
    /// Nothing.
    Zero,
    /// Those of holding the market.
    Market,
}

impl ExcessOver {
    /// The name in keys and results.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Exposure => "exposure",
            Self::Zero => "zero",
            Self::Market => "market",
        }
    }

    /// The excess of each day; `None` where there are fewer days than the market had, or nothing
    /// but rounding varies.
    pub fn excess(self, returns: &[f64], mean_exposure: f64, market: &[f64]) -> Option<Vec<f64>> {
        if returns.len() != market.len() || returns.len() < 2 {
            return None;
        }
        let held = match self {
            Self::Exposure => mean_exposure,
            Self::Zero => 0.0,
            Self::Market => 1.0,
        };
        let excess: Vec<f64> =
            returns.iter().zip(market).map(|(value, market)| value - held * market).collect();
        let mean = excess.iter().sum::<f64>() / excess.len() as f64;
        let spread: f64 = excess.iter().map(|value| (value - mean) * (value - mean)).sum();
        let squares: f64 = returns
            .iter()
            .zip(market)
            .map(|(value, market)| value * value + held * market * (held * market))
            .sum();
        (spread > ROUNDING * squares).then_some(excess)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MARKET: [f64; 4] = [0.01, -0.02, 0.03, 0.01];

    #[test]
    fn holding_the_market_earns_nothing_beyond_it() {
        assert_eq!(ExcessOver::Exposure.excess(&MARKET, 1.0, &MARKET), None);
        assert_eq!(ExcessOver::Market.excess(&MARKET, 0.3, &MARKET), None);
        assert_eq!(ExcessOver::Zero.excess(&MARKET, 1.0, &MARKET), Some(MARKET.to_vec()));
    }

    #[test]
    fn a_trial_is_compared_with_its_own_exposure() {
        let returns = [0.02, 0.0, 0.0, 0.0];
        let excess = ExcessOver::Exposure.excess(&returns, 0.5, &MARKET).unwrap();
        for (day, by_hand) in [0.015, 0.01, -0.015, -0.005].iter().enumerate() {
            assert!((excess[day] - by_hand).abs() < 1e-15);
        }
    }

    #[test]
    fn who_never_trades_or_ends_early_has_none() {
        assert_eq!(ExcessOver::Exposure.excess(&[0.0; 4], 0.0, &MARKET), None);
        assert_eq!(ExcessOver::Zero.excess(&[0.01, 0.02], 0.0, &MARKET), None);
    }
}
