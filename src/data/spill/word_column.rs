//! One column of 8-byte words: the first pages of a long one in a file, and the rest in memory.

use std::fs::File;

use super::pages::{PAGE, Pages};
use super::room::Room;

/// Words by their index, appended one by one.
#[derive(Debug, Default)]
pub struct WordColumn {
    room: Room,
    pages: Option<Pages>,
    tail: Vec<i64>,
    /// How many words the tail may have before pages of it go to the disk; 0 asks the room.
    tail_max: usize,
}

impl WordColumn {
    /// A column without words.
    pub fn new(room: &Room) -> Self {
        Self { room: room.clone(), tail_max: room.words_max(), ..Self::default() }
    }

    /// A column that is known to be long.
    fn long(room: &Room) -> Self {
        Self { tail_max: PAGE.min(room.words_max()), ..Self::new(room) }
    }

    /// The words of a part of a file, which are read and never written.
    pub fn of_file(room: &Room, file: File, base: u64, words: usize) -> Self {
        let pages = Pages::of_file(file, base, words / PAGE);
        let tail = pages.read(pages.count(), words % PAGE, room);
        Self { room: room.clone(), pages: Some(pages), tail, tail_max: PAGE }
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.paged() + self.tail.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is on the disk, but for its end.
    pub const fn is_long(&self) -> bool {
        self.pages.is_some()
    }

    fn paged(&self) -> usize {
        self.page_count() * PAGE
    }

    fn page_count(&self) -> usize {
        self.pages.as_ref().map_or(0, Pages::count)
    }

    /// Appends a word.
    #[inline]
    pub fn push(&mut self, word: i64) {
        self.tail.push(word);
        if self.tail.len() >= self.tail_max {
            self.put_away();
        }
    }

    /// Brings all whole pages of the tail to the disk.
    #[cold]
    fn put_away(&mut self) {
        if self.tail_max == 0 {
            // A column by default: nobody gave it room.
            self.tail_max = usize::MAX;
            return;
        }
        let pages = match self.pages.take() {
            Some(pages) => Some(pages),
            None => self.room.file().map(Pages::new),
        };
        let Some(mut pages) = pages else {
            self.tail_max = usize::MAX;
            return;
        };
        let (whole, rest) = self.tail.as_chunks::<PAGE>();
        for words in whole {
            pages.append(words, &self.room);
        }
        let mut tail = Vec::with_capacity(PAGE);
        tail.extend_from_slice(rest);
        (self.tail, self.pages, self.tail_max) = (tail, Some(pages), PAGE);
    }

    /// The word at `index`, which must be below [`Self::len`].
    pub fn get(&self, index: usize) -> i64 {
        match &self.pages {
            Some(pages) if index < pages.count() * PAGE => pages.word(index, &self.room),
            _ => self.tail[index - self.paged()],
        }
    }

    /// The first word.
    pub fn first(&self) -> Option<i64> {
        (!self.is_empty()).then(|| self.get(0))
    }

    /// The last word.
    pub fn last(&self) -> Option<i64> {
        self.len().checked_sub(1).map(|last| self.get(last))
    }

    /// All words, in order or the other way round.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = i64> + '_ {
        let paged = (0..self.page_count()).flat_map(|page| self.page(page));
        paged.chain(self.tail.iter().copied())
    }

