//! What the language has words for: functions, sources and facts. Its functions are kernels, which
//! are computed, and the prelude, which is written in the language itself.

mod function;
mod names;
mod prelude;

pub(super) use function::{Argument, FUNCTIONS, Function, Kernel, Wanted, bounds, find};
pub(super) use names::{Fact, Source};
pub(super) use prelude::{PRELUDE, prelude};
