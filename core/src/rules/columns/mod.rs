//! A graph over all bars of a run at once: node by node in tiles that stay in a core's cache, and
//! what many trials have in common once. To the bits of `stream`, which defines the values.

mod bits;
mod cost;
mod elementwise;
#[cfg(test)]
mod equality;
mod evaluate;
mod lined;
mod peephole;
mod plot;
#[cfg(test)]
pub(crate) mod programs;
mod script;
mod streamed;
mod together;
mod union;
mod walked;

pub(super) use plot::Plotted;
