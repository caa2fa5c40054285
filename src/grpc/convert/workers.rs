//! The machines that compute besides this one, on the wire.

use super::duration;
use crate::pb;
use crate::runner::{Machine, MachineState, Machines};

pub(in crate::grpc) fn fleet(machines: Machines) -> pb::Fleet {
    pb::Fleet {
        name: machines.name,
        is_broker_up: machines.is_connected,
        workers: machines.workers as i32,
        slots: machines.slots as i32,
        busy_slots: machines.busy as i32,
        problem: machines.problem.unwrap_or_default(),
    }
}

pub(in crate::grpc) fn worker(machine: &Machine) -> pb::Worker {
    let state = match machine.state {
        MachineState::Ready => pb::WorkerState::Ready,
        MachineState::Leaving => pb::WorkerState::Leaving,
        MachineState::Silent => pb::WorkerState::Silent,
        MachineState::OtherBuild => pb::WorkerState::OtherBuild,
        MachineState::Unable => pb::WorkerState::Unable,
        MachineState::SetAside => pb::WorkerState::SetAside,
    };
    pb::Worker {
        worker_id: machine.id.clone(),
        name: machine.name.clone(),
        host: machine.host.clone(),
        state: state.into(),
        slots: machine.slots as i32,
        busy_slots: machine.busy as i32,
        chunks: machine.chunks as i64,
        trials: machine.trials as i64,
        trials_per_second: machine.trials_per_second,
        silent_for: Some(duration(machine.silent_ms as i64)),
        version: machine.version.clone(),
        git_revision: machine.revision.clone(),
        architecture: machine.architecture.clone(),
        run_ids: machine.run_ids.iter().map(ToString::to_string).collect(),
        problem: machine.problem.clone(),
    }
}
