//! Bars out of text and tables, in one pass that looks before it reads: how the characters are
//! written down ([`encoding`]), how lines are laid out ([`dialect`]), which column is which
//! ([`layout`]), what times and numbers mean ([`time`], [`number`]), and at the end what only all
//! rows together tell. Knows nothing of what is stored already.

mod aux_rows;
mod below;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod cases_more;
#[cfg(test)]
mod cases_taken;
mod collector;
mod declared;
mod dialect;
mod east;
mod encoding;
mod grid;
mod headed;
mod headerless;
mod headings;
#[cfg(test)]
mod laws;
mod layout;
#[cfg(test)]
mod layout_tests;
mod layout_times;
mod noise;
mod notation;
mod number;
mod order;
mod prices;
mod records;
mod rhythm;
mod rounding;
mod row_reader;
mod spacing;
mod splits;
mod symbols;
mod table;
#[cfg(test)]
mod tests;
mod text;
mod time;
mod trades;
#[cfg(test)]
mod trades_tests;
mod vocabulary;

use std::io::Read;

pub use self::aux_rows::{AuxLayout, KnownRule};
pub(super) use self::aux_rows::{OpenTable, ParsedAux, read_aux};
pub use self::declared::{BarLayout, Declared};
pub(super) use self::dialect::{Headings, is_row};
pub use self::grid::Edge;
pub(super) use self::headerless::is_time;
pub(super) use self::headings::{BarColumn, is_time_heading, normal};
pub use self::notation::DecimalMark;
pub use self::number::NumberError;
use self::records::Records;
#[cfg(feature = "parquet")]
pub(super) use self::row_reader::RowReader;
pub(super) use self::table::{Rows, TableHead, read_table};
pub use self::time::{
    DateOrder, TimeError, TimeForm, TimeFormat, TimeFormatError, TimeTerms, zone_named,
};
pub(super) use self::time::{StatedTimes, iso};
use super::import_error::ImportError;
use super::parsed_bars::ParsedBars;

/// Reads the bars of a text of columns, however it is laid out. Blocks on `reader`.
///
/// # Errors
///
/// The first thing that is wrong, with its line and column.
pub fn read_csv(
    source_name: &str,
    mut reader: impl Read,
    declared: &Declared,
) -> Result<ParsedBars, ImportError> {
    declared.check()?;
    let opened = Records::open(source_name, &mut reader, &declared.layout);
    let (head, mut rows) = opened.map_err(|why| ImportError::of_file(source_name, why))?;
    read_table(source_name, &head, &mut rows, declared)
}

/// Opens a text whose first line names its columns: those names, and the rows below.
///
/// # Errors
///
/// What is wrong with the text as a whole.
pub(super) fn open_headed<'a>(
    source_name: &'a str,
    reader: &'a mut dyn Read,
) -> Result<(Vec<String>, impl Rows + use<'a>), ImportError> {
    Records::open_headed(source_name, reader)
}
