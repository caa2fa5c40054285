//! Messages as canonical proto3 JSON, one object a line, and refusals in the one JSON form that
//! commands and HTTP share. Knows nothing of any one message.

mod call;
mod fit;
mod refusal;
mod strict;

pub(crate) use call::{Call, is_text};
pub(crate) use fit::Fault;
pub(crate) use refusal::{Refusal, RefusedField, code_name};
pub(crate) use strict::read as read_strictly;

use std::sync::LazyLock;

use prost::Name;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, SerializeOptions};
use serde_json::Value;

use crate::pb;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(pb::DESCRIPTORS).expect("build.rs wrote a whole descriptor set")
});

/// The message as JSON that is the same bytes each time: see [`value`].
pub(crate) fn object<M: Name>(message: &M) -> String {
    value(message).to_string()
}

/// The message as canonical JSON: camelCase names in the order of the alphabet, those of maps too,
/// and 64-bit integers as strings. A field is left out only where absent means something else than
/// zero, so that a program finds `total` also where it is 0.
pub(crate) fn value<M: Name>(message: &M) -> Value {
    let message = DynamicMessage::decode(descriptor::<M>(), message.encode_to_vec().as_slice())
        .expect("a message decodes as itself");
    let options = SerializeOptions::new().skip_default_fields(false);
    message
        .serialize_with_options(serde_json::value::Serializer, &options)
        .expect("proto JSON needs nothing that can fail")
}

/// The message that canonical JSON tells of; names may also be the contract's own.
///
/// # Errors
///
/// What does not fit, such as a field that the message does not have.
pub(crate) fn message<M: Name + Default>(value: Value) -> Result<M, String> {
    let message = DynamicMessage::deserialize(descriptor::<M>(), value);
    Ok(message.map_err(|cause| cause.to_string())?.transcode_to().expect("it is of that type"))
}

fn descriptor<M: Name>() -> MessageDescriptor {
    POOL.get_message_by_name(&M::full_name()).expect("the descriptors hold every message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_that_is_never_absent_is_there_and_names_are_in_order() {
        let response = pb::SubmitResponse {
            run_id: "r1".to_owned(),
            state: pb::RunState::Running.into(),
            is_dedup: true,
            ..Default::default()
        };
        assert_eq!(
            object(&response),
            concat!(
                r#"{"disposition":"SUBMIT_DISPOSITION_UNSPECIFIED","isDedup":true,"runId":"r1","#,
                r#""runKey":"","state":"RUN_STATE_RUNNING","total":"0","warnings":[]}"#,
            )
        );
    }

    #[test]
    fn maps_are_the_same_bytes_each_time() {
        let metrics = ["sharpe", "calmar", "win_rate", "total_return", "exposure", "profit_factor"];
        let metrics = metrics.map(|name| (name.to_owned(), 0.5));
        let result = pb::BacktestResult { metrics: metrics.into(), ..Default::default() };
        let first = object(&result);
        // Each conversion goes through a map of its own, whose order is drawn anew.
        assert!((0..20).all(|_| object(&result) == first));
        let places = ["calmar", "exposure", "profit_factor", "sharpe"].map(|name| first.find(name));
        assert!(places.is_sorted(), "{first}");
    }

    #[test]
    fn what_is_printed_can_be_read_again() {
        let request = pb::SubmitRequest { display_name: "night".into(), ..Default::default() };
        assert_eq!(message(value(&request)), Ok(request));
    }

    #[test]
    fn times_and_durations_are_text() {
        let info = pb::GetServerInfoResponse {
            uptime: Some(prost_types::Duration { seconds: 1, nanos: 500_000_000 }),
            ..Default::default()
        };
        assert_eq!(value(&info)["uptime"], "1.500s");
    }
}
