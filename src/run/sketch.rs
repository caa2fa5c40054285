//! How many different things there were, in 4 KiB whatever their number: a `HyperLogLog` sketch.
//!
//! Each thing is a random number of 64 bits. Its upper bits choose one of 4,096 registers, which
//! keeps the longest run of zeros that followed. Sketches of overlapping sets are put together
//! without counting anything twice. The error is 1.6 % in the mean square (Flajolet and others
//! 2007), the estimate that of Ertl (2017, "New cardinality estimation algorithms for `HyperLogLog`
//! sketches", algorithm 6), which is unbiased also where few registers are taken.

const INDEX_BITS: u32 = 12;
const REGISTERS: usize = 1 << INDEX_BITS;
/// The bits that are left to count zeros in.
const RANK_MAX: usize = (u64::BITS - INDEX_BITS) as usize;

/// A set, as far as it takes to count it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sketch(Box<[u8]>);

impl Default for Sketch {
    fn default() -> Self {
        Self(vec![0; REGISTERS].into())
    }
}

impl Sketch {
    /// The one that those bytes are; `None` if they are none.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let is_sketch = bytes.len() == REGISTERS
            && bytes.iter().all(|register| usize::from(*register) <= RANK_MAX + 1);
        is_sketch.then(|| Self(bytes.into()))
    }

    /// The registers.
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes a thing, by a hash that is as good as random.
    pub fn add(&mut self, hash: u64) {
        // The bit behind the last ends a run of zeros that has no other end.
        let rest = hash << INDEX_BITS | 1 << (INDEX_BITS - 1);
        let register = &mut self.0[(hash >> RANK_MAX) as usize];
        *register = (*register).max(rest.leading_zeros() as u8 + 1);
    }

    /// Takes all that another holds.
    pub fn merge(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = (*mine).max(*theirs);
        }
    }

    /// How many different things it was given, about.
    pub fn count(&self) -> f64 {
        let mut with_rank = [0_u32; RANK_MAX + 2];
        self.0.iter().for_each(|rank| with_rank[usize::from(*rank)] += 1);
        let registers = REGISTERS as f64;
        let share = |count: u32| f64::from(count) / registers;
        let mut sum = registers * tau(1.0 - share(with_rank[RANK_MAX + 1]));
        for count in with_rank[1..=RANK_MAX].iter().rev() {
            sum = 0.5 * (sum + f64::from(*count));
        }
        sum += registers * sigma(share(with_rank[0]));
        registers * registers / (2.0 * std::f64::consts::LN_2 * sum)
    }
}

/// What empty registers weigh: `x + x^2 + 2 x^4 + 4 x^8 + ...`, infinite at 1.
fn sigma(mut x: f64) -> f64 {
    let (mut weight, mut sum) = (1.0, x);
    loop {
        x *= x;
        let next = sum + x * weight;
        weight += weight;
        // At 1 both become infinite.
        if next == sum || next.is_infinite() {
            return next;
        }
        sum = next;
    }
}

/// What full registers weigh.
fn tau(mut x: f64) -> f64 {
    if x == 0.0 || x == 1.0 {
        return 0.0;
    }
    let (mut weight, mut sum) = (1.0, 1.0 - x);
    loop {
        x = x.sqrt();
        weight *= 0.5;
        let next = sum - (1.0 - x) * (1.0 - x) * weight;
        if next == sum {
            return sum / 3.0;
        }
        sum = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sweep::mix;

    fn of(things: std::ops::Range<u64>) -> Sketch {
        let mut sketch = Sketch::default();
        things.for_each(|thing| sketch.add(mix(thing)));
        sketch
    }

    #[test]
    fn it_counts_within_a_few_percent_at_every_size() {
        assert_eq!(Sketch::default().count(), 0.0);
        for (things, within) in
            [(1, 0.001), (20, 0.02), (275, 0.03), (9_000, 0.05), (15_000, 0.05), (600_000, 0.05)]
        {
            let found = of(0..things).count();
            assert!((found / things as f64 - 1.0).abs() < within, "{things}: {found}");
        }
    }

    #[test]
    fn what_comes_twice_counts_once() {
        let mut both = of(0..900);
        both.merge(&of(400..1_500));
        assert_eq!(both, of(0..1_500));
        let mut again = both.clone();
        again.merge(&of(100..600));
        assert_eq!(again, both);
    }

    #[test]
    fn bytes_come_back_and_others_are_none() {
        let sketch = of(0..50);
        assert_eq!(Sketch::from_bytes(sketch.as_bytes()), Some(sketch.clone()));
        assert_eq!(Sketch::from_bytes(&sketch.as_bytes()[1..]), None);
        assert_eq!(Sketch::from_bytes(&[54; REGISTERS]), None);
    }
}
