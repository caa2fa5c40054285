//! Which call of the contract answers to which verb and path. A call without a line here answers to
//! `POST /v1/SERVICE/METHOD`, as all do.

use http::Method;
use serde_json::Map;
use serde_json::Value;

use crate::json::Call;

/// A verb, a path and the call: `{name}` is a field, and the body tells of the others where there
/// is one, else the query does.
pub(super) struct Rule {
    pub verb: Method,
    pub path: &'static str,
    pub service: &'static str,
    pub method: &'static str,
}

const fn rule(
    verb: Method,
    path: &'static str,
    service: &'static str,
    method: &'static str,
) -> Rule {
    Rule { verb, path, service, method }
}

const RUNS: &str = "RunService";
const RESULTS: &str = "ResultService";
const DATA: &str = "MarketDataService";
const STRATEGIES: &str = "StrategyService";
const ACCESS: &str = "AccessService";
const BUNDLES: &str = "BundleService";
const HOOKS: &str = "HookService";

/// In the order in which they are tried: those with a word behind a colon before those without.
pub(super) static RULES: &[Rule] = &[
    rule(Method::GET, "/v1/runs:watch", RUNS, "WatchRuns"),
    rule(Method::POST, "/v1/runs:cancel", RUNS, "CancelRuns"),
    rule(Method::POST, "/v1/runs:delete", RUNS, "DeleteRuns"),
    rule(Method::POST, "/v1/runs", RUNS, "Submit"),
    rule(Method::GET, "/v1/runs", RUNS, "ListRuns"),
    rule(Method::GET, "/v1/runs/{run_id}:watch", RUNS, "WatchProgress"),
    rule(Method::POST, "/v1/runs/{run_id}:cancel", RUNS, "Cancel"),
    rule(Method::POST, "/v1/runs/{run_id}:pause", RUNS, "Pause"),
    rule(Method::POST, "/v1/runs/{run_id}:resume", RUNS, "Resume"),
    rule(Method::GET, "/v1/runs/{run_id}", RUNS, "GetRun"),
    rule(Method::PATCH, "/v1/runs/{run_id}", RUNS, "UpdateRun"),
    rule(Method::DELETE, "/v1/runs/{run_id}", RUNS, "DeleteRun"),
    rule(Method::GET, "/v1/runs/{run_id}/status", RUNS, "GetStatus"),
    rule(Method::GET, "/v1/runs/{run_id}/trials:watch", RESULTS, "WatchTrials"),
    rule(Method::GET, "/v1/runs/{run_id}:export", BUNDLES, "ExportRun"),
    rule(Method::GET, "/v1/runs/{run_id}/trials:export", RESULTS, "ExportTrials"),
    rule(Method::POST, "/v1/runs/{run_id}/trials:pareto", RESULTS, "ListParetoTrials"),
    rule(Method::GET, "/v1/runs/{run_id}/trials", RESULTS, "ListTrials"),
    rule(Method::GET, "/v1/runs/{run_id}/trials/{trial_index}", RESULTS, "GetTrial"),
    rule(Method::GET, "/v1/runs/{run_id}/failures", RESULTS, "ListFailureGroups"),
    rule(Method::GET, "/v1/runs/{run_id}/equity:export", RESULTS, "ExportEquity"),
    rule(Method::GET, "/v1/runs/{run_id}/equity", RESULTS, "GetEquityCurve"),
    rule(Method::GET, "/v1/runs/{run_id}/trades:export", RESULTS, "ExportTrades"),
    rule(Method::GET, "/v1/runs/{run_id}/trades", RESULTS, "ListTrades"),
    rule(Method::GET, "/v1/runs/{run_id}/trades/{trade_index}/fills", RESULTS, "ListFills"),
    rule(Method::GET, "/v1/runs/{run_id}/instruments", RESULTS, "ListInstruments"),
    rule(Method::GET, "/v1/runs/{run_id}/report", RESULTS, "GetReport"),
    rule(Method::GET, "/v1/runs/{run_id}/distributions", RESULTS, "GetDistributions"),
    rule(
        Method::GET,
        "/v1/runs/{run_id}/windows/{window_index}/trials:export",
        RESULTS,
        "ExportWindowTrials",
    ),
    rule(Method::GET, "/v1/runs/{run_id}/windows", RESULTS, "ListWindows"),
    rule(Method::GET, "/v1/runs/{run_id}/variants", RESULTS, "ListVariants"),
    rule(Method::GET, "/v1/runs/{run_id}/values", RESULTS, "GetRuleValues"),
    rule(Method::GET, "/v1/ledger", RESULTS, "ListLedger"),
    rule(Method::GET, "/v1/series:bars", DATA, "GetBars"),
    rule(Method::GET, "/v1/series:export", DATA, "ExportBars"),
    rule(Method::GET, "/v1/series", DATA, "ListSeries"),
    rule(Method::POST, "/v1/series", DATA, "ImportBars"),
    rule(Method::DELETE, "/v1/series/{data_sha256}", DATA, "DeleteSeries"),
    rule(Method::GET, "/v1/aux:export", DATA, "ExportAux"),
    rule(Method::GET, "/v1/aux", DATA, "ListAux"),
    rule(Method::POST, "/v1/aux", DATA, "ImportAux"),
    rule(Method::DELETE, "/v1/aux/{data_sha256}", DATA, "DeleteAux"),
    rule(Method::POST, "/v1/strategies:check", STRATEGIES, "CheckStrategy"),
    rule(Method::GET, "/v1/strategies", STRATEGIES, "ListStrategies"),
    rule(Method::GET, "/v1/strategies/{name}", STRATEGIES, "GetStrategy"),
    rule(Method::PUT, "/v1/strategies/{name}", STRATEGIES, "SaveStrategy"),
    rule(Method::DELETE, "/v1/strategies/{name}", STRATEGIES, "DeleteStrategy"),
    rule(Method::GET, "/v1/language", STRATEGIES, "DescribeLanguage"),
    rule(Method::GET, "/v1/system", "SystemService", "GetServerInfo"),
    rule(Method::GET, "/v1/workers", "SystemService", "ListWorkers"),
    rule(Method::GET, "/v1/whoami", ACCESS, "WhoAmI"),
    rule(Method::GET, "/v1/tokens", ACCESS, "ListTokens"),
    rule(Method::POST, "/v1/tokens", ACCESS, "CreateToken"),
    rule(Method::DELETE, "/v1/tokens/{token_id}", ACCESS, "RevokeToken"),
    rule(Method::GET, "/v1/owners", ACCESS, "ListOwners"),
    rule(Method::PUT, "/v1/owners/{owner}", ACCESS, "SetQuota"),
    rule(Method::GET, "/v1/audit", ACCESS, "ListAuditEvents"),
    rule(Method::POST, "/v1/hooks", HOOKS, "CreateHook"),
    rule(Method::GET, "/v1/hooks", HOOKS, "ListHooks"),
    rule(Method::POST, "/v1/hooks/{hook_id}:test", HOOKS, "TestHook"),
    rule(Method::DELETE, "/v1/hooks/{hook_id}", HOOKS, "DeleteHook"),
    rule(Method::GET, "/v1/hooks/{hook_id}/deliveries", HOOKS, "ListDeliveries"),
];

