//! `tradeforge trades` and `tradeforge equity`: what a run did, and what became of its money.

use std::num::NonZeroUsize;

use clap::Args;
use prost_types::Timestamp;

use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::fitting::{self, Fitted};
use crate::cli::text::output;
use crate::cli::text::table::{self, Column};
use crate::cli::wire::connect::{Connection, GlobalArgs};
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::cli::wire::list_format::ListFormat;
use crate::cli::wire::pages::{self, Page};
use crate::cli::wire::run_name::RunName;
use crate::pb;
use crate::pb::column::Values;

/// Lists the trades of a run.
#[derive(Debug, Args)]
pub struct TradesArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// The trial of a sweep
    #[arg(long, value_name = "INDEX")]
    trial: Option<i64>,
    /// List at most this many [default: all]
    #[arg(long, value_name = "N")]
    limit: Option<NonZeroUsize>,
    /// How to print them
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: ListFormat,
}

/// Prints the equity curve of a run.
#[derive(Debug, Args)]
pub struct EquityArgs {
    /// The run: its id, the beginning or end of one, or @last
    #[arg(value_name = "ID")]
    run: RunName,
    /// The trial of a sweep
    #[arg(long, value_name = "INDEX")]
    trial: Option<i64>,
    /// At most this many points, keeping the extremes [default: 2000]
    #[arg(long, value_name = "N")]
    points: Option<u16>,
    /// Every point, however many
    #[arg(long = "all", conflicts_with = "points")]
    is_whole: bool,
    /// Beside each point how much of the equity each instrument was
    #[arg(long = "weights", conflicts_with = "is_whole")]
    has_weights: bool,
    /// How to print them
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    output: ListFormat,
}

const EQUITY_FIELDS: [&str; 3] = ["time", "equity", "drawdown"];
const TRADE_FIELDS: [&str; 20] = [
    "trade_index",
    "symbol",
    "side",
    "entry_time",
    "exit_time",
    "entry_price",
    "exit_price",
    "quantity",
    "profit",
    "fees",
    "exit_reason",
    "ambiguous",
    "exchange",
    "slippage_cost",
    "entry_count",
    "max_adverse_excursion",
    "max_favorable_excursion",
    "bars_held",
    "carry_cost",
    "entry_value",
];

/// Runs `tradeforge trades`.
pub(in crate::cli) async fn trades(
    args: &TradesArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    args.output.check(globals)?;
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    let mut total_size = 0;
    let limit = args.limit.map(NonZeroUsize::get);
    let page = pages::collect(limit, async |page_size, page_token| {
        let request = pb::ListTradesRequest {
            run_id: run_id.clone(),
            trial_index: args.trial,
            page_size,
            page_token,
            ..Default::default()
        };
        let response = connection.results().list_trades(request).await?.into_inner();
        total_size = response.total_size;
        Ok(Page { items: response.trades, next_token: response.next_page_token })
    });
    let Page { items: trades, next_token } = page.await?;
    let response =
        pb::ListTradesResponse { trades, next_page_token: next_token, total_size, counts: None };
    globals.answer_table(&response, |response, width| match args.output {
        ListFormat::Table => trade_table(&response.trades, width),
        ListFormat::Csv => {
            table::csv(&TRADE_FIELDS, response.trades.iter().map(trade_record)).into()
        }
    })?;
    if !globals.is_json && !response.next_page_token.is_empty() {
        let shown = figures::whole(response.trades.len() as i64);
        output::help(&format!("{shown} of {} trades", figures::whole(total_size)));
    }
    Ok(Exit::Ok)
}

/// Runs `tradeforge equity`.
pub(in crate::cli) async fn equity(
    args: &EquityArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    args.output.check(globals)?;
    let connection = globals.connect().await?;
    let run_id = args.run.resolve(&connection).await?;
    if args.is_whole {
        let request =
            pb::ExportEquityRequest { run_id, trial_index: args.trial, ..Default::default() };
        return whole_equity(args, globals, &connection, request).await;
    }
    let request = pb::GetEquityCurveRequest {
        run_id,
        trial_index: args.trial,
        max_points: args.points.map(i32::from).unwrap_or_default(),
        with_weights: args.has_weights,
    };
    let response = connection.results().get_equity_curve(request).await?.into_inner();
    globals.answer(&response, |curve| match args.output {
        ListFormat::Table => equity_table(curve),
        ListFormat::Csv => {
            let names = weight_names(curve);
            let fields = EQUITY_FIELDS.into_iter().chain(names.iter().map(String::as_str));
            let records = points(curve).enumerate().map(|(at, point)| {
                let weights = curve.weights.iter().map(|each| each.weights[at].to_string());
                point_record(point).into_iter().chain(weights).collect()
            });
            table::csv(&fields.collect::<Vec<_>>(), records)
        }
    })?;
    if response.is_thinned && !globals.is_json {
        let (shown, all) = (response.equity.len() as i64, response.total_points);
        let (shown, all) = (figures::whole(shown), figures::whole(all));
        output::help(&format!("{shown} of {all} points; --all shows every one"));
    }
    Ok(Exit::Ok)
}

