//! Rows under headings that fit a terminal: long texts are cut, then columns go that matter least.

use crate::cli::text::foreign;
use crate::cli::text::table::{self, Column};

/// What a text is cut to at the most.
const TEXT_MIN: usize = 12;
/// What stands between two columns.
const GAP: usize = 2;
const CUT: char = '…';

/// A table and what it does not show.
pub(in crate::cli) struct Fitted {
    /// The table.
    pub(in crate::cli) text: String,
    /// Headings of the columns for which there was no room.
    pub(in crate::cli) left_out: Vec<String>,
}

impl From<String> for Fitted {
    /// What is not for people, and so is shown whole.
    fn from(text: String) -> Self {
        Self { text, left_out: Vec::new() }
    }
}

impl Fitted {
    /// What is not shown, in words; `None` if all is.
    pub(in crate::cli) fn note(&self) -> Option<String> {
        let names = self.left_out.join(", ");
        (!names.is_empty()).then(|| format!("no room for {names}; a wider terminal shows all"))
    }

    /// The table, and below it what it does not show.
    pub(in crate::cli) fn with_note(self) -> String {
        let note = self.note().map(|note| format!("({note})\n")).unwrap_or_default();
        self.text + &note
    }
}

/// Rows under headings, no wider than `width` if there is one. Of the columns, those `expendable`
/// are left out as far as they must be, the first of them first.
pub(in crate::cli) fn fit(
    columns: &[Column],
    mut rows: Vec<Vec<String>>,
    width: Option<u16>,
    expendable: &[&str],
) -> Fitted {
    let mut columns = columns.to_vec();
    let mut left_out = Vec::new();
    let Some(width) = width.map(usize::from) else {
        return Fitted { text: table::with_headings(&columns, rows), left_out };
    };
    let mut expendable = expendable.iter();
    loop {
        let gaps = GAP * columns.len().saturating_sub(1);
        if let Some(caps) = caps(&columns, &rows, width.saturating_sub(gaps)) {
            cut(&mut rows, &caps);
            break;
        }
        // Where nothing more may go, the terminal breaks the lines.
        let Some(name) = expendable.next() else { break };
        if let Some(at) = columns.iter().position(|column| column.title() == *name) {
            columns.remove(at);
            for row in &mut rows {
                row.remove(at);
            }
            left_out.push((*name).to_owned());
        }
    }
    Fitted { text: table::with_headings(&columns, rows), left_out }
}

/// Whether the rows fit as they are.
pub(in crate::cli) fn fits(columns: &[Column], rows: &[Vec<String>], width: Option<u16>) -> bool {
    let gaps = GAP * columns.len().saturating_sub(1);
    let sum: usize = widths(columns, rows).iter().sum();
    width.is_none_or(|width| sum + gaps <= usize::from(width))
}

/// How wide each column may be, so that all have room; `None` if no cutting of texts is enough.
fn caps(columns: &[Column], rows: &[Vec<String>], room: usize) -> Option<Vec<usize>> {
    let mut widths = widths(columns, rows);
    loop {
        let excess = widths.iter().sum::<usize>().saturating_sub(room);
        if excess == 0 {
            return Some(widths);
        }
        let least = |at: usize| TEXT_MIN.max(columns[at].title().len());
        let texts = (0..columns.len()).filter(|&at| columns[at].may_be_cut());
        let widest = texts.filter(|&at| widths[at] > least(at)).max_by_key(|&at| widths[at])?;
        widths[widest] -= 1;
    }
}

fn widths(columns: &[Column], rows: &[Vec<String>]) -> Vec<usize> {
    let wide = |text: &str| console::measure_text_width(&foreign::word(text));
    let of_column = |(at, column): (usize, &Column)| {
        let cells = rows.iter().map(|row| wide(&row[at]));
        cells.max().unwrap_or(0).max(wide(column.title()))
    };
    columns.iter().enumerate().map(of_column).collect()
}

fn cut(rows: &mut [Vec<String>], caps: &[usize]) {
    for row in rows {
        for (cell, &cap) in row.iter_mut().zip(caps) {
            let text = foreign::word(cell);
            if console::measure_text_width(&text) > cap {
                *cell = console::truncate_str(&text, cap, &CUT.to_string()).into_owned();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [Column; 4] =
        [Column::Word("ID"), Column::Text("NAME"), Column::Number("BARS"), Column::Text("BY")];

    fn rows() -> Vec<Vec<String>> {
        let row = ["313d01c6ac94", "a search of the whole night", "129,600", "somebody else"];
        vec![row.map(str::to_owned).to_vec()]
    }

    fn fitted(width: Option<u16>) -> Fitted {
        fit(&COLUMNS, rows(), width, &["BY", "BARS"])
    }

    #[test]
    fn where_there_is_room_nothing_is_cut_and_nothing_goes() {
        for width in [None, Some(65)] {
            let Fitted { text, left_out } = fitted(width);
            assert!(text.contains("a search of the whole night  129,600  somebody else"), "{text}");
            assert!(left_out.is_empty());
        }
        assert!(fits(&COLUMNS, &rows(), Some(65)) && !fits(&COLUMNS, &rows(), Some(64)));
    }

    #[test]
    fn long_texts_are_cut_before_a_column_goes() {
        let Fitted { text, left_out } = fitted(Some(60));
        assert_eq!(text.lines().nth(1).unwrap().chars().count(), 60);
        assert!(text.contains("a search of the whole…  129,600  somebody else"), "{text}");
        assert!(left_out.is_empty());
    }

    #[test]
    fn what_matters_least_goes_first_and_is_named() {
        let Fitted { text, left_out } = fitted(Some(40));
        assert_eq!(text.lines().nth(1).unwrap(), "313d01c6ac94  a search of the …  129,600");
        assert_eq!(left_out, ["BY"]);
        assert_eq!(fitted(Some(10)).left_out, ["BY", "BARS"], "an id is never cut");
    }
}
