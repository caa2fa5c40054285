//! Rows and columns as text: aligned for people, CSV for programs. Knows nothing of what they show.

use comfy_table::presets::NOTHING;
use comfy_table::{Cell, CellAlignment, ContentArrangement, Table};

use crate::cli::text::foreign;
use crate::cli::text::output;

/// A heading and on which side its column is flush.
#[derive(Clone, Copy)]
pub(in crate::cli) enum Column<'t> {
    /// Text, flush left, which may be cut where there is little room.
    Text(&'t str),
    /// A name or a time, flush left, which says nothing if it is cut.
    Word(&'t str),
    /// Numbers, flush right.
    Number(&'t str),
}

impl<'t> Column<'t> {
    pub(in crate::cli) const fn title(self) -> &'t str {
        match self {
            Self::Text(title) | Self::Word(title) | Self::Number(title) => title,
        }
    }

    pub(in crate::cli) const fn may_be_cut(self) -> bool {
        matches!(self, Self::Text(_))
    }

    const fn alignment(self) -> CellAlignment {
        match self {
            Self::Text(_) | Self::Word(_) => CellAlignment::Left,
            Self::Number(_) => CellAlignment::Right,
        }
    }
}

/// Rows under headings, as wide as they are.
pub(in crate::cli) fn with_headings(columns: &[Column], rows: Vec<Vec<String>>) -> String {
    wrapped(columns, rows, None)
}

/// Rows under headings; long cells are wrapped to `width`, if there is one.
pub(in crate::cli) fn wrapped(
    columns: &[Column],
    rows: Vec<Vec<String>>,
    width: Option<u16>,
) -> String {
    let mut table = plain(columns, rows);
    table.set_header(
        columns.iter().map(|column| Cell::new(column.title()).set_alignment(column.alignment())),
    );
    pad(&mut table, columns.len());
    wrap(&mut table, width);
    render(table)
}

fn wrap(table: &mut Table, width: Option<u16>) {
    if let Some(width) = width {
        table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    }
}

/// Rows without headings; long cells are wrapped to `width`, if there is one.
pub(in crate::cli) fn without_headings(
    columns: &[Column],
    rows: Vec<Vec<String>>,
    width: Option<u16>,
) -> String {
    let mut table = plain(columns, rows);
    wrap(&mut table, width);
    render(table)
}

/// A name and a value on each line, the values flush left and wrapped to the terminal; what has no
/// value is left out.
pub(in crate::cli) fn facts(facts: Vec<(&str, String)>) -> String {
    let known = facts.into_iter().filter(|(_, value)| !value.is_empty());
    let rows = known.map(|(name, value)| vec![name.to_owned(), value]).collect();
    without_headings(&[Column::Word(""), Column::Text("")], rows, output::width())
}

/// Rows as CSV with a heading line.
pub(in crate::cli) fn csv(
    headings: &[&str],
    rows: impl IntoIterator<Item = Vec<String>>,
) -> String {
    let headings: Vec<String> = headings.iter().map(|&heading| heading.to_owned()).collect();
    let rows = rows.into_iter().map(|row| csv_record(&row));
    [csv_record(&headings)].into_iter().chain(rows).collect()
}

/// One line of CSV.
pub(in crate::cli) fn csv_record(fields: &[String]) -> String {
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
        cells
            .map(|(column, text)| Cell::new(foreign::word(&text)).set_alignment(column.alignment()))
    }));
    pad(&mut table, columns.len());
    table
}

/// Two blanks between columns, also where there are headings only.
fn pad(table: &mut Table, columns: usize) {
    let last = columns.saturating_sub(1);
    table.discover_columns();
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if at == last { 0 } else { 2 }));
    }
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
    fn headings_stand_alike_over_no_rows() {
        let columns = [Column::Text("SERIES"), Column::Number("BARS")];
        assert_eq!(with_headings(&columns, Vec::new()), "SERIES  BARS\n");
    }

    #[test]
    fn csv_quotes_what_holds_a_comma() {
        assert_eq!(csv(&["series", "bars"], rows()), "series,bars\nSYN,9\nBINANCE,\"129,600\"\n");
    }
}
