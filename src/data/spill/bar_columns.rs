//! Bars by column, as many as there is room for on the disk.

use super::room::Room;
use super::word_column::WordColumn;
use crate::market::{Bar, Columns};

/// Bars, ascending in time once they are in order. All columns have the same length.
#[derive(Debug, Default, PartialEq)]
pub struct BarColumns {
    /// Start of each bar, UTC milliseconds.
    pub open_time_ms: WordColumn,
    /// Open, high, low and close.
    pub prices: [WordColumn; 4],
    /// The bits of each volume.
    pub volume: WordColumn,
}

impl BarColumns {
    /// No bars.
    pub fn new(room: &Room) -> Self {
        Self {
            open_time_ms: WordColumn::new(room),
            prices: [(); 4].map(|()| WordColumn::new(room)),
            volume: WordColumn::new(room),
        }
    }

    /// How many bars there are.
    pub fn len(&self) -> usize {
        self.open_time_ms.len()
    }

    /// Whether there is no bar.
    pub fn is_empty(&self) -> bool {
        self.open_time_ms.is_empty()
    }

    /// Whether they are on the disk, but for the last.
    pub const fn is_long(&self) -> bool {
        self.open_time_ms.is_long()
    }

    /// The bar at `index`, which must be below [`Self::len`].
    pub fn bar(&self, index: usize) -> Bar {
        let [open, high, low, close] = &self.prices;
        Bar {
            open_time_ms: self.open_time_ms.get(index),
            open: open.get(index),
            high: high.get(index),
            low: low.get(index),
            close: close.get(index),
            volume: volume_of(self.volume.get(index)),
        }
    }

    /// All bars, one after the other.
    pub fn bars(&self) -> impl Iterator<Item = Bar> + '_ {
        let [open, high, low, close] = &self.prices;
        let prices = open.iter().zip(high.iter()).zip(low.iter().zip(close.iter()));
        let rest = self.open_time_ms.iter().zip(self.volume.iter());
        rest.zip(prices).map(|((open_time_ms, volume), ((open, high), (low, close)))| Bar {
            open_time_ms,
            open,
            high,
            low,
            close,
            volume: volume_of(volume),
        })
    }

    /// When the first and the last bar open.
    pub fn span(&self) -> Option<(i64, i64)> {
        self.open_time_ms.first().zip(self.open_time_ms.last())
    }

    /// Appends a bar.
    pub fn push(&mut self, bar: Bar) {
        let [open, high, low, close] = &mut self.prices;
        self.open_time_ms.push(bar.open_time_ms);
        open.push(bar.open);
        high.push(bar.high);
        low.push(bar.low);
        close.push(bar.close);
        self.volume.push(word_of(bar.volume));
    }

    fn each(&mut self, change: impl FnMut(&mut WordColumn)) {
        let Self { open_time_ms, prices: [open, high, low, close], volume } = self;
        [open_time_ms, open, high, low, close, volume].into_iter().for_each(change);
    }

    /// The last bar becomes the first.
    pub fn turn_round(&mut self) {
        self.each(WordColumn::reverse);
    }

    /// Leaves so many bars.
    pub fn truncate(&mut self, left: usize) {
        self.each(|column| column.truncate(left));
    }

    /// Leaves out the bars at these places, which ascend.
    pub fn leave_out(&mut self, places: &[usize]) {
        self.each(|column| column.leave_out(places));
    }

    /// Gives back the room that turned out not to be needed.
    pub fn shrink(&mut self) {
        self.each(WordColumn::shrink);
    }

    /// Appends bars that all lie after these.
    pub fn append(&mut self, later: &Self) {
        self.open_time_ms.append(&later.open_time_ms);
        for (mine, other) in self.prices.iter_mut().zip(&later.prices) {
            mine.append(other);
        }
        self.volume.append(&later.volume);
    }

    /// The same bars, in columns that may be changed.
    pub fn copied(&self) -> Self {
        let [open, high, low, close] = &self.prices;
        Self {
            open_time_ms: self.open_time_ms.copied(),
            prices: [open.copied(), high.copied(), low.copied(), close.copied()],
            volume: self.volume.copied(),
        }
    }

    /// Some bars from `first` on, in memory.
    pub fn some(&self, first: usize, count: usize) -> Columns {
        let mut some = Columns::with_capacity(count);
        (first..first + count).for_each(|index| some.push(self.bar(index)));
        some
    }

    /// All bars in memory.
    pub fn into_columns(self) -> Columns {
        let [open, high, low, close] = self.prices.map(WordColumn::into_vec);
        let open_time_ms = self.open_time_ms.into_vec();
        let volume = self.volume.into_vec().into_iter().map(volume_of).collect();
        Columns { open_time_ms, open, high, low, close, volume }
    }
}

impl From<Columns> for BarColumns {
    fn from(bars: Columns) -> Self {
        let Columns { open_time_ms, open, high, low, close, volume } = bars;
        Self {
            open_time_ms: open_time_ms.into(),
            prices: [open, high, low, close].map(WordColumn::from),
            volume: volume.into_iter().map(word_of).collect::<Vec<_>>().into(),
        }
    }
}

/// A volume as the word that is kept. Zero added turns -0 into 0, which equals it.
pub(in crate::data) const fn word_of(volume: f64) -> i64 {
    (volume + 0.0).to_bits().cast_signed()
}

/// The volume that a word is.
pub(in crate::data) const fn volume_of(word: i64) -> f64 {
    f64::from_bits(word.cast_unsigned())
}
