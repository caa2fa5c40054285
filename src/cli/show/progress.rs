//! How far a run is, shown while it runs: a bar for people, lines for logs. Never touches stdout.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::cli::show::subject::Subject;
use crate::cli::text::figures;
use crate::cli::text::foreign;
use crate::cli::text::output;
use crate::cli::text::progress_mode::ProgressMode;
use crate::pb;
use crate::pb::RunState;

/// Shows one run's progress on stderr.
pub(in crate::cli) struct Display {
    subject: Subject,
    surface: Surface,
}

enum Surface {
    Bar(ProgressBar),
    Lines { pace: Pace, since: Instant },
    Nothing,
}

impl Display {
    /// A display of a run that is about this.
    pub(in crate::cli) fn new(mode: ProgressMode, subject: Subject) -> Self {
        let surface = match mode {
            ProgressMode::Bar => Surface::Bar(bar()),
            ProgressMode::Auto if output::is_watched() => Surface::Bar(bar()),
            ProgressMode::Auto | ProgressMode::Plain => {
                Surface::Lines { pace: Pace::default(), since: Instant::now() }
            }
            ProgressMode::None => Surface::Nothing,
        };
        Self { subject, surface }
    }

    /// Shows where the run is now.
    pub(in crate::cli) fn show(&mut self, status: &pb::RunStatus) {
        let progress = status.progress.clone().unwrap_or_default();
        let subject = &self.subject;
        let title = &subject.title;
        match &mut self.surface {
            Surface::Bar(bar) => {
                bar.set_prefix(foreign::word(title).into_owned());
                bar.set_message(foreign::word(&words(status, subject)).into_owned());
                bar.set_length(progress.total.max(0) as u64);
                bar.set_position((progress.completed + progress.failed).max(0) as u64);
            }
            Surface::Lines { pace, since } => {
                if pace.is_due(status.state(), progress.fraction, since.elapsed()) {
                    output::talk(&format!("{title}  {}", words(status, subject)));
                }
            }
            Surface::Nothing => {}
        }
    }

    /// Says something without tearing the bar.
    pub(in crate::cli) fn note(&self, text: &str) {
        match &self.surface {
            Surface::Bar(bar) => bar.suspend(|| output::warn(text)),
            Surface::Lines { .. } => output::warn(text),
            Surface::Nothing => {}
        }
    }

    /// Takes the bar away; what was said in lines stays.
    pub(in crate::cli) fn close(self) {
        if let Surface::Bar(bar) = self.surface {
            bar.finish_and_clear();
        }
    }
}

/// A bar on stderr. The numbers beside it are the server's, so it needs no clock of its own.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{prefix}  {bar:24}  {msg}")
        .expect("the template is well formed")
        .progress_chars("=> ");
    ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr_with_hz(10)).with_style(style)
}

/// When a line is worth printing: at each change of state, each tenth, and every ten seconds.
#[derive(Debug, Default)]
struct Pace {
    last: Option<(RunState, u32, Duration)>,
}

impl Pace {
    fn is_due(&mut self, state: RunState, fraction: f64, now: Duration) -> bool {
        const LONGEST_SILENCE: Duration = Duration::from_secs(10);
        let tenth = (fraction * 10.0) as u32;
        let is_due = self.last.is_none_or(|(last_state, last_tenth, at)| {
            state != last_state || tenth != last_tenth || now.saturating_sub(at) >= LONGEST_SILENCE
        });
        if is_due {
            self.last = Some((state, tenth, now));
        }
        is_due
    }
}

/// The state of things in words: `1,240/1,764  70%  312/s  ETA 1.7s  3 failed  best sharpe 1.84`.
pub(in crate::cli) fn words(status: &pb::RunStatus, subject: &Subject) -> String {
    let progress = status.progress.clone().unwrap_or_default();
    let mut parts = Vec::new();
    let waits = status.waiting.as_ref().and_then(waits_for_storage);
    match status.state() {
        RunState::Pending if waits.is_some() => parts.push("queued".to_owned()),
        RunState::Pending if progress.queue_position > 0 => {
            return format!("queued, place {} in the queue", progress.queue_position);
        }
        RunState::Pending => return "queued".to_owned(),
        RunState::Running if status.cancel.is_some() => parts.push("stopping".to_owned()),
        RunState::Running | RunState::Unspecified => {}
        RunState::Paused => parts.push(paused(status)),
        RunState::Completed => parts.push("completed".to_owned()),
        RunState::Failed => parts.push("failed".to_owned()),
        RunState::Cancelled => parts.push("cancelled".to_owned()),
    }
    let done = progress.completed + progress.failed;
    let unit = match progress.unit() {
        pb::ProgressUnit::Bars => " bars",
        pb::ProgressUnit::Trials | pb::ProgressUnit::Unspecified => "",
    };
    parts.push(format!("{}/{}{unit}", figures::whole(done), figures::whole(progress.total)));
    // Rounded down: 100% is said only of all.
    parts.push(format!("{}%", (progress.fraction * 100.0).floor()));
    if progress.per_second > 0.0 {
        parts.push(figures::rate(progress.per_second));
    }
    match (status.state(), progress.remaining, progress.elapsed) {
        (RunState::Running, Some(remaining), _) => {
            parts.push(format!("ETA {}", figures::span(remaining)));
        }
        (RunState::Running, None, _) | (_, _, None) => {}
        (_, _, Some(elapsed)) => parts.push(format!("in {}", figures::span(elapsed))),
    }
    parts.extend(waits);
    if progress.failed > 0 {
        parts.push(format!("{} failed", figures::whole(progress.failed)));
    }
    parts.extend(progress.best_trial.as_ref().and_then(|trial| subject.best(trial)));
    parts.join("  ")
}

