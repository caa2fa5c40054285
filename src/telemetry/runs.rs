//! What becomes of submissions, runs and trials. No run is named: names would never end.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use super::Instrument;
use super::timer::of_runs;

/// A clone is the same instrument.
#[derive(Clone, Debug)]
pub struct RunInstruments {
    ends: Family<EndLabels, Counter>,
    durations: Family<KindLabels, Histogram, fn() -> Histogram>,
    queue_waits: Histogram,
    trials: Family<OutcomeLabels, Counter>,
    bars: Counter,
    stalls: Counter,
    submissions: Family<DispositionLabels, Counter>,
}

/// A run that is over.
#[derive(Clone, Copy, Debug)]
pub struct EndedRun {
    /// As in the contract.
    pub kind: &'static str,
    /// As in the contract.
    pub state: &'static str,
    /// From its start to its end, in this process; none if it never started.
    pub ran: Option<Duration>,
    /// Bars that were gone through.
    pub bars: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EndLabels {
    kind: &'static str,
    state: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct KindLabels {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OutcomeLabels {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DispositionLabels {
    disposition: &'static str,
}

impl Default for RunInstruments {
    fn default() -> Self {
        Self {
            ends: Family::default(),
            durations: Family::new_with_constructor(of_runs),
            queue_waits: of_runs(),
            trials: Family::default(),
            bars: Counter::default(),
            stalls: Counter::default(),
            submissions: Family::default(),
        }
    }
}

impl RunInstruments {
    /// A submission was answered with a run.
    pub fn submitted(&self, disposition: &'static str) {
        self.submissions.get_or_create(&DispositionLabels { disposition }).inc();
    }

    /// A run began to compute, so long after it was taken in or taken up.
    pub fn started(&self, waited: Duration) {
        self.queue_waits.observe(waited.as_secs_f64());
    }

    /// Trials were committed.
    pub fn committed(&self, completed: u64, failed: u64) {
        for (outcome, count) in [("completed", completed), ("failed", failed)] {
            self.trials.get_or_create(&OutcomeLabels { outcome }).inc_by(count);
        }
    }

    /// Nothing of a run moves, though it is being computed.
    pub fn stalled(&self) {
        self.stalls.inc();
    }

    /// A run is over.
    pub fn ended(&self, EndedRun { kind, state, ran, bars }: EndedRun) {
        self.ends.get_or_create(&EndLabels { kind, state }).inc();
        self.bars.inc_by(bars);
        if let Some(ran) = ran {
            self.durations.get_or_create(&KindLabels { kind }).observe(ran.as_secs_f64());
        }
    }
}

impl Instrument for RunInstruments {
    fn register(&self, registry: &mut Registry) {
        let registry = registry.sub_registry_with_prefix("tradeforge");
        registry.register("runs", "Runs that are over", self.ends.clone());
        let help = "Time from the start of a run to its end, of the last attempt";
        registry.register("run_duration_seconds", help, self.durations.clone());
        let help = "Time from taking a run in to its start";
        registry.register("queue_wait_seconds", help, self.queue_waits.clone());
        registry.register("trials", "Trials that were committed", self.trials.clone());
        let help = "Bars that runs went through, counted when they end";
        registry.register("bars_processed", help, self.bars.clone());
        let help = "Times that nothing moved of a run that is computed: its strategy may hang";
        registry.register("stalls", help, self.stalls.clone());
        let help = "Submissions by whether they made a run, joined one or reused one";
        registry.register("dedup", help, self.submissions.clone());
    }
}
