//! `tradeforge ledger`: how many configurations were ever tried.

use std::str::FromStr;

use clap::Args;

use crate::cli::text::figures;
use crate::cli::text::output;
use crate::cli::text::table::{self, Column};
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::pb;

/// Lists how many configurations were ever tried on instruments, removed runs included.
#[derive(Debug, Args)]
pub struct LedgerArgs {
    /// Only this instrument, as in BINANCE:BTCUSDT
    #[arg(value_name = "EXCHANGE:SYMBOL")]
    instrument: Option<InstrumentName>,
}

/// An instrument on the command line.
#[derive(Clone, Debug)]
struct InstrumentName {
    exchange: String,
    symbol: String,
}

impl FromStr for InstrumentName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some((exchange, symbol))
                if !exchange.is_empty() && !symbol.is_empty() && !symbol.contains('@') =>
            {
                Ok(Self { exchange: exchange.to_owned(), symbol: symbol.to_owned() })
            }
            _ => Err("write EXCHANGE:SYMBOL, as in BINANCE:BTCUSDT".to_owned()),
        }
    }
}

/// Runs the command.
pub(in crate::cli) async fn run(args: &LedgerArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let request = match args.instrument.clone() {
        Some(InstrumentName { exchange, symbol }) => pb::ListLedgerRequest { exchange, symbol },
        None => pb::ListLedgerRequest::default(),
    };
    let response = connection.results().list_ledger(request).await?.into_inner();
    globals.answer(&response, |response| ledger_table(&response.entries))?;
    let shown = response.entries.len() as i64;
    if !globals.is_json && shown < response.total_size {
        let (shown, all) = (figures::whole(shown), figures::whole(response.total_size));
        output::help(&format!("{shown} of {all} entries; name an instrument for its own"));
    }
    Ok(Exit::Ok)
}

fn ledger_table(entries: &[pb::LedgerEntry]) -> String {
    let columns = [
        Column::Text("INSTRUMENT"),
        Column::Text("STRATEGY"),
        Column::Number("CONFIGURATIONS"),
        Column::Number("TRIALS"),
    ];
    let rows = entries.iter().map(|entry| {
        vec![
            format!("{}:{}", entry.exchange, entry.symbol),
            entry.strategy.clone(),
            figures::whole(entry.configurations),
            figures::whole(entry.trials),
        ]
    });
    table::with_headings(&columns, rows.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instrument_is_an_exchange_and_a_symbol() {
        let name: InstrumentName = "BINANCE:BTCUSDT".parse().unwrap();
        assert_eq!((name.exchange.as_str(), name.symbol.as_str()), ("BINANCE", "BTCUSDT"));
        for bad in ["BTCUSDT", ":BTCUSDT", "BINANCE:", "BINANCE:BTCUSDT@1m"] {
            assert!(bad.parse::<InstrumentName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn what_was_tried_is_a_table() {
        let entry = pb::LedgerEntry {
            exchange: "SYN".into(),
            symbol: "NOISE".into(),
            strategy: "sma_cross".into(),
            configurations: 41_287,
            trials: 50_000,
        };
        let table = ledger_table(&[entry]);
        assert!(table.ends_with("SYN:NOISE   sma_cross          41,287  50,000\n"), "{table}");
    }
}
