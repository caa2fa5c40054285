//! Which instrument: an exchange and a symbol, in one spelling.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The longest exchange or symbol, in characters.
const NAME_LENGTH_MAX: usize = 64;

/// An exchange or symbol: ASCII letters, digits and `. _ - /`, kept in upper case.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Ticker(String);

/// Why a text is no [`Ticker`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TickerError {
    /// Nothing was given.
    #[error("is required")]
    Empty,
    /// A character that is not allowed, or too many of them.
    #[error("must be 1 to 64 letters, digits or . _ - /")]
    Malformed,
}

impl Ticker {
    /// Takes any case and keeps upper case.
    pub fn new(text: &str) -> Result<Self, TickerError> {
        if text.is_empty() {
            return Err(TickerError::Empty);
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/".contains(&byte);
        if text.len() > NAME_LENGTH_MAX || !text.bytes().all(allowed) {
            return Err(TickerError::Malformed);
        }
        Ok(Self(text.to_ascii_uppercase()))
    }

    /// The upper-case text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Ticker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One tradable thing on one exchange.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Instrument {
    /// Where it trades.
    pub exchange: Ticker,
    /// What it is called there.
    pub symbol: Ticker,
}

impl Instrument {
    /// Both names, checked.
    pub fn new(exchange: &str, symbol: &str) -> Result<Self, TickerError> {
        Ok(Self { exchange: Ticker::new(exchange)?, symbol: Ticker::new(symbol)? })
    }
}

impl fmt::Display for Instrument {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.exchange, self.symbol)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_in_upper_case() {
        assert_eq!(Instrument::new("Binance", "btcUsdt").unwrap().to_string(), "BINANCE:BTCUSDT");
    }

    #[test]
    fn names_that_would_break_a_subscription_text_are_refused() {
        for text in ["A:B", "A@B", "A B", "ü", &"X".repeat(65)] {
            assert_eq!(Ticker::new(text), Err(TickerError::Malformed), "{text:?}");
        }
        assert_eq!(Ticker::new(""), Err(TickerError::Empty));
    }
}
