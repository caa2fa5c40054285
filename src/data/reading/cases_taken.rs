//! Files as vendors, exchanges and programs write them, that need nothing declared.

/// A file that is taken as it is: timeframe, text, times, closes, and what is said of it.
pub(super) type Taken =
    (&'static str, &'static str, &'static [&'static str], &'static [&'static str], &'static str);

const DAYS: &[&str] = &["2024-01-12T00:00:00Z", "2024-01-15T00:00:00Z"];
pub(super) const MINUTES: &[&str] = &["2025-03-01T00:00:00Z", "2025-03-01T00:01:00Z"];
pub(super) const CLOSES: &[&str] = &["10.5", "11.25"];

pub(super) const TAKEN: &[Taken] = &[
    // Days with the offset of their exchange, across a change of its clocks.
    (
        "1d",
        "Date,Open,High,Low,Close,Volume,Dividends,Stock Splits\n\
         2024-03-08 00:00:00-05:00,10,11,9,10.5,7,0.0,0.0\n\
         2024-03-11 00:00:00-04:00,11,12,10,11.25,8,0.0,0.0\n",
        &["2024-03-08T00:00:00Z", "2024-03-11T00:00:00Z"],
        CLOSES,
        "time: column 1 (Date)",
    ),
    // An index without a name.
    (
        "1d",
        ",Open,High,Low,Close,Volume\n2024-01-12,10,11,9,10.5,7\n2024-01-15,11,12,10,11.25,8\n",
        DAYS,
        CLOSES,
        "time: column 1;",
    ),
    // Three lines of headings.
    (
        "1d",
        "Price,Close,High,Low,Open,Volume\nTicker,SAP,SAP,SAP,SAP,SAP\nDate,,,,,\n\
         2024-01-12,10.5,11,9,10,7\n2024-01-15,11.25,12,10,11,8\n",
        DAYS,
        CLOSES,
        "columns 5, 3, 4, 2",
    ),
    // Newest first.
    (
        "1d",
        "timestamp,open,high,low,close,volume\n2024-01-15,11,12,10,11.25,8\n\
         2024-01-12,10,11,9,10.5,7\n",
        DAYS,
        CLOSES,
        "newest first, turned round",
    ),
    // Dates in every order that a row decides, and with months as words.
    (
        "1d",
        "Date,Open,High,Low,Close\n12/01/2024,10,11,9,10.5\n15/01/2024,11,12,10,11.25\n",
        DAYS,
        CLOSES,
        "days day/month/year",
    ),
    (
        "1d",
        "Date,Open,High,Low,Close\n01/12/2024,10,11,9,10.5\n01/15/2024,11,12,10,11.25\n",
        DAYS,
        CLOSES,
        "days month/day/year",
    ),
    (
        "1d",
        "Date;Open;High;Low;Close\n\
         12.01.2024;10,0;11,0;9,0;10,5\n15.01.2024;11,0;12,0;10,0;11,25\n",
        DAYS,
        CLOSES,
        "decimal comma",
    ),
    (
        "1d",
        "Date,Open,High,Low,Close\n2024/01/12,10,11,9,10.5\n2024/01/15,11,12,10,11.25\n",
        DAYS,
        CLOSES,
        "dates",
    ),
    (
        "1d",
        "Date,Open,High,Low,Close\n12-Jan-2024,10,11,9,10.5\n15-Jan-2024,11,12,10,11.25\n",
        DAYS,
        CLOSES,
        "dates",
    ),
    // Without leading zeros.
    (
        "1m",
        "time,Open,High,Low,Close\n2025/3/1 0:00,10,11,9,10.5\n2025/3/1 0:01,11,12,10,11.25\n",
        MINUTES,
        CLOSES,
        "no zone: taken as UTC",
    ),
    // A zone by its name in every row.
    (
        "1m",
        "date,open,high,low,close\n20250228 19:00:00 US/Eastern,10,11,9,10.5\n\
         20250228 19:01:00 US/Eastern,11,12,10,11.25\n",
        MINUTES,
        CLOSES,
        "US/Eastern",
    ),
    // Date and time in two columns: of MetaTrader, of Sierra Chart, and as digits.
    (
        "1m",
        "<DATE>\t<TIME>\t<OPEN>\t<HIGH>\t<LOW>\t<CLOSE>\t<TICKVOL>\t<VOL>\n\
         2025.03.01\t00:00:00\t10\t11\t9\t10.5\t7\t0\n\
         2025.03.01\t00:01:00\t11\t12\t10\t11.25\t8\t0\n",
        MINUTES,
        CLOSES,
        "volume: column 7 (<TICKVOL>)",
    ),
    (
        "1m",
        "Date, Time, Open, High, Low, Last, Volume\n2025/3/1, 00:00:00, 10, 11, 9, 10.5, 7\n\
         2025/3/1, 00:01:00, 11, 12, 10, 11.25, 8\n",
        MINUTES,
        CLOSES,
        "column 1 (Date) and column 2 (Time)",
    ),
    (
        "1m",
        "Date,Time,Open,High,Low,Close\n\
         20250301,000000,10,11,9,10.5\n20250301,000100,11,12,10,11.25\n",
        MINUTES,
        CLOSES,
        "column 1 (Date) and column 2 (Time)",
    ),
    // No header: of Kraken, and of HistData and NinjaTrader.
    (
        "1m",
        "1740787200,10,11,9,10.5,7,3\n1740787260,11,12,10,11.25,8,4\n",
        MINUTES,
        CLOSES,
        "no header",
    ),
    (
        "1m",
        "20250301 000000;10;11;9;10.5;0\n20250301 000100;11;12;10;11.25;0\n",
        MINUTES,
        CLOSES,
        "no header",
    ),
    // Rows without any price, a volume that is not there in three ways, and a comma too many.
    (
        "1d",
        "Date,Open,High,Low,Close,Adj Close,Volume\n2024-01-12,10,11,9,10.5,5.25,-1\n\
         2024-01-13,null,null,null,null,null,null\n2024-01-15,11,12,10,11.25,5.5,\n",
        DAYS,
        CLOSES,
        "1 row dropped without any price; 2 rows without a volume",
    ),
    (
        "1d",
        "Date,Open,High,Low,Close,Volume\n\
         2024-01-12,10,11,9,10.5,7,\n2024-01-15,11,12,10,11.25,N/A,\n",
        DAYS,
        CLOSES,
        "1 row without a volume",
    ),
    // Thousands, currency signs, and the last price for the close.
    (
        "1d",
        "Date,Close/Last,Volume,Open,High,Low\n\
         01/15/2024,\"$1,011.25\",\"1,008\",$991,\"$1,012\",$990\n\
         01/12/2024,\"$1,010.50\",7,\"$1,010\",\"$1,011\",$989\n",
        DAYS,
        &["1010.5", "1011.25"],
        "turned round",
    ),
    (
        "1d",
        "Date,Price,Open,High,Low,Vol.,Change %\n2024-01-12,10.5,10,11,9,1.2K,0.1%\n\
         2024-01-15,11.25,11,12,10,3M,0.2%\n",
        DAYS,
        CLOSES,
        "volume: column 6 (Vol.)",
    ),
    // Days as digits under a heading that says nothing of them, and as numbers of a spreadsheet.
    (
        "1d",
        "timestamp,open,high,low,close\n20240112,10,11,9,10.5\n20240115,11,12,10,11.25\n",
        DAYS,
        CLOSES,
        "dates",
    ),
    (
        "1d",
        "Date,Open,High,Low,Close\n45303,10,11,9,10.5\n45306,11,12,10,11.25\n",
        DAYS,
        CLOSES,
        "day numbers of a spreadsheet",
    ),
    // Lines above the header.
    (
        "1d",
        "sep=;\nDate;Open;High;Low;Close\n2024-01-12;10;11;9;10.5\n2024-01-15;11;12;10;11.25\n",
        DAYS,
        CLOSES,
        "time: column 1 (Date)",
    ),
    (
        "1d",
        "https://www.example.org\ndate,symbol,open,high,low,close,Volume X,Volume Y\n\
         2024-01-15,X/Y,11,12,10,11.25,8,88\n2024-01-12,X/Y,10,11,9,10.5,7,77\n",
        DAYS,
        CLOSES,
        "volume: column 7 (Volume X)",
    ),
    // The open of a bar beside its end.
    (
        "1m",
        "open_time,open,high,low,close,volume,timestamp\n\
         1740787200000,10,11,9,10.5,7,1740787260000\n\
         1740787260000,11,12,10,11.25,8,1740787320000\n",
        MINUTES,
        CLOSES,
        "time: column 1 (open_time)",
    ),
    // Rows that come again.
    (
        "1d",
        "Date,Open,High,Low,Close\n2024-01-12,10,11,9,10.5\n2024-01-12,10,11,9,10.5\n\
         2024-01-15,11,12,10,11.25\n",
        DAYS,
        CLOSES,
        "1 row dropped that came again, the first in line 3",
    ),
    // Noise of doubles and of single precision, and a high a rounding error below the close.
    (
        "1d",
        "Date,Open,High,Low,Close\n2024-01-12,10,11,9,10.500000000000002\n\
         2024-01-15,11,12,10,11.25\n",
        DAYS,
        CLOSES,
        "with a rounding error rounded to 0.01",
    ),
    (
        "1d",
        "Date,Open,High,Low,Close\n2024-01-12,379.1700134277344,386.6700134277344,376.5,\
         386.17999267578125\n2024-01-15,385.05999755859375,391.82000732421875,383.5199890136719,\
         389.8500061035156\n",
        DAYS,
        &["386.18", "389.85"],
        "of single precision rounded to 0.01, at most 0.0000134 away",
    ),
    (
        "1d",
        "Date,Open,High,Low,Close\n\
         2024-01-12,10,10.4999999999999,9,10.5\n2024-01-15,11,12,10,11.25\n",
        DAYS,
        CLOSES,
        "with a rounding error",
    ),
    // Prices that fall as a split says.
    (
        "1d",
        "Date,Open,High,Low,Close,Split Ratio,Adj. Close\n2024-01-12,73,75,72,73.5,1,10.5\n\
         2024-01-15,11,12,10,11.25,7,11.25\n",
        DAYS,
        &["73.5", "11.25"],
        "not adjusted for splits: in line 3",
    ),
    // Counts near 1970 that are days in milliseconds.
    (
        "1d",
        "time,open,high,low,close\n0,10,11,9,10.5\n86400000,11,12,10,11.25\n",
        &["1970-01-01T00:00:00Z", "1970-01-02T00:00:00Z"],
        CLOSES,
        "unix milliseconds, told by all rows",
    ),
    // Numbers as people write them.
    (
        "1d",
        "Date,Close/Last,Volume,Open,High,Low\n\
         01/15/2024,$1011.25,\"8,100,000\",$1011,$1012,$1010\n\
         01/12/2024,\"$1,010.50\",\"7,000,000\",$1010,$1011,$1009\n",
        DAYS,
        &["1010.5", "1011.25"],
        "thousands parted by commas; currency signs ($) taken off",
    ),
    (
        "1d",
        "Date,Price,Open,High,Low,Vol.,Change %\n01/15/2024,11.25,11,12,10,1.21M,0.1%\n\
         01/12/2024,10.5,10,11,9,899.50K,0.2%\n",
        DAYS,
        CLOSES,
        "volumes in K = thousands, M = millions",
    ),
    // What stands round rows.
    (
        "1d",
        "sep=;\nDate;Open;High;Low;Close\n2024-01-12;10;11;9;10.5\n2024-01-15;11;12;10;11.25\n",
        DAYS,
        CLOSES,
        "first line sep=;",
    ),
    (
        "1d",
        "Date\tOpen\tHigh\tLow\tClose\n2024-01-12\t10\t11\t9\t10.5\n\
         2024-01-15\t11\t12\t10\t11.25\n",
        DAYS,
        CLOSES,
        "fields parted by tabs",
    ),
    (
        "1d",
        "Date,Open,High,Low,Close,Volume\n2024-01-12,10,11,9,10.5,7,\n\
         2024-01-15,11,12,10,11.25,8,\n",
        DAYS,
        CLOSES,
        "empty fields at the ends of rows left out",
    ),
    // A volume in two parts.
    (
        "1m",
        "\"Date\",\"Time\",\"Open\",\"High\",\"Low\",\"Close\",\"Up\",\"Down\"\n\
         2025-03-01,00:00,10,11,9,10.5,23,4\n2025-03-01,00:01,11,12,10,11.25,20,0\n",
        MINUTES,
        CLOSES,
        "volume: column 7 (Up) and column 8 (Down) added up",
    ),
    // Hours with their half of the day alone, months and weeks.
    (
        "1h",
        "Date,Symbol,Open,High,Low,Close,Volume BTC\n2024-01-12 01-PM,X,11,12,10,11.25,8\n\
         2024-01-12 12-PM,X,10,11,9,10.5,7\n",
        &["2024-01-12T12:00:00Z", "2024-01-12T13:00:00Z"],
        CLOSES,
        "newest first",
    ),
    (
        "1mo",
        "Month,Open,High,Low,Close\n2024-01,10,11,9,10.5\n2024-02,11,12,10,11.25\n",
        &["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"],
        CLOSES,
        "dates",
    ),
    (
        "1mo",
        "Date,Open,High,Low,Close\nJan 2024,10,11,9,10.5\nFeb 2024,11,12,10,11.25\n",
        &["2024-01-01T00:00:00Z", "2024-02-01T00:00:00Z"],
        CLOSES,
        "dates",
    ),
    (
        "1w",
        "Week,Open,High,Low,Close\n2024-W02,10,11,9,10.5\n2024-W03,11,12,10,11.25\n",
        &["2024-01-08T00:00:00Z", "2024-01-15T00:00:00Z"],
        CLOSES,
        "time: column 1 (Week)",
    ),
    // Headings of other languages.
    (
        "1d",
        "\"Datum\",\"Zuletzt\",\"Eröffn.\",\"Hoch\",\"Tief\",\"Vol.\",\"+/- %\"\n\
         \"15.01.2024\",\"11,25\",\"11,00\",\"12,00\",\"10,00\",\"1,21M\",\"0,50%\"\n\
         \"12.01.2024\",\"10,50\",\"10,00\",\"11,00\",\"9,00\",\"70,12K\",\"0,50%\"\n",
        DAYS,
        CLOSES,
        "decimal comma; volumes in K = thousands, M = millions",
    ),
    (
        "1d",
        "Data,Otwarcie,Najwyzszy,Najnizszy,Zamkniecie,Wolumen\n2024-01-12,10,11,9,10.5,7\n\
         2024-01-15,11,12,10,11.25,8\n",
        DAYS,
        CLOSES,
        "volume: column 6 (Wolumen)",
    ),
    (
        "1d",
        "Datum;Erster;Hoch;Tief;Schlusskurs;Stuecke;Volumen\n2024-01-12;10;11;9;10,5;7;70\n\
         2024-01-15;11;12;10;11,25;8;80\n",
        DAYS,
        CLOSES,
        "volume: column 6 (Stuecke)",
    ),
];
