//! One kernel, compiled once for each level of vector instructions; the best that the machine has
//! is chosen at run time. Every level gives the same bits: nothing is reordered or fused.

use std::ops::{Add, Div, Mul, Sub};
use std::sync::LazyLock;

/// A loop that the compiler can turn into vector instructions. Implementations are
/// `#[inline(always)]`, so that they are compiled anew for each level.
pub trait Kernel {
    /// What it computes.
    type Output;

    /// Computes it.
    fn run(self) -> Self::Output;
}

/// What vectors a machine has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// What every machine of the target has.
    Base,
    /// Four doubles at once.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Eight doubles at once.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

static BEST: LazyLock<Level> =
    LazyLock::new(|| Level::all().last().copied().unwrap_or(Level::Base));

impl Level {
    /// Every level that this machine has, the best last.
    pub fn all() -> Vec<Self> {
        let levels = [
            (Self::Base, true),
            #[cfg(target_arch = "x86_64")]
            (Self::Avx2, is_x86_feature_detected!("avx2")),
            #[cfg(target_arch = "x86_64")]
            (Self::Avx512, has_avx512()),
        ];
        levels.into_iter().filter(|(_, is_there)| *is_there).map(|(level, _)| level).collect()
    }

    /// Runs the kernel with the instructions of this level.
    ///
    /// # Panics
    ///
    /// If the machine does not have them.
    pub fn run<K: Kernel>(self, kernel: K) -> K::Output {
        assert!(Self::all().contains(&self), "this machine has no {self:?}");
        self.run_unchecked(kernel)
    }

    #[cfg_attr(
        target_arch = "x86_64",
        expect(unsafe_code, reason = "calling code of a level is safe only where the level is")
    )]
    fn run_unchecked<K: Kernel>(self, kernel: K) -> K::Output {
        match self {
            Self::Base => kernel.run(),
            // SAFETY: `BEST` and `run` hand out only levels that were detected on this machine.
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { with_avx2(kernel) },
            // SAFETY: as above; all four features are detected before the level is told.
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { with_avx512(kernel) },
        }
    }
}

/// All that a processor with these vectors has in common with the others.
#[cfg(target_arch = "x86_64")]
fn has_avx512() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
}

/// Runs the kernel with the best instructions of this machine.
#[inline]
pub fn widest<K: Kernel>(kernel: K) -> K::Output {
    BEST.run_unchecked(kernel)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn with_avx2<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl")]
fn with_avx512<K: Kernel>(kernel: K) -> K::Output {
    kernel.run()
}

/// How many doubles are computed together, on every level.
pub const LANES: usize = 8;

/// Eight doubles. Each operation is one loop over them, which compiles to one or a few
/// instructions inside a [`Kernel`].
#[derive(Clone, Copy, Debug)]
pub struct Doubles(pub [f64; LANES]);

/// Which of eight lanes count: all bits of theirs, or none.
#[derive(Clone, Copy, Debug)]
pub struct Lanes([u64; LANES]);

macro_rules! operation {
    ($name:ident $method:ident $assign:tt) => {
        impl $name for Doubles {
            type Output = Self;

            #[inline(always)]
            fn $method(self, other: Self) -> Self {
                let mut lanes = self.0;
                for (lane, other) in lanes.iter_mut().zip(other.0) {
                    *lane $assign other;
                }
                Self(lanes)
            }
        }
    };
}
operation!(Add add +=);
operation!(Sub sub -=);
operation!(Mul mul *=);
operation!(Div div /=);

#[expect(clippy::inline_always, reason = "part of kernels")]
impl Doubles {
    /// The same in every lane.
    #[inline(always)]
    pub const fn all(value: f64) -> Self {
        Self([value; LANES])
    }

    /// The first eight of the slice.
    ///
    /// # Panics
    ///
    /// If there are fewer.
    #[inline(always)]
    pub fn first_of(values: &[f64]) -> Self {
        let mut lanes = [0.0; LANES];
        lanes.copy_from_slice(&values[..LANES]);
        Self(lanes)
    }

    /// The lesser of each two; neither is NaN.
    #[inline(always)]
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        let mut lanes = self.0;
        for (lane, other) in lanes.iter_mut().zip(other.0) {
            *lane = if other < *lane { other } else { *lane };
        }
        Self(lanes)
    }

    /// The greater of each two; neither is NaN.
    #[inline(always)]
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        let mut lanes = self.0;
        for (lane, other) in lanes.iter_mut().zip(other.0) {
            *lane = if other > *lane { other } else { *lane };
        }
        Self(lanes)
    }

    /// These where the lanes count, `elsewhere` in the others.
    #[inline(always)]
    #[must_use]
    pub fn within(self, inside: Lanes, elsewhere: f64) -> Self {
        let mut lanes = self.0;
        for (lane, inside) in lanes.iter_mut().zip(inside.0) {
            let kept = lane.to_bits() & inside;
            *lane = f64::from_bits(kept | elsewhere.to_bits() & !inside);
        }
        Self(lanes)
    }

    /// All lanes brought together in pairs, halves first.
    #[inline(always)]
    pub fn folded(self, join: impl Fn(f64, f64) -> f64) -> f64 {
        let lanes = self.0;
        let four = [
            join(lanes[0], lanes[4]),
            join(lanes[1], lanes[5]),
            join(lanes[2], lanes[6]),
            join(lanes[3], lanes[7]),
        ];
        join(join(four[0], four[2]), join(four[1], four[3]))
    }
}

impl Lanes {
    /// The lanes from `start` on and before `end`.
    #[inline(always)]
    pub fn of(start: usize, end: usize) -> Self {
        // Sliding windows: the first ends where lanes begin to count, the second where they cease.
        const EDGE: [u64; 3 * LANES] = {
            let mut edge = [0; 3 * LANES];
            let mut lane = LANES;
            while lane < 2 * LANES {
                edge[lane] = u64::MAX;
                lane += 1;
            }
            edge
        };
        let (from, to) = (&EDGE[LANES - start..][..LANES], &EDGE[2 * LANES - end..][..LANES]);
        let mut lanes = [0; LANES];
        for lane in 0..LANES {
            lanes[lane] = from[lane] & to[lane];
        }
        Self(lanes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lanes_count_from_their_start_to_their_end() {
        let counted = Doubles::all(1.0).within(Lanes::of(2, 7), 0.0);
        assert_eq!(counted.0, [0.0, 0.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.0]);
        assert_eq!(Doubles::all(1.0).within(Lanes::of(0, 8), 0.0).0, [1.0; 8]);
    }

    #[test]
    fn the_machine_has_at_least_the_base_level_and_runs_all_it_has() {
        struct Sum;
        impl Kernel for Sum {
            type Output = f64;
            fn run(self) -> f64 {
                (Doubles([1e16, 1.0, -1e16, 3.0, 0.1, 0.2, 0.3, 0.4]) / Doubles::all(3.0))
                    .folded(|left, right| left + right)
            }
        }
        let sums: Vec<_> = Level::all().into_iter().map(|level| level.run(Sum).to_bits()).collect();
        assert!(sums.iter().all(|sum| *sum == sums[0]), "{sums:?}");
    }
}
