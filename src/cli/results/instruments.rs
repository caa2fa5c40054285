//! `tradeforge instruments`: what each instrument of a run did.

use clap::Args;

use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::table::{self, Column};
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::list_format::ListFormat;
use crate::cli::wire::run_name::RunName;
use crate::pb;

/// Lists what each instrument of a run did.
#[derive(Debug, Args)]
pub struct InstrumentsArgs {
    /// The run: its id, the beginning of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// The trial of a sweep
    #[arg(long, value_name = "INDEX")]
    trial: Option<i64>,
    /// How to print them
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: ListFormat,
}

/// The metrics that are shown, with what stands above them and the decimals they are shown with.
const SHOWN: [(&str, &str, usize); 8] = [
    ("net_profit", "NET PROFIT", 2),
    ("realized_profit", "REALIZED", 2),
    ("open_profit", "OPEN", 2),
    ("fees_paid", "FEES", 2),
    ("trade_count", "TRADES", 0),
    ("win_rate", "WIN RATE", 3),
    ("profit_factor", "PROFIT FACTOR", 3),
    ("exposure", "EXPOSURE", 3),
];

/// Runs `tradeforge instruments`.
pub(in crate::cli) async fn run(
    args: &InstrumentsArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let request = pb::ListInstrumentsRequest { run_id, trial_index: args.trial };
    let response = connection.results().list_instruments(request).await?.into_inner();
    globals.answer(&response, |response| match args.output {
        ListFormat::Table => instrument_table(&response.instruments) + &interest(response.interest),
        ListFormat::Csv => csv(&response.instruments),
    })?;
    Ok(Exit::Ok)
}

/// What cash has earned, if it has earned or paid anything.
fn interest(earned: f64) -> String {
    if earned == 0.0 {
        return String::new();
    }
    format!("interest on cash, of no instrument: {}\n", figures::fixed(earned, 2))
}

fn instrument_table(instruments: &[pb::InstrumentResult]) -> String {
    let mut columns = vec![Column::Text("INSTRUMENT")];
    columns.extend(SHOWN.map(|(_, heading, _)| Column::Number(heading)));
    let rows = instruments.iter().map(|instrument| {
        let mut row = vec![format!("{}:{}", instrument.exchange, instrument.symbol)];
        row.extend(SHOWN.map(|(name, _, decimals)| {
            let value = instrument.metrics.get(name);
            value.map_or_else(|| ABSENT.to_owned(), |value| figures::fixed(*value, decimals))
        }));
        row
    });
    table::with_headings(&columns, rows.collect())
}

fn csv(instruments: &[pb::InstrumentResult]) -> String {
    let mut fields = vec!["exchange", "symbol"];
    fields.extend(SHOWN.map(|(name, ..)| name));
    let records = instruments.iter().map(|instrument| {
        let mut record = vec![instrument.exchange.clone(), instrument.symbol.clone()];
        record.extend(SHOWN.map(|(name, ..)| {
            instrument.metrics.get(name).map_or_else(String::new, f64::to_string)
        }));
        record
    });
    table::csv(&fields, records)
}
