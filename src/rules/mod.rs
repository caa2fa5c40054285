//! Strategies as text: a small language of definitions and orders, whose programs cannot look
//! ahead because it has no words for it. Knows nothing of runs, files or the wire.
//!
//! A text becomes statements (`text`).

mod diagnostic;
mod kernel;
mod language;
mod limits;
mod place;
mod text;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use place::Place;
