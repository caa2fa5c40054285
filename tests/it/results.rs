//! Results that a hand can compute, and trades in pages.

use prost_types::Timestamp;
use tradeforge::pb::{self, EndOfRunPolicy, RunState, TradeSide};

use crate::support::{
    MINUTE_MS, Market, Refusal as _, START_MS, TestServer, buy_and_hold, int, sma_cross, text,
    within,
};

/// Three bars; bought at the second open, 100.50.
fn three_bars() -> Market {
    Market::of(&[
        [10_000, 10_100, 9_900, 10_000],
        [10_050, 10_200, 10_000, 10_100],
        [10_100, 10_300, 10_000, 10_250],
    ])
}

#[expect(clippy::unnecessary_wraps, reason = "as in messages")]
fn minute(minute: i64) -> Option<Timestamp> {
    Some(Timestamp { seconds: (START_MS + minute * MINUTE_MS) / 1_000, nanos: 0 })
}

#[tokio::test]
async fn buy_and_hold_decides_on_the_first_close_and_fills_on_the_second_open() {
    let server = TestServer::with(&three_bars()).await;
    let run = server.run(buy_and_hold().quantity("2").commission("0.001")).await;
    let trades = server.trades(&run.run_id).await;
    let expected = pb::Trade {
        trade_index: 0,
        symbol: "BARS".into(),
        side: TradeSide::Long.into(),
        entry_time: minute(1),
        exit_time: None,
        entry_price: 100.5,
        exit_price: 102.5,
        quantity: 2.0,
        profit: 3.799,
        fees: 0.201,
        exit_reason: String::new(),
        ambiguous: false,
        exchange: "TEST".into(),
        slippage_cost: Some(0.0),
        carry_cost: 0.0,
        entry_count: Some(1),
        // At the low of 100.00 a loss of 0.50 each and the commission, at the high a gain of 2.50.
        max_adverse_excursion: Some(-1.201),
        max_favorable_excursion: Some(4.799),
        bars_held: None,
        entry_value: 201.0,
    };
    assert_eq!(trades, [expected]);
}

#[tokio::test]
async fn an_open_position_is_marked_at_the_last_close() {
    let server = TestServer::with(&three_bars()).await;
    let work = buy_and_hold().cash("1000").quantity("2").commission("0.001");
    let result = server.result(work).await;
    assert_eq!((result.trade_count, result.equity_point_count), (0, 4));
    assert_metrics(
        &result,
        &[
            ("final_equity", 1_003.799),
            ("net_profit", 3.799),
            ("open_profit", 3.799),
            ("realized_profit", 0.0),
            ("fees_paid", 0.201),
            ("slippage_cost", 0.0),
            ("max_drawdown", 0.0),
            ("fill_count", 1.0),
            ("order_count", 1.0),
            ("rejected_order_count", 0.0),
            ("trade_count", 0.0),
            ("bankrupt", 0.0),
        ],
    );
    assert_close(&result, "total_return", 0.003_799);
    assert_close(&result, "exposure", 2.0 / 3.0);
    assert_close(&result, "buy_hold_return", 0.025);
    for undefined in ["win_rate", "profit_factor", "average_win", "sqn", "cagr", "sharpe"] {
        assert!(!result.metrics.contains_key(undefined), "{undefined}");
    }
}

