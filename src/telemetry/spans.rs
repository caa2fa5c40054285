//! What takes its time, told to a collector of traces: calls, runs, what is computed again,
//! imports, deliveries; never a chunk or a trial, of which there are thousands a second.
//!
//! A run outlives the call that made it, so it has a trace of its own, whose id is the id of the
//! run: every attempt is in it, whichever process made it. Nothing that callers write (texts,
//! names, headers, addresses) is ever told, but for methods, ids, states and counts.

use http::HeaderMap;

use super::otlp::{self, Open};

/// A piece of work; told when it is dropped.
#[derive(Debug)]
pub struct Span(Option<Open>);

/// How a piece of work stands to the others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place<'p> {
    /// Asked for from outside, perhaps within a trace that is told in the headers.
    Asked(&'p HeaderMap),
    /// In the trace of a run, linked to the work that it comes from.
    OfRun(u128),
    /// Within the work that is under way.
    Within,
}

impl Span {
    /// A call, by the full name of its method or by verb and route.
    pub fn call(name: &str, headers: &HeaderMap) -> Self {
        Self(otlp::open(|| name.to_owned().into(), Place::Asked(headers)))
    }

    /// Something that becomes of the run of that id.
    pub fn of_run(name: &'static str, run_id: &[u8; 16]) -> Self {
        Self(otlp::open(|| name.into(), Place::OfRun(u128::from_be_bytes(*run_id))))
    }

    /// Something within the work that is under way.
    pub fn within(name: &'static str) -> Self {
        Self(otlp::open(|| name.into(), Place::Within))
    }

    /// None.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Says more of it. The text is only made where it is told.
    pub fn note<T: Into<Note>>(&self, name: &'static str, value: impl FnOnce() -> T) {
        if let Some(open) = &self.0 {
            open.note(name, value().into());
        }
    }

    /// It did not come to a good end.
    pub fn fail(&self, why: &'static str) {
        if let Some(open) = &self.0 {
            open.fail(why);
        }
    }

    /// The same work, under way in this span.
    pub fn around<W: Future>(&self, work: W) -> impl Future<Output = W::Output> + use<W> {
        otlp::around(self.0.clone(), work)
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            open.end();
        }
    }
}

/// What is said of a piece of work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// A word of this program, or an id.
    Text(String),
    /// A count.
    Count(i64),
}

impl From<String> for Note {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<&str> for Note {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<u64> for Note {
    fn from(count: u64) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Note {
    fn from(count: u32) -> Self {
        Self::Count(count.into())
    }
}

/// Says more of the work that is under way.
pub fn note_here<T: Into<Note>>(name: &'static str, value: impl FnOnce() -> T) {
    if let Some(open) = otlp::here() {
        open.note(name, value().into());
    }
}