/// What a verb and a path mean.
pub(super) enum Found {
    /// A call, with the fields that the path tells.
    Call(Call, Map<String, Value>),
    /// The path is known by other verbs.
    OtherVerbs(Vec<Method>),
    /// No call is there.
    Nothing,
}

/// Looks a path up; `Err` is what is wrong with a field in it.
pub(super) fn find(verb: &Method, path: &str) -> Result<Found, (String, String)> {
    let mut others = Vec::new();
    for rule in RULES {
        let Some(fields) = matched(rule.path, path) else { continue };
        if rule.verb != *verb {
            others.push(rule.verb.clone());
            continue;
        }
        let Some(call) = Call::named(rule.service, rule.method) else { continue };
        let mut object = Map::new();
        for (name, text) in fields {
            call.set(&mut object, name, text).map_err(|why| (name.to_owned(), why))?;
        }
        return Ok(Found::Call(call, object));
    }
    if let Some(call) = by_names(path) {
        if verb == Method::POST {
            return Ok(Found::Call(call, Map::new()));
        }
        others.push(Method::POST);
    }
    Ok(if others.is_empty() { Found::Nothing } else { Found::OtherVerbs(others) })
}

/// `/v1/SERVICE/METHOD`; a call that several messages ask is none for one body.
fn by_names(path: &str) -> Option<Call> {
    let (service, method) = path.strip_prefix("/v1/")?.split_once('/')?;
    Call::named(service, method).filter(|call| !call.asks_often())
}

