//! The wish that the server end, and the promise that it does: within ten seconds, whatever holds
//! up the threads that answer. So it is heard and kept by a thread of its own.

use std::io;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use signal_hook::low_level;
use tokio_util::sync::CancellationToken;

use crate::system::{Wishes, end_by_wish};

/// What service managers and containers wait for before they kill is ten seconds.
const END_WITHIN: Duration = Duration::from_millis(9_500);
/// A log that nobody reads must not hold up the end either.
const LAST_WORD_WITHIN: Duration = Duration::from_millis(200);
/// As of every program that failed.
const FAILURE: i32 = 1;
/// What a shell adds to the signal that ended a program.
const SIGNALLED: i32 = 128;

/// Resolves at the first Ctrl-C or SIGTERM from this call on: both are caught before it returns, so
/// that a signal in the first moments ends the server as well as a later one. Ten seconds after
/// that the process is over, and at a second signal at once: then the next start goes on as after
/// a crash.
///
/// # Errors
///
/// If the signals cannot be caught or no thread can wait for them.
pub fn stop_signal() -> io::Result<impl Future<Output = ()> + Send + 'static> {
    let mut wishes = Wishes::hear()?;
    let stop = CancellationToken::new();
    let told = stop.clone();
    thread::Builder::new().name("stop".to_owned()).spawn(move || {
        if wishes.wait().is_none() {
            return;
        }
        let (tell_again, again) = mpsc::channel();
        // It hears a second signal while this one waits.
        let listening = thread::Builder::new().name("stop-now".to_owned()).spawn(move || {
            _ = wishes.wait().map(|signal| tell_again.send(signal));
        });
        told.cancel();
        if listening.is_err() {
            thread::sleep(END_WITHIN);
        }
        match again.recv_timeout(END_WITHIN) {
            Ok(signal) => low_level::exit(SIGNALLED + signal),
            Err(_) => end(),
        }
    })?;
    Ok(stop.cancelled_owned())
}

/// From now on the end of standard input is a SIGTERM. Only its holder's death or wish ends it, so
/// a server that a program starts for itself is never left behind, whatever becomes of that one.
///
/// # Errors
///
/// If no thread can wait for it.
pub fn stop_with_stdin() -> io::Result<()> {
    let until_ended = || {
        // What cannot be read has nobody who holds it either.
        _ = io::copy(&mut io::stdin(), &mut io::sink());
        end_by_wish();
    };
    thread::Builder::new().name("stdin".to_owned()).spawn(until_ended).map(drop)
}

fn end() {
    let (tell_said, said) = mpsc::channel();
    let speaking = thread::Builder::new().spawn(move || {
        tracing::error!("what still works does not end in time; the next start goes on with it");
        _ = tell_said.send(());
    });
    if speaking.is_ok() {
        _ = said.recv_timeout(LAST_WORD_WITHIN);
    }
    low_level::exit(FAILURE);
}
