//! Rows and columns as text: aligned for people, CSV for programs. Knows nothing of what they show.

use clap::ValueEnum;
use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

/// How a list is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum ListFormat {
    /// Aligned columns for people.
    #[default]
    Table,
    /// Comma-separated values at full precision, for programs.
    Csv,
}

/// A heading and on which side its column is flush.
#[derive(Clone, Copy)]
pub(super) enum Column<'t> {
    /// Text, flush left.
    Text(&'t str),
    /// Numbers, flush right.
    Number(&'t str),
}

impl<'t> Column<'t> {
    const fn title(self) -> &'t str {
        match self {
            Self::Text(title) | Self::Number(title) => title,
        }
    }

    const fn alignment(self) -> CellAlignment {
        match self {
            Self::Text(_) => CellAlignment::Left,
            Self::Number(_) => CellAlignment::Right,
        }
    }
}

/// Rows under headings.
pub(super) fn with_headings(columns: &[Column], rows: Vec<Vec<String>>) -> String {
    let mut table = plain(columns, rows);
    table.set_header(
        columns.iter().map(|column| Cell::new(column.title()).set_alignment(column.alignment())),
    );
    render(table)
}

/// Rows without headings; long cells are wrapped to `width`, if there is one.
pub(super) fn without_headings(
    columns: &[Column],
    rows: Vec<Vec<String>>,
    width: Option<u16>,
) -> String {
    let mut table = plain(columns, rows);
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
    render(table)
}

/// A name and a value on each line, the values flush left; what has no value is left out.
pub(super) fn facts(facts: Vec<(&str, String)>) -> String {
    let known = facts.into_iter().filter(|(_, value)| !value.is_empty());
    let rows = known.map(|(name, value)| vec![name.to_owned(), value]).collect();
    without_headings(&[Column::Text(""), Column::Text("")], rows, None)
}

/// Rows as CSV with a heading line.
pub(super) fn csv(headings: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let headings: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
    let rows = rows.into_iter().map(|row| csv_record(&row));
    [csv_record(&headings)].into_iter().chain(rows).collect()
}

/// One line of CSV.
pub(super) fn csv_record(fields: &[String]) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(fields).expect("memory takes every record");
    let bytes = writer.into_inner().expect("memory takes every record");
    String::from_utf8(bytes).expect("text went in")
}

fn plain(columns: &[Column], rows: Vec<Vec<String>>) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.add_rows(rows.into_iter().map(|row| {
        let cells = columns.iter().zip(row);
        cells.map(|(column, text)| Cell::new(text).set_alignment(column.alignment()))
    }));
    let last = columns.len().saturating_sub(1);
    table.discover_columns();
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == last { 0 } else { 2 }));
    }
    table
}

/// The table's text; empty cells at the end of a line leave no blanks there.
fn render(mut table: Table) -> String {
    table.discover_columns();
    let lines = table.lines().map(|line| line.trim_end().to_owned() + "\n");
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        [["SYN", "9"], ["BINANCE", "129,600"]].map(|row| row.map(str::to_owned).to_vec()).to_vec()
    }

    #[test]
    fn numbers_line_up_on_the_right() {
        let columns = [Column::Text("SERIES"), Column::Number("BARS")];
        let table = with_headings(&columns, rows());
        assert_eq!(table, "SERIES      BARS\nSYN            9\nBINANCE  129,600\n");
    }

    #[test]
    fn csv_quotes_what_holds_a_comma() {
        assert_eq!(csv(&["series", "bars"], rows()), "series,bars\nSYN,9\nBINANCE,\"129,600\"\n");
    }
}
