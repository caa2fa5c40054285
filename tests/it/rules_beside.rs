//! Texts that read more than the bars that they trade on: auxiliary series and other markets.

use std::fmt::Write as _;

use tradeforge::pb;

use crate::support::{
    MINUTE_MS, Market, Refusal as _, START_MS, Sweep, TestServer, Work, aux, aux_of, int, within,
    work,
};

const BARS: i64 = 300;

fn rules(source: &str) -> Work {
    work("sma_cross").rules(source)
}

/// A score known at the end of each bar: the number of the bar modulo seven.
fn scores() -> String {
    let mut file = "known_at,score,other\n".to_owned();
    for bar in 0..BARS {
        let known_ms = START_MS + (bar + 1) * MINUTE_MS;
        _ = writeln!(file, "{known_ms},{},{}", bar % 7, bar % 2);
    }
    file
}

const SCORED: &str = "strategy \"Scored\" \"By a score.\"
aux mood
param most = 4 from 1 to 6
enter long when mood.score >= most and mood.other == 1
exit long when mood.score < 2
";

/// What a run's text says of itself without any series: bars are numbered as the rows are.
const COUNTED: &str = "strategy \"Counted\" \"By the number of the bar.\"
param most = 4 from 1 to 6
score = bar_index - 7 * floor(bar_index / 7)
other = bar_index - 2 * floor(bar_index / 2)
enter long when score >= most and other == 1
exit long when score < 2
";

async fn server() -> TestServer {
    let server = TestServer::with(&Market::wavy(BARS)).await;
    server.import_aux(aux("mood"), scores()).await.unwrap();
    server
}

#[tokio::test]
async fn rows_are_read_at_the_bar_end_at_which_they_are_known() {
    let server = server().await;
    let scored = server.run(rules(SCORED).following(&aux("mood"))).await;
    let counted = server.run(rules(COUNTED)).await;
    let trades = server.trades(&scored.run_id).await;
    assert!(trades.len() > 20, "{}", trades.len());
    assert_eq!(trades, server.trades(&counted.run_id).await);
    // Known a moment later, they are read a bar later.
    let mut late = "known_at,score,other\n".to_owned();
    for line in scores().lines().skip(1) {
        let (known_ms, rest) = line.split_once(',').unwrap();
        _ = writeln!(late, "{},{rest}", known_ms.parse::<i64>().unwrap() + 1);
    }
    let own = aux_of("mood", "BARS");
    server.import_aux(own.clone(), late).await.unwrap();
    // What belongs to the instrument goes before what belongs to none.
    let both = rules(SCORED).following(&aux("mood")).following(&own);
    let both = server.trades(&server.run(both).await.run_id).await;
    assert_eq!(both.len(), trades.len());
    let entry = |trade: &pb::Trade| trade.entry_time.unwrap().seconds;
    assert!(both.iter().zip(&trades).all(|(late, plain)| entry(late) == entry(plain) + 60));
}

#[tokio::test]
async fn a_search_reads_them_as_a_backtest_does() {
    let server = server().await;
    let sweep = |work: Work| -> Sweep {
        work.sweep().over("most", 1, 6, 1).spec(|spec| {
            spec.objective.get_or_insert_default().metric = "total_return".to_owned();
        })
    };
    let scored = server.search(sweep(rules(SCORED).following(&aux("mood")))).await;
    let counted = server.search(sweep(rules(COUNTED))).await;
    assert_eq!((scored.completed, scored.failed), (6, 0));
    let best = |result: &pb::OptimizationResult| {
        let trial = result.best_trial.clone().unwrap();
        (trial.trial_index, trial.metrics)
    };
    assert_eq!(best(&scored), best(&counted));
    // Other rows over the same bars are other values, though the bars are laid out already.
    let turned = scores().replace(",0,", ",9,");
    server.import_aux(aux("mood"), turned).await.unwrap();
    let other = server.search(sweep(rules(SCORED).following(&aux("mood")))).await;
    assert_ne!(best(&other), best(&scored));
    let alone = rules(SCORED).following(&aux("mood")).param("most", int(1 + best(&other).0));
    let metrics = server.result(alone).await.metrics;
    assert_eq!(metrics["total_return"], best(&other).1["total_return"]);
}

#[tokio::test]
async fn what_a_text_reads_must_be_there() {
    let server = server().await;
    server.import_aux(aux("moods"), "known_at,score\n1735689600000,1\n").await.unwrap();
    let about = async |work: Work, field: &str| {
        let refusal = server.refusal(work).await;
        refusal.assert_invalid(&[field]);
        refusal.about(field)
    };
    let none = about(rules(SCORED), "backtest.aux").await;
    assert!(none.contains("reads the auxiliary series mood for TEST:BARS"), "{none}");
    let given = rules(SCORED).following(&aux("mood")).following(&aux("moods"));
    let other = about(given, "backtest.aux[1]").await;
    assert!(other.contains("reads no such series (did you mean \"mood\"?)"), "{other}");
    let misspelt = SCORED.replace("mood.score >=", "mood.scroe >=");
    let column = about(rules(&misspelt).following(&aux("mood")), "backtest.aux[0]").await;
    assert!(column.contains("has no column scroe (did you mean \"score\"?)"), "{column}");
    let unread = about(rules(COUNTED).following(&aux("mood")), "backtest.aux").await;
    assert!(unread.contains("reads no auxiliary series"), "{unread}");
}

