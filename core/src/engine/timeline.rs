//! The bars of all feeds as moments: times at which bars end, or bars that may fill orders open.

use super::feed::Feed;

/// A bar that ends or opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FeedBar {
    pub feed: usize,
    pub bar: usize,
}

/// A time at which something happens.
#[derive(Debug, Default)]
pub(super) struct Moment {
    pub time_ms: i64,
    /// Bars that end now, the shorter timeframe first, then in the order of subscription.
    pub ended: Vec<FeedBar>,
    /// Bars of executing feeds that open now, by subscription.
    pub opening: Vec<FeedBar>,
}

/// When a feed comes next: the time, and then its rank, above [`OPENS`] if a bar opens. So an end
/// is before an opening, and the shorter timeframe before the longer.
type Key = (i64, u32);

const OPENS: u32 = 1 << 31;
const NEVER: Key = (i64::MAX, u32::MAX);

/// Walks the moments of all feeds.
pub(super) struct Timeline<'f, 'a> {
    feeds: &'f [Feed<'a>],
    /// The bar of each feed that comes next.
    next_bar: Vec<usize>,
    /// Which feed has a rank.
    by_rank: Vec<usize>,
    tree: LoserTree,
}

impl<'f, 'a> Timeline<'f, 'a> {
    pub(super) fn new(feeds: &'f [Feed<'a>]) -> Self {
        let mut by_rank: Vec<usize> = (0..feeds.len()).collect();
        by_rank.sort_by_key(|&feed| (feeds[feed].series.timeframe, feed));
        let next_bar = feeds.iter().map(|feed| feed.range.start).collect();
        let mut timeline = Self { feeds, next_bar, by_rank, tree: LoserTree::default() };
        let keys = (0..feeds.len()).map(|rank| timeline.first_key(rank)).collect();
        timeline.tree = LoserTree::new(keys);
        timeline
    }

    /// Puts what happens next into `moment`; `false` if nothing does any more.
    pub(super) fn next(&mut self, moment: &mut Moment) -> bool {
        let (now, _) = self.tree.first();
        moment.time_ms = now;
        moment.ended.clear();
        moment.opening.clear();
        if now == i64::MAX {
            return false;
        }
        loop {
            let (time_ms, rank) = self.tree.first();
            // Only bars that overlap open before the one before them has ended.
            if time_ms > now || time_ms == i64::MAX {
                break;
            }
            let opens = rank >= OPENS;
            let rank = (rank & !OPENS) as usize;
            let feed = self.by_rank[rank];
            let bar = self.next_bar[feed];
            if opens {
                moment.opening.push(FeedBar { feed, bar });
                self.tree.replace_first(self.end_key(rank));
            } else {
                moment.ended.push(FeedBar { feed, bar });
                self.next_bar[feed] += 1;
                self.enter_next_bar(rank, now, moment);
            }
        }
        // Bars that opened with the end of the one before stand where that one did.
        moment.opening.sort_unstable_by_key(|opened| opened.feed);
        true
    }

    /// Whether no bar ends any more.
    pub(super) fn is_over(&self) -> bool {
        self.tree.first() == NEVER
    }

    /// A bar that opens where the one before ends needs no second turn.
    fn enter_next_bar(&mut self, rank: usize, now: i64, moment: &mut Moment) {
        let feed = self.by_rank[rank];
        let key = match self.first_key(rank) {
            (opens_ms, mark) if mark >= OPENS && opens_ms <= now => {
                moment.opening.push(FeedBar { feed, bar: self.next_bar[feed] });
                self.end_key(rank)
            }
            key => key,
        };
        self.tree.replace_first(key);
    }

    /// The first thing that the next bar of a feed does.
    fn first_key(&self, rank: usize) -> Key {
        let place = self.by_rank[rank];
        let (feed, bar) = (&self.feeds[place], self.next_bar[place]);
        if bar >= feed.range.end {
            NEVER
        } else if feed.executes {
            (feed.series.bars.open_time_ms[bar], rank as u32 | OPENS)
        } else {
            self.end_key(rank)
        }
    }

    fn end_key(&self, rank: usize) -> Key {
        let feed = self.by_rank[rank];
        (self.feeds[feed].end_ms(self.next_bar[feed]), rank as u32)
    }
}

/// The least of many keys, each of which is replaced by a greater one in its turn: one comparison
/// a level (Knuth, The Art of Computer Programming, volume 3, 5.4.1).
#[derive(Debug, Default)]
struct LoserTree {
    first: Key,
    /// Where the least came from.
    leaf: usize,
    /// Of each inner node, the key that lost there and its leaf; the root is at 1.
    losers: Vec<(Key, usize)>,
}

impl LoserTree {
    fn new(mut keys: Vec<Key>) -> Self {
        let leaves = keys.len().next_power_of_two();
        keys.resize(leaves, NEVER);
        let mut winners = vec![(NEVER, 0); leaves];
        winners.extend(keys.into_iter().enumerate().map(|(leaf, key)| (key, leaf)));
        let mut losers = vec![(NEVER, 0); leaves];
        for node in (1..leaves).rev() {
            let (left, right) = (winners[2 * node], winners[2 * node + 1]);
            (winners[node], losers[node]) =
                if left.0 <= right.0 { (left, right) } else { (right, left) };
        }
        let (first, leaf) = winners[1];
        Self { first, leaf, losers }
    }

    const fn first(&self) -> Key {
        self.first
    }

    /// Puts a key in the place of the first.
    fn replace_first(&mut self, key: Key) {
        let mut winner = (key, self.leaf);
        let mut node = usize::midpoint(self.losers.len(), self.leaf);
        while node >= 1 {
            if self.losers[node].0 < winner.0 {
                std::mem::swap(&mut self.losers[node], &mut winner);
            }
            node /= 2;
        }
        (self.first, self.leaf) = winner;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_tree_gives_all_keys_in_order(
            runs in prop::collection::vec(prop::collection::vec(0_i64..50, 0..9), 1..20),
        ) {
            let mut waiting: Vec<std::vec::IntoIter<Key>> = runs
                .iter()
                .enumerate()
                .map(|(leaf, run)| {
                    let mut keys: Vec<Key> = run.iter().map(|&time| (time, leaf as u32)).collect();
                    keys.sort_unstable();
                    keys.into_iter()
                })
                .collect();
            let mut all: Vec<Key> =
                waiting.iter().flat_map(std::vec::IntoIter::as_slice).copied().collect();
            all.sort_unstable();
            let mut tree =
                LoserTree::new(waiting.iter_mut().map(|run| run.next().unwrap_or(NEVER)).collect());
            let mut given = Vec::new();
            while tree.first() != NEVER {
                let (time, leaf) = tree.first();
                given.push((time, leaf));
                tree.replace_first(waiting[leaf as usize].next().unwrap_or(NEVER));
            }
            prop_assert_eq!(given, all);
        }
    }
}
