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

#[test]
fn prices_of_a_vendor_that_counts_billionths_are_counts_only_if_they_are_whole() {
    let header = "ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume\n";
    let plain = "2024-01-15T14:30:00.000000000Z,33,1,7,10.000000000,11.25,9.5,10.500000000,7\n";
    let counts = "1705329000000000000,33,1,7,10000000000,11250000000,9500000000,10500000000,7\n";
    for row in [plain, counts] {
        let read = read("1m", format!("{header}{row}").as_bytes()).unwrap();
        assert_eq!(read.first_close().to_string(), "10.5", "{row}");
        let is_told = read.understood.iter().any(|it| it.contains("counts of 0.000000001"));
        assert_eq!(is_told, row == counts, "{:?}", read.understood);
    }
}

#[test]
fn bars_that_the_file_says_are_not_over_are_dropped_and_told() {
    for (heading, values) in [("complete", ["True", "False"]), ("confirm", ["1", "0"])] {
        let row = |minute: usize| {
            let value = values[minute / 2];
            format!("2024-01-15 09:3{minute},10,11,9,10.5,7,{value}\n")
        };
        let rows: String = (0..3).map(row).collect();
        let text = format!("time,open,high,low,close,volume,{heading}\n{rows}");
        let read = read("1m", text.as_bytes()).unwrap();
        assert_eq!(read.bars.len(), 2, "{heading}");
        assert!(read.warnings[0].starts_with("1 row dropped that"), "{:?}", read.warnings);
    }
}

#[test]
fn names_and_values_above_the_header_are_passed_over_though_they_are_as_wide_as_rows() {
    let text = "Security,ACME US Equity,,,,,\nStart Date,1/15/2024,,,,,\nPeriod,D,,,,,\n\
                Date,PX_OPEN,PX_HIGH,PX_LOW,PX_LAST,PX_VOLUME,\n\
                1/15/2024,10,11,9,10.5,7,\n1/16/2024,10,11,9,10.25,7,\n";
    let read = read("1d", text.as_bytes()).unwrap();
    assert_eq!((read.bars.len(), read.columns().close[0]), (2, 1050));
    assert!(read.understood[0].contains("passed over: 3"), "{:?}", read.understood);
}

#[test]
fn headings_of_terminals_and_of_further_languages_are_known() {
    let reuters = "#RIC,Date[G],Time[G],GMT Offset,Type,Open,High,Low,Last,Volume\n\
                   A.L,15-JAN-2024,09:30:00.000000,+0,Intraday 1Min,10,11,9,10.5,7\n";
    let bars = read("1m", reuters.as_bytes()).unwrap().columns();
    assert_eq!((bars.close[0], iso(bars.open_time_ms[0])), (105, "2024-01-15T09:30:00Z".into()));
    for header in [
        "\"Дата\",\"Цена\",\"Откр.\",\"Макс.\",\"Мин.\",\"Объём\"",
        "Tarih,Şimdi,Açılış,Yüksek,Düşük,Hac.",
        "Datum,Laatst,Open,Hoog,Laag,Vol.",
    ] {
        let text =
            format!("{header}\n\"15.01.2024\",\"10,5\",\"10,0\",\"11,0\",\"9,0\",\"7,5K\"\n");
        let bars = read("1d", text.as_bytes()).unwrap().columns();
        assert_eq!((bars.open[0], bars.high[0], bars.close[0]), (100, 110, 105), "{header}");
        assert!((bars.volume[0] - 7500.0).abs() < 1e-9, "{header}");
    }
}

#[test]
fn dates_in_the_signs_of_east_asia_are_read() {
    for (time, opens) in [
        ("2024年1月15日", "2024-01-15T00:00:00Z"),
        ("2024년 01월 15일", "2024-01-15T00:00:00Z"),
        ("2024. 1. 15.", "2024-01-15T00:00:00Z"),
    ] {
        let text = format!("日付,始値,高値,安値,終値\n{time},10,11,9,10.5\n");
        let bars = read("1d", text.as_bytes()).unwrap().columns();
        assert_eq!(iso(bars.open_time_ms[0]), opens, "{time}");
    }
    let text = "日付,始値,高値,安値,終値\n2024年1月15日 9時30分,10,11,9,10.5\n";
    let bars = read("1m", text.as_bytes()).unwrap().columns();
    assert_eq!(iso(bars.open_time_ms[0]), "2024-01-15T09:30:00Z");
}

#[test]
fn quotes_without_a_header_are_refused_with_what_reads_one_side_of_them() {
    let text = "20240115 093000123,1.5,1.6,0\n20240115 093001456,1.75,1.8,0\n";
    let said = read("1m", text.as_bytes()).unwrap_err();
    assert!(said.contains("--no-header") && said.contains("--column price=2"), "{said}");
    let columns = [("open_time", "1"), ("price", "2")];
    let columns = columns.map(|(name, place)| (name.to_owned(), place.to_owned())).into();
    let layout = BarLayout { columns, has_no_header: true, ..BarLayout::default() };
    let declared = Declared { layout, ..Declared::of("1m".parse().unwrap()) };
    let bars = read_csv("f", text.as_bytes(), &declared).unwrap().columns();
    assert_eq!((bars.open[0], bars.close[0], bars.volume[0]), (150, 175, 0.0));
}