#[tokio::test]
async fn a_position_closed_at_the_last_close_is_a_trade() {
    let server = TestServer::with(&three_bars()).await;
    let work = buy_and_hold().cash("1000").quantity("2").commission("0.001");
    let work = work.simulation(|simulation| {
        simulation.set_end_of_run_policy(EndOfRunPolicy::CloseAtLastClose);
    });
    let result = server.result(work.clone()).await;
    assert_metrics(
        &result,
        &[
            ("final_equity", 1_003.594),
            ("open_profit", 0.0),
            ("realized_profit", 3.594),
            ("fees_paid", 0.406),
            ("fill_count", 2.0),
            ("trade_count", 1.0),
            ("win_rate", 1.0),
            ("average_bars_held", 1.0),
        ],
    );
    let run = server.submit(work.reuse_completed()).await.run_id;
    let [trade] = &server.trades(&run).await[..] else { panic!("one trade") };
    assert_eq!((trade.exit_time, trade.exit_reason.as_str()), (minute(3), "END_OF_RUN"));
    assert_eq!((trade.exit_price, trade.profit, trade.fees), (102.5, 3.594, 0.406));
    assert_eq!((trade.bars_held, trade.entry_count), (Some(1), Some(1)));
    // What leaving cost is no part of how far it went.
    assert_eq!(trade.max_favorable_excursion, Some(4.799));
}

#[tokio::test]
async fn slippage_moves_every_fill_against_the_trader() {
    let server = TestServer::with(&three_bars()).await;
    let work = buy_and_hold().simulation(|simulation| simulation.slippage_ticks = "3".into());
    let run = server.run(work.clone()).await;
    let trade = &server.trades(&run.run_id).await[0];
    assert_eq!((trade.entry_price, trade.slippage_cost), (100.53, Some(0.03)));
    let result = server.result(work.reuse_completed()).await;
    assert_metrics(&result, &[("slippage_cost", 0.03)]);
}

#[tokio::test]
async fn a_crossing_is_followed_at_the_next_open() {
    // Averages of two and three closes: 10.5 over 10.33 at minute 3, 10 under 10.33 at minute 5.
    let market = Market::of_closes([1_000, 1_000, 1_000, 1_100, 1_000, 1_000, 900, 900]);
    let server = TestServer::with(&market).await;
    let run = server.run(sma_cross(2, 3)).await;
    let trades = server.trades(&run.run_id).await;
    let [trade] = &trades[..] else { panic!("{trades:?}") };
    assert_eq!((trade.entry_time, trade.entry_price), (minute(4), 11.0));
    assert_eq!((trade.exit_time, trade.exit_price), (minute(6), 10.0));
    assert_eq!((trade.profit, trade.exit_reason.as_str()), (-1.0, "SIGNAL"));
}

#[tokio::test]
async fn with_both_directions_a_crossing_turns_the_position_around() {
    let server = TestServer::with(&Market::wavy(200)).await;
    let run = server.run(sma_cross(2, 5).param("direction", text("both"))).await;
    let trades = server.trades(&run.run_id).await;
    assert!(trades.len() > 10);
    for pair in trades.windows(2) {
        assert_ne!(pair[0].side, pair[1].side);
        assert_eq!(
            (&pair[0].exit_time, pair[0].exit_price),
            (&pair[1].entry_time, pair[1].entry_price)
        );
        assert_eq!(pair[0].exit_reason, "REVERSAL");
    }
}

#[tokio::test]
async fn an_account_that_is_used_up_ends_its_run_early_but_completed() {
    let fall = [10_000, 10_000, 9_000, 4_000, 4_100, 4_200, 4_300];
    let server = TestServer::with(&Market::of_closes(fall)).await;
    let work = buy_and_hold().cash("1000").quantity("20");
    let work = work.simulation(|simulation| simulation.max_leverage = "5".into());
    let run = server.run(work).await;
    assert_eq!(run.state(), RunState::Completed);
    let progress = run.progress.clone().unwrap();
    assert_eq!((progress.completed, progress.total, progress.fraction), (7, 7, 1.0));
    let trade = &server.trades(&run.run_id).await[0];
    assert_eq!((trade.exit_time, trade.exit_price), (minute(4), 40.0));
    assert_eq!(trade.exit_reason, "BANKRUPTCY");
    let Some(pb::run_status::Result::Backtest(result)) = run.result else { panic!("no result") };
    assert_metrics(&result, &[("bankrupt", 1.0), ("final_equity", -200.0)]);
}