    /// The way from each word to the next.
    pub fn steps(&self) -> impl Iterator<Item = i64> + '_ {
        let mut before = self.first();
        self.iter().skip(1).map(move |word| word - before.replace(word).unwrap_or(word))
    }

    /// All words, in slices.
    pub fn chunks(&self) -> impl Iterator<Item = Vec<i64>> + '_ {
        let tail = self.tail.chunks(PAGE).map(<[i64]>::to_vec);
        (0..self.page_count()).map(|page| self.page(page)).chain(tail)
    }

    /// How many words at the beginning hold that; all of them stand before those that do not.
    pub fn partition_point(&self, mut holds: impl FnMut(i64) -> bool) -> usize {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if holds(self.get(middle)) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// Puts another word in the place of each, from the first on; stops at the first error.
    pub fn update<E>(
        &mut self,
        mut change: impl FnMut(usize, i64) -> Result<i64, E>,
    ) -> Result<(), E> {
        for page in 0..self.page_count() {
            let mut words = self.page(page);
            for (index, word) in words.iter_mut().enumerate() {
                *word = change(page * PAGE + index, *word)?;
            }
            self.put_page(page, &words);
        }
        let first = self.paged();
        for (index, word) in self.tail.iter_mut().enumerate() {
            *word = change(first + index, *word)?;
        }
        Ok(())
    }

    /// Likewise, from the last on.
    pub fn update_back<E>(
        &mut self,
        mut change: impl FnMut(usize, i64) -> Result<i64, E>,
    ) -> Result<(), E> {
        let first = self.paged();
        for (index, word) in self.tail.iter_mut().enumerate().rev() {
            *word = change(first + index, *word)?;
        }
        for page in (0..self.page_count()).rev() {
            let mut words = self.page(page);
            for (index, word) in words.iter_mut().enumerate().rev() {
                *word = change(page * PAGE + index, *word)?;
            }
            self.put_page(page, &words);
        }
        Ok(())
    }

    /// The last word becomes the first.
    pub fn reverse(&mut self) {
        if self.is_long() {
            let mut turned = Self::long(&self.room);
            self.iter().rev().for_each(|word| turned.push(word));
            *self = turned;
        } else {
            self.tail.reverse();
        }
    }

    /// Leaves out the words at these places, which ascend.
    pub fn leave_out(&mut self, places: &[usize]) {
        let mut left_out = places.iter().copied().peekable();
        let mut stays = |index: usize| left_out.next_if_eq(&index).is_none();
        if self.is_long() {
            let mut left = Self::long(&self.room);
            let kept = self.iter().enumerate().filter(|(index, _)| stays(*index));
            kept.for_each(|(_, word)| left.push(word));
            *self = left;
        } else {
            let mut index = 0..;
            self.tail.retain(|_| index.next().is_none_or(&mut stays));
            self.tail.shrink_to_fit();
        }
    }

    /// Leaves so many words.
    pub fn truncate(&mut self, left: usize) {
        if left >= self.paged() {
            self.tail.truncate(left - self.paged());
            return;
        }
        let mut tail = self.page(left / PAGE);
        tail.truncate(left % PAGE);
        self.tail = tail;
        if let Some(pages) = &mut self.pages {
            pages.truncate(left / PAGE);
        }
    }

    /// Appends all words of another column.
    pub fn append(&mut self, other: &Self) {
        other.iter().for_each(|word| self.push(word));
    }

    /// A column of the same words that may be changed.
    pub fn copied(&self) -> Self {
        let mut copy = Self::new(&self.room);
        copy.append(self);
        copy
    }

    /// Gives back the room that turned out not to be needed.
    pub fn shrink(&mut self) {
        self.tail.shrink_to_fit();
    }

    /// All words in memory.
    pub fn into_vec(self) -> Vec<i64> {
        if self.is_long() { self.iter().collect() } else { self.tail }
    }

    fn page(&self, page: usize) -> Vec<i64> {
        self.pages.as_ref().map_or_else(Vec::new, |pages| pages.read(page, PAGE, &self.room))
    }

    fn put_page(&mut self, page: usize, words: &[i64]) {
        if let Some(pages) = &self.pages {
            pages.write(page, words, &self.room);
        }
    }
}

impl From<Vec<i64>> for WordColumn {
    fn from(words: Vec<i64>) -> Self {
        Self { tail: words, ..Self::new(&Room::memory()) }
    }
}

impl PartialEq for WordColumn {
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().eq(other.iter())
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use proptest::prelude::*;