/// Every point: as CSV as they come, for there may be millions; else together.
async fn whole_equity(
    args: &EquityArgs,
    globals: &GlobalArgs,
    connection: &Connection,
    request: pb::ExportEquityRequest,
) -> Result<Exit, CliError> {
    let is_csv = args.output == ListFormat::Csv;
    let mut rows = connection.results().export_equity(request).await?.into_inner();
    let mut whole = pb::GetEquityCurveResponse::default();
    if is_csv {
        output::data(&table::csv(&EQUITY_FIELDS, []))?;
    }
    while let Some(message) = rows.message().await? {
        let part = curve_of(message)?;
        if is_csv {
            let records = points(&part).map(|point| table::csv_record(&point_record(point)));
            output::data(&records.collect::<String>())?;
        } else {
            whole.time_unix_ms.extend(part.time_unix_ms);
            whole.equity.extend(part.equity);
            whole.drawdown.extend(part.drawdown);
        }
    }
    if !is_csv {
        whole.total_points = whole.equity.len() as i64;
        globals.answer(&whole, equity_table)?;
    }
    Ok(Exit::Ok)
}

/// The columns of a message that brings all of them.
fn curve_of(message: pb::ExportEquityResponse) -> Result<pb::GetEquityCurveResponse, CliError> {
    let mut curve = pb::GetEquityCurveResponse::default();
    for column in message.columns {
        match (column.name.as_str(), column.values) {
            ("time_unix_ms", Some(Values::Ints(ints))) => curve.time_unix_ms = ints.values,
            ("equity", Some(Values::Doubles(doubles))) => curve.equity = doubles.values,
            ("drawdown", Some(Values::Doubles(doubles))) => curve.drawdown = doubles.values,
            _ => {}
        }
    }
    let count = message.row_count as usize;
    let lengths = [curve.time_unix_ms.len(), curve.equity.len(), curve.drawdown.len()];
    if lengths == [count; 3] { Ok(curve) } else { Err(CliError::Incomplete("the curve")) }
}

fn point_record((time, equity, drawdown): (Timestamp, f64, f64)) -> Vec<String> {
    vec![figures::rfc3339(&time), equity.to_string(), drawdown.to_string()]
}

/// What stands above the trades.
pub(in crate::cli) const TRADE_HEADINGS: [&str; 14] = [
    "#", "SYMBOL", "SIDE", "ENTRY", "EXIT", "IN AT", "OUT AT", "QUANTITY", "PROFIT", "FEES",
    "WORST", "BEST", "BARS", "REASON",
];

fn trade_table(trades: &[pb::Trade], width: Option<u16>) -> Fitted {
    let columns = [
        Column::Number("#"),
        Column::Word("SYMBOL"),
        Column::Word("SIDE"),
        Column::Word("ENTRY"),
        Column::Word("EXIT"),
        Column::Number("IN AT"),
        Column::Number("OUT AT"),
        Column::Number("QUANTITY"),
        Column::Number("PROFIT"),
        Column::Number("FEES"),
        Column::Number("WORST"),
        Column::Number("BEST"),
        Column::Number("BARS"),
        Column::Text("REASON"),
    ];
    let expendable = ["BARS", "FEES", "BEST", "WORST", "SYMBOL", "QUANTITY", "REASON", "#", "SIDE"];
    fitting::fit(&columns, trade_rows(trades), width, &expendable)
}

/// Each trade for people, as its headings say.
pub(in crate::cli) fn trade_rows(trades: &[pb::Trade]) -> Vec<Vec<String>> {
    let absent = || ABSENT.to_owned();
    let rows = trades.iter().map(|trade| {
        let reason = match (trade.exit_reason.as_str(), trade.ambiguous) {
            ("", _) => "still open".to_owned(),
            (reason, true) => format!("{reason}, ambiguous"),
            (reason, false) => reason.to_owned(),
        };
        vec![
            trade.trade_index.to_string(),
            trade.symbol.clone(),
            side(trade).to_owned(),
            trade.entry_time.as_ref().map_or_else(absent, figures::moment_full),
            trade.exit_time.as_ref().map_or_else(absent, figures::moment_full),
            figures::exact(trade.entry_price),
            figures::exact(trade.exit_price),
            figures::exact(trade.quantity),
            figures::counted_money(trade.profit),
            figures::counted_money(trade.fees),
            trade.max_adverse_excursion.map_or_else(absent, figures::counted_money),
            trade.max_favorable_excursion.map_or_else(absent, figures::counted_money),
            trade.bars_held.map_or_else(absent, figures::whole),
            reason,
        ]
    });
    rows.collect()
}

