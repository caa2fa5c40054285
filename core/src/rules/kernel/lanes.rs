//! Recursive averages of several nodes, side by side in the lanes of a vector: each bar waits for
//! the one before, but not for the other nodes.

use super::average::{Exponential, Wilder};
use super::{NONE, State};
use crate::simd::{Kernel, widest};

/// How many nodes go together.
pub(in crate::rules) const LANES: usize = 8;
/// Bars that are turned at a time, from a node each to a bar each and back.
const BLOCK_BARS: usize = 64;

/// The averages of some nodes and what they are made with.
struct Averages<'k, 'v, const IS_WILDER: bool> {
    now: [f64; LANES],
    /// Weights; of Wilder's the lengths less one.
    factors: [f64; LANES],
    lengths: [f64; LANES],
    inputs: &'k [&'v [f64]],
    outs: &'k mut [&'v mut [f64]],
}

impl<const IS_WILDER: bool> Kernel for Averages<'_, '_, IS_WILDER> {
    type Output = [f64; LANES];

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(mut self) -> [f64; LANES] {
        let mut block = [[NONE; LANES]; BLOCK_BARS];
        let bars = self.inputs.first().map_or(0, |input| input.len());
        for start in (0..bars).step_by(BLOCK_BARS) {
            let end = bars.min(start + BLOCK_BARS);
            for (lane, input) in self.inputs.iter().enumerate() {
                for (row, x) in block.iter_mut().zip(&input[start..end]) {
                    row[lane] = *x;
                }
            }
            for row in &mut block[..end - start] {
                self.step(row);
            }
            for (lane, out) in self.outs.iter_mut().enumerate() {
                for (row, out) in block.iter().zip(&mut out[start..end]) {
                    *out = row[lane];
                }
            }
        }
        self.now
    }
}

impl<const IS_WILDER: bool> Averages<'_, '_, IS_WILDER> {
    /// As one node after the other does it.
    #[expect(clippy::inline_always, reason = "part of the kernel")]
    #[inline(always)]
    fn step(&mut self, row: &mut [f64; LANES]) {
        let lanes = self.now.iter_mut().zip(&self.factors).zip(&self.lengths);
        for (x, ((now, factor), length)) in row.iter_mut().zip(lanes) {
            let next =
                if IS_WILDER { (*now * factor + *x) / length } else { *now + factor * (*x - *now) };
            let is_missing = x.is_nan();
            *now = if is_missing { *now } else { next };
            *x = if is_missing || !now.is_finite() { NONE } else { *now };
        }
    }
}

/// Takes averages of one kind over the next bars, at most [`LANES`] of them; `false` if some are
/// still seeded, and nothing was done.
pub(in crate::rules) fn run_together<'v>(
    states: &mut [&mut State],
    inputs: &[&'v [f64]],
    outs: &mut [&'v mut [f64]],
) -> bool {
    match states.first() {
        Some(State::Ema(_)) => {
            let exponential = |state: &mut State| match state {
                State::Ema(average) => average.seeded(),
                _ => None,
            };
            together::<false>(states, inputs, outs, exponential)
        }
        Some(State::Rma(_)) => {
            let wilder = |state: &mut State| match state {
                State::Rma(average) => average.seeded(),
                _ => None,
            };
            together::<true>(states, inputs, outs, wilder)
        }
        _ => false,
    }
}

/// What an average goes on with: itself, its factor and its length.
type Seeded = [f64; 3];

fn together<'v, const IS_WILDER: bool>(
    states: &mut [&mut State],
    inputs: &[&'v [f64]],
    outs: &mut [&'v mut [f64]],
    seeded: impl Fn(&mut State) -> Option<Seeded>,
) -> bool {
    let (mut now, mut factors, mut lengths) = ([0.0; LANES], [0.0; LANES], [1.0; LANES]);
    for (lane, state) in states.iter_mut().enumerate() {
        let Some([average, factor, length]) = seeded(state) else { return false };
        (now[lane], factors[lane], lengths[lane]) = (average, factor, length);
    }
    let kernel = Averages::<IS_WILDER> { now, factors, lengths, inputs, outs };
    let averages = widest(kernel);
    for (state, average) in states.iter_mut().zip(averages) {
        match state {
            State::Ema(Exponential { average: own, .. })
            | State::Rma(Wilder { average: own, .. }) => *own = average,
            _ => {}
        }
    }
    true
}