#[test]
fn times_of_a_day_that_only_the_name_of_the_file_tells_are_refused_with_the_way_out() {
    let text = "34200000,100000,110000,90000,105000,7\n34260000,100000,110000,90000,105000,7\n";
    let said = read("1m", text.as_bytes()).unwrap_err();
    assert!(said.contains("midnight") && said.contains("20240102 09:30"), "{said}");
}

#[test]
fn prices_below_zero_are_refused_by_their_line_with_and_without_a_header() {
    let rows = "2020-04-17,20,21,17,18,7\n2020-04-20,17,18,-40,-37,7\n";
    for (header, line) in [("Date,Open,High,Low,Close,Volume\n", "line 3"), ("", "line 2")] {
        let said = read("1d", format!("{header}{rows}").as_bytes()).unwrap_err();
        assert!(said.contains(line) && said.contains("-40 is not above zero"), "{said}");
    }
}

#[test]
fn columns_that_are_called_after_their_instrument_are_its_columns() {
    let row = "2024-01-15,10,11,9,10.5,7";
    for header in [
        "Index,ACME.Open,ACME.High,ACME.Low,ACME.Close,ACME.Volume",
        "Date,Open_ACME,High_ACME,Low_ACME,Close_ACME,Volume_ACME",
    ] {
        let bars = read("1d", format!("{header}\n{row}\n").as_bytes()).unwrap().columns();
        assert_eq!((bars.close[0], bars.volume[0]), (105, 7.0), "{header}");
    }
    let sides = "time,Bid_Open,Bid_High,Bid_Low,Bid_Close,Ask_Open,Ask_High,Ask_Low,Ask_Close\n\
                 2024-01-15,10,11,9,10.5,20,21,19,20.5\n";
    let said = read("1d", sides.as_bytes()).unwrap_err();
    assert!(said.contains("Ask, Bid") && said.contains("--symbol Ask"), "{said}");
    let layout = BarLayout { symbol: Some("Bid".into()), ..BarLayout::default() };
    let declared = Declared { layout, ..Declared::of("1d".parse().unwrap()) };
    assert_eq!(read_csv("f", sides.as_bytes(), &declared).unwrap().columns().close, [105]);
    let adjusted = "Date,Open,High,Low,Close,Adj_Close\n2024-01-15,10,11,9,10.5,5\n";
    assert_eq!(read("1d", adjusted.as_bytes()).unwrap().columns().close, [105]);
}

#[test]
fn a_number_that_may_be_a_date_is_never_told_as_a_time_of_1970() {
    for (first, second, pattern) in [
        ("26022024", "01032024", "%d%m%Y"),
        ("2024057", "2024058", "%Y%j"),
        ("240226", "240227", "%y%m%d"),
    ] {
        let text = format!("Date,Open,High,Low,Close\n{first},1,1,1,1\n{second},1,1,1,1\n");
        let said = read("1d", text.as_bytes()).unwrap_err();
        assert!(said.contains(&format!("--time-format '{pattern}'")), "{first}: {said}");
        assert!(!said.contains("1970-"), "{said}");
        let layout = BarLayout {
            times: TimeTerms { format: Some(pattern.parse().unwrap()), ..TimeTerms::default() },
            ..BarLayout::default()
        };
        let declared = Declared { layout, ..Declared::of("1d".parse().unwrap()) };
        let bars = read_csv("f", text.as_bytes(), &declared).unwrap().columns();
        assert_eq!(iso(bars.open_time_ms[0]), "2024-02-26T00:00:00Z", "{pattern}");
    }
}

#[test]
fn of_several_starts_that_of_the_bucket_counts_and_of_ends_alone_the_way_out_is_named() {
    let text = "time_period_start;time_period_end;time_open;price_open;price_high;price_low;\
                price_close\n2024-01-15T09:30:00.0000000Z;2024-01-15T09:31:00.0000000Z;\
                2024-01-15T09:30:07.1230000Z;10;11;9;10.5\n";
    let bars = read("1m", text.as_bytes()).unwrap().columns();
    assert_eq!(iso(bars.open_time_ms[0]), "2024-01-15T09:30:00Z");
    let said = read("1m", b"close_time,open,high,low,close\n1705311059999,1,1,1,1\n").unwrap_err();
    assert!(said.ends_with("--column open_time=close_time --time-is close"), "{said}");
}

#[test]
fn rows_of_many_instruments_with_counts_of_nanoseconds_are_those_of_the_chosen_one() {
    let text = "ticker,volume,open,close,high,low,window_start,transactions\n\
                AA,7,10,10.5,11,9,1705311000000000000,3\n\
                AA,8,10,10.25,11,9,1705311060000000000,3\n\
                BB,9,20,20.5,21,19,1705311000000000000,3\n";
    let said = read("1m", text.as_bytes()).unwrap_err();
    assert!(said.contains("column ticker: AA, BB") && said.contains("--symbol AA"), "{said}");
    let layout = BarLayout { symbol: Some("AA".into()), ..BarLayout::default() };
    let declared = Declared { layout, ..Declared::of("1m".parse().unwrap()) };
    let bars = read_csv("f", text.as_bytes(), &declared).unwrap().columns();
    assert_eq!((bars.close, bars.volume), (vec![1050, 1025], vec![7.0, 8.0]));
    assert_eq!(iso(bars.open_time_ms[1]), "2024-01-15T09:31:00Z");
}
