//! A call of the contract by its descriptors: its request out of JSON and out of single texts, its
//! answers as JSON.

use prost::Message as _;
use prost_reflect::{
    DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, MethodDescriptor, SerializeOptions,
};
use serde_json::{Map, Value};

use super::POOL;
use super::fit::{Fault, faults};
use crate::excerpt::excerpt;
use crate::spelling::nearest;

const PACKAGE: &str = "tradeforge.v1";
/// Messages that are one text in JSON.
const TEXTS: [&str; 3] =
    ["google.protobuf.Timestamp", "google.protobuf.Duration", "google.protobuf.FieldMask"];

/// A call of the contract.
#[derive(Clone)]
pub(crate) struct Call(MethodDescriptor);

impl Call {
    /// The call of those names, as in `RunService` and `Submit`.
    pub(crate) fn named(service: &str, method: &str) -> Option<Self> {
        let service = POOL.get_service_by_name(&format!("{PACKAGE}.{service}"))?;
        service.methods().find(|it| it.name() == method).map(Self)
    }

    /// All of them.
    pub(crate) fn all() -> impl Iterator<Item = Self> {
        let ours = POOL.services().filter(|it| it.package_name() == PACKAGE);
        ours.flat_map(|service| service.methods().map(Self).collect::<Vec<_>>())
    }

    pub(crate) fn service(&self) -> String {
        self.0.parent_service().name().to_owned()
    }

    pub(crate) fn method(&self) -> &str {
        self.0.name()
    }

    /// Its path over gRPC.
    pub(crate) fn path(&self) -> String {
        format!("/{}/{}", self.0.parent_service().full_name(), self.0.name())
    }

    pub(crate) fn input(&self) -> MessageDescriptor {
        self.0.input()
    }

    pub(crate) fn output(&self) -> MessageDescriptor {
        self.0.output()
    }

    /// Whether several messages ask.
    pub(crate) fn asks_often(&self) -> bool {
        self.0.is_client_streaming()
    }

    /// Whether several messages answer.
    pub(crate) fn answers_often(&self) -> bool {
        self.0.is_server_streaming()
    }

    /// The request that this JSON tells of, as it is sent.
    ///
    /// # Errors
    ///
    /// What does not fit, by the paths of fields; of one that cannot be told, the path is empty.
    pub(crate) fn request(&self, value: Map<String, Value>) -> Result<Vec<u8>, Vec<Fault>> {
        let faults = faults(&self.0.input(), &value);
        if !faults.is_empty() {
            return Err(faults);
        }
        let message = DynamicMessage::deserialize(self.0.input(), Value::Object(value));
        let message = message.map_err(|cause| vec![(String::new(), cause.to_string())])?;
        Ok(message.encode_to_vec())
    }

    /// An answer as canonical JSON; `None` if these bytes are none.
    pub(crate) fn answer(&self, bytes: &[u8]) -> Option<Value> {
        let message = DynamicMessage::decode(self.0.output(), bytes).ok()?;
        let options = SerializeOptions::new().skip_default_fields(false);
        message.serialize_with_options(serde_json::value::Serializer, &options).ok()
    }

    /// Puts a text where a field of that name stands, as in `page_size`, `subscription.symbol` and
    /// `labels.desk`; one that may come several times is added.
    ///
    /// # Errors
    ///
    /// Why it is none, with the nearest name, or what it must be.
    pub(crate) fn set(
        &self,
        request: &mut Map<String, Value>,
        name: &str,
        text: &str,
    ) -> Result<(), String> {
        set(&self.0.input(), request, name, text)
    }
}

fn set(
    message: &MessageDescriptor,
    object: &mut Map<String, Value>,
    name: &str,
    text: &str,
) -> Result<(), String> {
    let (first, rest) = name.split_once('.').map_or((name, None), |(one, rest)| (one, Some(rest)));
    let known = |it: &FieldDescriptor| it.name() == first || it.json_name() == first;
    let field = message.fields().find(known).ok_or_else(|| unknown(message, first))?;
    let key = field.json_name().to_owned();
    if field.is_map() {
        let label = rest.ok_or_else(|| format!("takes a name behind a point: {first}.NAME"))?;
        let map = object.entry(key).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(map) = map {
            map.insert(label.to_owned(), Value::String(text.to_owned()));
        }
        return Ok(());
    }
    match (field.kind(), rest) {
        (Kind::Message(inner), Some(rest)) if !is_text(&inner) && !field.is_list() => {
            let value = object.entry(key).or_insert_with(|| Value::Object(Map::new()));
            match value {
                Value::Object(value) => set(&inner, value, rest, text),
                _ => Err("is no message".to_owned()),
            }
        }
        (_, Some(rest)) => Err(format!("has nothing of the name {}", excerpt(rest))),
        (kind, None) => {
            let value = scalar(&kind, text)?;
            if field.is_list() {
                let list = object.entry(key).or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.push(value);
                }
            } else if object.insert(key, value).is_some() {
                return Err("stands twice".to_owned());
            }
            Ok(())
        }
    }
}

