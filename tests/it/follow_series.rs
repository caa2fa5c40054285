//! Strategies that were computed elsewhere and given as a series: the same fills, costs and
//! statistics as a shipped strategy has.

use std::fmt::Write as _;

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::run::Spec;

use crate::support::{
    MINUTE_MS, Market, Refusal as _, START_MS, TestServer, Work, aux, aux_of, double, hash_of,
    sma_cross, text, work,
};

const FAST: usize = 2;
const SLOW: usize = 5;
const BARS: i64 = 300;

/// The closes of [`Market::wavy`], in cents.
fn closes() -> Vec<i64> {
    (0..BARS).map(|bar| 10_000 + 25 * (bar % 14).min(14 - bar % 14) + bar % 3).collect()
}

/// The crossings of two averages of these closes, computed without the server: a row for each bar,
/// stamped with its open, as a frame of bars has it.
fn crossings(closes: &[i64]) -> String {
    let mut file = "time,enter_long,exit_long,enter_short,exit_short\n".to_owned();
    let mean = |end: usize, length: usize| -> Option<f64> {
        let window = closes.get((end + 1).checked_sub(length)?..=end)?;
        Some(window.iter().sum::<i64>() as f64 / length as f64)
    };
    let lines = |bar: usize| mean(bar, FAST).zip(mean(bar, SLOW));
    for bar in 0..closes.len() {
        let before = bar.checked_sub(1).and_then(lines);
        let (up, down) = match (before, lines(bar)) {
            (Some((fast_before, slow_before)), Some((fast, slow))) => (
                fast > slow && fast_before <= slow_before,
                fast < slow && fast_before >= slow_before,
            ),
            _ => (false, false),
        };
        let [up, down] = [up, down].map(u8::from);
        let time = START_MS + bar as i64 * MINUTE_MS;
        _ = writeln!(file, "{time},{up},{down},{down},{up}");
    }
    file
}

/// A series of signals whose times are the opens of the bars that made them.
fn signals(known_at_end_of: &str) -> pb::AuxSpec {
    pb::AuxSpec { known_at_end_of: known_at_end_of.into(), ..aux("signals") }
}

fn follow() -> Work {
    work("follow_series")
}

/// What a run says of the rows that it followed.
async fn uses(server: &TestServer, work: Work) -> (i64, i64) {
    let uses = server.result(work).await.uses_aux.expect("it follows some");
    (uses.acted_rows, uses.stale_rows)
}

#[tokio::test]
async fn averages_that_cross_elsewhere_trade_as_the_shipped_ones_do_to_the_hash() {
    let server = TestServer::with(&Market::wavy(BARS)).await;
    let spec = signals("1m");
    server.import_aux(spec.clone(), crossings(&closes())).await.unwrap();
    for direction in ["both", "long_only", "short_only"] {
        let shipped = sma_cross(FAST as i64, SLOW as i64);
        let [shipped, given] = [shipped, follow().following(&spec)]
            .map(|work| work.param("direction", text(direction)).commission("0.001"));
        let (shipped, given) = (server.run(shipped).await, server.run(given).await);
        let trades = server.trades(&shipped.run_id).await;
        assert!(trades.len() > 20, "{direction}: {}", trades.len());
        assert_eq!(server.trades(&given.run_id).await, trades, "{direction}");
        assert_eq!(hash_of(&given), hash_of(&shipped), "{direction}");
    }
    // Declared to be known when its bar opened, each signal is acted on a bar sooner.
    let early = pb::AuxSpec { known_after_seconds: Some(0), ..aux("early") };
    server.import_aux(early.clone(), crossings(&closes())).await.unwrap();
    let [honest, early] =
        [spec, early].map(|spec| follow().following(&spec).param("direction", text("both")));
    let first = async |work: Work| {
        let run = server.run(work).await;
        server.trades(&run.run_id).await[0].entry_time.unwrap().seconds
    };
    assert_eq!(first(honest).await - first(early).await, 60);
}

