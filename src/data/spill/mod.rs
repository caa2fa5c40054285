//! Columns that go to the disk once they are too long for memory, so that an import takes the same
//! room whatever it brings. Knows nothing of files of bars.
//!
//! The disk may refuse at any time: then the words read are zeros, and the [`Room`] remembers why.
//! Whoever stores or refuses something asks it first.

mod bar_columns;
mod long_series;
mod pages;
mod room;
mod word_column;

pub(super) use self::bar_columns::BarColumns;
pub(super) use self::bar_columns::word_of;
pub use self::long_series::LongSeries;
pub use self::room::Room;
pub(super) use self::word_column::WordColumn;
