//! Runs under stress: one backtest again with each of its details changed, as a run like any other.

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::{RobustnessPart, RunKind, RunState, SubmitDisposition};

use crate::support::{
    Client, DAY_MS, Market, Refusal as _, START_MS, TestServer, buy_and_hold, crossing, few,
    import_hours, int, over_hours, searched, sma_cross, stress, stressed, tested, twelve,
};

fn of_part(variants: &[pb::Variant], part: RobustnessPart) -> Vec<pb::Variant> {
    variants.iter().filter(|variant| variant.part() == part).cloned().collect()
}

#[track_caller]
fn backtested(status: &pb::RunStatus) -> pb::BacktestResult {
    match &status.result {
        Some(pb::run_status::Result::Backtest(result)) => result.clone(),
        other => panic!("{other:?} in {status:?}"),
    }
}

async fn plain(client: &Client, backtest: pb::BacktestSpec) -> pb::BacktestResult {
    backtested(&client.run(tested(backtest)).await)
}

fn changed(change: impl FnOnce(&mut pb::BacktestSpec)) -> pb::BacktestSpec {
    let mut spec = crossing();
    change(&mut spec);
    spec
}

#[tokio::test]
async fn every_backtest_is_the_plain_one_with_that_one_thing_changed() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let request = stress(crossing(), |spec| {
        (spec.box_count, spec.noise_count, spec.random_entry_count) = (5, 4, 6);
    });
    let answer = server.submit(request).await;
    // Itself, six for each of two parameters, five of the box, six factors, five ticks, twenty
    // days, noise, four delays, random times.
    assert_eq!(answer.total, 1 + 12 + 5 + 6 + 5 + 20 + 4 + 4 + 6);
    let status = server.when_final(&answer.run_id).await;
    assert_eq!((status.state(), status.kind()), (RunState::Completed, RunKind::Robustness));
    let progress = status.progress.clone().unwrap();
    assert_eq!((progress.total, progress.completed, progress.failed), (63, 63, 0));
    let variants = server.variants(&answer.run_id).await;
    assert!(variants.iter().map(|it| it.place).eq(0..63));

    let itself = plain(&server, crossing()).await;
    let result = stressed(&status);
    assert_eq!((&variants[0].metrics, &result.metrics), (&itself.metrics, &itself.metrics));
    assert_eq!(result.backtest_sha256, itself.result_sha256);

    let costs = of_part(&variants, RobustnessPart::Costs);
    let unchanged = |name: &str, amount: f64| {
        costs.iter().find(|it| it.name == name && it.amount == amount).unwrap().metrics.clone()
    };
    assert_eq!(unchanged("commission", 1.0), itself.metrics);
    assert_eq!(unchanged("slippage_ticks", 0.0), itself.metrics);
    let thrice = changed(|spec| {
        spec.simulation.as_mut().unwrap().commission_rate = "0.0015".into();
    });
    assert_eq!(unchanged("commission", 3.0), plain(&server, thrice).await.metrics);
    let worse = changed(|spec| spec.simulation.as_mut().unwrap().slippage_ticks = "5".into());
    assert_eq!(unchanged("slippage_ticks", 5.0), plain(&server, worse).await.metrics);

    let neighbours = of_part(&variants, RobustnessPart::Neighbours);
    let slower = neighbours.iter().find(|it| it.name == "fast" && it.amount == 2.0).unwrap();
    assert_eq!(slower.params, [("fast".to_owned(), int(14))].into());
    let params = changed(|spec| spec.params.extend(slower.params.clone()));
    assert_eq!(slower.metrics, plain(&server, params).await.metrics);
    assert_eq!(neighbours.iter().filter(|it| it.name.is_empty()).count(), 5);

    let starts = of_part(&variants, RobustnessPart::Starts);
    let third = changed(|spec| {
        let start = START_MS + 3 * DAY_MS;
        let start_time = Some(prost_types::Timestamp { seconds: start / 1_000, nanos: 0 });
        spec.time_range = Some(pb::TimeRange { start_time, end_time: None });
    });
    assert_eq!(starts[2].amount, 3.0);
    assert_eq!(starts[2].metrics, plain(&server, third).await.metrics);
}

