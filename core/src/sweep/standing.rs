//! How trials stand to each other: what a search that learns goes by.

use std::cmp::Ordering;

/// The most objectives of a search.
pub const OBJECTIVES_MAX: usize = 3;

/// What a trial came to, as far as it can be compared.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Standing {
    /// It keeps the constraints: what it costs by each objective, less being better.
    Good([f64; OBJECTIVES_MAX]),
    /// It breaks constraints, by so much together.
    Infeasible(f64),
    /// It has no value to compare by.
    Undefined,
    /// It did not run to its end.
    Failed,
}

impl Standing {
    /// Whether it is at least as good in all and better in something.
    fn dominates(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Good(left), Self::Good(right)) => {
                let pairs = || left.iter().zip(right);
                pairs().all(|(left, right)| left <= right) && pairs().any(|(l, r)| l < r)
            }
            (Self::Infeasible(left), Self::Infeasible(right)) => left < right,
            (left, right) => left.class() < right.class(),
        }
    }

    /// The better one first, by the first objective alone.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Good(left), Self::Good(right)) => left[0].total_cmp(&right[0]),
            (Self::Infeasible(left), Self::Infeasible(right)) => left.total_cmp(right),
            (left, right) => left.class().cmp(&right.class()),
        }
    }

    const fn class(&self) -> u8 {
        match self {
            Self::Good(_) => 0,
            Self::Infeasible(_) => 1,
            Self::Undefined => 2,
            Self::Failed => 3,
        }
    }
}

/// The place of each trial in fronts: 0 is dominated by none, 1 only by those, and so on (Deb,
/// Pratap, Agarwal & Meyarivan 2002).
pub fn ranks(standings: &[Standing]) -> Vec<u32> {
    let count = standings.len();
    let mut ranks = vec![0; count];
    let mut dominated: Vec<Vec<usize>> = vec![Vec::new(); count];
    let mut by = vec![0_usize; count];
    for left in 0..count {
        for right in left + 1..count {
            let (better, worse) = if standings[left].dominates(&standings[right]) {
                (left, right)
            } else if standings[right].dominates(&standings[left]) {
                (right, left)
            } else {
                continue;
            };
            dominated[better].push(worse);
            by[worse] += 1;
        }
    }
    let mut front: Vec<usize> = (0..count).filter(|trial| by[*trial] == 0).collect();
    let mut rank = 0;
    while !front.is_empty() {
        let mut next = Vec::new();
        for trial in front {
            ranks[trial] = rank;
            for &worse in &dominated[trial] {
                by[worse] -= 1;
                if by[worse] == 0 {
                    next.push(worse);
                }
            }
        }
        (front, rank) = (next, rank + 1);
    }
    ranks
}

/// How much room each trial has among those of its front; more is better. The ends have all.
pub(super) fn crowding(standings: &[Standing], ranks: &[u32]) -> Vec<f64> {
    let mut room = vec![0.0; standings.len()];
    let fronts = ranks.iter().max().map_or(0, |last| last + 1);
    for front in 0..fronts {
        let costs: Vec<(usize, [f64; OBJECTIVES_MAX])> = standings
            .iter()
            .enumerate()
            .filter(|(trial, _)| ranks[*trial] == front)
            .filter_map(|(trial, standing)| match standing {
                Standing::Good(costs) => Some((trial, *costs)),
                _ => None,
            })
            .collect();
        for objective in 0..OBJECTIVES_MAX {
            let mut sorted = costs.clone();
            sorted.sort_by(|(left, a), (right, b)| {
                a[objective].total_cmp(&b[objective]).then(left.cmp(right))
            });
            let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else { continue };
            let span = last.1[objective] - first.1[objective];
            if span <= 0.0 {
                continue;
            }
            room[first.0] = f64::INFINITY;
            room[last.0] = f64::INFINITY;
            for three in sorted.windows(3) {
                room[three[1].0] += (three[2].1[objective] - three[0].1[objective]) / span;
            }
        }
    }
    room
}

#[cfg(test)]
mod tests {
    use super::*;

    fn good(costs: [f64; 2]) -> Standing {
        Standing::Good([costs[0], costs[1], 0.0])
    }

    #[test]
    fn fronts_come_before_what_breaks_a_rule_and_that_before_what_has_no_value() {
        let standings = [
            Standing::Failed,
            good([1.0, 4.0]),
            good([2.0, 2.0]),
            good([3.0, 3.0]),
            Standing::Infeasible(0.5),
            Standing::Infeasible(0.1),
            Standing::Undefined,
            good([4.0, 1.0]),
        ];
        assert_eq!(ranks(&standings), [5, 0, 0, 1, 3, 2, 4, 0]);
    }

    #[test]
    fn the_ends_of_a_front_have_all_the_room_and_a_crowd_has_little() {
        let standings = [
            good([0.0, 10.0]),
            good([1.0, 9.0]),
            good([2.0, 8.0]),
            good([9.0, 1.0]),
            good([10.0, 0.0]),
        ];
        let ranks = ranks(&standings);
        let room = crowding(&standings, &ranks);
        assert_eq!((room[0], room[4]), (f64::INFINITY, f64::INFINITY));
        assert!(room[1] < room[2] && room[2] < room[3] + 1.0, "{room:?}");
        assert!((room[1] - 0.4).abs() < 1e-12);
    }

    #[test]
    fn equal_trials_share_a_front() {
        assert_eq!(ranks(&[good([1.0, 1.0]), good([1.0, 1.0]), good([1.0, 2.0])]), [0, 0, 1]);
    }
}
