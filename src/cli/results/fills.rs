//! `tradeforge fills`: the executions of one trade.

use clap::Args;

use crate::cli::text::figures;
use crate::cli::text::table::{self, Column};
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::list_format::ListFormat;
use crate::cli::wire::run_name::RunName;
use crate::pb;

/// Lists the executions of one trade.
#[derive(Debug, Args)]
pub struct FillsArgs {
    /// The run: its id, the beginning of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// Which trade, by its place in the order of closing, from 0
    #[arg(value_name = "TRADE")]
    trade: i64,
    /// The trial of a sweep
    #[arg(long, value_name = "INDEX")]
    trial: Option<i64>,
    /// How to print them
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: ListFormat,
}

const PAGE_SIZE: i32 = 1_000;

const FIELDS: [&str; 9] = [
    "time",
    "side",
    "quantity",
    "price",
    "fee",
    "slippage_cost",
    "position",
    "priced_by",
    "exit_reason",
];

/// Runs `tradeforge fills`.
pub(in crate::cli) async fn run(args: &FillsArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let mut request = pb::ListFillsRequest {
        run_id,
        trial_index: args.trial,
        trade_index: args.trade,
        page_size: PAGE_SIZE,
        page_token: String::new(),
    };
    let mut whole = pb::ListFillsResponse::default();
    loop {
        let page = connection.results().list_fills(request.clone()).await?.into_inner();
        whole.fills.extend(page.fills);
        whole.total_size = page.total_size;
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
    }
    globals.answer(&whole, |whole| match args.output {
        ListFormat::Table => fill_table(&whole.fills),
        ListFormat::Csv => table::csv(&FIELDS, whole.fills.iter().map(record)),
    })?;
    Ok(Exit::Ok)
}

fn fill_table(fills: &[pb::Fill]) -> String {
    let columns = [
        Column::Text("TIME"),
        Column::Text("SIDE"),
        Column::Number("QUANTITY"),
        Column::Number("PRICE"),
        Column::Number("FEE"),
        Column::Number("SLIPPAGE"),
        Column::Number("POSITION"),
        Column::Text("PRICED BY"),
        Column::Text("LEFT BY"),
    ];
    table::with_headings(&columns, fills.iter().map(record).collect())
}

/// Numbers as they are, since a price of few digits is one of a small tick.
fn record(fill: &pb::Fill) -> Vec<String> {
    vec![
        fill.time.as_ref().map(figures::moment).unwrap_or_default(),
        if fill.side() == pb::FillSide::Sell { "SELL" } else { "BUY" }.to_owned(),
        fill.quantity.to_string(),
        fill.price.to_string(),
        fill.fee.to_string(),
        fill.slippage_cost.to_string(),
        fill.position.to_string(),
        fill.priced_by.clone(),
        fill.exit_reason.clone(),
    ]
}