    /// What may be done to a column, with what it takes.
    #[derive(Clone, Debug)]
    enum Step {
        Push(usize),
        Update(i64),
        Back,
        Reverse,
        Truncate(usize),
        LeaveOut(usize),
    }

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            (0..3 * PAGE).prop_map(Step::Push),
            (1_i64..9).prop_map(Step::Update),
            Just(Step::Back),
            Just(Step::Reverse),
            (0..5 * PAGE).prop_map(Step::Truncate),
            (1..5 * PAGE).prop_map(Step::LeaveOut),
        ]
    }

    fn take(step: &Step, column: &mut WordColumn, plain: &mut Vec<i64>) {
        match *step {
            Step::Push(count) => (0..count as i64).for_each(|word| {
                column.push(word * 7);
                plain.push(word * 7);
            }),
            Step::Update(by) => {
                let Ok(()) = column.update(|row, word| Ok::<_, Infallible>(word * by + row as i64));
                plain
                    .iter_mut()
                    .enumerate()
                    .for_each(|(row, word)| *word = *word * by + row as i64);
            }
            Step::Back => {
                let mut sum = 0_i64;
                let Ok(()) = column.update_back(|_, word| {
                    sum = sum.wrapping_add(word);
                    Ok::<_, Infallible>(sum % 1000)
                });
                let mut sum = 0_i64;
                plain.iter_mut().rev().for_each(|word| {
                    sum = sum.wrapping_add(*word);
                    *word = sum % 1000;
                });
            }
            Step::Reverse => {
                column.reverse();
                plain.reverse();
            }
            Step::Truncate(left) => {
                let left = left.min(plain.len());
                column.truncate(left);
                plain.truncate(left);
            }
            Step::LeaveOut(every) => {
                let places: Vec<usize> = (0..plain.len()).step_by(every).collect();
                column.leave_out(&places);
                let mut index = 0..;
                plain.retain(|_| {
                    index.next().is_some_and(|index: usize| !index.is_multiple_of(every))
                });
            }
        }
    }

    proptest! {
        #[test]
        fn a_column_on_the_disk_is_as_one_in_memory(
            steps in prop::collection::vec(any_step(), 1..12),
            words_max in prop_oneof![Just(1), Just(PAGE), Just(2 * PAGE + 3), Just(usize::MAX)],
        ) {
            let dir = tempfile::tempdir().unwrap();
            let room = Room::on_disk(dir.path(), words_max);
            let (mut column, mut plain) = (WordColumn::new(&room), Vec::new());
            for step in &steps {
                take(step, &mut column, &mut plain);
                prop_assert_eq!(column.len(), plain.len());
                prop_assert_eq!((column.first(), column.last()), (
                    plain.first().copied(), plain.last().copied()
                ));
            }
            prop_assert!(column.iter().eq(plain.iter().copied()), "{steps:?}");
            prop_assert!(column.iter().rev().eq(plain.iter().rev().copied()));
            prop_assert_eq!(column.chunks().flatten().collect::<Vec<_>>(), plain.clone());
            let steps: Vec<i64> = plain.windows(2).map(|pair| pair[1] - pair[0]).collect();
            prop_assert!(column.steps().eq(steps));
            for index in (0..plain.len()).step_by(PAGE / 3 + 1) {
                prop_assert_eq!(column.get(index), plain[index]);
            }
            prop_assert!(room.check().is_ok());
            prop_assert!(column == column.copied() && column.into_vec() == plain);
        }
    }

    #[test]
    fn a_long_column_is_not_in_memory() {
        let dir = tempfile::tempdir().unwrap();
        let mut column = WordColumn::new(&Room::on_disk(dir.path(), 2 * PAGE));
        (0..20 * PAGE as i64).for_each(|word| column.push(word));
        assert!(column.is_long() && column.tail.capacity() <= PAGE);
        assert_eq!(column.partition_point(|word| word < 100), 100);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0, "files have no name");
    }

    #[test]
    fn what_the_disk_refuses_is_remembered() {
        let room = Room::on_disk(std::path::Path::new("/nowhere/at/all"), PAGE);
        let mut column = WordColumn::new(&room);
        (0..2 * PAGE as i64).for_each(|word| column.push(word));
        assert_eq!(room.clone().check().unwrap_err().kind(), std::io::ErrorKind::NotFound);
        let read_only = File::open("/proc/self/exe").unwrap();
        let room = Room::memory();
        let mut column = WordColumn::of_file(&room, read_only, 0, PAGE);
        assert!(room.check().is_ok());
        let Ok(()) = column.update(|_, word| Ok::<_, Infallible>(word + 1));
        assert!(room.check().is_err(), "a stored file is never written");
    }
}
