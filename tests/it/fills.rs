//! The executions of a trade add up to it, whatever opened it, left a part of it or ended it.

use tonic::Code;
use tradeforge::pb::distance::Kind;
use tradeforge::pb::{self, FillSide, RunState, TradeSide};

use crate::support::{Market, Refusal as _, TestServer, sma_cross, text};

fn asked(run_id: &str, trade_index: i64) -> pb::ListFillsRequest {
    pb::ListFillsRequest { run_id: run_id.into(), trade_index, ..Default::default() }
}

async fn fills_of(server: &TestServer, request: pb::ListFillsRequest) -> pb::ListFillsResponse {
    server.results().list_fills(request).await.unwrap().into_inner()
}

/// A server with two markets, and the id of a run over both that sells some at a first target.
async fn stage() -> (TestServer, String) {
    let server = TestServer::with(&Market::wavy(300)).await;
    server.import_as("LATER", &Market::wavy(200).later(5)).await;
    let percent = |text: &str| Some(pb::Distance { kind: Some(Kind::Percent(text.to_owned())) });
    let target = pb::TakeProfit { distance: percent("0.002"), portion: "0.5".into() };
    let exits = pb::Exits { take_profits: vec![target], ..Default::default() };
    let work = sma_cross(2, 5).also_on("LATER").commission("0.001");
    let work = work.param("direction", text("both"));
    let run = server.run(work.simulation(|it| it.exits = Some(Box::new(exits)))).await;
    assert_eq!(run.state(), RunState::Completed);
    (server, run.run_id)
}

fn is_near(one: f64, other: f64) -> bool {
    (one - other).abs() <= 1e-6 * other.abs().max(1.0)
}

/// Against what the trade itself tells.
fn assert_adds_up(trade: &pb::Trade, fills: &[pb::Fill]) {
    let entry = match trade.side() {
        TradeSide::Long => FillSide::Buy,
        _ => FillSide::Sell,
    };
    let told = |what: &str| format!("{what} of {trade:?} by {fills:?}");
    let entered: Vec<_> = fills.iter().filter(|fill| fill.exit_reason.is_empty()).collect();
    let left: Vec<_> = fills.iter().filter(|fill| !fill.exit_reason.is_empty()).collect();
    assert!(entered.iter().all(|fill| fill.side() == entry), "{}", told("entries"));
    assert!(left.iter().all(|fill| fill.side() != entry), "{}", told("exits"));
    assert_eq!(trade.entry_count, Some(entered.len() as i32), "{}", told("entry count"));
    assert_eq!(fills[0].time, trade.entry_time, "{}", told("entry"));
    let sum = |of: &dyn Fn(&pb::Fill) -> f64, fills: &[&pb::Fill]| -> f64 {
        fills.iter().map(|fill| of(fill)).sum()
    };
    let all: Vec<_> = fills.iter().collect();
    let quantity = |fill: &pb::Fill| fill.quantity;
    let value = |fill: &pb::Fill| fill.quantity * fill.price;
    assert!(is_near(sum(&quantity, &entered), trade.quantity), "{}", told("quantity"));
    assert!(is_near(sum(&|fill| fill.fee, &all), trade.fees), "{}", told("fees"));
    let slippage = sum(&|fill| fill.slippage_cost, &all);
    assert!(is_near(slippage, trade.slippage_cost.unwrap()), "{}", told("slippage"));
    assert!(is_near(sum(&value, &entered), trade.entry_value), "{}", told("entry value"));
    if trade.exit_time.is_some() {
        let last = fills.last().unwrap();
        assert_eq!((last.time, &last.exit_reason), (trade.exit_time, &trade.exit_reason));
        assert_eq!(last.position, 0.0, "{}", told("rest"));
        let mean = sum(&value, &left) / sum(&quantity, &left);
        assert!(is_near(mean, trade.exit_price), "{}", told("exit price"));
    }
}

#[tokio::test]
async fn the_fills_of_each_trade_add_up_to_it() {
    let (server, run_id) = stage().await;
    let trades = server.trades(&run_id).await;
    let mut parts = 0;
    let mut reasons = std::collections::BTreeSet::new();
    for trade in &trades {
        let told = fills_of(&server, asked(&run_id, trade.trade_index)).await;
        assert_eq!(told.total_size, told.fills.len() as i64);
        assert_adds_up(trade, &told.fills);
        parts += i32::from(told.fills.len() > 2);
        reasons.extend(told.fills.into_iter().map(|fill| fill.exit_reason));
    }
    assert!(parts > 3, "trades that were left in parts: {parts} of {}", trades.len());
    assert!(reasons.contains("TAKE_PROFIT") && reasons.contains("REVERSAL"), "{reasons:?}");
}

#[tokio::test]
async fn pages_of_fills_are_the_whole_and_a_trade_that_is_none_is_refused() {
    let (server, run_id) = stage().await;
    let trades = server.trades(&run_id).await;
    let parted = trades.iter().map(|trade| asked(&run_id, trade.trade_index));
    for request in parted {
        let whole = fills_of(&server, request.clone()).await;
        if whole.fills.len() < 3 {
            continue;
        }
        let mut paged = Vec::new();
        let mut request = pb::ListFillsRequest { page_size: 1, ..request };
        loop {
            let page = fills_of(&server, request.clone()).await;
            assert_eq!((page.fills.len(), page.total_size), (1, whole.total_size));
            paged.extend(page.fills);
            request.page_token = page.next_page_token;
            if request.page_token.is_empty() {
                break;
            }
        }
        assert_eq!(paged, whole.fills);
        break;
    }
    for index in [-1, trades.len() as i64, i64::MAX] {
        let refused = server.results().list_fills(asked(&run_id, index)).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
        assert_eq!(refused.fields(), ["trade_index"]);
    }
    let refused = server.results().list_fills(asked(&run_id, trades.len() as i64)).await;
    let told = refused.unwrap_err().about("trade_index");
    assert!(told.contains(&format!("below {}", trades.len())), "{told}");
}
