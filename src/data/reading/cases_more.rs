//! Further files as vendors write them, in the encodings of their countries and with their habits.

use encoding_rs::{EUC_KR, Encoding, GB18030, SHIFT_JIS};

use super::*;

fn read(timeframe: &str, file: &[u8]) -> Result<ParsedBars, String> {
    let declared = Declared::of(timeframe.parse().unwrap());
    read_csv("f.csv", file, &declared).map_err(|error| error.to_string())
}

#[test]
fn files_of_east_asia_are_read_as_windows_writes_them_there() {
    let files: [(&'static Encoding, &str, &str); 3] = [
        (GB18030, "日期,股票代码,开盘,收盘,最高,最低,成交量", "000001,10,10.5,11,9,7"),
        (SHIFT_JIS, "日付,始値,高値,安値,終値,出来高", "10,11,9,10.5,7"),
        (EUC_KR, "일자,시가,고가,저가,종가,거래량", "10,11,9,10.5,7"),
    ];
    for (encoding, header, row) in files {
        let (bytes, ..) = encoding.encode(header);
        let text = [&*bytes, format!("\n2024/01/15,{row}\n").as_bytes()].concat();
        let read = read("1d", &text).unwrap();
        let bars = read.columns();
        assert_eq!((bars.open[0], bars.high[0], bars.close[0]), (100, 110, 105), "{header}");
        assert_eq!((bars.volume[0], read.has_volume), (7.0, true), "{header}");
        assert!(read.understood[0].eq_ignore_ascii_case(encoding.name()), "{read:?}");
    }
}

#[test]
fn volumes_of_the_exchange_of_india_are_found() {
    let old = "SYMBOL,SERIES,OPEN,HIGH,LOW,CLOSE,LAST,PREVCLOSE,TOTTRDQTY,TOTTRDVAL,TIMESTAMP\n\
               TCS,EQ,10,11,9,10.5,10.4,9.9,7,77,15-JAN-2024\n";
    let new = "TradDt,TckrSymb,OpnPric,HghPric,LwPric,ClsPric,LastPric,TtlTradgVol,TtlTrfVal\n\
               2024-01-15,TCS,10,11,9,10.5,10.4,7,77\n";
    for text in [old, new] {
        let bars = read("1d", text.as_bytes()).unwrap().columns();
        assert_eq!((bars.close[0], bars.volume[0]), (105, 7.0), "{text}");
    }
}

#[test]
fn a_line_of_units_below_the_names_is_no_line_of_instruments() {
    let text = "Date,Open,High,Low,Close,Volume\n,USD,USD,USD,USD,shares\n\
                2024-01-15,10,11,9,10.5,7\n2024-01-16,10,11,9,10.5,7\n";
    let bars = read("1d", text.as_bytes()).unwrap().columns();
    assert_eq!((bars.len(), bars.close[1], bars.volume[1]), (2, 105, 7.0));
    let several = "Date,Close,Open,High,Low,Close,Open,High,Low\n,AA,AA,AA,AA,BB,BB,BB,BB\n\
                   2024-01-15,10,10,11,9,10,10,11,9\n2024-01-16,10,10,11,9,10,10,11,9\n";
    let said = read("1d", several.as_bytes()).unwrap_err();
    assert!(said.contains("AA, BB"), "{said}");
}

#[test]
fn four_hours_that_are_declared_as_one_are_refused_by_name() {
    let row = |bar: i64| format!("{},10,11,9,10.5,7\n", 1_704_067_200 + bar * 4 * 3600);
    let rows: String = (0..12).map(row).collect();
    let text = format!("time,open,high,low,close,volume\n{rows}");
    let said = read("1h", text.as_bytes()).unwrap_err();
    assert!(said.ends_with("are no 1h bars: import them as 4h"), "{said}");
    assert_eq!(read("4h", text.as_bytes()).unwrap().columns().len(), 12);
}
