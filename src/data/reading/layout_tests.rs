//! Tables whose columns are told, and tables whose columns are not.

use super::declared::BarLayout;
use super::dialect::Headings;
use super::headings::BarColumn;
use super::layout::Layout;
use crate::data::import_error::ImportProblem;

fn detect_with(line: &str, rows: &[&str], declared: &BarLayout) -> Result<Layout, ImportProblem> {
    let fields = |line: &str| line.split(',').map(str::to_owned).collect::<Vec<_>>();
    let headings = Headings { names: fields(line), tickers: Vec::new() };
    let rows: Vec<Vec<String>> = rows.iter().map(|row| fields(row)).collect();
    Layout::detect(Some(&headings), &rows, declared)
}

fn detect(line: &str, columns: &[(&str, &str)]) -> Result<Layout, ImportProblem> {
    let columns = columns.iter().map(|&(ours, theirs)| (ours.into(), theirs.into())).collect();
    let declared = BarLayout { columns, ..BarLayout::default() };
    detect_with(line, &[], &declared)
}

fn shown(line: &str, row: &str) -> Layout {
    detect_with(line, &[row], &BarLayout::default()).unwrap()
}

fn positions(layout: &Layout) -> [Option<usize>; 6] {
    let columns: [BarColumn; 6] = std::array::from_fn(|index| BarColumn::ALL[index]);
    columns.map(|column| layout.position(column))
}

#[test]
fn columns_are_told_in_any_case_and_order() {
    let layout = detect("Volume,Close,LOW,high,Open, Open Time ", &[]).unwrap();
    assert_eq!(positions(&layout), [5, 4, 3, 2, 1, 0].map(Some));
    assert!(!layout.is_in_ticks);
}

#[test]
fn of_several_times_the_most_telling_counts() {
    let layout = detect("date,timestamp_ms,open,high,low,close", &[]).unwrap();
    assert_eq!(positions(&layout)[..2], [Some(1), Some(2)]);
    assert_eq!(layout.position(BarColumn::Volume), None);
    assert_eq!(layout.heading(BarColumn::Volume), "volume");
    let layout = detect("timestamp,open,high,low,close,open_time", &[]).unwrap();
    assert_eq!(layout.position(BarColumn::OpenTime), Some(5));
}

#[test]
fn headings_of_vendors_are_known() {
    let lines = [
        (
            "<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>,<TICKVOL>,<VOL>",
            "2025.03.01,00:00,1,1,1,1,5,0",
        ),
        ("Date, Time, Open, High, Low, Last, Volume", "2025/3/1,00:00:00,1,1,1,1,5"),
        ("Date,Close/Last,Volume,Open,High,Low", "01/15/2024,$1,5,$1,$1,$1"),
        ("ticker,volume,open,close,high,low,window_start", "A,5,1,1,1,1,1744783500000000000"),
        ("time,mid.o,mid.h,mid.l,mid.c,volume", "2024-01-02,1,1,1,1,5"),
        ("Unix Timestamp,Open,High,Low,Close,Volume (BTC)", "1744783500,1,1,1,1,5"),
        ("Date,Price,Open,High,Low,Vol.,Change %", "Jan 15 2024,1,1,1,1,5K,0.1%"),
    ];
    for (line, row) in lines {
        let layout = shown(line, row);
        assert!(positions(&layout).iter().all(Option::is_some), "{line}: {layout:?}");
    }
    let ticks = shown(lines[0].0, lines[0].1);
    assert_eq!(ticks.position(BarColumn::Volume), Some(6), "the real volume is zero");
    assert_eq!(ticks.position(BarColumn::TimeOfDay), Some(1));
}

#[test]
fn a_column_without_a_name_is_the_time_if_it_looks_so() {
    for line in [",open,high,low,close", "Unnamed: 0,open,high,low,close"] {
        let layout = shown(line, "2024-01-02,1,1,1,1");
        assert_eq!(layout.position(BarColumn::OpenTime), Some(0), "{line}");
    }
    let layout = shown(",Date,open,high,low,close", "0,2024-01-02,1,1,1,1");
    assert_eq!(layout.position(BarColumn::OpenTime), Some(1));
    let numbered = BarLayout::default();
    let said = detect_with(",open,high,low,close", &["0,1,1,1,1"], &numbered).unwrap_err();
    assert!(said.to_string().contains("column 1 without a name"), "{said}");
}

#[test]
fn a_time_beside_a_date_is_a_time_of_day_only_if_it_looks_so() {
    let header = "date,time,open,high,low,close";
    let layout = shown(header, "20240102,90000,1,1,1,1");
    assert_eq!(layout.position(BarColumn::OpenTime), Some(0));
    assert_eq!(layout.position(BarColumn::TimeOfDay), Some(1));
    let layout = shown(header, "2024-01-02,1704186000,1,1,1,1");
    assert_eq!(layout.position(BarColumn::OpenTime), Some(1));
    assert_eq!(layout.position(BarColumn::TimeOfDay), None);
}

#[test]
fn only_the_very_header_of_counted_prices_means_counted_prices() {
    assert!(detect("ts,o,h,l,c,vol", &[]).unwrap().is_in_ticks);
    assert!(!detect("ts,o,h,l,c,volume", &[]).unwrap().is_in_ticks);
    assert!(!shown("ts,o,h,l,c,vol", "1735689600000,1.5,2,1,2,7").is_in_ticks);
    let mapping = [("open", "o"), ("high", "h"), ("low", "l"), ("close", "c")];
    assert!(!detect("ts,o,h,l,c,vol", &mapping).unwrap().is_in_ticks);
}

#[test]
fn all_missing_columns_are_named_at_once() {
    let text = detect("time,open,foo", &[]).unwrap_err().to_string();
    let wanted = "has no column for high, low, close; its columns are time, open, foo";
    assert!(text.starts_with(wanted), "{text}");
}

#[test]
fn a_mapping_wins_over_the_usual_heading() {
    let line = "time,open,high,low,close,Adj Close,volume";
    for heading in ["adj close", "6"] {
        let layout = detect(line, &[("close", heading)]).unwrap();
        assert_eq!(layout.heading(BarColumn::Close), "Adj Close");
    }
    for none in ["", "none"] {
        let layout = detect(line, &[("volume", none)]).unwrap();
        assert_eq!(layout.position(BarColumn::Volume), None, "{none:?}");
    }
    let unnamed = detect(",open,high,low,close", &[("open_time", "")]).unwrap();
    assert_eq!(unnamed.position(BarColumn::OpenTime), Some(0));
}

#[test]
fn misspelled_mappings_get_the_right_spelling() {
    let line = "time,open,high,low,foo,amount";
    let text = detect(line, &[("clsoe", "last")]).unwrap_err().to_string();
    assert!(text.ends_with("did you mean \"close\"?"), "{text}");
    let mapping = [("close", "foo"), ("volume", "amout")];
    let text = detect(line, &mapping).unwrap_err().to_string();
    let wanted = "the columns are time, open, high, low, foo, amount; did you mean \"amount\"?";
    assert!(text.ends_with(wanted), "{text}");
}

#[test]
fn two_columns_of_one_name_are_refused() {
    let line = "time,open,high,low,close,Close";
    let text = detect(line, &[]).unwrap_err().to_string();
    assert!(text.contains("more than one column \"Close\""), "{text}");
    assert!(detect(line, &[("close", "Close")]).is_ok());
}
