//! Schedules of parameters between the wire and the domain.

use super::field::choice;
use super::submit::params;
use super::time::{moment, timestamp};
use crate::pb;
use crate::run::limits::CHANGES_MAX;
use crate::run::{BacktestSpec, ChangeRequest, ParamChange, Violations};
use crate::strategy::{Handover, Params};

const HANDOVERS: [(i32, Handover); 5] = [
    (pb::Handover::Unspecified as i32, Handover::Close),
    (pb::Handover::Close as i32, Handover::Close),
    (pb::Handover::RunOff as i32, Handover::RunOff),
    (pb::Handover::Keep as i32, Handover::Keep),
    (pb::Handover::Adopt as i32, Handover::Adopt),
];

/// Reads the changes of a backtest that stands at that path.
pub(super) fn schedule(
    wire: &[pb::ParamChange],
    path: &str,
    violations: &mut Violations,
) -> Vec<ChangeRequest> {
    let field = format!("{path}.schedule");
    violations.count_at_most(CHANGES_MAX, &field, wire.len());
    let change = |(index, wire): (usize, &pb::ParamChange)| {
        let own = format!("{field}[{index}]");
        ChangeRequest {
            from_ms: moment(wire.from_time.as_ref(), &format!("{own}.from_time"), violations),
            params: params(&wire.params, &format!("{own}.params"), violations),
            is_flat: wire.flat,
        }
    };
    wire.iter().take(CHANGES_MAX).enumerate().map(change).collect()
}

/// Reads what becomes of a position.
pub(super) fn handover(wire: i32, field: &str, violations: &mut Violations) -> Handover {
    choice(wire, field, &HANDOVERS, violations).unwrap_or_default()
}

/// The changes, each with all that it says.
pub(super) fn changes(spec: &BacktestSpec) -> Vec<pb::ParamChange> {
    let change = |change: &ParamChange| pb::ParamChange {
        from_time: Some(timestamp(change.from_ms)),
        params: change
            .params
            .iter()
            .flat_map(Params::iter)
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect(),
        flat: change.params.is_none(),
    };
    spec.schedule.iter().flat_map(|schedule| &schedule.changes).map(change).collect()
}

/// What it does with a position; nothing is said where nothing changes.
pub(super) fn handover_of(spec: &BacktestSpec) -> pb::Handover {
    spec.schedule.as_ref().map_or(pb::Handover::Unspecified, |it| wire_handover(it.handover))
}

pub(super) const fn wire_handover(handover: Handover) -> pb::Handover {
    match handover {
        Handover::Close => pb::Handover::Close,
        Handover::RunOff => pb::Handover::RunOff,
        Handover::Keep => pb::Handover::Keep,
        Handover::Adopt => pb::Handover::Adopt,
    }
}
