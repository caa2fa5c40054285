//! What does not go on, for whoever looks after the server.

use super::Runner;
use crate::run::WaitReason;

/// Live runs that wait for the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standstill {
    /// What for, as in the contract.
    pub reason: &'static str,
    /// Whether something is wrong; else it is only not their turn.
    pub is_fault: bool,
    /// How many wait.
    pub count: usize,
    /// Since when the first of them does, UTC milliseconds.
    pub since_ms: i64,
    /// What it says of it.
    pub message: String,
}

impl Runner {
    /// For each reason why runs may wait how many do, also if none does.
    pub fn standstills(&self) -> Vec<Standstill> {
        let waiting = self.hub.waiting();
        let standstill = |reason: WaitReason| {
            let (count, since_ms, message) = match waiting.get(&reason) {
                Some((count, longest)) => (*count, longest.since_ms, longest.message.clone()),
                None => (0, 0, String::new()),
            };
            let is_fault = reason != WaitReason::Queue;
            Standstill { reason: reason.as_str(), is_fault, count, since_ms, message }
        };
        WaitReason::ALL.into_iter().map(standstill).collect()
    }

    /// How many wait in each of the queues of those who want to compute.
    pub fn queue_lengths(&self) -> [(&'static str, usize); 3] {
        [
            ("backtests", self.backtest_permits.waiting()),
            ("searches", self.sweep_slots.waiting()),
            ("chunks", self.sweep_permits.waiting()),
        ]
    }
}
