//! One client is never felt by the others: what a request may hold, and what a refusal may weigh.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use http::HeaderValue;
use prost_reflect::{DescriptorPool, Kind, MessageDescriptor};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;
use tradeforge::market::AUX_COLUMNS_MAX;
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use tradeforge::run::limits;
use tradeforge::trading::TARGETS_MAX;
use uuid::Uuid;

use crate::long_lists;
use crate::support::{
    Client, Market, Refusal as _, TestServer, aux, buy_and_hold, double, int, request, series,
    sma_cross, text,
};

/// The most bytes of message and details as sent; clients take 8 kB of headers, names included.
const SENT_BYTES_MAX: usize = 6_000;

/// Every repeated field that a client can fill, with the most items it takes. A new one needs a
/// limit in `src/run/limits.rs`, a line here, and a case below.
const LIMITED: [(&str, usize); 36] = [
    ("google.protobuf.FieldMask.paths", limits::UPDATE_PATHS_MAX),
    ("tradeforge.v1.AuxSpec.columns", AUX_COLUMNS_MAX),
    ("tradeforge.v1.BacktestSpec.aux", limits::AUX_MAX),
    ("tradeforge.v1.BacktestSpec.params", limits::PARAMS_MAX),
    ("tradeforge.v1.BacktestSpec.schedule", limits::CHANGES_MAX),
    ("tradeforge.v1.BacktestSpec.subscriptions", limits::SUBSCRIPTIONS_MAX),
    ("tradeforge.v1.Exits.take_profits", TARGETS_MAX),
    ("tradeforge.v1.ExportBarsRequest.columns", limits::COLUMNS_MAX),
    ("tradeforge.v1.ExportEquityRequest.columns", limits::COLUMNS_MAX),
    ("tradeforge.v1.ExportTradesRequest.columns", limits::COLUMNS_MAX),
    ("tradeforge.v1.ExportTrialsRequest.columns", limits::COLUMNS_MAX),
    ("tradeforge.v1.ExportWindowTrialsRequest.columns", limits::COLUMNS_MAX),
    ("tradeforge.v1.GetDistributionsRequest.columns", limits::COLUMNS_MAX),
    ("tradeforge.v1.GetRuleValuesRequest.names", limits::RULE_NAMES_MAX),
    ("tradeforge.v1.Hook.event_types", limits::HOOK_EVENTS_MAX),
    ("tradeforge.v1.ListParetoTrialsRequest.objectives", limits::FRONT_OBJECTIVES_MAX),
    ("tradeforge.v1.OptimizationSpec.axes", AXES_MAX),
    ("tradeforge.v1.OptimizationSpec.constraints", limits::CONSTRAINTS_MAX),
    ("tradeforge.v1.OptimizationSpec.more_objectives", limits::MORE_OBJECTIVES_MAX),
    ("tradeforge.v1.OptimizationSpec.param_constraints", limits::PARAM_CONSTRAINTS_MAX),
    ("tradeforge.v1.OptimizationSpec.subscription_axis", limits::SUBSCRIPTION_AXIS_MAX),
    ("tradeforge.v1.ParamChange.params", limits::PARAMS_MAX),
    ("tradeforge.v1.Point.params", AXES_MAX),
    ("tradeforge.v1.PointList.points", limits::POINTS_MAX),
    ("tradeforge.v1.RobustnessSpec.commission_factors", limits::STRESSES_MAX),
    ("tradeforge.v1.RobustnessSpec.delay_bars", limits::STRESSES_MAX),
    ("tradeforge.v1.RobustnessSpec.parts", limits::STRESSES_MAX),
    ("tradeforge.v1.RobustnessSpec.ruin_levels", limits::STRESSES_MAX),
    ("tradeforge.v1.RobustnessSpec.slippage_ticks", limits::STRESSES_MAX),
    ("tradeforge.v1.SeriesSpec.columns", limits::SERIES_COLUMNS_MAX),
    ("tradeforge.v1.Simulation.instruments", limits::INSTRUMENT_TERMS_MAX),
    ("tradeforge.v1.SubmitRequest.labels", limits::LABELS_MAX),
    ("tradeforge.v1.UpdateRunRequest.labels", limits::LABELS_MAX),
    ("tradeforge.v1.ValueList.values", limits::LISTED_VALUES_MAX),
    ("tradeforge.v1.WatchRunsRequest.run_ids", limits::WATCHED_RUNS_MAX),
    ("tradeforge.v1.WatchTrialsRequest.columns", limits::COLUMNS_MAX),
];
/// A setting; this is its default.
const AXES_MAX: usize = 16;