/// That somebody halted it, and why, if that was said.
fn paused(status: &pb::RunStatus) -> String {
    match status.pause.as_ref().map(|pause| pause.reason.as_str()).unwrap_or_default() {
        "" => "paused".to_owned(),
        reason => format!("paused: {}", foreign::word(reason)),
    }
}

/// Why a run stands still; its place in the queue is told otherwise.
fn waits_for_storage(waiting: &pb::Waiting) -> Option<String> {
    let what = match waiting.reason() {
        pb::WaitReason::StorageFull => "waits for room on the server's disk",
        pb::WaitReason::StorageError => "waits for the server's database",
        pb::WaitReason::Queue | pb::WaitReason::Unspecified => return None,
    };
    let since = waiting.since_time.as_ref().map(figures::moment_full);
    Some(since.map_or_else(|| what.to_owned(), |since| format!("{what} since {since}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::show::trial_table::trial;

    fn status(state: RunState, progress: pb::Progress) -> pb::RunStatus {
        pb::RunStatus { state: state.into(), progress: Some(progress), ..Default::default() }
    }

    fn halfway() -> pb::Progress {
        pb::Progress {
            unit: pb::ProgressUnit::Trials.into(),
            total: 1_764,
            completed: 1_237,
            failed: 3,
            fraction: 0.702_9,
            per_second: 312.4,
            remaining: Some(prost_types::Duration { seconds: 1, nanos: 700_000_000 }),
            ..Default::default()
        }
    }

    #[test]
    fn a_running_run_says_how_far_how_fast_and_how_long_still() {
        assert_eq!(
            words(&status(RunState::Running, halfway()), &Subject::default()),
            "1,240/1,764  70%  312/s  ETA 1.7s  3 failed"
        );
    }

    #[test]
    fn a_search_says_what_is_best_so_far() {
        let best_trial = pb::TrialSummary { objective_value: Some(1.841), ..trial(15, 60, None) };
        let progress = pb::Progress { best_trial: Some(best_trial), ..halfway() };
        let words = words(&status(RunState::Running, progress), &Subject::default());
        assert!(words.ends_with("  3 failed  best 1.84 (fast=15 slow=60)"), "{words}");
    }

    #[test]
    fn a_waiting_run_says_its_place() {
        let queued = pb::Progress { queue_position: 4, ..Default::default() };
        assert_eq!(
            words(&status(RunState::Pending, queued), &Subject::default()),
            "queued, place 4 in the queue"
        );
    }

    #[test]
    fn a_run_that_stands_still_says_why_and_since_when() {
        let waiting = pb::Waiting {
            reason: pb::WaitReason::StorageFull.into(),
            since_time: Some(figures::from_unix_ms(1_735_689_600_000)),
            ..Default::default()
        };
        let running = status(RunState::Running, halfway());
        let running = pb::RunStatus { waiting: Some(waiting), ..running };
        let said = words(&running, &Subject::default());
        let why = "waits for room on the server's disk since 2025-01-01 00:00:00";
        assert!(said.contains(why), "{said}");
    }

    #[test]
    fn nearly_all_is_not_a_hundred_percent() {
        let nearly = pb::Progress { total: 1_000, completed: 999, fraction: 0.999, ..halfway() };
        assert!(words(&status(RunState::Running, nearly), &Subject::default()).contains("  99%  "));
    }

    #[test]
    fn lines_come_at_each_tenth_each_change_and_every_ten_seconds() {
        let mut pace = Pace::default();
        let mut at =
            |state, fraction, seconds| pace.is_due(state, fraction, Duration::from_secs(seconds));
        assert!(at(RunState::Pending, 0.0, 0));
        assert!(at(RunState::Running, 0.0, 1));
        assert!(!at(RunState::Running, 0.09, 2));
        assert!(at(RunState::Running, 0.11, 3));
        assert!(!at(RunState::Running, 0.12, 12));
        assert!(at(RunState::Running, 0.13, 13));
        assert!(at(RunState::Completed, 0.13, 13));
    }
}
