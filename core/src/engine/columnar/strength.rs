//! The relative strength index of every bar: what follows from the bar before in one pass, the
//! divisions that do not in another, by vectors.

use crate::indicator::{AverageChanges, Indicator, strength};
use crate::simd::{Kernel, widest};

/// The index over `period` changes, bar by bar; NaN where there is none.
pub(super) fn column(closes: &[i64], period: usize) -> Vec<f64> {
    let mut averages = AverageChanges::new(period);
    let (gains, losses) =
        closes.iter().map(|&close| averages.update(close).unwrap_or((f64::NAN, f64::NAN))).unzip();
    widest(Strengths { gains, losses })
}

struct Strengths {
    gains: Vec<f64>,
    losses: Vec<f64>,
}

impl Kernel for Strengths {
    type Output = Vec<f64>;

    #[expect(clippy::inline_always, reason = "compiled anew for each level")]
    #[inline(always)]
    fn run(mut self) -> Vec<f64> {
        for (gain, &loss) in self.gains.iter_mut().zip(&self.losses) {
            *gain = strength(*gain, loss);
        }
        self.gains
    }
}