#[test]
fn every_repeated_field_of_every_request_has_a_limit() {
    let pool = DescriptorPool::decode(pb::DESCRIPTORS).expect("descriptors");
    let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
    for service in pool.services().filter(|it| it.full_name().starts_with("tradeforge.")) {
        for method in service.methods() {
            repeated(&method.input(), &mut found, &mut seen);
        }
    }
    assert_eq!(found, LIMITED.iter().map(|(name, _)| (*name).to_owned()).collect());
}

fn repeated(
    message: &MessageDescriptor,
    found: &mut BTreeSet<String>,
    seen: &mut BTreeSet<String>,
) {
    if !seen.insert(message.full_name().to_owned()) {
        return;
    }
    for field in message.fields() {
        if field.is_list() || field.is_map() {
            found.insert(field.full_name().to_owned());
        }
        if let Kind::Message(inner) = field.kind() {
            repeated(&inner, found, seen);
        }
    }
}

fn limit_of(field: &str) -> usize {
    let known = LIMITED.iter().find(|(name, _)| name.ends_with(field));
    known.unwrap_or_else(|| panic!("{field} is limited")).1
}

/// So many submissions, each with one list too long, and the path that says so.
fn too_long() -> Vec<(&'static str, &'static str, pb::SubmitRequest)> {
    let search = || sma_cross(5, 20).sweep().over("fast", 2, 3, 1);
    let name = |index: usize| format!("x{index}");
    let over = |field: &str| 0..=limit_of(field);
    let params = over("BacktestSpec.params").map(|index| (name(index), int(1)));
    let labels = over("labels").map(|index| (name(index), String::new()));
    let symbols: Vec<String> = over("subscription_axis").map(name).collect();
    let symbols: Vec<&str> = symbols.iter().map(String::as_str).collect();
    let values = over("values").map(|index| int(index as i64)).collect();
    let mut many = buy_and_hold();
    for index in 1..=limit_of("subscriptions") {
        many = many.also_on(&name(index));
    }
    let axes =
        over("axes").fold(sma_cross(5, 20).sweep(), |it, index| it.over(&name(index), 1, 2, 1));
    let bound =
        |_| pb::Constraint { metric: "sharpe".into(), min_value: Some(0.0), max_value: None };
    let rule = |_| pb::ParamConstraint {
        left: "fast".into(),
        op: pb::Comparison::Less.into(),
        right: Some(pb::param_constraint::Right::Param("slow".into())),
    };
    let target = |_| pb::TakeProfit {
        distance: Some(pb::Distance { kind: Some(pb::distance::Kind::Ticks("5".into())) }),
        portion: String::new(),
    };
    vec![
        ("BacktestSpec.params", "backtest.params", {
            let mut work: pb::SubmitRequest = buy_and_hold().into();
            let Some(pb::submit_request::Spec::Backtest(spec)) = &mut work.spec else { panic!() };
            spec.params.extend(params);
            work
        }),
        ("BacktestSpec.aux", "backtest.aux", {
            let mut work: pb::SubmitRequest = buy_and_hold().into();
            let Some(pb::submit_request::Spec::Backtest(spec)) = &mut work.spec else { panic!() };
            spec.aux = over("BacktestSpec.aux").map(|_| pb::AuxSubscription::default()).collect();
            work
        }),
        ("subscriptions", "backtest.subscriptions", many.into()),
        ("take_profits", "backtest.simulation.exits.take_profits", {
            let all = over("take_profits").map(target).collect();
            buy_and_hold()
                .simulation(|it| it.exits.get_or_insert_default().take_profits = all)
                .into()
        }),
        ("Simulation.instruments", "backtest.simulation.instruments", {
            let none = vec![pb::InstrumentTerms::default(); limit_of("Simulation.instruments") + 1];
            buy_and_hold().simulation(|it| it.instruments = none).into()
        }),
        ("axes", "optimization.axes", axes.into()),
        ("subscription_axis", "optimization.subscription_axis", search().on_each(&symbols).into()),
        ("constraints", "optimization.constraints", {
            let all = over("OptimizationSpec.constraints").map(bound).collect();
            search().spec(|spec| spec.constraints = all).into()
        }),
        ("param_constraints", "optimization.param_constraints", {
            let all = over("param_constraints").map(rule).collect();
            search().spec(|spec| spec.param_constraints = all).into()
        }),
        ("values", "optimization.axes[1].values", search().over_values("slow", values).into()),
        ("labels", "labels", buy_and_hold().request(|it| it.labels.extend(labels)).into()),
    ]
}

