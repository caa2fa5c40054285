//! Pages of words in a file, of which the ones that were looked into last are in memory.

use std::cell::RefCell;
use std::fs::File;

use super::room::Room;
use crate::system::{read_exact_at, write_all_at};

/// Words that are read and written at once; few in tests, so that short files have many pages.
pub(super) const PAGE: usize = if cfg!(test) { 8 } else { 1 << 15 };
const WORD_BYTES: usize = 8;

/// Whole pages in a file.
#[derive(Debug)]
pub(super) struct Pages {
    file: File,
    /// Where the first word stands.
    base: u64,
    count: usize,
    /// The two pages that were looked into last, the later one first: rows are held against others.
    seen: RefCell<Vec<(usize, Vec<i64>)>>,
}

impl Pages {
    /// No pages yet.
    pub(super) fn new(file: File) -> Self {
        Self::of_file(file, 0, 0)
    }

    /// So many pages that are there.
    pub(super) fn of_file(file: File, base: u64, count: usize) -> Self {
        Self { file, base, count, seen: RefCell::default() }
    }

    /// How many there are.
    pub(super) const fn count(&self) -> usize {
        self.count
    }

    /// Leaves so many.
    pub(super) fn truncate(&mut self, count: usize) {
        self.count = count;
        self.seen.take();
    }

    /// Appends a page.
    pub(super) fn append(&mut self, words: &[i64], room: &Room) {
        self.count += 1;
        self.write(self.count - 1, words, room);
    }

    /// Puts other words in the place of a page.
    pub(super) fn write(&self, page: usize, words: &[i64], room: &Room) {
        self.seen.take();
        let bytes: Vec<[u8; WORD_BYTES]> = words.iter().map(|word| word.to_le_bytes()).collect();
        if let Err(error) = write_all_at(&self.file, bytes.as_flattened(), self.place(page)) {
            room.fail(error);
        }
    }

    /// So many words from the beginning of a page on.
    pub(super) fn read(&self, page: usize, words: usize, room: &Room) -> Vec<i64> {
        let mut bytes = vec![[0; WORD_BYTES]; words];
        if let Err(error) = read_exact_at(&self.file, bytes.as_flattened_mut(), self.place(page)) {
            room.fail(error);
        }
        bytes.into_iter().map(i64::from_le_bytes).collect()
    }

    /// One word of them.
    pub(super) fn word(&self, index: usize, room: &Room) -> i64 {
        let (page, within) = (index / PAGE, index % PAGE);
        let mut seen = self.seen.borrow_mut();
        match seen.iter().position(|(number, _)| *number == page) {
            Some(0) => {}
            Some(later) => seen.swap(0, later),
            None => {
                seen.insert(0, (page, self.read(page, PAGE, room)));
                seen.truncate(2);
            }
        }
        seen[0].1[within]
    }

    const fn place(&self, page: usize) -> u64 {
        self.base + (page * PAGE * WORD_BYTES) as u64
    }
}
