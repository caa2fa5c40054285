//! Sheets of an Excel workbook as texts, one line a row, so that a title above the header or a
//! second table is seen as in any text. What a workbook claims of itself is held against its bytes
//! before the decoder makes room for it.

use std::io::{self, BufReader, Read, Seek};
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{Cell, DataRef, Reader as _, Xlsx, XlsxCellReader, XlsxError};
use zip::ZipArchive;

use super::members::Members;
use super::{Content, Contents, of_io};
use crate::data::import_error::ImportError;
use crate::data::reading::{Declared, read_csv};
use crate::data::unpack::Budget;

/// What a zip has in it if it is a workbook.
pub(super) const MARK: &str = "xl/workbook.xml";
/// Texts that cells share, unpacked; bars have next to none.
const SHARED_TEXTS: &str = "sharedstrings.xml";
const SHARED_TEXT_BYTES_MAX: u64 = 64 << 20;
/// Every other part that is no sheet: styles, relations, names.
const PART_BYTES_MAX: u64 = 4 << 20;
/// A program may have no more rows.
const ROWS_MAX: u32 = 1 << 20;
/// Columns of a table of bars.
const COLUMNS_MAX: u32 = 256;

/// Reads the sheets that hold bars.
pub(super) fn read_workbook(
    source_name: &str,
    mut content: Content,
    declared: &Declared,
    budget: &Budget,
) -> Result<Contents, ImportError> {
    let io = |error| of_io(source_name, error);
    check_parts(&mut content, budget).map_err(io)?;
    content.rewind().map_err(io)?;
    // The decoder panics at some files that were damaged.
    let read = catch_unwind(AssertUnwindSafe(|| read_sheets(source_name, content, declared)));
    read.unwrap_or_else(|_| Err(io(broken("is damaged"))))
}

fn read_sheets(
    source_name: &str,
    content: Content,
    declared: &Declared,
) -> Result<Contents, ImportError> {
    let xlsx = |error: XlsxError| of_io(source_name, broken(&format!("cannot be read: {error}")));
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::new(content)).map_err(xlsx)?;
    let mut members = Members::of_sheets(source_name, declared);
    for sheet in workbook.sheet_names() {
        // A sheet of charts has no cells.
        let Ok(cells) = workbook.worksheet_cells_reader(&sheet) else { continue };
        members.take(&sheet, |name, declared| read_csv(name, SheetText::of(cells), declared))?;
    }
    members.finish()
}

/// Unpacks every part to nowhere, up to what it may come to.
fn check_parts(content: &mut Content, budget: &Budget) -> io::Result<()> {
    let mut archive = ZipArchive::new(BufReader::new(content))?;
    for index in 0..archive.len() {
        let part = archive.by_index(index)?;
        let name = part.name().map_err(io::Error::from)?.to_ascii_lowercase();
        let mut bytes = budget.bound(part);
        if name.contains("worksheets/sheet") {
            io::copy(&mut bytes, &mut io::sink())?;
            continue;
        }
        let is_shared = name.ends_with(SHARED_TEXTS);
        let most = if is_shared { SHARED_TEXT_BYTES_MAX } else { PART_BYTES_MAX };
        let is_read = [".xml", ".rels"].iter().any(|end| name.ends_with(end));
        if !is_read {
            continue;
        }
        let mut text = Vec::new();
        bytes.take(most + 1).read_to_end(&mut text)?;
        if text.len() as u64 > most {
            return Err(broken(&format!("has a part {name:?} of more than {most} bytes")));
        }
        if is_shared && claims_more_than(&text) {
            return Err(broken("says that it has more texts than it can have"));
        }
    }
    Ok(())
}

/// Whether the count of shared texts, for which room is made, cannot be true.
fn claims_more_than(text: &[u8]) -> bool {
    const NAME: &[u8] = b"uniqueCount";
    let places = text.windows(NAME.len()).enumerate().filter(|(_, window)| *window == NAME);
    let mut counts = places.map(|(place, _)| {
        let rest = &text[place + NAME.len()..];
        let digits = rest.iter().skip_while(|byte| !byte.is_ascii_digit());
        digits.take_while(|byte| byte.is_ascii_digit()).fold(0_u64, |count, digit| {
            count.saturating_mul(10).saturating_add(u64::from(digit - b'0'))
        })
    });
    counts.any(|count| count > text.len() as u64)
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the workbook {what}"))
}

