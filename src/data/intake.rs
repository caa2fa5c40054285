//! The work of one import that blocks: files are read, become one series, and that is stored. Knows
//! the cache of bars, and nothing of the catalog.

use std::path::PathBuf;
use std::sync::Arc;

use super::assemble::{Assembled, assemble};
use super::bar_file::long_content_hash;
use super::bar_store::BarStore;
use super::facts::SeriesFacts;
use super::library::{ImportRequest, LibraryError};
use super::market_days::all_days;
use super::preview::Preview;
use super::reading::Declared;
use super::source_file::SourceFile;
use super::spill::Room;
use super::terms::Known;
use crate::digest::Digest;
use crate::storage::Inferred;

/// Bars of one file that are kept in memory; those of more are on the disk while they are read, so
/// that an import takes the same memory however many there are. In tests nearly all are there.
const WORDS_IN_MEMORY_MAX: usize = if cfg!(test) { 16 } else { 1 << 18 };
/// How many files of an archive a warning names.
const LEFT_OUT_TOLD: usize = 5;

/// What an import goes by.
pub(super) struct Intake {
    pub(super) bars: Arc<BarStore>,
    pub(super) request: ImportRequest,
    /// The newest version that is stored, and what of it nobody declared.
    pub(super) known: Option<(Digest, Inferred)>,
    pub(super) now_ms: i64,
    /// The most bars or trades of all files together.
    pub(super) bars_max: u64,
    /// Takes what must be unpacked before it can be read.
    pub(super) spool_dir: PathBuf,
}

/// What reading files came to.
pub(super) struct Taken {
    /// `None` if nothing is new; not yet on the disk if it was only to be checked.
    pub(super) saved: Option<(Digest, SeriesFacts)>,
    pub(super) inferred: Inferred,
    pub(super) rows_read: u64,
    pub(super) warnings: Vec<String>,
    pub(super) understood: Vec<String>,
    /// What would be stored, if it was only to be checked.
    pub(super) preview: Option<Preview>,
}

impl Intake {
    /// Reads all files and stores what they make together.
    pub(super) fn read_and_save(self, files: Vec<SourceFile>) -> Result<Taken, LibraryError> {
        let room = Room::on_disk(&self.spool_dir, WORDS_IN_MEMORY_MAX);
        let taken = self.take(files, &room);
        // Where the disk failed, nothing that was read or found wrong is to be trusted.
        room.check()?;
        taken
    }

    fn take(self, files: Vec<SourceFile>, room: &Room) -> Result<Taken, LibraryError> {
        let Self { bars, request, known, now_ms, bars_max, spool_dir } = self;
        let known = match known {
            Some((data, inferred)) => Some((bars.open_long(&data, room)?, inferred)),
            None => None,
        };
        let known = known.as_ref().map(|(series, inferred)| Known { series, inferred: *inferred });
        let mut declared = Declared {
            days: all_days(&request.terms.day_rule(known)?),
            timeframe: request.timeframe,
            is_day_start_open: request.terms.finds_start(known),
            price_tick: request.terms.price_tick,
            layout: request.layout,
            now_ms: Some(now_ms),
            bars_max,
            bars_before: 0,
            room: room.clone(),
        };
        let (mut tables, mut told) = (Vec::with_capacity(files.len()), Vec::new());
        for file in files {
            let name = file.name().to_owned();
            let contents = file.read(&declared, &spool_dir)?;
            let read: usize = contents.tables.iter().map(|table| table.bars.len()).sum();
            declared.bars_before += read as u64;
            tables.extend(contents.tables);
            let symbol = declared.layout.symbol.as_deref();
            told.extend(left_out_warning(&name, symbol, &contents.left_out));
        }
        let assembled = assemble(tables, known, &request.terms, room)?;
        let Assembled { series, inferred, changed, rows_read, warnings, understood } = assembled;
        told.extend(warnings);
        let preview = request.validate_only.then(|| Preview::of(&series));
        let facts = changed.then(|| SeriesFacts::from(&series));
        let saved = match (facts, request.validate_only) {
            (None, _) => None,
            (Some(facts), true) => Some((long_content_hash(&series), facts)),
            (Some(facts), false) => Some((bars.save_long(series, room)?, facts)),
        };
        Ok(Taken { saved, inferred, rows_read, warnings: told, understood, preview })
    }
}

fn left_out_warning(name: &str, symbol: Option<&str>, left_out: &[String]) -> Option<String> {
    let of = symbol.map_or_else(String::new, |symbol| format!(" of {symbol}"));
    let first: Vec<_> = left_out.iter().take(LEFT_OUT_TOLD).map(String::as_str).collect();
    let more = if left_out.len() > LEFT_OUT_TOLD { " and others" } else { "" };
    (!left_out.is_empty())
        .then(|| format!("{name}: left out what holds no bars{of}: {}{more}", first.join(", ")))
}
