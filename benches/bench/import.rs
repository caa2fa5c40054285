//! Reading a million rows of text: exact prices, checked bars.

use std::fmt::Write as _;
use std::hint::black_box;

use tradeforge::data::{Declared, read_csv};

use crate::Outcome;
use crate::engine::{BAR_COUNT, series};
use crate::measure::median;
use crate::table::{Table, count, time};

pub(crate) fn measure(table: &mut Table) -> Outcome<()> {
    let text = text()?;
    let plain = median(|| _ = black_box(fields(black_box(&text))));
    let declared = Declared::of("1m".parse()?);
    let read = median(|| {
        let parsed = read_csv("bench.csv", text.as_bytes(), &declared).expect("it is sound");
        assert_eq!(parsed.bars.len() as u64, BAR_COUNT);
    });
    table.section(
        "import, 1M rows of CSV, one core's time",
        ["rows/s", "time", "MB/s", "to the split"],
    );
    for (name, taken) in [("split at line ends and commas", plain), ("read_csv", read)] {
        let rate = |amount: f64| amount / taken.as_secs_f64();
        let ratio = format!("{:.2}", plain.as_secs_f64() / taken.as_secs_f64());
        let megabytes = format!("{:.0}", rate(text.len() as f64 / 1e6));
        table.row(name, [count(rate(BAR_COUNT as f64)), time(taken), megabytes, ratio]);
    }
    Ok(())
}

/// The series as a file that anybody could have written.
fn text() -> Outcome<String> {
    let series = series()?;
    let mut text = "timestamp_ms,open,high,low,close,volume\n".to_owned();
    let cents = |ticks: i64| format!("{}.{:02}", ticks / 100, ticks % 100);
    for bar in (0..series.bars.len()).map(|index| series.bars.bar(index)) {
        let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(cents);
        writeln!(text, "{},{open},{high},{low},{close},{}", bar.open_time_ms, bar.volume)?;
    }
    Ok(text)
}

fn fields(text: &str) -> usize {
    text.split('\n').map(|line| line.split(',').count()).sum()
}
