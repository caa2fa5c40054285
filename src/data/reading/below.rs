//! Lines below the last row that are none: where a file was downloaded, and when. What has a number
//! or a time in it is a row with a fault, and is never left out.

use csv::ByteRecord;

use super::collector::Fault;
use super::headerless::is_time;
use super::number;
use crate::data::import_words::quoted;

/// More lines than so many are no remark.
const LINES_MAX: usize = 10;

/// The lines since the last row.
#[derive(Debug, Default)]
pub(super) struct LinesBelow {
    first: Option<(u64, Fault)>,
    text: String,
    count: usize,
}

impl LinesBelow {
    /// Takes in a line that is no row; gives back the fault to refuse if it is no remark either.
    pub(super) fn note(
        &mut self,
        record: &ByteRecord,
        line: u64,
        fault: Fault,
    ) -> Result<(), (u64, Fault)> {
        self.count += 1;
        if self.first.is_none() {
            let fields = record.iter().map(|field| String::from_utf8_lossy(field.trim_ascii()));
            let text = fields.collect::<Vec<_>>().join(" ");
            text.trim().clone_into(&mut self.text);
        }
        if is_remark(record) && self.count <= LINES_MAX {
            self.first.get_or_insert((line, fault));
            return Ok(());
        }
        Err(self.first.take().unwrap_or((line, fault)))
    }

    /// Notes that a row was taken in: what stood above it was no end of the file.
    pub(super) fn pass(&mut self) -> Result<(), (u64, Fault)> {
        self.first.take().map_or(Ok(()), Err)
    }

    /// What is said of the lines that were left out, or the fault of the first if there is nothing
    /// else in the file.
    pub(super) fn finish(self, has_rows: bool) -> Result<Option<String>, (u64, Fault)> {
        let Some((line, fault)) = self.first else { return Ok(None) };
        if !has_rows {
            return Err((line, fault));
        }
        let lines =
            if self.count == 1 { "1 line".to_owned() } else { format!("{} lines", self.count) };
        let text = quoted(&self.text);
        Ok(Some(format!("{lines} below the rows left out, the first in line {line}: {text}")))
    }
}

fn is_remark(record: &ByteRecord) -> bool {
    record.iter().all(|field| {
        let text = String::from_utf8_lossy(field);
        number::measure(field.trim_ascii(), None).is_err() && !is_time(text.trim())
    })
}