/// The fields of a path that has that form.
fn matched<'p>(form: &'static str, path: &'p str) -> Option<Vec<(&'static str, &'p str)>> {
    let (mut forms, mut parts) = (form.split('/'), path.split('/'));
    let mut fields = Vec::new();
    loop {
        match (forms.next(), parts.next()) {
            (None, None) => return Some(fields),
            (Some(form), Some(part)) => match form.strip_prefix('{') {
                Some(rest) => {
                    let (name, word) = rest.split_once('}')?;
                    let value = part.strip_suffix(word).filter(|value| !value.is_empty())?;
                    fields.push((name, value));
                }
                None if form == part => {}
                None => return None,
            },
            _ => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(verb: &Method, path: &str) -> String {
        match find(verb, path) {
            Ok(Found::Call(call, fields)) => {
                format!("{} {}", call.method(), Value::Object(fields))
            }
            Ok(Found::OtherVerbs(verbs)) => format!("not by {verb}: {verbs:?}"),
            Ok(Found::Nothing) => "nothing".to_owned(),
            Err((field, why)) => format!("{field} {why}"),
        }
    }

    #[test]
    fn a_path_is_its_call_with_the_fields_in_it() {
        assert_eq!(told(&Method::GET, "/v1/runs/r1"), r#"GetRun {"runId":"r1"}"#);
        assert_eq!(told(&Method::POST, "/v1/runs/r1:cancel"), r#"Cancel {"runId":"r1"}"#);
        assert_eq!(told(&Method::GET, "/v1/runs:watch"), "WatchRuns {}");
        let trial = told(&Method::GET, "/v1/runs/r1/trials/7");
        assert_eq!(trial, r#"GetTrial {"runId":"r1","trialIndex":7}"#);
        let refused = told(&Method::GET, "/v1/runs/r1/trials/best");
        assert!(refused.starts_with("trial_index must be a whole number"), "{refused}");
        assert_eq!(told(&Method::PUT, "/v1/runs"), "not by PUT: [POST, GET]");
        assert_eq!(told(&Method::GET, "/v1/run"), "nothing");
        assert_eq!(told(&Method::POST, "/v1/RunService/Submit"), "Submit {}");
        assert_eq!(told(&Method::POST, "/v1/MarketDataService/UploadBars"), "nothing");
    }

    #[test]
    fn every_rule_is_of_a_call_that_is_there_and_every_call_has_one() {
        for rule in RULES {
            let call = Call::named(rule.service, rule.method);
            let call = call.unwrap_or_else(|| panic!("no call {}.{}", rule.service, rule.method));
            assert!(!call.asks_often(), "{}", rule.method);
            for part in rule.path.split('/').filter_map(|part| part.strip_prefix('{')) {
                let name = part.split('}').next().unwrap();
                assert!(call.input().get_field_by_name(name).is_some(), "{}: {name}", rule.path);
            }
        }
        for call in Call::all().filter(|call| !call.asks_often()) {
            let is_found = by_names(&format!("/v1/{}/{}", call.service(), call.method())).is_some();
            assert!(is_found, "{}", call.path());
            let is_ruled = RULES.iter().any(|rule| rule.method == call.method());
            assert!(is_ruled, "{} has a verb and a path of its own", call.path());
        }
    }
}
