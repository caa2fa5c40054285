//! Tables as JSON lines: what a data frame reads without being told anything.

use serde::{Serialize, Serializer};

use super::cell::Cell;
use super::{ExportError, Rows};

/// One row as an object of its columns, in their order.
struct Line<'r> {
    rows: &'r Rows,
    row: usize,
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = self.rows.columns.iter();
        serializer.collect_map(columns.map(|column| (&column.name, Cell::of(column, self.row))))
    }
}

/// The rows, each on a line of its own.
pub(super) fn lines(rows: &Rows) -> Result<Vec<u8>, ExportError> {
    let mut text = Vec::new();
    for row in 0..rows.row_count as usize {
        serde_json::to_writer(&mut text, &Line { rows, row })?;
        text.push(b'\n');
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_every_column() {
        let text = String::from_utf8(lines(&super::super::table()).unwrap()).unwrap();
        // So that they fit here.
        let short = text.replace("params.", "").replace("metrics.", "");
        assert_eq!(
            short.lines().collect::<Vec<_>>(),
            [
                r#"{"fast":null,"sharpe":0.30000000000000004,"error.message":"plain"}"#,
                r#"{"fast":5,"sharpe":null,"error.message":"a \"quoted\", text\n"}"#,
                r#"{"fast":9223372036854775807,"sharpe":-1e-300,"error.message":null}"#,
            ]
        );
    }
}
