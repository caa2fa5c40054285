//! Messages as canonical proto3 JSON, one object a line, and refusals in the one JSON form that
//! commands and HTTP share. Knows nothing of any one message.

mod refusal;

pub(crate) use refusal::{Refusal, RefusedField, code_name};

use std::sync::LazyLock;

use prost::Name;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor};

use crate::pb;

static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| {
    DescriptorPool::decode(pb::DESCRIPTORS).expect("build.rs wrote a whole descriptor set")
});

/// The message as canonical JSON: camelCase names, 64-bit integers as strings, defaults left out.
pub(crate) fn object<M: Name>(message: &M) -> String {
    let message = DynamicMessage::decode(descriptor::<M>(), message.encode_to_vec().as_slice())
        .expect("a message decodes as itself");
    serde_json::to_string(&message).expect("proto JSON needs nothing that can fail")
}

/// The message that canonical JSON tells of; names may also be the contract's own.
///
/// # Errors
///
/// What does not fit, such as a field that the message does not have.
pub(crate) fn message<M: Name + Default>(value: serde_json::Value) -> Result<M, String> {
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
    fn json_is_the_canonical_mapping() {
        let response = pb::SubmitResponse {
            run_id: "r1".to_owned(),
            total: 129_600,
            state: pb::RunState::Running.into(),
            is_dedup: true,
            ..Default::default()
        };
        assert_eq!(
            object(&response),
            r#"{"runId":"r1","total":"129600","state":"RUN_STATE_RUNNING","isDedup":true}"#
        );
    }

    #[test]
    fn times_and_durations_are_text() {
        let progress = pb::Progress {
            elapsed: Some(prost_types::Duration { seconds: 1, nanos: 500_000_000 }),
            ..Default::default()
        };
        assert_eq!(object(&progress), r#"{"elapsed":"1.500s"}"#);
    }
}
