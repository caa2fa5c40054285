//! Strategies as text: a small language of definitions and orders, whose programs cannot look
//! ahead because it has no words for it. Knows nothing of runs, files or the wire.
//!
//! A text becomes statements (`text`).

mod check;
mod diagnostic;
mod graph;
mod kernel;
mod language;
mod limits;
mod moment;
mod place;
mod stream;
mod text;
#[cfg(test)]
mod tests;

pub use diagnostic::{Code, Diagnostic, Severity};
pub use place::Place;