pub(crate) fn is_text(message: &MessageDescriptor) -> bool {
    TEXTS.contains(&message.full_name())
}

fn scalar(kind: &Kind, text: &str) -> Result<Value, String> {
    let shown = || excerpt(text);
    Ok(match kind {
        Kind::Bool => match text {
            "true" | "1" | "" => Value::Bool(true),
            "false" | "0" => Value::Bool(false),
            _ => return Err(format!("must be true or false, not {:?}", shown())),
        },
        Kind::Double | Kind::Float => {
            let number = text.parse::<f64>().ok().and_then(serde_json::Number::from_f64);
            Value::Number(number.ok_or_else(|| format!("must be a number, not {:?}", shown()))?)
        }
        Kind::Uint64 | Kind::Fixed64 => {
            let whole = |_| format!("must be a whole number from 0 on, not {:?}", shown());
            Value::from(text.parse::<u64>().map_err(whole)?)
        }
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 | Kind::Uint32 | Kind::Fixed32 => {
            let whole = |_| format!("must be a whole number of 32 bits, not {:?}", shown());
            Value::from(text.parse::<i32>().map_err(whole)?)
        }
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => {
            let whole = |_| format!("must be a whole number, not {:?}", shown());
            Value::from(text.parse::<i64>().map_err(whole)?)
        }
        Kind::Message(message) if !is_text(message) => {
            return Err("is a message: name one of its fields behind a point".to_owned());
        }
        Kind::String | Kind::Bytes | Kind::Enum(_) | Kind::Message(_) => {
            Value::String(text.to_owned())
        }
    })
}

pub(super) fn unknown(message: &MessageDescriptor, name: &str) -> String {
    let fields: Vec<String> = message.fields().map(|it| it.name().to_owned()).collect();
    match nearest(name, &fields) {
        Some(known) => format!("is no field of this call; did you mean {known}?"),
        None if fields.is_empty() => "is no field of this call, which has none".to_owned(),
        None => format!("is no field of this call; there are {}", fields.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb;

    fn object(call: &Call, pairs: &[(&str, &str)]) -> Result<Map<String, Value>, String> {
        let mut object = Map::new();
        for (name, text) in pairs {
            call.set(&mut object, name, text)?;
        }
        Ok(object)
    }

    #[test]
    fn texts_become_the_fields_that_they_name() {
        let call = Call::named("MarketDataService", "GetBars").unwrap();
        let pairs = [("subscription.exchange", "BINANCE"), ("subscription.symbol", "BTC")];
        let bytes = call.request(object(&call, &pairs).unwrap()).unwrap();
        let read = pb::GetBarsRequest::decode(bytes.as_slice()).unwrap();
        let subscription = read.subscription.unwrap();
        assert_eq!(
            (subscription.exchange.as_str(), subscription.symbol.as_str()),
            ("BINANCE", "BTC")
        );
        let call = Call::named("RunService", "GetStatus").unwrap();
        let bytes = call.request(object(&call, &[("runId", "r"), ("wait", "30s")]).unwrap());
        let read = pb::GetStatusRequest::decode(bytes.unwrap().as_slice()).unwrap();
        assert_eq!((read.run_id.as_str(), read.wait.unwrap().seconds), ("r", 30));
        let call = Call::named("RunService", "WatchRuns").unwrap();
        let bytes = call.request(object(&call, &[("run_ids", "a"), ("run_ids", "b")]).unwrap());
        let read = pb::WatchRunsRequest::decode(bytes.unwrap().as_slice()).unwrap();
        assert_eq!(read.run_ids, ["a", "b"]);
    }

    #[test]
    fn what_is_no_field_and_what_does_not_fit_is_told() {
        let call = Call::named("RunService", "ListRuns").unwrap();
        let refused = |name: &str, text: &str| object(&call, &[(name, text)]).unwrap_err();
        assert!(refused("page_sizes", "1").contains("did you mean page_size?"));
        assert!(refused("page_size", "many").contains("must be a whole number"));
        assert!(refused("zzz", "1").contains("there are page_size, page_token, filter"));
        assert!(refused("filter.x", "1").contains("has nothing of the name x"));
    }

    #[test]
    fn every_call_of_the_contract_is_found_by_its_names() {
        assert!(Call::all().count() > 40);
        for call in Call::all() {
            let found = Call::named(&call.service(), call.method()).unwrap();
            assert_eq!(found.path(), call.path());
        }
        assert!(Call::named("RunService", "Nothing").is_none());
    }
}
