//! In place of `otlp.rs` where a build cannot export traces: there are no spans, and it says so to
//! whoever asks for them.

use std::borrow::Cow;
use std::convert::Infallible;

use super::Registry;
use super::otlp_settings::Collector;
use super::spans::{Note, Place};

/// A span that is open; there is none.
#[derive(Clone, Debug)]
pub(super) struct Open(Infallible);

impl Open {
    pub(super) fn note(&self, _: &'static str, _: Note) {
        match self.0 {}
    }

    pub(super) fn fail(&self, _: &'static str) {
        match self.0 {}
    }

    pub(super) fn end(self) {
        match self.0 {}
    }
}

pub(super) fn open(_: impl FnOnce() -> Cow<'static, str>, _: Place<'_>) -> Option<Open> {
    None
}

pub(super) fn here() -> Option<Open> {
    None
}

pub(super) fn around<W: Future>(_: Option<Open>, work: W) -> W {
    work
}

pub(super) fn carried<W: Future>(work: W) -> W {
    work
}

/// Traces on their way; there are none.
#[derive(Debug)]
pub struct Traces(Infallible);

impl Traces {
    pub(super) fn begin(_: &Collector) -> Result<Self, String> {
        Err("this build cannot: it lacks the feature `otlp`".to_owned())
    }

    /// Brings what is left.
    #[expect(clippy::unused_async, reason = "it stands for one that waits")]
    pub async fn end(self) {
        match self.0 {}
    }
}

/// Measures none.
pub fn measure_traces(_: &mut Registry) {}
