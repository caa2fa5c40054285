//! Many trials over one series, by columns: the same results as bar by bar, to the bit.
//!
//! A trial whose strategy states its [`Rule`](crate::strategy::Rule) needs no look at every bar.
//! Its signals are computed for a whole tile of bars as bit masks; the loop leaps from one bar
//! where something happens to the next; and what the metrics need of the bars between comes from
//! vectors over the closes. Fills, money and metrics are those of the bar loop, by the same code.
//! What this cannot state exactly is left to the bar loop, which defines the result.

mod besides;
mod closing;
#[cfg(test)]
mod equality;
mod leap;
mod lines;
mod macd_cross;
mod mask;
mod mean_cross;
mod mean_ranges;
mod run_all;
#[cfg(test)]
mod segment_laws;
mod sharing;
mod shelf;
mod signals;
mod strength;
mod studies;
mod tape;
#[cfg(test)]
mod texts;
mod touch;
mod walk;
#[cfg(test)]
mod watched;
mod worked;

pub use tape::Tape;