fn trade_record(trade: &pb::Trade) -> Vec<String> {
    let time = |time: &Option<Timestamp>| time.as_ref().map(figures::rfc3339).unwrap_or_default();
    let record: [String; TRADE_FIELDS.len()] = [
        trade.trade_index.to_string(),
        trade.symbol.clone(),
        side(trade).to_owned(),
        time(&trade.entry_time),
        time(&trade.exit_time),
        trade.entry_price.to_string(),
        trade.exit_price.to_string(),
        trade.quantity.to_string(),
        trade.profit.to_string(),
        trade.fees.to_string(),
        trade.exit_reason.clone(),
        trade.ambiguous.to_string(),
        trade.exchange.clone(),
        told(trade.slippage_cost),
        told(trade.entry_count),
        told(trade.max_adverse_excursion),
        told(trade.max_favorable_excursion),
        told(trade.bars_held),
        trade.carry_cost.to_string(),
        trade.entry_value.to_string(),
    ];
    record.into()
}

fn told(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

fn side(trade: &pb::Trade) -> &'static str {
    match trade.side() {
        pb::TradeSide::Long => "long",
        pb::TradeSide::Short => "short",
        pb::TradeSide::Unspecified => ABSENT,
    }
}

fn equity_table(curve: &pb::GetEquityCurveResponse) -> String {
    let names = weight_names(curve);
    let columns = [Column::Text("TIME"), Column::Number("EQUITY"), Column::Number("DRAWDOWN")];
    let columns = columns.into_iter().chain(names.iter().map(|name| Column::Number(name)));
    let rows = points(curve).enumerate().map(|(at, (time, equity, drawdown))| {
        let own = [
            figures::moment_full(&time),
            figures::counted_money(equity),
            figures::percent(drawdown),
        ];
        let weights = curve.weights.iter().map(|each| figures::percent(each.weights[at]));
        own.into_iter().chain(weights).collect()
    });
    table::with_headings(&columns.collect::<Vec<_>>(), rows.collect())
}

/// Of the columns that stand beside each point, if weights were asked for.
fn weight_names(curve: &pb::GetEquityCurveResponse) -> Vec<String> {
    curve.weights.iter().map(|each| format!("{}:{}", each.exchange, each.symbol)).collect()
}

fn points(curve: &pb::GetEquityCurveResponse) -> impl Iterator<Item = (Timestamp, f64, f64)> {
    let times = curve.time_unix_ms.iter().map(|&time_ms| figures::from_unix_ms(time_ms));
    times
        .zip(&curve.equity)
        .zip(&curve.drawdown)
        .map(|((time, &equity), &drawdown)| (time, equity, drawdown))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_trade() -> pb::Trade {
        pb::Trade {
            trade_index: 7,
            symbol: "BTC".to_owned(),
            side: pb::TradeSide::Long.into(),
            entry_time: Some(figures::from_unix_ms(1_735_689_600_000)),
            entry_price: 94_230.12,
            exit_price: 95_000.0,
            quantity: 0.5,
            profit: 384.94,
            exchange: "BINANCE".to_owned(),
            entry_count: Some(2),
            max_adverse_excursion: Some(-1_250.5),
            entry_value: 47_115.06,
            ..Default::default()
        }
    }

    #[test]
    fn an_open_trade_has_no_exit_and_says_so() {
        let table = trade_table(&[open_trade()], None).text;
        let row: Vec<&str> = table.lines().nth(1).unwrap().split_whitespace().collect();
        assert_eq!(row[..6], ["7", "BTC", "long", "2025-01-01", "00:00:00", "-"]);
        assert!(table.contains(" -1,250.50     -     - "), "{table}");
        assert!(table.trim_end().ends_with("still open"), "{table}");
    }

    #[test]
    fn csv_keeps_full_precision_and_names_its_fields() {
        let csv = table::csv(&TRADE_FIELDS, [trade_record(&open_trade())]);
        let line = "7,BTC,long,2025-01-01T00:00:00Z,,94230.12,95000,0.5,384.94,0,,false,\
                    BINANCE,,2,-1250.5,,,0,47115.06";
        assert_eq!(csv.lines().nth(1), Some(line));
    }

    #[test]
    fn an_equity_curve_is_one_row_a_point() {
        let curve = pb::GetEquityCurveResponse {
            time_unix_ms: vec![0, 3_600_000],
            equity: vec![10_000.0, 9_900.0],
            drawdown: vec![0.0, 0.01],
            total_points: 2,
            ..Default::default()
        };
        let table = equity_table(&curve);
        assert!(table.ends_with("1970-01-01 01:00:00   9,900.00     1.00%\n"), "{table}");
        let weights = pb::InstrumentWeights {
            exchange: "A".to_owned(),
            symbol: "B".to_owned(),
            weights: vec![0.0, -0.5],
        };
        let table = equity_table(&pb::GetEquityCurveResponse { weights: vec![weights], ..curve });
        assert!(table.lines().next().unwrap().ends_with("A:B"), "{table}");
        assert!(table.ends_with("-50.00%\n"), "{table}");
    }
}
