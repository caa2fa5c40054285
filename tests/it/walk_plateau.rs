//! Walk-forwards that choose a plateau before a lone peak.

use tradeforge::pb::optimization_spec::Search;
use tradeforge::pb::{self, Smoothing};

use crate::support::{
    Refusal as _, TestServer, again, import_hours, rolling, searched, twelve, walk, walked,
};

fn smoothed(search: pb::OptimizationSpec, smoothing: Smoothing) -> pb::SubmitRequest {
    let mut request = walk(search, rolling());
    if let Some(pb::submit_request::Spec::WalkForward(spec)) = &mut request.spec {
        spec.smoothing = smoothing.into();
    }
    request
}

/// The trial whose neighbourhood has the highest median, the first of equal ones.
fn by_hand(trials: &[pb::TrialSummary]) -> i64 {
    // Four places of fast, three of slow.
    let place = |trial: &pb::TrialSummary| (trial.trial_index / 3, trial.trial_index % 3);
    let mut best: Option<(f64, i64)> = None;
    for own in trials {
        let mut near: Vec<f64> = trials
            .iter()
            .filter(|other| {
                let (own, other) = (place(own), place(other));
                own.0.abs_diff(other.0) <= 1 && own.1.abs_diff(other.1) <= 1
            })
            .filter_map(|other| other.objective_value)
            .collect();
        near.sort_by(f64::total_cmp);
        let middle = f64::midpoint(near[(near.len() - 1) / 2], near[near.len() / 2]);
        if best.is_none_or(|(most, _)| middle > most) {
            best = Some((middle, own.trial_index));
        }
    }
    best.expect("trials").1
}

#[tokio::test]
async fn each_window_chooses_the_middle_of_its_highest_plateau() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let (status, windows) = server.walk(smoothed(twelve(), Smoothing::Median)).await;
    let spec = server.walk_spec(&status.run_id).await;
    assert_eq!(spec.smoothing(), Smoothing::Median);
    let search = spec.search.clone().unwrap();
    for window in &windows {
        let mut inside = search.clone();
        inside.base.get_or_insert_default().time_range = window.in_sample;
        let run_id = server.run(searched(inside)).await.run_id;
        let trials = server.trials(&run_id).await;
        let selected = window.selected_trial.unwrap();
        assert_eq!(selected, by_hand(&trials));
        let own = &trials[selected as usize];
        assert_eq!(window.in_sample_objective, own.objective_value, "what it had itself");
        assert_eq!(window.in_sample_metrics, own.metrics);
    }
    let (plain, peaks) = server.walk(smoothed(twelve(), Smoothing::None)).await;
    let chosen = |windows: &[pb::Window]| -> Vec<_> {
        windows.iter().map(|window| window.selected_trial).collect()
    };
    assert_ne!(chosen(&windows), chosen(&peaks), "some peak stands alone");
    assert_ne!(walked(&status).result_sha256, walked(&plain).result_sha256);
    let unsaid = server.submit(walk(twelve(), rolling())).await;
    assert_eq!(unsaid.run_key, server.describe(&plain.run_id).await.run_key, "NONE is usual");
    let (twice, _) = server.walk(again(smoothed(twelve(), Smoothing::Median))).await;
    assert_eq!(walked(&twice).result_sha256, walked(&status).result_sha256);
}

#[tokio::test]
async fn a_plateau_needs_neighbours() {
    let server = TestServer::start().await;
    import_hours(&server).await;
    let random = Search::Random(pb::RandomSearch { trial_count: 4, seed: 1 });
    let drawn = pb::OptimizationSpec { search: Some(random), ..twelve() };
    let refusal = server.refusal(smoothed(drawn, Smoothing::Median)).await;
    refusal.assert_invalid(&["walk_forward.smoothing"]);
    let mut odd = smoothed(twelve(), Smoothing::None);
    if let Some(pb::submit_request::Spec::WalkForward(spec)) = &mut odd.spec {
        spec.smoothing = 3;
    }
    server.refusal(odd).await.assert_invalid(&["walk_forward.smoothing"]);
}
