//! The fleet as whoever looks after it sees it.

use std::collections::HashMap;

use super::gateway::Fleet;
use super::presence::Seen;
use crate::run::RunId;
use crate::runner::{Machine, MachineState, Machines};

/// Runs that are told of one worker.
const RUNS_MAX: usize = 10;

impl Fleet {
    /// All of it.
    pub(super) fn machines(&self) -> Machines {
        let (now_ms, gone_ms) = (self.now_ms(), self.gone_ms());
        let proof = self.proof.get().map_or("", String::as_str);
        let (problem, is_connected) = (self.problem(), self.is_up());
        let books = self.books();
        let (workers, busy) = books.presence.at_work(proof, now_ms, gone_ms);
        let (name, slots) = (self.settings.fleet.clone(), books.slots);
        Machines { name, is_connected, workers, slots, busy, problem }
    }

    /// The workers after that one, and so many at most.
    pub(super) fn machines_after(&self, worker: &str, most: usize) -> Vec<Machine> {
        let books = self.books();
        let mut held: HashMap<&str, Vec<RunId>> = HashMap::new();
        for (worker, id) in books.assignments.held() {
            let Some(waiting) = books.chunks.get(&id) else { continue };
            let runs = held.entry(worker).or_default();
            if runs.len() < RUNS_MAX && !runs.contains(&waiting.chunk.run_id) {
                runs.push(waiting.chunk.run_id);
            }
        }
        let told = |seen: &Seen| {
            let run_ids = held.remove(seen.hello.worker.as_str()).unwrap_or_default();
            self.told(seen, run_ids)
        };
        let mut machines: Vec<Machine> =
            books.presence.after(worker).take(most).map(told).collect();
        for machine in &mut machines {
            if let Some(why) = books.presence.aside(&machine.id) {
                why.clone_into(&mut machine.problem);
                if machine.state != MachineState::Silent {
                    machine.state = MachineState::SetAside;
                }
            }
        }
        machines
    }

    fn told(&self, seen: &Seen, run_ids: Vec<RunId>) -> Machine {
        let Seen { hello, heard_ms, pace, .. } = seen;
        let silent_ms = self.now_ms().saturating_sub(*heard_ms);
        let state = if silent_ms >= self.gone_ms() {
            MachineState::Silent
        } else if self.proof.get() != Some(&hello.proof) {
            MachineState::OtherBuild
        } else if hello.is_leaving {
            MachineState::Leaving
        } else if !hello.problem.is_empty() {
            MachineState::Unable
        } else {
            MachineState::Ready
        };
        Machine {
            id: hello.worker.clone(),
            name: hello.known_as.clone(),
            host: hello.host.clone(),
            state,
            slots: hello.slots,
            busy: hello.busy,
            chunks: hello.chunks,
            trials: hello.rows,
            trials_per_second: *pace,
            silent_ms,
            version: hello.version.clone(),
            revision: hello.revision.clone(),
            architecture: hello.arch.clone(),
            run_ids,
            problem: hello.problem.clone(),
        }
    }
}
