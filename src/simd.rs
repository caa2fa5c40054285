//! One kernel, compiled once for each level of vector instructions; the best that the machine has
//! is chosen at run time. Every level gives the same bits: nothing is reordered or fused.

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

static BEST: LazyLock<Level> = LazyLock::new(|| Level::all().last().copied().unwrap_or(Level::Base));

impl Level {
    /// Every level that this machine has, the best last.
    pub fn all() -> Vec<Self> {
        let mut levels = vec![Self::Base];
        #[cfg(target_arch = "x86_64")]
        {
            if is_x86_feature_detected!("avx2") {
                levels.push(Self::Avx2);
            }
            let has_all = is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512dq")
                && is_x86_feature_detected!("avx512vl");
            if has_all {
                levels.push(Self::Avx512);
            }
        }
        levels
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

    #[expect(unsafe_code, reason = "calling code of a level is safe only where the level is")]
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
