//! What each kernel computes, one bar after the other. Numbers are doubles and *none* is NaN;
//! conditions are 1, 0 and NaN. These are the definitions: whoever computes more bars at a time
//! comes to the same bits.

mod at_once;
mod average;
mod deviation;
mod lanes;
mod sar;
mod scalar;
mod since;
mod sorted;
mod supertrend;
mod swing;
mod window;

use super::language::Kernel;
use average::{Exponential, Kaufman, Wilder};
pub(super) use deviation::Deviation;
pub(super) use lanes::{LANES, run_together};
use sar::Sar;
pub(super) use scalar::{scalar, scalar_of};
use since::{Lasting, Since};
use sorted::Sorted;
use supertrend::Supertrend;
use swing::Swing;
use window::{CoMoments, Greatest, Moments, Product, Top, Total, Weighted, Window};

/// No value.
pub(super) const NONE: f64 = f64::NAN;

/// A condition as a number.
#[inline]
pub(super) fn condition(value: bool) -> f64 {
    f64::from(u8::from(value))
}

/// Where a node reads and where it writes, among the values of its graph.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wire {
    pub(super) args: [u32; 3],
    pub(super) out: u32,
}

/// The value at that place; none at one that there is not.
#[inline]
pub(super) fn read(values: &[f64], place: u32) -> f64 {
    values.get(place as usize).copied().unwrap_or(NONE)
}

/// The constants of a kernel: lengths and factors, in the order of its arguments.
pub(super) type Constants = [f64; 4];

impl State {
    /// What a kernel with these constants remembers before its first bar.
    pub(super) fn new(kernel: Kernel, constants: Constants) -> Self {
        let [first, second, third, _] = constants;
        let length = first as usize;
        match kernel {
            Kernel::Past => Self::Past(Past::new(length)),
            Kernel::Sum => Self::Sum(Window::new(length)),
            Kernel::Product => Self::Product(Window::new(length)),
            Kernel::Wma => Self::Wma(Window::new(length)),
            Kernel::Variance => Self::Variance(Window::new(length)),
            Kernel::Covariance => Self::Covariance(Window::new(length)),
            Kernel::Highest => Self::Highest(Window::new(length)),
            Kernel::Lowest => Self::Lowest(Window::new(length)),
            Kernel::BarsFromHighest => Self::FromHighest(Window::new(length)),
            Kernel::BarsFromLowest => Self::FromLowest(Window::new(length)),
            Kernel::MeanDeviation => Self::Deviation(Deviation::new(length)),
            Kernel::Quantile | Kernel::PercentRank => {
                Self::Sorted(Sorted::new(kernel, length, second))
            }
            Kernel::Ema => Self::Ema(Exponential::new(length)),
            Kernel::Rma => Self::Rma(Wilder::new(length)),
            Kernel::Kama => Self::Kama(Kaufman::new(length, second, third)),
            Kernel::Sar => Self::Sar(Sar::new(first, second, third)),
            Kernel::Supertrend | Kernel::SupertrendSide => {
                let tells_side = kernel == Kernel::SupertrendSide;
                Self::Supertrend(Supertrend::new(first, second as usize, tells_side))
            }
            Kernel::ZigzagHigh | Kernel::ZigzagLow => {
                let is_high = kernel == Kernel::ZigzagHigh;
                Self::Swing(Box::new(Swing::new(first, second, third as usize, is_high)))
            }
            Kernel::All | Kernel::Any | Kernel::Count => {
                Self::Lasting(Lasting::new(kernel, length))
            }
            Kernel::Streak
            | Kernel::BarsSince
            | Kernel::ValueWhen
            | Kernel::SumSince
            | Kernel::HighestSince
            | Kernel::LowestSince
            | Kernel::Cumulative
            | Kernel::Held => Self::Since(Since::new(kernel, length)),
            _ => Self::Scalar(kernel),
        }
    }
}

/// One table for all ways through the bars: what a node remembers, and its value at the next bar.
macro_rules! steps {
    (
        $a:ident $b:ident $c:ident;
        $($variant:ident($state:ident: $remembered:ty) => $value:expr,)+
    ) => {
        /// What a node remembers.
        #[derive(Clone, Debug)]
        pub(super) enum State {
            $($variant($remembered),)+
        }

        /// Nodes of one kind that wait for nothing of one another.
        #[derive(Clone, Debug)]
        pub(super) enum Rank {
            $($variant(Vec<($remembered, Wire)>),)+
        }

        impl State {
            /// The values at the next bars, one after the other.
            #[expect(unused_variables, reason = "most kernels read one argument")]
            pub(super) fn run(&mut self, a: &[f64], b: &[f64], c: &[f64], out: &mut [f64]) {
                match self {
                    Self::Variance(window) => return window.run(a, out),
                    Self::Deviation(window) => return window.run(a, out),
                    _ => {}
                }
                let bars = out.iter_mut().zip(a).zip(b).zip(c);
                match self {
                    $(Self::$variant($state) => {
                        for (((out, &$a), &$b), &$c) in bars {
                            *out = $value;
                        }
                    })+
                }
            }

            /// A rank of no node yet, for those of its kind.
            pub(super) fn rank(&self) -> Rank {
                match self {
                    $(Self::$variant(_) => Rank::$variant(Vec::new()),)+
                }
            }
        }

        impl Rank {
            /// Takes in one more node of its kind.
            pub(super) fn push(&mut self, state: State, wire: Wire) {
                match (self, state) {
                    $((Self::$variant(nodes), State::$variant(state)) => {
                        nodes.push((state, wire));
                    })+
                    (rank, state) => unreachable!("{state:?} is not of the kind of {rank:?}"),
                }
            }

            /// The values at the next bar, node by node.
            #[expect(unused_variables, reason = "most kernels read one argument")]
            #[inline]
            pub(super) fn step(&mut self, values: &mut [f64]) {
                match self {
                    $(Self::$variant(nodes) => {
                        for ($state, Wire { args, out }) in nodes {
                            let [$a, $b, $c] = args.map(|place| read(values, place));
                            values[*out as usize] = $value;
                        }
                    })+
                }
            }
        }
    };
}

