//! Tables as comma-separated values.

use super::cell::Cell;
use super::{ExportError, Rows};

/// A file of lines; the first rows bring the headings.
#[derive(Default)]
pub(super) struct CsvFile {
    has_headings: bool,
}

impl CsvFile {
    pub(super) fn push(&mut self, rows: &Rows) -> Result<Vec<u8>, ExportError> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        if !self.has_headings {
            writer.write_record(rows.columns.iter().map(|column| &column.name))?;
            self.has_headings = true;
        }
        for row in 0..rows.row_count as usize {
            writer.write_record(rows.columns.iter().map(|column| Cell::of(column, row).text()))?;
        }
        Ok(writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_come_once_and_what_is_absent_is_empty() {
        let mut file = CsvFile::default();
        let mut text = file.push(&super::super::table()).unwrap();
        text.extend(file.push(&super::super::table()).unwrap());
        let lines = ",0.30000000000000004,plain\n5,,\"a \"\"quoted\"\", text\n\"\n\
                     9223372036854775807,-1e-300,\n";
        assert_eq!(
            String::from_utf8(text).unwrap(),
            format!("params.fast,metrics.sharpe,error.message\n{lines}{lines}")
        );
    }
}