#[tokio::test]
async fn trades_in_other_orders_are_told_beside_those_that_were_listed() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let status = server.run(stress(crossing(), |_| ())).await;
    let result = stressed(&status);
    let of = |name: &str| result.spreads.iter().find(|it| it.metric == name).unwrap();
    let run_id = server.run(tested(crossing())).await.run_id;
    let trades = server.trades(&run_id).await;
    let ended = trades.iter().filter(|trade| trade.exit_time.is_some());
    let (mut equity, mut peak, mut fall) = (100_000.0_f64, 100_000.0_f64, 0.0_f64);
    let (mut streak, mut longest) = (0, 0);
    for trade in ended {
        equity += trade.profit;
        peak = peak.max(equity);
        fall = fall.max(1.0 - equity / peak);
        streak = if trade.profit < 0.0 { streak + 1 } else { 0 };
        longest = longest.max(streak);
    }
    let falls = of("shuffle.max_drawdown");
    assert!((falls.observed.unwrap() - fall).abs() < 1e-12 && fall > 0.0, "{falls:?} {fall}");
    // By the ends of trades it is no deeper than bar by bar.
    assert!(fall <= result.metrics["max_drawdown"] + 1e-12);
    assert_eq!(of("shuffle.losing_streak").observed, Some(f64::from(longest)));
    let dealt = &server.lists(&status.run_id).await["shuffle.max_drawdown"];
    assert!(falls.quantiles.is_sorted() && dealt.is_sorted() && dealt.len() == 4_096);
    assert!(dealt.first() < dealt.last());
}

#[tokio::test]
async fn the_sentence_and_the_numbers_are_those_of_the_backtests_and_paths() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let request = stress(crossing(), |spec| {
        (spec.noise_count, spec.random_entry_count) = (10, 12);
    });
    let status = server.run(request).await;
    let (result, run_id) = (stressed(&status), status.run_id.clone());
    let variants = server.variants(&run_id).await;
    let profit = |it: &&pb::Variant| it.metrics["net_profit"] > 0.0;
    let starts = of_part(&variants, RobustnessPart::Starts);
    assert_eq!(result.start_count as usize, starts.len());
    assert_eq!(result.starts_with_profit as usize, starts.iter().filter(profit).count());
    let neighbours = of_part(&variants, RobustnessPart::Neighbours);
    assert_eq!(result.neighbour_count as usize, neighbours.len());
    let sharpe = result.metrics["sharpe"];
    let keeping = neighbours.iter().filter(|it| it.metrics["sharpe"] >= sharpe / 2.0).count();
    let expected = (sharpe > 0.0).then_some(keeping as i32);
    assert_eq!(result.neighbours_keeping_half, expected);

    assert_eq!((result.path_count, result.days), (10_000, 120));
    assert!(result.mean_block_days.unwrap() >= 2.0);
    let lists = server.lists(&run_id).await;
    assert_eq!(lists.len(), 18);
    assert_eq!((lists["noise.sharpe"].len(), lists["random.total_return"].len()), (10, 12));
    assert_eq!((lists["fan.day"].len(), lists["fan.p50"].len()), (120, 120));
    let falls = &lists["paths.max_drawdown"];
    assert!(falls.is_sorted() && falls.len() == 4_096);
    let spread = result.spreads.iter().find(|it| it.metric == "max_drawdown").unwrap();
    assert_eq!(result.drawdown_p95, Some(spread.quantiles[4]));
    let grown = result.spreads.iter().find(|it| it.metric == "total_return").unwrap();
    let total = result.metrics["total_return"];
    assert!((grown.observed.unwrap() - total).abs() < 1e-9, "{grown:?} {total}");
    let sharpe_of_days = result.spreads.iter().find(|it| it.metric == "sharpe").unwrap();
    assert!((sharpe_of_days.observed.unwrap() - sharpe).abs() < 1e-9, "{sharpe_of_days:?}");
    assert!(lists["fan.p05"][119] <= lists["fan.p95"][119]);
    let falls = format!("{:.0} %", 100.0 * spread.quantiles[4]);
    assert!(result.sentence.starts_with("95 of 100 resampled histories"), "{}", result.sentence);
    assert!(result.sentence.contains(&falls), "{} {falls}", result.sentence);
    let words = ["edge", "passed", "significant"];
    assert!(words.iter().all(|word| !result.sentence.contains(word)));
}