#[tokio::test]
async fn a_submission_with_one_item_too_many_is_told_which_list_and_how_many_it_takes() {
    let server = TestServer::with(&Market::wavy(100)).await;
    for (list, path, work) in too_long().into_iter().chain(long_lists::of_searches()) {
        let refused = server.refusal(work).await;
        let about = refused.about(path);
        let field = LIMITED.iter().find(|(name, _)| name.ends_with(list)).expect("limited");
        assert!(
            about.starts_with(&format!("at most {} are taken", field.1)),
            "{path}: {refused:?}"
        );
        assert_light(&refused);
    }
}

#[tokio::test]
async fn lists_of_other_requests_have_limits_too() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let id = Uuid::now_v7().to_string();
    let run_ids = vec![id; limit_of("run_ids") + 1];
    let watch = pb::WatchRunsRequest { run_ids, ..Default::default() };
    let refused = server.runs().watch_runs(watch).await.unwrap_err();
    assert!(refused.about("run_ids").starts_with("at most 1000 are taken"), "{refused:?}");

    let search = sma_cross(5, 20).sweep().over("fast", 2, 3, 1);
    let run_id = server.run(search).await.run_id;
    let columns = vec!["x".repeat(50); limit_of("ExportTrialsRequest.columns") + 1];
    let export = pb::ExportTrialsRequest { run_id: run_id.clone(), columns, ..Default::default() };
    let equity = pb::ExportEquityRequest {
        run_id: run_id.clone(),
        trial_index: Some(0),
        columns: export.columns.clone(),
    };
    let trades = pb::ExportTradesRequest {
        run_id: run_id.clone(),
        trial_index: Some(0),
        columns: export.columns.clone(),
    };
    let searched = run_id.clone();
    let watch =
        pb::WatchTrialsRequest { run_id, columns: export.columns.clone(), after_cursor: None };
    for refused in [
        server.results().export_trials(export).await.unwrap_err(),
        server.results().watch_trials(watch).await.unwrap_err(),
        server.results().export_equity(equity).await.unwrap_err(),
        server.results().export_trades(trades).await.unwrap_err(),
    ] {
        assert!(refused.about("columns").starts_with("at most 1000 are taken"), "{refused:?}");
        assert_light(&refused);
        assert!(refused.message().contains(" more"), "{}", refused.message());
    }

    let objectives = vec![pb::Objective::default(); limit_of("objectives") + 1];
    let pareto = pb::ListParetoTrialsRequest { run_id: searched, objectives, ..Default::default() };
    let refused = server.results().list_pareto_trials(pareto).await.unwrap_err();
    assert!(refused.about("objectives").starts_with("at most 3 are taken"), "{refused:?}");

    let columns =
        (0..=limit_of("SeriesSpec.columns")).map(|index| (format!("x{index}"), "y".into()));
    let spec = pb::SeriesSpec { columns: columns.collect(), ..series("MANY") };
    let content = Source::Content(Market::rising(10).csv().into_bytes());
    let refused = server.import_from(spec, content).await.unwrap_err();
    assert!(refused.about("series.columns").starts_with("at most 64 are taken"), "{refused:?}");

    let columns = (0..=AUX_COLUMNS_MAX).map(|index| (format!("x{index}"), "y".into()));
    let spec = pb::AuxSpec { columns: columns.collect(), ..aux("many") };
    let refused = server.import_aux(spec, "known_at,x\n2024-01-01,1\n").await.unwrap_err();
    let taken = format!("at most {AUX_COLUMNS_MAX} are taken");
    assert!(refused.about("aux.columns").starts_with(&taken), "{refused:?}");
}

