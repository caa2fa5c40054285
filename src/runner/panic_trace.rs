//! Panics of a trial, caught with their message and stack trace.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, Once, PoisonError};

use super::panic_message::message_of;
use crate::run::Failure;

/// Traces that are taken of panics in one place; a trace costs milliseconds.
const TRACES_MAX: u32 = 10;

thread_local! {
    static IN_TRIAL: Cell<bool> = const { Cell::new(false) };
    static TAKEN: RefCell<Option<Arc<Traces>>> = const { RefCell::new(None) };
    static CAUGHT: RefCell<Option<Failure>> = const { RefCell::new(None) };
}

/// How many traces were taken, by the place of the panic.
#[derive(Debug, Default)]
pub(super) struct Traces(Mutex<HashMap<String, u32>>);

impl Traces {
    /// Whether one more is to be taken there.
    fn take(&self, place: &str) -> bool {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let taken = taken.entry(place.to_owned()).or_default();
        *taken = taken.saturating_add(1);
        *taken <= TRACES_MAX
    }
}

/// Does work in which so many traces are taken, and no more.
pub(super) fn sparing<T>(traces: &Arc<Traces>, work: impl FnOnce() -> T) -> T {
    TAKEN.set(Some(Arc::clone(traces)));
    let result = work();
    TAKEN.set(None);
    result
}

/// Makes panics inside [`catch`] leave their trace there; all others go where they went before.
pub(super) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let former = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !IN_TRIAL.get() {
                return former(info);
            }
            let place = info.location().map(ToString::to_string).unwrap_or_default();
            let mut failure = Failure::new("PANIC", message_of(info.payload()));
            if TAKEN.with_borrow(|traces| traces.as_ref().is_none_or(|it| it.take(&place))) {
                failure.stack_trace = Backtrace::force_capture().to_string();
            }
            failure.metadata.insert("location".to_owned(), place);
            CAUGHT.set(Some(failure));
        }));
    });
}

/// Runs a trial; a panic in it is a failure with its stack trace.
pub(super) fn catch<T>(trial: impl FnOnce() -> T) -> Result<T, Failure> {
    IN_TRIAL.set(true);
    // What the trial borrowed is dropped with it, so nothing half-changed is seen again.
    let result = panic::catch_unwind(AssertUnwindSafe(trial));
    IN_TRIAL.set(false);
    result.map_err(|payload| {
        CAUGHT.take().unwrap_or_else(|| Failure::new("PANIC", message_of(&*payload)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_failure_with_its_message_and_a_readable_trace() {
        install();
        let failure = catch(|| -> u8 { panic!("value {} is cursed", 13) }).unwrap_err();
        assert_eq!(
            (failure.reason.as_str(), failure.message.as_str()),
            ("PANIC", "value 13 is cursed")
        );
        assert!(failure.metadata["location"].contains("panic_trace.rs"));
        assert!(failure.stack_trace.contains("panic_trace"), "{}", failure.stack_trace);
        assert_eq!(catch(|| 7), Ok(7));
    }

    #[test]
    fn only_the_first_panics_of_a_place_have_a_trace() {
        install();
        let traces = Arc::default();
        let mut with_trace = 0;
        for number in 0..30 {
            let trial = || -> u8 { if number % 2 == 0 { panic!("even") } else { panic!("odd") } };
            let failure = sparing(&traces, || catch(trial)).unwrap_err();
            assert!(failure.metadata["location"].contains("panic_trace.rs"));
            with_trace += usize::from(!failure.stack_trace.is_empty());
        }
        assert_eq!(with_trace, 20, "ten of each place");
    }
}