const FILTERED: &str = "strategy \"Filtered\" \"While another market rises.\"
market leader
param length = 3 from 1 to 20
up = close@leader > sma(close, length)@leader
enter long when up
exit long when not up
";

#[tokio::test]
async fn another_market_is_read_and_never_traded() {
    let server = server().await;
    server.import_as("LEADER", &Market::wavy(BARS)).await;
    server.import_as("FLAT", &Market::of_closes((0..BARS).map(|_| 5_000))).await;
    let own = "strategy \"Own\" \"By itself.\"\nparam length = 3 from 1 to 20\n\
               up = close > sma(close, length)\nenter long when up\nexit long when not up\n";
    let alone = server.run(rules(own)).await;
    let led = server.run(rules(FILTERED).also_on("LEADER")).await;
    let trades = |run_id: String| {
        let server = &server;
        async move { server.trades(&run_id).await }
    };
    // The leader goes as the market itself does, so that it says the same at the same bar ends.
    let (alone, led) = (trades(alone.run_id).await, trades(led.run_id).await);
    assert!(alone.len() > 20);
    assert_eq!(alone, led);
    // The third subscription is traded by a copy of its own, by the same leader.
    let two = rules(FILTERED).also_on("LEADER").also_on("FLAT");
    let two = trades(server.run(two).await.run_id).await;
    let of = |symbol: &str| two.iter().filter(|trade| trade.symbol == symbol).count();
    assert_eq!((of("BARS"), of("LEADER")), (alone.len(), 0));
    assert!(of("FLAT") > 20);
    let sweep = rules(FILTERED).also_on("LEADER").sweep().over("length", 2, 6, 1);
    let found = server.search(sweep).await;
    assert_eq!((found.completed, found.failed), (5, 0));
}

#[tokio::test]
async fn a_market_without_bars_is_refused_with_what_to_give() {
    let server = server().await;
    let refusal = server.refusal(rules(FILTERED)).await;
    refusal.assert_invalid(&["backtest.subscriptions"]);
    let about = refusal.about("backtest.subscriptions");
    assert!(about.contains("reads the market leader: the first subscription is traded"), "{about}");
    let sweep = rules(FILTERED).sweep().over("length", 2, 6, 1).on_each(&["BARS"]);
    let refusal = server.refusal(sweep).await;
    refusal.assert_invalid(&["optimization.subscription_axis"]);
}

#[tokio::test]
async fn a_check_tells_what_is_read_and_how_a_search_goes() {
    let server = server().await;
    let check = async |source: &str| {
        let request = pb::CheckStrategyRequest { source: source.to_owned() };
        within(server.strategies().check_strategy(request)).await.unwrap().into_inner()
    };
    let scored = check(SCORED).await;
    assert_eq!(scored.auxes[0].name, "mood");
    assert_eq!(scored.auxes[0].columns, ["score", "other"]);
    assert_eq!(scored.speed_class(), pb::SpeedClass::Leap);
    let filtered = check(FILTERED).await;
    assert_eq!(filtered.markets, ["leader"]);
    assert_eq!(filtered.speed_class(), pb::SpeedClass::Bars);
    assert_eq!(filtered.speed_reason, "bars of the market leader in line 4");
    let followed = "enter long when close > open\nstop long follow position.high - atr(5)";
    assert_eq!(check(followed).await.speed_class(), pb::SpeedClass::Walk);
    let priced =
        check("enter long at limit low when close > open\nexit long when close < open").await;
    assert_eq!(priced.speed_class(), pb::SpeedClass::Rest);
    assert_eq!(priced.speed_reason, "an entry at a price in line 1");
    let slowed = "enter long when close > open\nexit long when streak(position.profit > 0) > 2";
    assert_eq!(check(slowed).await.speed_class(), pb::SpeedClass::Bars);
}

#[tokio::test]
async fn a_text_decides_for_all_instruments_together() {
    let server = server().await;
    let waves = (0..BARS).map(|bar| 10_000 + 40 * ((bar + 7) % 18).min(18 - (bar + 7) % 18));
    server.import_as("WAVES", &Market::of_closes(waves)).await;
    server.import_as("FLAT", &Market::of_closes((0..BARS).map(|_| 5_000))).await;
    let text = "param top = 1 from 1 to 3\nstrength = roc(close, 20)\n\
                weight if xs_top(strength, top) then 1 / top else 0\n";
    let all = |source: &str| rules(source).also_on("WAVES").also_on("FLAT");
    let shipped = work("momentum_rotation").also_on("WAVES").also_on("FLAT");
    let shipped = shipped.param("lookback", int(20)).param("top", int(1)).param("every", int(1));
    let told = server.trades(&server.run(all(text)).await.run_id).await;
    assert!(told.len() > 3, "{}", told.len());
    assert_eq!(told, server.trades(&server.run(shipped).await.run_id).await);
    let search = server.search(all(text).sweep().over("top", 1, 3, 1)).await;
    assert_eq!((search.completed, search.failed), (3, 0));
    // Who enters by rank has an equal part of the equity for each, as anybody who says no size.
    let ranked = "enter long when xs_rank(close) > 0.9\nexit long when xs_rank(close) < 0.5";
    let result = server.result(all(ranked)).await;
    assert!(result.metrics["fill_count"] >= 1.0, "{:?}", result.metrics);
    let mixed = rules(text).also_on("WAVES").timeframe("5m").also_on("FLAT");
    server.refusal(mixed).await.assert_invalid(&["backtest.subscriptions[2]"]);
}