#[tokio::test]
async fn the_limits_themselves_are_taken() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let values = (0..limits::LISTED_VALUES_MAX).map(|index| double(index as f64 / 1e3)).collect();
    let work = crate::support::rsi_reversion(20.0, 80.0).sweep().over_values("oversold", values);
    let work = work.request(|request| request.validate_only = true);
    assert_eq!(server.submit(work).await.total, limits::LISTED_VALUES_MAX as i64);
}

/// What the refusal weighs in headers, as any server would send it.
#[track_caller]
fn assert_light(refused: &Status) {
    let percent =
        |byte: u8| if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) { 1 } else { 3 };
    let message: usize = refused.message().bytes().map(percent).sum();
    // Counted as if all but letters were encoded, which is more than is.
    let details = refused.details().len().div_ceil(3) * 4;
    assert!(details < SENT_BYTES_MAX && message < 2 * SENT_BYTES_MAX, "{message} + {details}");
    let sent = refused.clone().into_http::<Vec<u8>>();
    let length = |name: &str| sent.headers().get(name).map_or(0, HeaderValue::len);
    let total = length("grpc-message") + length("grpc-status-details-bin");
    assert!(total <= SENT_BYTES_MAX, "{total} bytes");
}

#[tokio::test]
async fn a_refusal_of_hundreds_of_faults_tells_the_first_and_how_many_more_there_are() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let nonsense = |index: usize| pb::ParamConstraint {
        left: format!("no_parameter_{index}"),
        op: 17,
        right: None,
    };
    let work = sma_cross(5, 20).sweep().over("fast", 2, 3, 1);
    let work = work.spec(|spec| spec.param_constraints = (0..400).map(nonsense).collect());
    let refused = server.refusal(work.clone()).await;
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::InvalidArgument, "INVALID_SPEC")
    );
    assert_light(&refused);
    let told = refused.get_details_bad_request().expect("fields").field_violations.len();
    assert!(told >= 10, "{told}");
    assert!(refused.message().contains("; and "), "{}", refused.message());
    assert!(refused.message().ends_with(" more"), "{}", refused.message());
    assert!(server.run(sma_cross(2, 5)).await.end_time.is_some());
}

#[tokio::test]
async fn texts_of_a_caller_are_cut_wherever_a_refusal_repeats_them() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let long = "ab".repeat(10_000);
    let works: Vec<pb::SubmitRequest> = vec![
        buy_and_hold().strategy(&long).into(),
        buy_and_hold().on(&long).into(),
        buy_and_hold().cash(&long).into(),
        buy_and_hold().param(&long, int(1)).into(),
        sma_cross(2, 5).param("direction", text(&long)).into(),
        buy_and_hold().pinned(&long).into(),
        buy_and_hold().request(|it| it.request_id.clone_from(&long)).into(),
        buy_and_hold().request(|it| _ = it.labels.insert(long.clone(), long.clone())).into(),
        sma_cross(2, 5).sweep().over(&long, 1, 2, 1).into(),
        sma_cross(2, 5).sweep().where_less(&long, &long).into(),
        sma_cross(2, 5)
            .sweep()
            .spec(|spec| {
                spec.objective = Some(pb::Objective { metric: long.clone(), ..Default::default() });
            })
            .into(),
    ];
    for work in works {
        assert_excerpt(&server.refusal(work).await);
    }
    for refused in refusals_of_texts(&server, &long).await {
        assert_excerpt(&refused);
    }
}