#[tokio::test]
async fn refused_orders_are_counted_by_reason() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let poor = server.result(sma_cross(2, 5).cash("10")).await;
    let refused = poor.rejections["INSUFFICIENT_FUNDS"];
    assert!(refused > 1);
    assert_metrics(&poor, &[("rejected_order_count", refused as f64), ("final_equity", 10.0)]);
    let tiny = server.result(buy_and_hold().notional("0.00001")).await;
    assert_eq!(tiny.rejections.into_iter().collect::<Vec<_>>(), [("QUANTITY_TOO_SMALL".into(), 1)]);
}

#[tokio::test]
async fn all_in_buys_the_most_steps_that_the_cash_can_pay() {
    let server = TestServer::with(&three_bars()).await;
    let run = server.run(buy_and_hold().cash("1000").commission("0.001").all_in()).await;
    let trade = &server.trades(&run.run_id).await[0];
    // 1000 / (100.5 x 1.001) = 9.940308…, in steps of 0.000001.
    assert_eq!(trade.quantity, 9.940_308);
}

#[tokio::test]
async fn a_run_without_any_trade_is_a_result() {
    let server = TestServer::with(&Market::rising(10)).await;
    let result = server.result(sma_cross(2, 5).param("slow", int(50))).await;
    assert_metrics(&result, &[("trade_count", 0.0), ("fill_count", 0.0), ("net_profit", 0.0)]);
}

#[tokio::test]
async fn only_the_bars_of_the_range_are_seen() {
    let server = TestServer::with(&Market::rising(30)).await;
    let answer = server.submit(buy_and_hold().minutes(10..20)).await;
    assert_eq!(answer.total, 10);
    server.when_final(&answer.run_id).await;
    let trade = &server.trades(&answer.run_id).await[0];
    assert_eq!((trade.entry_time, trade.exit_price), (minute(11), 101.9));
}

#[tokio::test]
async fn pages_of_trades_make_up_the_whole_with_the_open_trade_last() {
    let server = TestServer::with(&Market::wavy(206)).await;
    let run = server.run(sma_cross(2, 5)).await;
    let whole = server.trades(&run.run_id).await;
    let (mut pages, mut token) = (Vec::new(), String::new());
    loop {
        let page = server.trades_page(&run.run_id, 4, &token).await.unwrap();
        assert_eq!(page.total_size, whole.len() as i64);
        assert!(page.trades.len() <= 4);
        pages.extend(page.trades);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, whole);
    assert!(whole.iter().map(|trade| trade.trade_index).eq(0..whole.len() as i64));
    let (open, closed) = whole.split_last().unwrap();
    assert!(open.exit_time.is_none() && closed.iter().all(|trade| trade.exit_time.is_some()));
}

