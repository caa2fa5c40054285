//! Whether a worker can take work, and why not: one that cannot is told of, and not counted.

use std::time::Duration;

/// As often as that a pause doubles.
const DOUBLINGS_MAX: u32 = 5;

/// What stands between a worker and its work.
#[derive(Debug)]
pub(super) struct Ability {
    /// Whether the queue never listened.
    is_new: bool,
    /// Why the queue gives it none.
    no_queue: Option<String>,
    /// What its folder or disk lacks.
    ailing: Option<Ailing>,
    /// Times that it ailed since it last was well.
    ailments: u32,
    /// Why nobody wants what it computes.
    unwanted: Option<String>,
}

#[derive(Debug)]
struct Ailing {
    why: String,
    /// Bytes that there must be room for.
    bytes: u64,
}

impl Ability {
    /// Of one that has not asked for work yet.
    pub(super) fn unknown() -> Self {
        let no_queue = Some("it has not asked for work yet".to_owned());
        Self { is_new: true, no_queue, ailing: None, ailments: 0, unwanted: None }
    }

    /// Why it can take no work.
    pub(super) fn problem(&self) -> Option<&str> {
        let ailing = self.ailing.as_ref().map(|ailing| &ailing.why);
        self.unwanted.as_ref().or(ailing).or(self.no_queue.as_ref()).map(String::as_str)
    }

    /// Whether it only waits for the queue to listen, as whoever has just come does: for a moment
    /// that is no reason to say that it cannot take work.
    pub(super) const fn is_unknown(&self) -> bool {
        self.is_new && self.is_well()
    }

    /// Whether it can use its folder, and what it computes is wanted: then work is worth taking.
    pub(super) const fn is_well(&self) -> bool {
        self.ailing.is_none() && self.unwanted.is_none()
    }

    /// The queue listens, or why it does not. Whether that is news.
    pub(super) fn asked(&mut self, problem: Option<String>) -> bool {
        let is_news = self.no_queue != problem;
        self.is_new &= problem.is_some();
        self.no_queue = problem;
        is_news
    }

    /// The folder refuses so many bytes. Whether that is news.
    pub(super) fn ails(&mut self, why: String, bytes: u64) -> bool {
        let is_news = self.ailing.is_none();
        // What fails beside it, for the same reason, makes no longer pause.
        if is_news {
            self.ailments += 1;
        }
        let bytes = self.ailing.as_ref().map_or(bytes, |known| known.bytes.max(bytes));
        self.ailing = Some(Ailing { why, bytes });
        is_news
    }

    /// How long to wait before the folder is tried, by its times, and for how many bytes; `None`
    /// while nothing is wrong with it.
    pub(super) fn pause(&self, least: Duration) -> Option<(Duration, u64)> {
        let bytes = self.ailing.as_ref()?.bytes;
        Some((least * (1 << self.ailments.saturating_sub(1).min(DOUBLINGS_MAX)), bytes))
    }

    /// It was tried, and refuses still.
    pub(super) const fn ails_still(&mut self) {
        self.ailments = self.ailments.saturating_add(1);
    }

    /// It was tried, and refuses no more.
    pub(super) fn mended(&mut self) {
        self.ailing = None;
    }

    /// It has what a chunk needs.
    pub(super) const fn supplied(&mut self) {
        if self.ailing.is_none() {
            self.ailments = 0;
        }
    }

    /// Nobody wants what it computes. Whether that is news.
    pub(super) fn set_aside(&mut self, why: String) -> bool {
        let is_news = self.unwanted.is_none();
        self.unwanted.get_or_insert(why);
        is_news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_not_been_listened_to_cannot_take_work() {
        let mut ability = Ability::unknown();
        assert!(ability.asked(Some("no queue as yet".to_owned())));
        assert!(ability.problem().is_some() && ability.is_well() && ability.is_unknown());
        assert!(ability.asked(None));
        assert!(!ability.asked(None) && !ability.is_unknown());
        assert_eq!(ability.problem(), None);
        assert!(ability.asked(Some("silence".to_owned())));
        assert_eq!(ability.problem(), Some("silence"));
        assert!(ability.set_aside("other bits".to_owned()) && !ability.is_well());
        _ = ability.asked(None);
        assert_eq!(ability.problem(), Some("other bits"));
    }

    #[test]
    fn a_full_disk_is_tried_ever_more_rarely_until_a_chunk_has_what_it_needs() {
        const LEAST: Duration = Duration::from_secs(1);
        let seconds = |ability: &Ability| ability.pause(LEAST).map(|(wait, _)| wait.as_secs());
        let mut ability = Ability::unknown();
        assert_eq!(ability.pause(LEAST), None);
        assert!(ability.ails("full".to_owned(), 10));
        assert!(!ability.ails("full".to_owned(), 30), "the chunk beside it");
        assert_eq!(ability.pause(LEAST), Some((LEAST, 30)));
        ability.ails_still();
        assert_eq!(seconds(&ability), Some(2));
        // There was room for the trial, and none for the next chunk.
        ability.mended();
        assert!(ability.is_well());
        assert!(ability.ails("full".to_owned(), 20));
        assert_eq!(seconds(&ability), Some(4));
        (0..100).for_each(|_| ability.ails_still());
        assert_eq!(seconds(&ability), Some(32));
        ability.supplied();
        assert_eq!(seconds(&ability), Some(32), "others of its chunks need less");
        ability.mended();
        ability.supplied();
        assert!(ability.ails("full".to_owned(), 20));
        assert_eq!(seconds(&ability), Some(1));
    }
}