#[tokio::test]
async fn it_is_a_run_like_any_other() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let request = || {
        stress(crossing(), |spec| {
            (spec.path_count, spec.noise_count, spec.random_entry_count) = (50, 9, 8);
        })
    };
    let status = server.run(request()).await;
    let run_id = status.run_id.clone();
    let reuse_policy = pb::ReusePolicy::ReuseCompleted.into();
    let reused = server.submit(pb::SubmitRequest { reuse_policy, ..request() }).await;
    assert_eq!((reused.disposition(), &reused.run_id), (SubmitDisposition::Reused, &run_id));

    let run = server.describe(&run_id).await;
    let Some(pb::run::Spec::Robustness(spec)) = run.spec else { panic!("{run:?}") };
    assert_eq!((spec.path_count, spec.neighbour_steps, spec.box_count), (50, 3, 50));
    assert_eq!(spec.commission_factors, [0.0, 0.5, 1.0, 2.0, 3.0, 5.0]);
    assert_eq!((spec.slippage_ticks, spec.start_shift_days), (vec![0, 1, 2, 5, 10], 20));
    assert_eq!(spec.parts, [1, 2, 3, 4, 5, 6, 7]);
    assert_eq!((spec.noise, spec.noise_count, spec.random_entry_count), (0.1, 9, 8));
    assert_eq!(spec.delay_bars, [1, 2, 3, 5]);
    let filter = "kind = ROBUSTNESS".to_owned();
    let list = pb::ListRunsRequest { filter, ..Default::default() };
    let listed = server.runs().list_runs(list).await.unwrap().into_inner();
    assert_eq!(listed.runs.iter().map(|it| it.run_id.as_str()).collect::<Vec<_>>(), [&run_id]);

    let trades = pb::ListTradesRequest { run_id: run_id.clone(), ..Default::default() };
    let refusal = server.results().list_trades(trades).await.unwrap_err();
    assert_eq!(refusal.reason(), "IS_A_ROBUSTNESS_RUN");
    let searched = server.run(searched(twelve())).await.run_id;
    let request = pb::ListVariantsRequest { run_id: searched };
    let refusal = server.results().list_variants(request).await.unwrap_err();
    assert_eq!(
        (refusal.code(), refusal.reason().as_str()),
        (Code::FailedPrecondition, "NOT_A_ROBUSTNESS_RUN")
    );
    server.runs().delete_run(pb::DeleteRunRequest { run_id }).await.unwrap();
}

#[tokio::test]
async fn only_what_is_asked_for_is_examined() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let only = |part: RobustnessPart| stress(crossing(), |spec| spec.parts = vec![part.into()]);
    let status = server.run(only(RobustnessPart::Resampling)).await;
    let result = stressed(&status);
    assert_eq!((result.completed, result.neighbour_count, result.start_count), (1, 0, 0));
    assert_eq!(result.breakeven_commission_factor, None);
    let status = server.run(only(RobustnessPart::Starts)).await;
    let result = stressed(&status);
    assert_eq!((result.completed, result.path_count, result.spreads.len()), (21, 0, 0));
    let told = format!("Of 20 later starts {} end with a profit.", result.starts_with_profit);
    assert_eq!(result.sentence, told);
    // What is drawn follows from the seed, and nothing else does.
    let seeded = |seed| {
        stress(crossing(), |spec| {
            spec.parts = vec![RobustnessPart::Costs.into()];
            spec.seed = seed;
        })
    };
    let [one, two] = [server.run(seeded(1)).await, server.run(seeded(2)).await];
    assert_eq!(stressed(&one).result_sha256, stressed(&two).result_sha256);
}

#[tokio::test]
async fn noise_delays_and_random_times_change_what_they_say_and_nothing_else() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let parts = [RobustnessPart::Noise, RobustnessPart::Delays, RobustnessPart::RandomEntries];
    let request = stress(crossing(), |spec| {
        spec.parts = parts.map(Into::into).to_vec();
        (spec.noise_count, spec.random_entry_count, spec.noise) = (30, 30, 0.05);
    });
    let status = server.run(request).await;
    let (result, variants) = (stressed(&status), server.variants(&status.run_id).await);
    let itself = &variants[0].metrics;
    let profit = |it: &&pb::Variant| it.metrics["net_profit"] > 0.0;

    let noise = of_part(&variants, RobustnessPart::Noise);
    assert_eq!((noise.len(), result.noise_count), (30, 30));
    assert_eq!(result.noise_with_profit as usize, noise.iter().filter(profit).count());
    assert!(noise.iter().all(|it| it.metrics["net_profit"] != itself["net_profit"]));

    let delays = of_part(&variants, RobustnessPart::Delays);
    assert!(delays.iter().map(|it| it.amount).eq([1.0, 2.0, 3.0, 5.0]));
    // It acts on the same crossings, only later.
    let trades = itself["trade_count"];
    assert!(delays.iter().all(|it| (it.metrics["trade_count"] - trades).abs() <= 1.0));
    assert!(delays.iter().all(|it| it.metrics["net_profit"] != itself["net_profit"]));

    // As often in the market, and as long.
    let random = of_part(&variants, RobustnessPart::RandomEntries);
    assert!(random.iter().all(|it| (it.metrics["trade_count"] - trades).abs() <= 1.0));
    let held = itself["exposure"];
    assert!(random.iter().all(|it| (it.metrics["exposure"] - held).abs() < 0.01), "{held}");
    let as_good = |it: &&pb::Variant| it.metrics["total_return"] >= itself["total_return"];
    let as_good = random.iter().filter(as_good).count() as i32;
    assert_eq!(result.random_entries_as_good, Some(as_good));
    let told = format!("at random times {as_good} earned as much.");
    assert!(result.sentence.ends_with(&told), "{}", result.sentence);
}

