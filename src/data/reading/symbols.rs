//! Several instruments in one file: which there are, and the rows or columns of the one that is
//! asked for. Knows nothing of prices.

use std::collections::BTreeSet;

use super::headings::nearest;
use crate::data::import_error::ImportProblem;

/// Instruments of one file that are remembered, to be named.
const REMEMBERED_MAX: usize = 1000;

/// A column that says which instrument each row is of.
#[derive(Debug)]
pub(super) struct SymbolColumn {
    wanted: Option<String>,
    last: Vec<u8>,
    is_last_taken: bool,
    seen: BTreeSet<String>,
}

impl SymbolColumn {
    pub(super) const fn new(wanted: Option<String>) -> Self {
        Self { wanted, last: Vec::new(), is_last_taken: true, seen: BTreeSet::new() }
    }

    /// Whether the row of that instrument is one to take.
    pub(super) fn takes(&mut self, field: &[u8]) -> bool {
        if self.seen.is_empty() || self.last != field {
            self.last = field.to_vec();
            let symbol = String::from_utf8_lossy(field.trim_ascii()).into_owned();
            let wanted = self.wanted.as_ref();
            self.is_last_taken = wanted.is_none_or(|wanted| wanted.eq_ignore_ascii_case(&symbol));
            if self.seen.len() < REMEMBERED_MAX {
                self.seen.insert(symbol);
            }
        }
        self.is_last_taken
    }

    /// Refuses several instruments of which none is chosen, and one that there is not.
    pub(super) fn check(&self, heading: &str) -> Result<(), ImportProblem> {
        match &self.wanted {
            None if self.seen.len() > 1 => Err(ImportProblem::SeveralSymbols {
                place: format!("column {heading}"),
                symbols: self.seen.iter().cloned().collect(),
            }),
            Some(wanted) if !self.seen.iter().any(|it| it.eq_ignore_ascii_case(wanted)) => {
                Err(unknown(wanted, self.seen.iter().cloned().collect()))
            }
            _ => Ok(()),
        }
    }

    /// Which instrument was taken, in a few words.
    pub(super) fn told(&self, heading: &str) -> Option<String> {
        let (wanted, count) = (self.wanted.as_ref(), self.seen.len());
        let only = self.seen.first().filter(|_| count == 1);
        match wanted {
            Some(wanted) => Some(format!("rows of {heading} {wanted}, one of {count}")),
            None => only.map(|symbol| format!("all rows are of {heading} {symbol}")),
        }
    }
}

/// Which columns are of the instrument that is asked for, where each column has its own; `None`
/// where they have none.
pub(super) fn chosen(
    tickers: &[String],
    wanted: Option<&str>,
) -> Result<Option<Vec<bool>>, ImportProblem> {
    let Some((_, others)) = tickers.split_first() else { return Ok(None) };
    let all: BTreeSet<&String> = others.iter().filter(|ticker| !ticker.is_empty()).collect();
    let symbols = || all.iter().map(|symbol| (*symbol).clone()).collect();
    let wanted = match wanted {
        None if all.len() > 1 => {
            let place = "its columns".to_owned();
            return Err(ImportProblem::SeveralSymbols { place, symbols: symbols() });
        }
        None => all.first().map_or("", |symbol| symbol.as_str()),
        Some(wanted) => wanted,
    };
    let is_wanted = |ticker: &String| ticker.is_empty() || ticker.eq_ignore_ascii_case(wanted);
    if !others.iter().any(|ticker| !ticker.is_empty() && is_wanted(ticker)) {
        return Err(unknown(wanted, symbols()));
    }
    // The first column is that of the times, whatever stands above it.
    Ok(Some([true].into_iter().chain(others.iter().map(is_wanted)).collect()))
}

fn unknown(wanted: &str, symbols: Vec<String>) -> ImportProblem {
    let nearest = nearest(wanted, symbols.iter().map(String::as_str));
    ImportProblem::UnknownSymbol { wanted: wanted.to_owned(), nearest, symbols }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_the_wanted_symbol_are_taken() {
        let mut column = SymbolColumn::new(Some("aal".to_owned()));
        let taken: Vec<bool> =
            ["AAL", "AAL", "MSFT", "AAL"].map(|it| column.takes(it.as_bytes())).into();
        assert_eq!(taken, [true, true, false, true]);
        assert!(column.check("Name").is_ok());
    }

    #[test]
    fn several_without_a_wish_and_an_unknown_one_are_refused_by_name() {
        let mut column = SymbolColumn::new(None);
        for symbol in ["AAL", "MSFT"] {
            column.takes(symbol.as_bytes());
        }
        let said = column.check("Name").unwrap_err().to_string();
        assert!(said.contains("AAL, MSFT") && said.contains("--symbol"), "{said}");
        let mut column = SymbolColumn::new(Some("AAP".to_owned()));
        column.takes(b"AAPL");
        let said = column.check("Name").unwrap_err().to_string();
        assert!(said.contains("did you mean \"AAPL\"?"), "{said}");
    }

    #[test]
    fn columns_may_be_of_an_instrument_each() {
        let tickers = ["Ticker", "AA", "BB", "AA"].map(str::to_owned);
        assert!(chosen(&tickers, None).is_err());
        assert_eq!(chosen(&tickers, Some("aa")).unwrap().unwrap(), [true, true, false, true]);
        assert!(chosen(&tickers, Some("CC")).is_err());
        assert_eq!(chosen(&tickers[..2], None).unwrap().unwrap(), [true, true]);
        assert!(chosen(&[], None).unwrap().is_none());
    }
}