#[tokio::test]
async fn a_weight_is_held_from_when_it_is_known_until_another_is() {
    let server = TestServer::with(&Market::rising(60)).await;
    let minute = |minute: i64| START_MS + minute * MINUTE_MS;
    let rows = [(10, "0.5"), (15, ""), (20, "0.5"), (30, "0"), (40, "-0.25")];
    let mut file = "known_at,weight\n".to_owned();
    for (at, weight) in rows {
        _ = writeln!(file, "{},{weight}", minute(at));
    }
    server.import_aux(aux("weights"), file).await.unwrap();
    let work = follow().following(&aux("weights"));
    let run = server.run(work.clone()).await;
    let trades = server.trades(&run.run_id).await;
    let seconds = |time: &Option<prost_types::Timestamp>| time.as_ref().map(|time| time.seconds);
    let spans: Vec<_> = trades
        .iter()
        .map(|trade| (seconds(&trade.entry_time), seconds(&trade.exit_time), trade.side()))
        .collect();
    let at = |bar: i64| Some(minute(bar) / 1_000);
    let wanted = [(at(10), at(30), pb::TradeSide::Long), (at(40), None, pb::TradeSide::Short)];
    assert_eq!(spans, wanted);
    // Half of 100,000 at the open of that bar, 100.90.
    assert!((trades[0].quantity - 50_000.0 / 100.9).abs() < 0.01, "{}", trades[0].quantity);
    assert_eq!(uses(&server, work.clone()).await, (3, 0));
    let long = work.clone().param("direction", text("long_only"));
    assert_eq!(server.result(long).await.trade_count, 1, "nothing short");
    // A weight from before the run is held from its first bar end on, however old it is, and
    // whether or not the strategy was warmed up.
    for warm_up in [0, 3] {
        let late = work.clone().minutes(17..28).warmed(warm_up);
        let run = server.run(late).await;
        let trades = server.trades(&run.run_id).await;
        let first = if warm_up == 0 { 18 } else { 17 };
        assert_eq!(seconds(&trades[0].entry_time), at(first), "{warm_up}");
    }
    let sized = server.submit(work.always_new().validate_only()).await;
    assert!(sized.warnings.iter().any(|told| told.contains("holds weights")), "{sized:?}");
}

#[tokio::test]
async fn a_signal_that_a_gap_in_the_bars_made_old_is_counted_and_not_acted_on() {
    let server = TestServer::with(&Market::rising(10)).await;
    server.import(&Market::rising(10).later(20)).await;
    let row = |minute: i64, columns: &str| format!("{},{columns}\n", START_MS + minute * MINUTE_MS);
    // The first is known before the run, the second in the gap, the third as the market opens.
    let file = "known_at,enter_long,exit_long\n".to_owned()
        + &row(-5, "1,0")
        + &row(15, "1,0")
        + &row(16, "0,0")
        + &row(20, "0,1")
        + &row(25, "1,");
    server.import_aux(aux("signals"), file).await.unwrap();
    let work = follow().following(&aux("signals"));
    let run = server.run(work.clone()).await;
    let trades = server.trades(&run.run_id).await;
    let entries: Vec<_> =
        trades.iter().map(|trade| trade.entry_time.unwrap().seconds * 1_000).collect();
    assert_eq!(entries, [START_MS + 25 * MINUTE_MS]);
    assert_eq!(uses(&server, work).await, (2, 1));
}

#[tokio::test]
async fn each_instrument_follows_its_own_series() {
    let server = TestServer::with(&Market::rising(40)).await;
    server.import_as("OTHER", &Market::rising(40)).await;
    let rows = |minute: i64| format!("known_at,weight\n{},0.3\n", START_MS + minute * MINUTE_MS);
    let (one, other) = (aux_of("weights", "BARS"), aux_of("weights", "OTHER"));
    server.import_aux(one.clone(), rows(5)).await.unwrap();
    server.import_aux(other.clone(), rows(9)).await.unwrap();
    let work = follow().also_on("OTHER").following(&other).following(&one);
    let run = server.run(work.clone()).await;
    let entries: Vec<_> = server
        .trades(&run.run_id)
        .await
        .iter()
        .map(|trade| (trade.symbol.clone(), trade.entry_time.unwrap().seconds * 1_000))
        .collect();
    let at = |minute: i64| START_MS + minute * MINUTE_MS;
    assert_eq!(entries, [("BARS".to_owned(), at(5)), ("OTHER".to_owned(), at(9))]);
    // A search goes over both in turn, each with its own.
    let sweep = follow().following(&other).following(&one).sweep().on_each(&["BARS", "OTHER"]);
    let search = server.run(sweep).await;
    assert_eq!(search.progress.unwrap().completed, 2);
}

#[tokio::test]
async fn a_search_over_exits_and_sides_gives_each_trial_the_numbers_of_its_backtest() {
    let server = TestServer::with(&Market::wavy(BARS)).await;
    let spec = signals("1m");
    server.import_aux(spec.clone(), crossings(&closes())).await.unwrap();
    let stop = "exits.trailing_stop.distance.percent";
    let sweep = follow()
        .following(&spec)
        .sweep()
        .over_values("direction", vec![text("both"), text("long_only")])
        .over_values(stop, vec![double(0.002), double(0.004)]);
    let search = server.run(sweep).await;
    let request =
        pb::ListTrialsRequest { run_id: search.run_id, page_size: 10, ..Default::default() };
    let trials = server.results().list_trials(request).await.unwrap().into_inner().trials;
    assert_eq!(trials.len(), 4);
    let mut profits = Vec::new();
    for trial in trials {
        let percent = match trial.params[stop].kind {
            Some(pb::param_value::Kind::DoubleValue(value)) => value.to_string(),
            ref other => panic!("{other:?}"),
        };
        let distance = pb::Distance { kind: Some(pb::distance::Kind::Percent(percent)) };
        let alone = follow()
            .following(&spec)
            .param("direction", trial.params["direction"].clone())
            .simulation(|simulation| {
                let exits = simulation.exits.get_or_insert_default();
                exits.trailing_stop =
                    Some(pb::TrailingStop { distance: Some(distance), ..Default::default() });
            });
        let result = server.result(alone).await;
        assert_eq!(trial.metrics, result.metrics);
        profits.push(result.metrics["net_profit"].to_bits());
    }
    profits.sort_unstable();
    profits.dedup();
    assert_eq!(profits.len(), 4, "no two trials are the same");
}