#[tokio::test]
async fn trades_of_a_span_are_those_open_in_it_and_its_parts_count_every_entry_and_exit() {
    let server = TestServer::with(&Market::wavy(2_000)).await;
    let run_id = server.run(sma_cross(2, 5)).await.run_id;
    let search = server.submit(sma_cross(2, 5).sweep().over("fast", 2, 3, 1)).await.run_id;
    server.when_final(&search).await;
    let whole = server.trades(&run_id).await;
    let ms = |time: &Timestamp| time.seconds * 1_000 + i64::from(time.nanos) / 1_000_000;
    for (run_id, trial_index) in [(&run_id, None), (&search, Some(0))] {
        for (from, to) in [(0, 2_000), (700, 900), (703, 704), (1_990, 2_000)] {
            let request = pb::ListTradesRequest {
                run_id: run_id.clone(),
                trial_index,
                page_size: 1_000,
                time_range: Some(pb::TimeRange { start_time: minute(from), end_time: minute(to) }),
                count_parts: 7,
                ..Default::default()
            };
            let told = within(server.results().list_trades(request)).await.unwrap().into_inner();
            let (start, end) = (START_MS + from * MINUTE_MS, START_MS + to * MINUTE_MS);
            let entry = |trade: &pb::Trade| trade.entry_time.as_ref().map(ms).unwrap();
            let exit = |trade: &pb::Trade| trade.exit_time.as_ref().map(ms);
            let is_open =
                |t: &&pb::Trade| entry(t) < end && exit(t).is_none_or(|exit| exit >= start);
            let wanted: Vec<_> = whole.iter().filter(is_open).cloned().collect();
            assert_eq!(told.trades, wanted, "{from} to {to}");
            assert_eq!(told.total_size, wanted.len() as i64);
            let counts = told.counts.unwrap();
            for part in 0..7 {
                let begin = counts.time_unix_ms[part];
                let within = begin..counts.time_unix_ms.get(part + 1).copied().unwrap_or(end);
                let entries = whole.iter().filter(|trade| within.contains(&entry(trade))).count();
                let left = whole.iter().filter_map(exit).filter(|exit| within.contains(exit));
                assert_eq!(counts.entries[part] as usize, entries);
                assert_eq!(counts.exits[part] as usize, left.count());
            }
        }
    }
    let request = pb::ListTradesRequest {
        run_id: run_id.clone(),
        count_parts: 2_001,
        time_range: Some(pb::TimeRange { start_time: minute(5), end_time: minute(5) }),
        ..Default::default()
    };
    let refused = within(server.results().list_trades(request)).await.unwrap_err();
    refused.assert_invalid(&["count_parts", "time_range.end_time"]);
}

#[tokio::test]
async fn a_page_token_holds_for_its_own_list_only() {
    let server = TestServer::with(&Market::wavy(200)).await;
    let (one, two) = (server.run(sma_cross(2, 5)).await, server.run(sma_cross(2, 6)).await);
    let token = server.trades_page(&one.run_id, 2, "").await.unwrap().next_page_token;
    let refused = server.trades_page(&two.run_id, 2, &token).await.unwrap_err();
    refused.assert_invalid(&["page_token"]);
}

#[tokio::test]
async fn a_page_has_100_trades_unless_asked_for_more_and_never_over_1000() {
    let server = TestServer::with(&Market::wavy(20_000)).await;
    let run = server.run(sma_cross(2, 5)).await;
    for (asked, got) in [(0, 100), (999, 999), (5_000, 1_000)] {
        let page = server.trades_page(&run.run_id, asked, "").await.unwrap();
        assert_eq!(page.trades.len(), got, "asked for {asked} of {}", page.total_size);
    }
}

#[tokio::test]
async fn everything_that_can_change_a_result_changes_the_key_and_nothing_else_does() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let base = sma_cross(2, 5);
    let key = async |work: crate::support::Work| server.submit(work.validate_only()).await.run_key;
    let first = key(base.clone()).await;
    for same in [
        base.clone().param("direction", text("long_only")),
        base.clone().cash("100000.00"),
        base.clone().minutes(0..100),
        base.clone().request(|request| request.priority = 9),
        base.clone().simulation(|simulation| simulation.max_leverage = "1.0".into()),
    ] {
        assert_eq!(key(same).await, first);
    }
    for other in [
        sma_cross(2, 6),
        base.clone().cash("100001"),
        base.clone().minutes(0..99),
        base.clone().quantity("2"),
        base.clone().notional("1"),
        base.clone().commission("0.001"),
        base.param("direction", text("both")),
    ] {
        assert_ne!(key(other).await, first);
    }
}

/// Exactly these doubles.
#[track_caller]
fn assert_metrics(result: &pb::BacktestResult, expected: &[(&str, f64)]) {
    for (name, value) in expected {
        assert_eq!(result.metrics.get(*name), Some(value), "{name}");
    }
}

#[track_caller]
fn assert_close(result: &pb::BacktestResult, name: &str, expected: f64) {
    let value = result.metrics[name];
    assert!((value - expected).abs() < 1e-12, "{name}: {value}, not {expected}");
}
