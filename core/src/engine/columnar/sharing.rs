//! Which values of the studies of a group are made once and kept: those that would else be made
//! again and again.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use crate::strategy::{Part, Plot};

/// Keys are mixed well already.
#[derive(Default)]
struct Mixed(u64);

impl Hasher for Mixed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u128(&mut self, key: u128) {
        self.0 = key as u64;
    }
}

/// Where a value would be made.
#[derive(Clone, Copy, PartialEq)]
enum Made {
    Nowhere,
    /// On the way to one thing: to what a trial wants, or to a value that is kept.
    For(usize),
    /// On the way to several.
    Again,
}

impl Made {
    fn also(&mut self, other: Self) {
        *self = match (*self, other) {
            (Self::Nowhere, other) => other,
            (this, Self::Nowhere) => this,
            (this, other) if this == other => this,
            _ => Self::Again,
        };
    }
}

/// One value of all studies together.
struct Value {
    key: u128,
    reads: [usize; 3],
    made: Made,
    is_wanted: bool,
    is_dear: bool,
}

/// The union of the studies: a value comes after those that it reads.
#[derive(Default)]
struct Values {
    all: Vec<Value>,
    places: HashMap<u128, usize, BuildHasherDefault<Mixed>>,
}

impl Values {
    fn take(&mut self, part: Part<'_>, trial: usize) {
        let place = self.places.get(&part.key).copied().unwrap_or_else(|| {
            let mut reads = [usize::MAX; 3];
            let known = part.reads.iter().filter_map(|key| self.places.get(key));
            for (slot, place) in reads.iter_mut().zip(known) {
                *slot = *place;
            }
            let Part { key, is_dear, .. } = part;
            let value = Value { key, reads, made: Made::Nowhere, is_wanted: false, is_dear };
            self.all.push(value);
            self.places.insert(key, self.all.len() - 1);
            self.all.len() - 1
        });
        if part.is_wanted {
            self.all[place].is_wanted = true;
            self.all[place].made.also(Made::For(trial));
        }
    }

    /// What is kept, those that are read by others last of all.
    fn kept(mut self, trials: usize) -> HashSet<u128> {
        let mut kept = HashSet::new();
        for place in (0..self.all.len()).rev() {
            let Value { key, reads, made, is_wanted, is_dear } = self.all[place];
            let is_kept = made == Made::Again && (is_wanted || is_dear);
            if is_kept {
                kept.insert(key);
            }
            let made = if is_kept { Made::For(trials + place) } else { made };
            for read in reads.into_iter().filter(|read| *read != usize::MAX) {
                self.all[read].made.also(made);
            }
        }
        kept
    }
}

/// The keys of the values that are worth keeping.
pub(super) fn shared<'p>(plots: impl Iterator<Item = &'p Box<dyn Plot>>) -> HashSet<u128> {
    let (mut values, mut trials) = (Values::default(), 0);
    for plot in plots {
        plot.parts(&mut |part| values.take(part, trials));
        trials += 1;
    }
    values.kept(trials)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wants of trials, each with the values on its way: key and what it reads.
    fn kept(trials: &[&[(u128, &[u128])]]) -> Vec<u128> {
        let mut values = Values::default();
        for (trial, parts) in trials.iter().enumerate() {
            for (place, (key, reads)) in parts.iter().enumerate() {
                let is_wanted = place + 1 == parts.len();
                values.take(Part { key: *key, reads, is_wanted, is_dear: *key < 100 }, trial);
            }
        }
        let mut kept: Vec<_> = values.kept(trials.len()).into_iter().collect();
        kept.sort_unstable();
        kept
    }

    #[test]
    fn what_is_read_on_the_way_to_one_thing_alone_is_not_kept() {
        // 1 is read by 2 alone, and 2 is wanted by all.
        assert_eq!(kept(&[&[(1, &[]), (2, &[1])], &[(1, &[]), (2, &[1])]]), [2]);
        // Each trial has one of its own.
        assert_eq!(kept(&[&[(1, &[]), (2, &[1])], &[(3, &[]), (4, &[3])]]), [0; 0]);
    }

    #[test]
    fn what_all_read_by_one_value_and_some_by_others_is_kept() {
        let wants = |own: u128| -> Vec<(u128, &'static [u128])> {
            let reads: &[u128] = match own {
                50 => &[2, 60],
                _ => &[2, 61],
            };
            vec![(1, &[]), (2, &[1]), (own + 10, &[1]), (own, reads)]
        };
        let (one, other) = (wants(50), wants(51));
        assert_eq!(kept(&[&one, &other, &one, &other]), [1, 2, 50, 51]);
    }

    #[test]
    fn what_is_cheap_is_made_again_unless_it_is_wanted_itself() {
        let trial: &[(u128, &[u128])] = &[(1, &[]), (100, &[1]), (2, &[100])];
        let other: &[(u128, &[u128])] = &[(1, &[]), (100, &[1]), (3, &[100])];
        assert_eq!(kept(&[trial, other]), [1]);
        let wanted: &[(u128, &[u128])] = &[(1, &[]), (100, &[1])];
        assert_eq!(kept(&[trial, wanted]), [100]);
    }
}