steps! {
    a b c;
    // Nothing: the kernel is elementwise.
    Scalar(kernel: Kernel) => scalar(*kernel, a, b, c),
    // The values of the last bars.
    Past(past: Past) => past.exchange(a),
    Sum(window: Window<Total>) => window.step(a).map_or(NONE, |total| finite(total.0)),
    Product(window: Window<Product>) => window.step(a).map_or(NONE, |product| finite(product.0)),
    Wma(window: Window<Weighted>) => window.step(a).map_or(NONE, Weighted::mean),
    Variance(window: Window<Moments>) => window.step(a).map_or(NONE, Moments::variance),
    Covariance(window: Window<CoMoments>) => {
        window.step_pair(a, b).map_or(NONE, CoMoments::covariance)
    },
    Highest(window: Window<Top>) => window.step(a).map_or(NONE, |top| top.0),
    Lowest(window: Window<Top>) => window.step(-a).map_or(NONE, |top| -top.0),
    FromHighest(window: Window<Greatest>) => window.step(a).map_or(NONE, Greatest::bars_ago),
    FromLowest(window: Window<Greatest>) => window.step(-a).map_or(NONE, Greatest::bars_ago),
    Deviation(window: Deviation) => window.step(a),
    Sorted(sorted: Sorted) => sorted.step(a),
    Ema(average: Exponential) => average.step(a),
    Rma(average: Wilder) => average.step(a),
    Kama(average: Kaufman) => average.step(a),
    Sar(sar: Sar) => sar.step(a, b),
    Supertrend(trend: Supertrend) => trend.step(a, b, c),
    Swing(swing: Box<Swing>) => swing.step(a, b, c),
    Lasting(lasting: Lasting) => lasting.step(a),
    Since(since: Since) => since.step(a, b),
}

/// What is not finite is none.
#[inline]
pub(super) fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { NONE }
}

/// The values of the last bars, as many as one looks back.
#[derive(Clone, Debug)]
pub(super) struct Past {
    ring: Box<[f64]>,
    next: usize,
}

impl Past {
    pub(super) fn new(back: usize) -> Self {
        Self { ring: vec![NONE; back].into(), next: 0 }
    }

    /// The value of so many bars ago.
    #[inline]
    pub(super) fn value(&self) -> f64 {
        self.ring.get(self.next).copied().unwrap_or(NONE)
    }

    /// Takes the value of this bar, once it is known.
    #[inline]
    pub(super) fn push(&mut self, value: f64) {
        if let Some(slot) = self.ring.get_mut(self.next) {
            *slot = value;
            self.next += 1;
            if self.next == self.ring.len() {
                self.next = 0;
            }
        }
    }

    #[inline]
    fn exchange(&mut self, value: f64) -> f64 {
        let past = self.value();
        self.push(value);
        past
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_elementwise_remembers_nothing_and_all_else_remembers() {
        for function in super::super::language::FUNCTIONS {
            let kernel = function.kernel;
            if kernel.is_across() {
                // Its value comes from outside of its instrument.
                continue;
            }
            let is_scalar = matches!(State::new(kernel, [1.0; 4]), State::Scalar(_));
            assert_eq!(is_scalar, kernel.is_elementwise(), "{kernel:?}");
        }
        for kernel in [Kernel::Add, Kernel::Less, Kernel::And, Kernel::If, Kernel::Negate] {
            assert!(kernel.is_elementwise());
        }
        assert!(!Kernel::Past.is_elementwise());
    }

    #[test]
    fn the_past_is_none_until_there_is_one() {
        let mut past = State::new(Kernel::Past, [2.0, 0.0, 0.0, 0.0]);
        let (bars, mut values) = ([1.0, 2.0, 3.0, 4.0], [NONE; 4]);
        past.run(&bars, &bars, &bars, &mut values);
        assert!(values[..2].iter().all(|value| value.is_nan()));
        assert_eq!(values[2..], [1.0, 2.0]);
    }
}
