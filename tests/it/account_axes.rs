//! Axes over numbers of the account: exits, sizes and costs, by their path.

use tradeforge::pb::{self, distance, sizing};

use crate::support::{Market, Refusal as _, Sweep, TestServer, Work, double, int, sma_cross};

const TRAIL: &str = "exits.trailing_stop.distance.percent";
const COSTS: &str = "simulation.commission_rate";

fn swept(work: Work) -> Sweep {
    work.sweep()
        .over("fast", 3, 5, 1)
        .over_decimals(TRAIL, 0.0, 0.02, 0.005)
        .over_values(COSTS, vec![double(0.0), double(0.001)])
}

fn number(trial: &pb::TrialSummary, name: &str) -> f64 {
    match trial.params[name].kind {
        Some(pb::param_value::Kind::IntValue(number)) => number as f64,
        Some(pb::param_value::Kind::DoubleValue(number)) => number,
        ref other => panic!("{name} is {other:?}"),
    }
}

fn percent(fraction: f64) -> pb::Distance {
    pb::Distance { kind: Some(distance::Kind::Percent(fraction.to_string())) }
}

#[tokio::test]
async fn each_trial_is_the_backtest_with_its_account() {
    let server = TestServer::with(&Market::wavy(400)).await;
    let run = server.run(swept(sma_cross(3, 20).all_in())).await;
    let trials = server.trials(&run.run_id).await;
    assert_eq!(trials.len(), 30);
    let mut ends = Vec::new();
    for trial in &trials {
        let alone = sma_cross(number(trial, "fast") as i64, 20).all_in().simulation(|account| {
            account.commission_rate = number(trial, COSTS).to_string();
            let distance = Some(percent(number(trial, TRAIL)));
            let stop = pb::TrailingStop { distance, ..Default::default() };
            account.exits.get_or_insert_default().trailing_stop = Some(stop);
        });
        let alone = server.result(alone).await;
        assert_eq!(alone.metrics, trial.metrics, "{:?}", trial.params);
        let (trades, curve) = server.replay(&run.run_id, Some(trial.trial_index)).await;
        let closed = trades.iter().filter(|trade| trade.exit_time.is_some()).count();
        assert_eq!(closed as f64, alone.metrics["trade_count"]);
        let last = *curve.equity.last().expect("a curve has a point");
        assert_eq!(last, alone.metrics["final_equity"]);
        ends.push(last);
    }
    ends.sort_unstable_by(f64::total_cmp);
    ends.dedup();
    assert!(ends.len() > 12, "the axes change what comes out: {ends:?}");
}

#[tokio::test]
async fn what_the_account_has_at_a_swept_place_is_no_part_of_the_work() {
    let server = TestServer::with(&Market::wavy(200)).await;
    let fraction = |text: &str| {
        let kind = sizing::Kind::EquityFraction(text.into());
        sma_cross(3, 20).simulation(|it| it.sizing = Some(pb::Sizing { kind: Some(kind) }))
    };
    let search = |work: Work| work.sweep().over_decimals("sizing.equity_fraction", 0.5, 1.0, 0.25);
    let run = server.run(search(fraction("0.9"))).await;
    let other = search(fraction("0.1")).request(|it| {
        it.reuse_policy = pb::ReusePolicy::ReuseCompleted.into();
    });
    assert_eq!(server.submit(other).await.run_id, run.run_id);
    let trials = server.trials(&run.run_id).await;
    let fees = |index: usize| trials[index].metrics["final_equity"];
    assert!(fees(0) != fees(1) && fees(1) != fees(2));
}

#[tokio::test]
async fn trials_are_listed_and_ordered_by_a_path() {
    let server = TestServer::with(&Market::wavy(200)).await;
    let run = server.run(swept(sma_cross(3, 20))).await;
    let some = async |filter: &str| {
        let found = server.trials_where(&run.run_id, filter, &format!("params.{TRAIL} desc")).await;
        found.unwrap().iter().map(|trial| number(trial, TRAIL)).collect::<Vec<_>>()
    };
    let found = some(&format!("params.{TRAIL} >= 0.015 AND {COSTS} = 0.001")).await;
    assert_eq!(found, [0.02, 0.02, 0.02, 0.015, 0.015, 0.015]);
    let refusal = server.trials_where(&run.run_id, "params.exits.max_bars > 1", "").await;
    assert!(refusal.unwrap_err().message().contains(TRAIL));
}

#[tokio::test]
async fn what_cannot_be_swept_is_refused_with_what_could() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let refused = async |search: Sweep, field: &str| {
        let refusal = server.refusal(search).await;
        refusal.assert_invalid(&[field]);
        refusal.about(field)
    };
    let sweep = || sma_cross(3, 20).sweep().over("slow", 20, 30, 10);
    let name = "optimization.axes[1].name";
    let said = refused(sweep().over("exits.stop_los.percent", 0, 1, 1), name).await;
    assert!(said.contains("did you mean \"exits.stop_loss.percent\"?"), "{said}");
    let said = refused(sweep().over("commission_rate", 0, 1, 1), name).await;
    assert!(said.contains("simulation.commission_rate"), "{said}");
    let said = refused(
        sweep().over_decimals("exits.trailing_stop.activation.percent", 0.1, 0.2, 0.1),
        name,
    )
    .await;
    assert!(said.contains("needs exits.trailing_stop.distance"), "{said}");
    let said = refused(sweep().over("sizing.fixed_notional", 100, 200, 100), name).await;
    assert!(said.contains("where fixed_quantity is given"), "{said}");
    let said = refused(sweep().over("exits.take_profits[1].distance.ticks", 1, 2, 1), name).await;
    assert!(said.contains("needs exits.take_profits[0]"), "{said}");
    let first = "optimization.axes[1].double_range.max_value";
    let said = refused(sweep().over_decimals(TRAIL, 0.5, 1.0, 0.25), first).await;
    assert!(said.contains("must be at least 0 and below 1 but is 1"), "{said}");
    let values = "optimization.axes[1].values";
    let said = refused(sweep().over_values("exits.max_bars", vec![double(1.5)]), values).await;
    assert!(said.contains("whole number"), "{said}");
    let two = sweep().over("exits.stop_loss.ticks", 1, 2, 1).over_decimals(
        "exits.stop_loss.percent",
        0.1,
        0.2,
        0.1,
    );
    assert!(refused(two, name).await.contains("where the distance is percent 0.1"));
}

#[tokio::test]
async fn a_value_that_makes_no_account_fails_its_trial_alone() {
    let server = TestServer::with(&Market::wavy(200)).await;
    let values = vec![double(1.0), double(0.123_456_789)];
    let search = sma_cross(3, 20).sweep().over_values("sizing.fixed_quantity", values);
    let run = server.run(search.over_values("fast", vec![int(3), int(4)])).await;
    let trials = server.trials(&run.run_id).await;
    let reasons: Vec<_> =
        trials.iter().map(|trial| trial.error.as_ref().map(|it| it.reason.as_str())).collect();
    assert_eq!(reasons, [None, None, Some("SIMULATION_INVALID"), Some("SIMULATION_INVALID")]);
}
