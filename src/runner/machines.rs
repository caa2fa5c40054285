//! The machines that compute besides this one, as whoever looks after them sees them.

use crate::run::RunId;

/// All of them together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machines {
    /// What they are called together.
    pub name: String,
    /// Whether there is a connection to whatever leads to them.
    pub is_connected: bool,
    /// Workers that are there, compute the same, and stay.
    pub workers: usize,
    /// Chunks that they compute at once.
    pub slots: usize,
    /// Chunks that they compute at the moment.
    pub busy: usize,
    /// Why no work goes there, in words.
    pub problem: Option<String>,
}

/// How it stands with one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MachineState {
    /// It takes work.
    Ready,
    /// It takes nothing more.
    Leaving,
    /// It is not heard of.
    Silent,
    /// It computes other bits, and gets no work.
    OtherBuild,
    /// It cannot take work.
    Unable,
    /// It computed something else than this machine, and gets no work.
    SetAside,
}

/// One process on one of them, as it last said of itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Machine {
    /// New with each start.
    pub id: String,
    /// What it was called; empty if it was not.
    pub name: String,
    /// What its machine is called.
    pub host: String,
    /// How it stands with it.
    pub state: MachineState,
    /// Chunks that it computes at once.
    pub slots: u32,
    /// Chunks that it computes at the moment.
    pub busy: u32,
    /// Chunks that it has handed in.
    pub chunks: u64,
    /// Trials that it has handed in.
    pub trials: u64,
    /// Trials a second, of late.
    pub trials_per_second: f64,
    /// Since it last spoke.
    pub silent_ms: u64,
    /// Version of the program.
    pub version: String,
    /// Revision of its source.
    pub revision: String,
    /// What it runs on, as in `x86_64`.
    pub architecture: String,
    /// Runs of which it holds work, the first of them.
    pub run_ids: Vec<RunId>,
    /// Why it gets no work, in words; empty where nothing keeps it.
    pub problem: String,
}
