//! What a submission is told before anything is computed: how many trials it makes, and how long
//! they may take.

use tradeforge::pb;

use crate::support::{Client, Home, Market, TestServer, buy_and_hold, int, sma_cross};

#[tokio::test]
async fn a_random_search_that_finds_too_few_trials_is_drawn_on_and_says_what_it_lacks() {
    let server = TestServer::with(&Market::wavy(10)).await;
    let below = |most: i64| pb::ParamConstraint {
        left: "slow".into(),
        op: pb::Comparison::Less.into(),
        right: Some(pb::param_constraint::Right::Value(int(most))),
    };
    let search = |trials: i64, most: i64| {
        let sweep = sma_cross(1, 1).sweep().over("fast", 1, 4_000, 1).over("slow", 1, 4_000, 1);
        let sweep = sweep.random(trials, 7).request(|request| request.validate_only = true);
        sweep.spec(|spec| spec.param_constraints.push(below(most)))
    };
    // One in 500 of 16,000,000 is kept: 30,000 are all but 6,000,000 can have.
    let answer = server.submit(search(30_000, 9)).await;
    assert!((11_000..13_000).contains(&answer.total), "{answer:?}");
    let said = format!(
        "the search makes {} of the 30000 trials asked for: no more of 6000000 combinations drawn \
         keep the constraints",
        answer.total
    );
    assert_eq!(answer.warnings, [said]);
    let enough = server.submit(search(100, 9)).await;
    assert_eq!((enough.total, enough.warnings), (100, Vec::new()));
}

#[tokio::test]
async fn a_random_search_of_more_trials_than_there_are_says_so() {
    let server = TestServer::with(&Market::wavy(10)).await;
    let search = sma_cross(5, 20).sweep().over("fast", 2, 4, 1).random(9, 7);
    let answer = server.submit(search.request(|request| request.validate_only = true)).await;
    assert_eq!(answer.total, 3);
    let said = "the search makes 3 of the 9 trials asked for: there are no more combinations";
    assert_eq!(answer.warnings, [said]);
}

#[tokio::test]
async fn how_long_work_may_take_is_unknown_until_such_work_was_done_and_known_after_a_restart() {
    let server = Home::new().serve().await;
    server.import(&Market::wavy(2_000)).await;
    let search = || sma_cross(1, 1).sweep().over("fast", 2, 9, 1).over("slow", 20, 50, 1);
    let asked = async |client: &Client| {
        let backtest = client.submit(sma_cross(2, 5).validate_only()).await;
        let search = client.submit(search().request(|it| it.validate_only = true)).await;
        [backtest, search].map(|it| (it.estimated_duration.is_some(), it.bars_per_second.is_some()))
    };
    let (known, unknown) = ((true, true), (false, false));
    assert_eq!(asked(&server).await, [unknown, unknown]);
    server.run(sma_cross(3, 7)).await;
    assert_eq!(asked(&server).await, [known, unknown]);
    server.run(search()).await;
    assert_eq!(asked(&server).await, [known, known]);
    let bred = search().request(|it| it.validate_only = true).spec(|spec| {
        let genetic = pb::GeneticSearch { trial_count: 64, seed: 1, batch: 0 };
        spec.search = Some(pb::optimization_spec::Search::Genetic(genetic));
    });
    let bred = server.submit(bred).await;
    assert!(bred.estimated_duration.is_some(), "its trials go by columns too");
    let other = server.submit(buy_and_hold().validate_only()).await;
    assert_eq!(other.estimated_duration, None, "of another strategy nothing is known");
    let server = server.kill().serve().await;
    assert_eq!(asked(&server).await, [known, known]);
}
