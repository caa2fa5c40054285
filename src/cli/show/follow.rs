//! Following a run to its end, over broken connections and restarts of the server.

use std::time::{Duration, Instant};

use tonic::{Code, Status};

use crate::cli::show::progress::Display;
use crate::cli::text::output;
use crate::cli::wire::connect::{Connection, GlobalArgs};
use crate::cli::wire::error::CliError;
use crate::json;
use crate::pb;
use crate::pb::RunState;
use crate::pb::watch_progress_response::Event;

/// How long a server may stay away before following it is given up.
const PATIENCE: Duration = Duration::from_mins(1);
const FIRST_PAUSE: Duration = Duration::from_millis(250);
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// How following a run came to its end.
#[derive(Debug)]
pub(in crate::cli) enum Ending {
    /// The run is final, with this status.
    Final(Box<pb::RunStatus>),
    /// Ctrl-C; the run goes on.
    Detached,
}

/// What becomes of each event of a followed run.
pub(in crate::cli) enum Observer {
    /// It is shown on stderr.
    Shown(Display),
    /// It is printed on stdout, one JSON object a line.
    Printed,
}

impl Observer {
    fn take(&mut self, event: &pb::WatchProgressResponse) -> Result<(), CliError> {
        match (self, &event.event) {
            (Self::Printed, _) => output::data(&json::object(event))?,
            (Self::Shown(display), Some(Event::Snapshot(status))) => display.show(status),
            (Self::Shown(_), Some(Event::Heartbeat(_)) | None) => {}
        }
        Ok(())
    }

    fn note(&self, text: &str) {
        match self {
            Self::Shown(display) => display.note(text),
            Self::Printed => {}
        }
    }
}

/// Follows a run until it is final or Ctrl-C is pressed.
pub(in crate::cli) async fn follow(
    connection: &Connection,
    run_id: &str,
    mut observer: Observer,
) -> Result<Ending, CliError> {
    let ending = tokio::select! {
        // Listening for Ctrl-C before the first event: a press is never lost, and never kills.
        biased;
        pressed = tokio::signal::ctrl_c() => pressed.map(|()| Ending::Detached).map_err(Into::into),
        status = until_final(connection, run_id, &mut observer) => {
            status.map(|status| Ending::Final(Box::new(status)))
        }
    };
    if let Observer::Shown(display) = observer {
        display.close();
    }
    ending
}

/// Says on stderr that the run goes on without us, and how to come back to it.
pub(in crate::cli) fn tell_detached(globals: &GlobalArgs, run_id: &str) {
    if globals.is_json {
        return;
    }
    output::talk(&format!("run {run_id} goes on"));
    output::help(&format!("watch it with: {}", globals.command(&format!("watch {run_id}"))));
    output::help(&format!("stop it with:  {}", globals.command(&format!("cancel {run_id}"))));
}

/// Whether the run has ended.
pub(in crate::cli) fn is_final(state: RunState) -> bool {
    match state {
        RunState::Completed | RunState::Failed | RunState::Cancelled => true,
        RunState::Pending | RunState::Running | RunState::Paused | RunState::Unspecified => false,
    }
}

/// Watches again and again, each time from where the last watch broke, until the final snapshot.
async fn until_final(
    connection: &Connection,
    run_id: &str,
    observer: &mut Observer,
) -> Result<pb::RunStatus, CliError> {
    let mut after_sequence = None;
    let mut patience = Patience::new();
    loop {
        let before = after_sequence;
        let broken = match watch_once(connection, run_id, &mut after_sequence, observer).await {
            Ok(Some(status)) => return Ok(status),
            Ok(None) => Status::unavailable("the server ended the stream before the run ended"),
            Err(CliError::Refused(status)) if is_passing(&status) => *status,
            Err(error) => return Err(error),
        };
        if after_sequence != before {
            patience = Patience::new();
        }
        let Some(pause) = patience.next_pause() else { return Err(broken.into()) };
        if patience.is_first_pause() {
            observer.note("lost the server, trying again; the run is safe there");
        }
        tokio::time::sleep(pause).await;
    }
}

/// One watch from its first event to its end: the final status, or `None` if there was none.
async fn watch_once(
    connection: &Connection,
    run_id: &str,
    after_sequence: &mut Option<i64>,
    observer: &mut Observer,
) -> Result<Option<pb::RunStatus>, CliError> {
    let request = pb::WatchProgressRequest {
        run_id: run_id.to_owned(),
        after_sequence: *after_sequence,
        ..Default::default()
    };
    let mut events = connection.runs().watch_progress(request).await?.into_inner();
    let mut last = None;
    while let Some(event) = events.message().await? {
        *after_sequence = Some(event.sequence);
        observer.take(&event)?;
        if let Some(Event::Snapshot(status)) = event.event {
            last = is_final(status.state()).then_some(status);
        }
    }
    Ok(last)
}

/// Whether the fault is the connection's or a restart's, so that trying again makes sense.
fn is_passing(status: &Status) -> bool {
    let is_broken = std::error::Error::source(status).is_some();
    match status.code() {
        Code::Unavailable => true,
        // How a connection that breaks within a stream shows itself.
        Code::Unknown | Code::Internal | Code::Cancelled => is_broken,
        _ => false,
    }
}

/// How long to go on trying: pauses that double, for a minute in all.
struct Patience {
    since: Instant,
    pauses: u32,
}

impl Patience {
    fn new() -> Self {
        Self { since: Instant::now(), pauses: 0 }
    }

    fn next_pause(&mut self) -> Option<Duration> {
        if self.pauses == 0 {
            self.since = Instant::now();
        }
        let pause = (FIRST_PAUSE * 2_u32.saturating_pow(self.pauses.min(8))).min(LONGEST_PAUSE);
        self.pauses += 1;
        (self.since.elapsed() < PATIENCE).then_some(pause)
    }

    const fn is_first_pause(&self) -> bool {
        self.pauses == 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_goes_away_is_waited_for_and_one_that_refuses_is_not() {
        assert!(is_passing(&Status::unavailable("shutting down")));
        assert!(!is_passing(&Status::not_found("no such run")));
        assert!(!is_passing(&Status::internal("a fault of the server's own")));
    }

    #[test]
    fn pauses_grow_but_not_for_ever() {
        let mut patience = Patience::new();
        let pauses: Vec<Duration> = (0..6).filter_map(|_| patience.next_pause()).collect();
        assert_eq!(pauses[..3], [FIRST_PAUSE, FIRST_PAUSE * 2, FIRST_PAUSE * 4]);
        assert_eq!(pauses[5], LONGEST_PAUSE);
    }
}