/// The cells of a sheet as lines of CSV; a row that is left out is a blank line.
struct SheetText<'a, R: Read + Seek> {
    cells: XlsxCellReader<'a, R>,
    /// The first cell of the next row.
    ahead: Option<Cell<DataRef<'a>>>,
    is_over: bool,
    /// How many lines were written.
    lines: u32,
    text: Vec<u8>,
    taken: usize,
}

impl<'a, R: Read + Seek> SheetText<'a, R> {
    fn of(cells: XlsxCellReader<'a, R>) -> Self {
        Self { cells, ahead: None, is_over: false, lines: 0, text: Vec::new(), taken: 0 }
    }

    fn next_cell(&mut self) -> io::Result<Option<Cell<DataRef<'a>>>> {
        if let Some(cell) = self.ahead.take() {
            return Ok(Some(cell));
        }
        // Behind the last cell there is nothing that may be asked for.
        if self.is_over {
            return Ok(None);
        }
        let cell = self.cells.next_cell().map_err(|error| broken(&error.to_string()))?;
        self.is_over = cell.is_none();
        if let Some(cell) = &cell {
            let (row, column) = cell.get_position();
            if row >= ROWS_MAX || column >= COLUMNS_MAX || row + 1 < self.lines {
                return Err(broken(&format!(
                    "has a cell in row {} and column {}: bars have at most {ROWS_MAX} rows and \
                     {COLUMNS_MAX} columns, one after the other",
                    u64::from(row) + 1,
                    u64::from(column) + 1
                )));
            }
        }
        Ok(cell)
    }

    /// Puts the next row into `text`, after blank lines for those that are left out.
    fn advance(&mut self) -> io::Result<()> {
        (self.text, self.taken) = (Vec::new(), 0);
        let Some(first) = self.next_cell()? else { return Ok(()) };
        let row = first.get_position().0;
        self.text.resize(row.saturating_sub(self.lines) as usize, b'\n');
        self.lines = row;
        let mut fields: Vec<String> = Vec::new();
        let mut cell = Some(first);
        while let Some(found) = cell {
            let (own, column) = found.get_position();
            if own != row {
                self.ahead = Some(found);
                break;
            }
            fields.resize(fields.len().max(column as usize + 1), String::new());
            fields[column as usize] = field(found.get_value());
            cell = self.next_cell()?;
        }
        let mut line = csv::Writer::from_writer(std::mem::take(&mut self.text));
        line.write_record(fields)?;
        self.text = line.into_inner().map_err(|error| io::Error::other(error.to_string()))?;
        self.lines += 1;
        Ok(())
    }
}

impl<R: Read + Seek> Read for SheetText<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.text.len() && !self.is_over {
            self.advance()?;
        }
        let rest = &self.text[self.taken..];
        let count = rest.len().min(buffer.len());
        buffer[..count].copy_from_slice(&rest[..count]);
        self.taken += count;
        Ok(count)
    }
}

