//! What prices are quoted in, and money is counted in.

use std::fmt;
use std::str::FromStr;

/// A currency or a coin by its code: 2 to 12 capital letters and digits, as in `USD` or `USDT`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(String);

/// Why a text is no [`Currency`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    /// A code in other letters than capital ones.
    #[error("{given:?} is no currency; did you mean {}?", given.to_ascii_uppercase())]
    Lower {
        /// What was given.
        given: String,
    },
    /// No code at all.
    #[error(
        "{given:?} is no currency: write its code in 2 to 12 capital letters and digits, as in \
         USD or USDT"
    )]
    Malformed {
        /// What was given.
        given: String,
    },
}

impl Currency {
    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let given = || text.chars().take(40).collect();
        let is_code =
            (2..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if !is_code {
            return Err(CurrencyError::Malformed { given: given() });
        }
        if text.bytes().any(|byte| byte.is_ascii_lowercase()) {
            return Err(CurrencyError::Lower { given: given() });
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_a_code_in_capital_letters() {
        let told = |text: &str| text.parse::<Currency>().map_err(|error| error.to_string());
        for text in ["USD", "USDT", "1INCH", "XAU"] {
            assert_eq!(told(text).unwrap().as_str(), text);
        }
        assert!(told("usd").unwrap_err().ends_with("did you mean USD?"));
        for text in ["", "$", "U", "US Dollar", "€UR", "ABCDEFGHIJKLM"] {
            assert!(told(text).unwrap_err().contains("as in USD or USDT"), "{text:?}");
        }
    }
}
