//! Of a list of trials what there is room for: fifty rows with all metrics are far too long.

use serde_json::{Map, Value};

use super::failure::Failure;

/// What is told of each trial whatever was asked.
const USUAL: [&str; 3] = ["sharpe", "total_return", "max_drawdown"];
/// Metrics that may be asked for.
const ASKED_MAX: usize = 32;
/// What says nothing that the rest does not, or nothing that is needed to choose.
const LEFT_OUT: [&str; 2] = ["objectiveValue", "computeDuration"];
/// What is told once if it is the same of all.
const SHARED: [&str; 2] = ["state", "subscription"];

/// The metrics that an agent asks for; they are no part of the contract's message.
pub(super) fn asked(given: &mut Value) -> Result<Option<Vec<String>>, Failure> {
    let Some(names) = given.as_object_mut().and_then(|given| given.remove("metrics")) else {
        return Ok(None);
    };
    let names: Vec<String> = serde_json::from_value(names).map_err(|cause| {
        Failure::Arguments(format!("metrics: must be a list of names: {cause}"))
    })?;
    if names.len() > ASKED_MAX {
        let count = names.len();
        let text = format!("metrics: are {count}, and may be {ASKED_MAX}; get_trial has all");
        return Err(Failure::Arguments(text));
    }
    Ok(Some(names))
}

/// Those that are told unless others are asked for: what the list goes by, and what most look at.
pub(super) fn usual(order_by: &str, filter: &str) -> Vec<String> {
    let is_apart = |letter: char| !letter.is_alphanumeric() && letter != '_';
    let named = [order_by, filter].into_iter().flat_map(|text| text.split(is_apart));
    USUAL.into_iter().chain(named).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// The list with the metrics that were asked for, or else with the usual ones. Of what was asked,
/// `absentMetrics` names what no trial has: it is misspelt, or undefined in all.
pub(super) fn narrow(mut list: Value, asked: Option<&[String]>, usual: &[String]) -> Value {
    let wanted = asked.unwrap_or(usual);
    let trials = list.get_mut("trials").and_then(Value::as_array_mut);
    let Some(trials) = trials else { return list };
    let mut told = Vec::new();
    for trial in trials.iter_mut().filter_map(Value::as_object_mut) {
        trial.retain(|name, _| !LEFT_OUT.contains(&name.as_str()));
        if let Some(metrics) = trial.get_mut("metrics").and_then(Value::as_object_mut) {
            metrics.retain(|name, _| wanted.contains(name));
            told.extend(metrics.keys().cloned());
        }
    }
    let shared = shared(trials);
    for trial in trials.iter_mut().filter_map(Value::as_object_mut) {
        trial.retain(|name, _| !shared.contains_key(name));
    }
    let absent = asked.unwrap_or_default().iter().filter(|name| !told.contains(name)).cloned();
    let absent: Vec<Value> = absent.map(Value::String).collect();
    let is_empty = trials.is_empty();
    if !shared.is_empty() {
        list["ofAllTrials"] = Value::Object(shared);
    }
    if !is_empty && !absent.is_empty() {
        list["absentMetrics"] = Value::Array(absent);
    }
    list
}

/// What all of several trials have in common.
fn shared(trials: &[Value]) -> Map<String, Value> {
    let Some((first, others)) = trials.split_first().filter(|(_, others)| !others.is_empty())
    else {
        return Map::new();
    };
    let is_shared = |name: &&str| {
        !first[*name].is_null() && others.iter().all(|other| other[*name] == first[*name])
    };
    let names = SHARED.into_iter().filter(is_shared);
    names.map(|name| (name.to_owned(), first[name].clone())).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn only_what_was_asked_for_is_told_and_what_is_missing_is_named() {
        let trial = |index: u32, state: &str| {
            json!({ "trialIndex": index, "state": state, "objectiveValue": 1.0,
                "subscription": { "symbol": "A" }, "metrics": { "sharpe": 1.0, "calmar": 2.0 } })
        };
        let list = json!({ "trials": [trial(1, "DONE"), trial(2, "FAILED")], "totalSize": "2" });
        let narrowed = narrow(list, Some(&names(&["calmar", "calmer"])), &[]);
        assert_eq!(
            narrowed,
            json!({ "totalSize": "2", "ofAllTrials": { "subscription": { "symbol": "A" } },
                "absentMetrics": ["calmer"], "trials": [
                    { "trialIndex": 1, "state": "DONE", "metrics": { "calmar": 2.0 } },
                    { "trialIndex": 2, "state": "FAILED", "metrics": { "calmar": 2.0 } }] })
        );
        let list = json!({ "trials": [trial(1, "DONE")] });
        let alone = narrow(list, None, &names(&["sharpe", "AND"]));
        assert_eq!(
            alone,
            json!({ "trials": [{ "trialIndex": 1, "state": "DONE",
                "subscription": { "symbol": "A" }, "metrics": { "sharpe": 1.0 } }] })
        );
        assert_eq!(narrow(json!({}), Some(&names(&["sharpe"])), &[]), json!({}));
    }

    #[test]
    fn the_usual_metrics_are_those_that_the_list_goes_by_too() {
        let usual = usual("metrics.profit_factor desc", "trades>30");
        assert!(names(&["sharpe", "profit_factor", "trades"]).iter().all(|it| usual.contains(it)));
    }

    #[test]
    fn what_is_no_list_of_names_is_refused() {
        let mut given = json!({ "run_id": "a", "metrics": ["sharpe"] });
        assert_eq!(asked(&mut given).unwrap(), Some(names(&["sharpe"])));
        assert_eq!(given, json!({ "run_id": "a" }));
        assert_eq!(asked(&mut given).unwrap(), None);
        for wrong in [json!("sharpe"), json!([1]), json!(vec!["a"; ASKED_MAX + 1])] {
            let refused = asked(&mut json!({ "metrics": wrong })).unwrap_err();
            let Failure::Arguments(text) = refused else { panic!("another failure") };
            assert!(text.starts_with("metrics: "), "{text}");
        }
    }
}