/// The cell as people would write it.
fn field(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number.to_string(),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            text.clone()
        }
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string(),
        DataRef::DateTime(time) => {
            let (year, month, day, hour, minute, second, milli) = time.to_ymd_hms_milli();
            let fraction = if milli == 0 { String::new() } else { format!(".{milli:03}") };
            let clock = format!("{hour:02}:{minute:02}:{second:02}{fraction}");
            // A time of day alone has no date.
            if time.as_f64() < 1.0 {
                return clock;
            }
            let date = format!("{year:04}-{month:02}-{day:02}");
            let is_midnight = (hour, minute, second, milli) == (0, 0, 0, 0);
            if is_midnight { date } else { format!("{date} {clock}") }
        }
        DataRef::Error(_) | DataRef::Empty => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::write::SimpleFileOptions;

    use super::*;
    use crate::data::reading::zone_named;

    const TYPES: &str =
        "<Types><Default Extension=\"xml\" ContentType=\"application/xml\"/></Types>";
    const RELATIONS: &str = "<Relationships \
         xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/\
         relationships/officeDocument\" \
         Target=\"xl/workbook.xml\"/></Relationships>";
    const OWN_RELATIONS: &str = "<Relationships \
         xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">\
         <Relationship Id=\"rId1\" \
         Type=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet\" \
         Target=\"worksheets/sheet1.xml\"/></Relationships>";
    const BOOK: &str = "<workbook \
         xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\" \
         xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\">\
         <sheets><sheet name=\"Prices\" sheetId=\"1\" r:id=\"rId1\"/></sheets></workbook>";
    const STYLES: &str = "<styleSheet \
         xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
         <cellXfs><xf numFmtId=\"0\"/><xf numFmtId=\"14\"/></cellXfs></styleSheet>";

    fn workbook_with(rows: &str, more: &[(&str, &str)]) -> Vec<u8> {
        let sheet = format!(
            "<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">\
             <sheetData>{rows}</sheetData></worksheet>"
        );
        let parts = [
            ("[Content_Types].xml", TYPES),
            ("_rels/.rels", RELATIONS),
            (MARK, BOOK),
            ("xl/_rels/workbook.xml.rels", OWN_RELATIONS),
            ("xl/styles.xml", STYLES),
            ("xl/worksheets/sheet1.xml", sheet.as_str()),
        ];
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts.iter().chain(more) {
            archive.start_file(*name, SimpleFileOptions::default()).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    /// A title, a blank row, a header, and days from Excel's 45293 on.
    fn rows() -> String {
        let text = |place: &str, text: &str| {
            format!("<c r=\"{place}\" t=\"inlineStr\"><is><t>{text}</t></is></c>")
        };
        let names = ["Date", "Open", "High", "Low", "Close", "Volume"];
        let header: String =
            "ABCDEF".chars().zip(names).map(|(it, name)| text(&format!("{it}3"), name)).collect();
        let day = |number: u32| {
            let row = number + 4;
            let cell = |(it, value)| format!("<c r=\"{it}{row}\"><v>{value}</v></c>");
            let cells = "BCDEF".chars().zip(["1.5", "2", "1", "1.25", "7"]).map(cell);
            let cells = cells.collect::<Vec<_>>().concat();
            format!(
                "<row r=\"{row}\"><c r=\"A{row}\" s=\"1\"><v>{}</v></c>{cells}</row>",
                45293 + number
            )
        };
        let title = text("A1", "Prices of X");
        let days: String = (0..5).map(day).collect();
        format!("<row r=\"1\">{title}</row><row r=\"3\">{header}</row>{days}")
    }

    fn read(bytes: Vec<u8>) -> Result<Contents, String> {
        let declared = Declared::of("1d".parse().unwrap());
        let budget = Budget::of(bytes.len() as u64);
        let read = read_workbook("a.xlsx", Content::of_bytes(bytes), &declared, &budget);
        read.map_err(|error| error.to_string())
    }

    #[test]
    fn a_sheet_is_a_table_whatever_stands_above_it() {
        let table = read(workbook_with(&rows(), &[])).unwrap().tables.remove(0);
        assert_eq!(table.columns().close, [125; 5]);
        // 2024-01-02.
        assert_eq!(table.columns().open_time_ms[0], 1_704_153_600_000);
        assert_eq!((table.line(0), &*table.source_name), (4, "a.xlsx/Prices"));
    }

    #[test]
    fn times_of_a_sheet_have_no_zone_and_are_of_the_declared_one() {
        // 2024-01-02 12:00 and 13:00.
        let noon = rows().replace("<v>45293<", "<v>45293.5<");
        let noon = noon.replace("<v>45294<", "<v>45293.541666666664<");
        let (two, _) = noon.split_once("<row r=\"6\">").unwrap();
        let bytes = workbook_with(two, &[]);
        let mut declared = Declared::of("1h".parse().unwrap());
        declared.layout.times.zone = zone_named("America/New_York");
        let budget = Budget::of(bytes.len() as u64);
        let read = read_workbook("a", Content::of_bytes(bytes), &declared, &budget).unwrap();
        let times = &read.tables[0].columns().open_time_ms;
        assert_eq!(times[..], [1_704_214_800_000, 1_704_218_400_000]);
    }

    #[test]
    fn claims_that_cannot_be_true_are_refused_before_room_is_made() {
        let claim = "<sst uniqueCount=\"999999999999999\"><si><t>a</t></si></sst>";
        let said = read(workbook_with(&rows(), &[("xl/sharedStrings.xml", claim)])).unwrap_err();
        assert!(said.contains("more texts than it can have"), "{said}");
        let large = format!("<styleSheet>{}</styleSheet>", " ".repeat(5 << 20));
        let said = read(workbook_with(&rows(), &[("xl/theme/theme1.xml", &large)])).unwrap_err();
        assert!(said.contains("more than 4194304 bytes"), "{said}");
        let far = "<row r=\"9\"><c r=\"XFD9\"><v>1</v></c></row>";
        let said = read(workbook_with(far, &[])).unwrap_err();
        assert!(said.contains("column 16384"), "{said}");
        let broken = workbook_with(&rows(), &[]);
        assert!(read(broken[..broken.len() / 2].to_vec()).is_err());
    }
}