async fn refusals_of_texts(client: &Client, long: &str) -> Vec<Status> {
    let run_id = client.run(sma_cross(5, 20).sweep().over("fast", 2, 3, 1)).await.run_id;
    let list = |filter: &str, order_by: &str| pb::ListTrialsRequest {
        run_id: run_id.clone(),
        filter: filter.into(),
        order_by: order_by.into(),
        ..Default::default()
    };
    let (mut results, mut runs) = (client.results(), client.runs());
    let word = &long[..3_000];
    vec![
        client.try_status(long, None).await.unwrap_err(),
        results.list_trials(list(&format!("{word} = 1"), "")).await.unwrap_err(),
        results.list_trials(list(&format!("state = {word}"), word)).await.unwrap_err(),
        results.list_trials(list(long, "")).await.unwrap_err(),
        runs.list_runs(pb::ListRunsRequest {
            filter: format!("x.{word} = 1"),
            ..Default::default()
        })
        .await
        .unwrap_err(),
        runs.list_runs(pb::ListRunsRequest { order_by: word.into(), ..Default::default() })
            .await
            .unwrap_err(),
        client.import_from(series("X"), Source::ServerPath(long.into())).await.unwrap_err(),
    ]
}

#[track_caller]
fn assert_excerpt(refused: &Status) {
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    assert!(!refused.message().contains(&"ab".repeat(52)), "{}", refused.message());
    assert_light(refused);
}

#[tokio::test]
async fn over_http_a_refusal_weighs_no_more() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let mut query = format!("{}=1", "y".repeat(2_000));
    for index in 0..800 {
        _ = write!(query, "&column.{index}=z");
    }
    for head in [
        format!("PUT /import?{query} HTTP/1.1"),
        format!("GET /export/runs/{}/trials.csv?{query} HTTP/1.1", Uuid::now_v7()),
    ] {
        let answer = request(server.url(), &head, b"").await;
        assert!((400..500).contains(&answer.status), "{answer:?}");
        assert!(answer.body.len() <= SENT_BYTES_MAX + 1, "{}", answer.body.len());
        let message = answer.json()["error"]["message"].as_str().expect("a message").to_owned();
        assert!(message.contains(" more"), "{message}");
        assert!(!message.contains(&"y".repeat(102)), "{message}");
    }
}

#[tokio::test]
async fn a_uuid_of_any_version_that_no_run_has_is_not_found() {
    let server = TestServer::start().await;
    for id in [Uuid::now_v7().to_string(), "9b2d5c0e-4a57-4f0f-8a61-2f1f0c6d7e11".to_owned()] {
        let refused = server.try_status(&id, None).await.unwrap_err();
        assert_eq!((refused.code(), refused.reason().as_str()), (Code::NotFound, "RUN_NOT_FOUND"));
        assert_eq!(refused.resource(), id);
        let refused = server.try_cancel(&id).await.unwrap_err();
        assert_eq!(refused.code(), Code::NotFound);
    }
    for id in ["", "9b2d5c0e-4a57-4f0f-8a61", "9B2D5C0E-4A57-4F0F-8A61-2F1F0C6D7E11"] {
        let refused = server.try_status(id, None).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{id:?}");
    }
}

#[tokio::test]
async fn no_message_has_a_question_mark_that_some_clients_leave_encoded() {
    let server = TestServer::with(&Market::wavy(100)).await;
    let works: [pb::SubmitRequest; 2] = [
        buy_and_hold().strategy("buy_and_hodl").into(),
        sma_cross(2, 5).param("fats", int(3)).into(),
    ];
    for work in works {
        let refused = server.refusal(work).await.message().to_owned();
        assert!(refused.contains("did you mean") && !refused.contains('?'), "{refused}");
    }
}