#[tokio::test]
async fn what_changes_bars_is_of_one_market_and_is_left_out_or_refused_elsewhere() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let both = changed(|spec| {
        let day = pb::Subscription { timeframe: "1d".into(), ..spec.subscriptions[0].clone() };
        spec.subscriptions.push(day);
    });
    let answer = server.submit(stress(both.clone(), few)).await;
    let about = |text: &str| answer.warnings.iter().filter(|it| it.contains(text)).count();
    assert_eq!(about("has 2 subscriptions"), 3, "{answer:?}");
    assert_eq!(stressed(&server.when_final(&answer.run_id).await).noise_count, 0);
    let asked = stress(both, |spec| spec.parts = vec![RobustnessPart::Noise.into()]);
    server.refusal(asked).await.assert_invalid(&["robustness.parts", "robustness.parts"]);
}

#[tokio::test]
async fn a_backtest_without_parameters_or_fees_is_told_so() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let held = over_hours(buy_and_hold().cash("100000").all_in());
    let answer = server.submit(stress(held.clone(), few)).await;
    let warned = |text: &str| answer.warnings.iter().any(|it| it.contains(text));
    assert!(warned("pays no commission") && warned("no neighbours"), "{answer:?}");
    let nothing = stress(held, |spec| spec.parts = vec![RobustnessPart::Neighbours.into()]);
    server.refusal(nothing).await.assert_invalid(&["robustness.parts"]);
}

#[tokio::test]
async fn all_faults_are_told_at_once_with_their_paths() {
    let server = TestServer::with(&Market::wavy(400)).await;
    let bad = stress(over_hours(sma_cross(9, 4)), |spec| {
        spec.base.as_mut().unwrap().subscriptions[0].timeframe = "1m".into();
        (spec.path_count, spec.neighbour_steps, spec.box_count) = (-1, 21, 1_001);
        (spec.start_shift_days, spec.box_steps) = (400, 30);
        spec.commission_factors = vec![1.0, -2.0, f64::NAN];
        spec.slippage_ticks = vec![3, -3];
        spec.ruin_levels = vec![0.5, 1.0];
        spec.parts = vec![1, 77];
        (spec.noise, spec.noise_count, spec.random_entry_count) = (1.5, 1_001, -2);
        spec.delay_bars = vec![1, 0];
    });
    let fields = [
        "base.params.fast",
        "box_count",
        "box_steps",
        "commission_factors[1]",
        "commission_factors[2]",
        "delay_bars[1]",
        "neighbour_steps",
        "noise",
        "noise_count",
        "parts[1]",
        "path_count",
        "random_entry_count",
        "ruin_levels[1]",
        "slippage_ticks[1]",
        "start_shift_days",
    ];
    let fields = fields.map(|field| format!("robustness.{field}"));
    let refusal = server.refusal(bad).await;
    refusal.assert_invalid(&fields.each_ref().map(String::as_str));
    let empty = pb::SubmitRequest {
        spec: Some(pb::submit_request::Spec::Robustness(pb::RobustnessSpec::default())),
        ..Default::default()
    };
    let refusal = server.refusal(empty).await;
    assert!(refusal.about("robustness.base.simulation.initial_cash").contains("required"));
}

#[tokio::test]
async fn fees_that_no_account_can_pay_are_refused_if_they_are_asked_for() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let dear = over_hours(sma_cross(12, 48).cash("100000").commission("0.3").all_in());
    let parts = vec![RobustnessPart::Costs.into()];
    let usual = server.run(stress(dear.clone(), |spec| spec.parts = parts)).await;
    let run = server.describe(&usual.run_id).await;
    let Some(pb::run::Spec::Robustness(spec)) = run.spec else { panic!("{run:?}") };
    assert_eq!(spec.commission_factors, [0.0, 0.5, 1.0, 2.0, 3.0]);
    let asked = stress(dear, |spec| spec.commission_factors = vec![4.0]);
    server.refusal(asked).await.assert_invalid(&["robustness.commission_factors"]);
}

#[tokio::test]
async fn too_few_days_have_no_paths_and_it_is_told() {
    let server = TestServer::with(&Market::wavy(400)).await;
    let short = over_hours(sma_cross(2, 5).commission("0.001"));
    let short = pb::BacktestSpec {
        subscriptions: vec![pb::Subscription {
            timeframe: "1m".into(),
            ..short.subscriptions[0].clone()
        }],
        ..short
    };
    let request = stress(short, |spec| {
        (spec.noise_count, spec.random_entry_count) = (3, 3);
    });
    let answer = server.submit(request).await;
    assert!(answer.warnings.iter().any(|it| it.contains("it takes 30")), "{answer:?}");
    let result = stressed(&server.when_final(&answer.run_id).await);
    assert_eq!((result.path_count, result.drawdown_p95, result.start_count), (0, None, 0));
    assert!(result.neighbour_count > 0);
}
