//! Strategies as text: a small language of definitions and orders, whose programs cannot look
//! ahead because it has no words for it. Knows nothing of runs, files or the wire.
//!
//! A text becomes statements (`text`), names and types are found (`check`), which gives a graph of
//! kernels with its parameters open (`graph`). Each trial fills it in (`ruled`) and goes through it
//! bar by bar (`stream`), or over all bars together with others (`columns`). What each kernel
//! computes stands in `kernel`, what there is in `language`.

mod across;
mod acting;
mod affine;
mod amounts;
mod asked;
mod batch;
mod check;
mod columns;
mod demand;
mod describe;
mod diagnostic;
mod filled;
mod graph;
mod held;
#[cfg(test)]
mod hostile;
mod kernel;
mod language;
#[cfg(test)]
mod limit_laws;
mod limits;
#[cfg(test)]
mod mistakes;
mod moment;
mod moving;
#[cfg(test)]
mod one_mistake;
mod pace;
mod page;
mod place;
mod resting;
mod rows;
mod ruled;
mod shipped;
mod sizes;
mod strategy;
mod stream;
#[cfg(test)]
mod tests;
mod text;
mod universe;
mod vscode;
mod watcher;

#[cfg(test)]
pub(crate) use columns::programs;
pub use describe::{FunctionText, Language, describe};
pub use diagnostic::{Code, Diagnostic, Severity};
pub use pace::Pace;
pub use place::Place;
pub use shipped::said_again;
pub use strategy::{Compiled, LANGUAGE, compile};
pub use watcher::{Named, ValueKind};