#[tokio::test]
async fn a_run_is_known_by_the_rows_that_it_follows_and_not_by_what_they_are_called() {
    let server = TestServer::with(&Market::rising(40)).await;
    let rows = |weight: f64| format!("known_at,weight\n{},{weight}\n", START_MS + 5 * MINUTE_MS);
    let import = async |name: &str, weight: f64| {
        server.import_aux(aux(name), rows(weight)).await.unwrap().aux.unwrap()
    };
    let first = import("weights", 0.5).await;
    let before = server.submit(follow().following(&aux("weights"))).await;
    let renamed = import("others", 0.5).await;
    assert_eq!(renamed.data_sha256, first.data_sha256);
    let same = server.submit(follow().following(&aux("others"))).await;
    assert_eq!(same.run_key, before.run_key);
    import("weights", 0.25).await;
    let after = server.submit(follow().following(&aux("weights"))).await;
    assert_ne!(after.run_key, before.run_key);
    let pinned = server.submit(follow().following_version(&first)).await;
    assert_eq!(pinned.run_key, before.run_key);
    let described = server.describe(&before.run_id).await;
    let Some(Spec::Backtest(spec)) = described.spec else { panic!("a backtest") };
    assert_eq!(spec.aux[0].data_sha256, first.data_sha256);
    // What was followed can be removed once nothing live reads it, and the run stays.
    for run in [&before.run_id, &same.run_id, &after.run_id, &pinned.run_id] {
        server.when_final(run).await;
    }
    server.delete_aux(&first).await.unwrap();
    server.delete_aux(&renamed).await.unwrap();
    let gone = server.refusal(follow().following(&aux("others"))).await;
    assert_eq!((gone.code(), gone.missing()), (Code::FailedPrecondition, vec!["others".into()]));
}

#[tokio::test]
async fn what_cannot_be_followed_is_refused_with_what_could_be() {
    let server = TestServer::with(&Market::rising(40)).await;
    server.import_as("OTHER", &Market::rising(40)).await;
    let import = async |spec: pb::AuxSpec, columns: &str, values: &str| {
        let file = format!("known_at,{columns}\n{START_MS},{values}\n");
        server.import_aux(spec, file).await.unwrap();
    };
    import(aux("weights"), "weight", "0.5").await;
    import(aux("half"), "enter_long", "0.5").await;
    import(aux("misspelt"), "enter_lnog", "1").await;
    import(aux_of("weights", "ELSEWHERE"), "weight", "0.5").await;
    let refused = async |work: Work, field: &str, said: &str| {
        let status = server.refusal(work).await;
        status.assert_invalid(&[field]);
        assert!(status.about(field).contains(said), "{}", status.about(field));
    };
    refused(follow(), "backtest.aux", "needs the auxiliary series that it follows for TEST:BARS")
        .await;
    let reads_none = sma_cross(2, 5).following(&aux("weights"));
    refused(reads_none, "backtest.aux", "follow_series does").await;
    refused(follow().following(&aux("half")), "backtest.aux[0]", "a signal is 1").await;
    let misspelt = follow().following(&aux("misspelt"));
    refused(misspelt, "backtest.aux[0]", "did you mean \"enter_long\"?").await;
    let both = follow().also_on("OTHER").following(&aux("weights"));
    let status = server.refusal(both).await;
    assert!(status.about("backtest.aux[0]").contains("weights@EXCHANGE:SYMBOL"), "{status:?}");
    let elsewhere = follow().following(&aux_of("weights", "ELSEWHERE"));
    let status = server.refusal(elsewhere).await;
    assert!(status.about("backtest.aux[0]").contains("no subscription"), "{status:?}");
    let twice = follow().following(&aux("weights")).following(&aux("half"));
    let status = server.refusal(twice).await;
    assert!(status.about("backtest.aux[1]").contains("one is followed"), "{status:?}");
    let rules = work("x").rules("long when close > sma(close, 3)").following(&aux("weights"));
    let status = server.refusal(rules).await;
    assert_eq!(status.code(), Code::InvalidArgument);
    let unnamed = follow().following(&aux("No Name"));
    assert_eq!(server.refusal(unnamed).await.fields()[0], "backtest.aux[0].name");
}
