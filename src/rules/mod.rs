//! Strategies as text: a small language of definitions and orders, whose programs cannot look
//! ahead because it has no words for it. Knows nothing of runs, files or the wire.
//!
//! A text becomes statements (`text`), names and types are found (`check`), which gives a graph of
//! kernels with its parameters open (`graph`). Each trial fills it in and goes through it bar by
//! bar (`stream`); what each kernel computes stands in `kernel`, what there is in `language`.

mod affine;
mod check;
mod describe;
mod diagnostic;
mod graph;
mod kernel;
mod language;
#[cfg(test)]
mod limit_laws;
mod limits;
mod moment;
mod place;
mod strategy;
mod stream;
#[cfg(test)]
mod tests;
mod text;

pub use describe::{FunctionText, Language, describe};
pub use diagnostic::{Code, Diagnostic, Severity};
pub use place::Place;
pub use strategy::{Compiled, LANGUAGE, compile};
