//! Parameters as text, the way `-p` takes them.

use std::collections::BTreeMap;

use crate::cli::text::figures::ABSENT;
use crate::pb;
use crate::pb::param_value::Kind;

/// Parameters by name: `fast=10 slow=50`.
pub(in crate::cli) fn params(params: &BTreeMap<String, pb::ParamValue>) -> String {
    let pairs = params.iter().map(|(name, value)| format!("{name}={}", param(value)));
    pairs.collect::<Vec<_>>().join(" ")
}

/// One parameter's value.
pub(in crate::cli) fn param(value: &pb::ParamValue) -> String {
    match &value.kind {
        Some(Kind::IntValue(number)) => number.to_string(),
        Some(Kind::DoubleValue(number)) => number.to_string(),
        Some(Kind::BoolValue(is_on)) => is_on.to_string(),
        Some(Kind::StringValue(name)) => name.clone(),
        None => ABSENT.to_owned(),
    }
}
