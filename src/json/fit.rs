//! What in a JSON does not fit a message, each with its path: the reader of messages tells of the
//! first fault alone, and not where it is.

use std::collections::HashMap;

use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor};
use serde_json::{Map, Value};

use super::call::{is_text, unknown};
use crate::excerpt::excerpt;
use crate::spelling::nearest;

/// What is told at once; who has more of them sees these first.
const FAULTS_MAX: usize = 20;

/// A field by its path, and what is wrong with it.
pub(crate) type Fault = (String, String);

/// Everything that does not fit; what is read otherwise than it was meant, too: a field that stands
/// twice, by both of its names.
pub(super) fn faults(message: &MessageDescriptor, object: &Map<String, Value>) -> Vec<Fault> {
    let mut faults = Vec::new();
    walk(message, object, "", &mut faults);
    faults
}

fn walk(
    message: &MessageDescriptor,
    object: &Map<String, Value>,
    path: &str,
    faults: &mut Vec<Fault>,
) {
    let within = |name: &str| {
        let name = excerpt(name);
        if path.is_empty() { name.into_owned() } else { format!("{path}.{name}") }
    };
    let (mut seen, mut chosen) = (HashMap::new(), HashMap::new());
    for (name, value) in object {
        if faults.len() >= FAULTS_MAX {
            return;
        }
        let by_json = message.get_field_by_json_name(name);
        let Some(field) = by_json.or_else(|| message.get_field_by_name(name)) else {
            faults.push((within(name), unknown(message, name)));
            continue;
        };
        if let Some(other) = seen.insert(field.number(), name) {
            faults.push((within(name), format!("stands twice, as {} as well", excerpt(other))));
        }
        if value.is_null() {
            continue;
        }
        let group = field.containing_oneof().filter(|it| !it.is_synthetic());
        if let Some(group) = group
            && let Some(other) = chosen.insert(group.name().to_owned(), name)
        {
            faults.push((within(name), format!("of it and {} there can be one", excerpt(other))));
        }
        of_field(&field, value, &within(name), faults);
    }
}

fn of_field(field: &FieldDescriptor, value: &Value, path: &str, faults: &mut Vec<Fault>) {
    let mut fault = |what: &str| {
        faults.push((path.to_owned(), format!("must be {what}, not {}", shown(value))));
    };
    match (value, field.kind()) {
        (Value::Object(map), Kind::Message(entry)) if field.is_map() => {
            let kind = entry.map_entry_value_field().kind();
            for (key, value) in map {
                of_kind(&kind, value, &format!("{path}.{}", excerpt(key)), faults);
            }
        }
        _ if field.is_map() => fault("an object"),
        (Value::Array(items), kind) if field.is_list() => {
            for (place, item) in items.iter().enumerate() {
                if faults.len() >= FAULTS_MAX {
                    return;
                }
                of_kind(&kind, item, &format!("{path}[{place}]"), faults);
            }
        }
        _ if field.is_list() => fault("a list"),
        (value, kind) => of_kind(&kind, value, path, faults),
    }
}

fn of_kind(kind: &Kind, value: &Value, path: &str, faults: &mut Vec<Fault>) {
    let wanted = match kind {
        Kind::Message(inner) if is_plain(inner) => match value {
            Value::Object(object) => return walk(inner, object, path, faults),
            _ => "an object".to_owned(),
        },
        Kind::Message(inner) => {
            if DynamicMessage::deserialize(inner.clone(), value).is_ok() {
                return;
            }
            match inner.name() {
                "Timestamp" => "a time such as \"2026-01-31T12:00:00Z\"".to_owned(),
                "Duration" => "a duration such as \"90s\" or \"0.5s\"".to_owned(),
                "FieldMask" => "names of fields such as \"displayName,notes\"".to_owned(),
                other => format!("a {other}"),
            }
        }
        Kind::Enum(names) => {
            let known: Vec<String> = names.values().map(|it| it.name().to_owned()).collect();
            match value {
                Value::Number(number) if number.as_i64().is_some_and(is_32) => return,
                Value::String(name) if known.contains(name) => return,
                Value::String(name) => match nearest(name, &known) {
                    Some(near) => format!("a name of its kind, perhaps {near}"),
                    None => format!("one of {}", known.join(", ")),
                },
                _ => format!("one of {}", known.join(", ")),
            }
        }
        Kind::String | Kind::Bytes if value.is_string() => return,
        Kind::Bool if value.is_boolean() => return,
        Kind::String => "a text".to_owned(),
        Kind::Bytes => "bytes in base64".to_owned(),
        Kind::Bool => "true or false".to_owned(),
        Kind::Double | Kind::Float if is_number(value) => return,
        Kind::Double | Kind::Float => "a number".to_owned(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 if whole(value).is_some_and(is_32) => return,
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => "a whole number of 32 bits".to_owned(),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 if whole::<i64>(value).is_some() => return,
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => "a whole number of 64 bits".to_owned(),
        Kind::Uint32 | Kind::Fixed32 if whole::<u32>(value).is_some() => return,
        Kind::Uint64 | Kind::Fixed64 if whole::<u64>(value).is_some() => return,
        Kind::Uint32 | Kind::Fixed32 | Kind::Uint64 | Kind::Fixed64 => {
            "a whole number from 0 on".to_owned()
        }
    };
    faults.push((path.to_owned(), format!("must be {wanted}, not {}", shown(value))));
}

/// Whether JSON tells of it field by field.
fn is_plain(message: &MessageDescriptor) -> bool {
    !is_text(message) && message.parent_file().package_name() != "google.protobuf"
}

fn is_32(number: i64) -> bool {
    i32::try_from(number).is_ok()
}

fn is_number(value: &Value) -> bool {
    match value {
        Value::Number(_) => true,
        Value::String(text) => text.parse::<f64>().is_ok(),
        _ => false,
    }
}

/// A whole number, as it is or as a text: 2.0 is one as well.
fn whole<N: TryFrom<i128> + std::str::FromStr>(value: &Value) -> Option<N> {
    match value {
        Value::String(text) => text.parse().ok(),
        Value::Number(number) => {
            let exact = number.as_i64().map(i128::from).or_else(|| number.as_u64().map(i128::from));
            let float = || number.as_f64().filter(|it| it.fract() == 0.0).map(|it| it as i128);
            N::try_from(exact.or_else(float)?).ok()
        }
        _ => None,
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        Value::String(text) => format!("{:?}", excerpt(text)),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Call;
    use super::*;

    fn told(json: &str) -> Vec<Fault> {
        let call = Call::named("RunService", "Submit").expect("a call");
        let object = serde_json::from_str(json).expect("an object");
        call.request(object).err().unwrap_or_default()
    }

    #[test]
    fn each_fault_has_its_path_what_it_is_and_what_it_may_be() {
        for (json, path, what) in [
            (r#"{"priority":"high"}"#, "priority", "whole number of 32 bits, not \"high\""),
            (r#"{"priority":99999999999}"#, "priority", "32 bits, not 99999999999"),
            (r#"{"computeBudget":"soon"}"#, "computeBudget", "a duration such as \"90s\""),
            (r#"{"deadline":"9999-99-99T00:00:00Z"}"#, "deadline", "a time such as"),
            (r#"{"reusePolicy":"REUSE_POLICY_REUSE_COMPLETE"}"#, "reusePolicy", "COMPLETED"),
            (r#"{"labels":{"a":{"b":1}}}"#, "labels.a", "a text, not an object"),
            (r#"{"labels":[]}"#, "labels", "an object, not a list"),
            (r#"{"backtest":{"subscriptions":{}}}"#, "backtest.subscriptions", "a list"),
            (
                r#"{"backtest":{"subscriptions":[{},{"symbl":"x"}]}}"#,
                "backtest.subscriptions[1].symbl",
                "did you mean symbol?",
            ),
            (
                r#"{"backtest":{"params":{"fast":{"intValue":"x"}}}}"#,
                "backtest.params.fast.intValue",
                "64 bits, not \"x\"",
            ),
            (r#"{"backtest":{},"optimization":{}}"#, "optimization", "of it and backtest"),
            (r#"{"display_name":"a","displayName":"b"}"#, "display_name", "stands twice"),
            (r#"{"":1}"#, "", "is no field"),
        ] {
            let [(at, why)] = &told(json)[..] else { panic!("{json}: {:?}", told(json)) };
            assert!(at == path && why.contains(what), "{json}: {at}: {why}");
        }
        let many = (0..50).map(|number| format!("\"f{number}\":1")).collect::<Vec<_>>().join(",");
        assert_eq!(told(&format!("{{{many}}}")).len(), FAULTS_MAX);
    }

    #[test]
    fn what_the_reader_takes_is_no_fault() {
        for json in [
            "{}",
            r#"{"priority":"7","validateOnly":true,"labels":{"a":"b"},"notes":null}"#,
            r#"{"priority":2.0,"deadline":"2026-01-31T12:00:00.5+01:00","computeBudget":"0.5s"}"#,
            r#"{"reusePolicy":2,"backtest":{"params":{"x":{"doubleValue":"Infinity"}}}}"#,
            r#"{"backtest":{"warmup_bars":"5"},"optimization":null}"#,
        ] {
            assert_eq!(told(json), Vec::new(), "{json}");
        }
    }
}
