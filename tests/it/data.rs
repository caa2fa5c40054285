//! Bars in and out: exact, content-addressed, all or nothing.

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;

use crate::support::{MINUTE_MS, Market, Refusal as _, START_MS, TestServer, buy_and_hold, series};

const HEADING: &str = "timestamp_ms,open,high,low,close,volume\n";

#[tokio::test]
async fn imported_bars_come_back_as_the_doubles_nearest_to_their_decimals() {
    let server = TestServer::start().await;
    let csv = format!(
        "{HEADING}{START_MS},0.1,0.3,0.1,0.29,1.5\n{},0.29,1.13,0.07,0.57,0\n",
        START_MS + MINUTE_MS
    );
    let imported = server.try_import(series("BARS"), &csv).await.unwrap();
    assert_eq!((imported.created, imported.rows_read), (true, 2));
    assert_eq!(imported.series.unwrap().spec.unwrap().price_tick, "0.01");
    let bars = server.bars("BARS").await.unwrap();
    assert_eq!(bars.time_unix_ms, [START_MS, START_MS + MINUTE_MS]);
    assert_eq!((bars.open, bars.high), (vec![0.1, 0.29], vec![0.3, 1.13]));
    assert_eq!((bars.low, bars.close), (vec![0.1, 0.07], vec![0.29, 0.57]));
    assert_eq!((bars.volume, bars.timeframe.as_str()), (vec![1.5, 0.0], "1m"));
}

#[tokio::test]
async fn importing_the_same_again_changes_nothing() {
    let server = TestServer::start().await;
    let first = server.import(&Market::wavy(100)).await;
    let again = server.import(&Market::wavy(100)).await;
    assert_eq!((first.created, again.created, again.rows_read), (true, false, 100));
    assert_eq!(again.series, first.series);
    assert_eq!(server.all_series().await, [first.series.unwrap()]);
}

#[tokio::test]
async fn tickers_are_kept_in_upper_case_and_found_in_any() {
    let server = TestServer::start().await;
    let imported = server.import_as("bars", &Market::rising(10)).await;
    let spec = imported.series.unwrap().spec.unwrap();
    assert_eq!((spec.exchange.as_str(), spec.symbol.as_str()), ("TEST", "BARS"));
    assert_eq!(server.submit(buy_and_hold().on("bArs")).await.total, 10);
}

#[tokio::test]
async fn the_files_of_an_upload_come_in_any_order_and_make_one_series() {
    let server = TestServer::start().await;
    let whole = server.import_as("WHOLE", &Market::rising(20)).await.series.unwrap();
    let (early, late) = halves();
    let files = [("late.csv", late), ("early.csv", early)];
    let parts = pb::SeriesSpec { price_tick: "0.01".into(), ..series("PARTS") };
    let uploaded = server.upload(&parts, &files).await.unwrap();
    assert_eq!((uploaded.created, uploaded.rows_read), (true, 20));
    let stored = uploaded.series.unwrap();
    assert_eq!((&stored.data_sha256, stored.gap_count), (&whole.data_sha256, 0));
    assert_eq!(stored.source, "late.csv, early.csv");
    assert!(!server.upload(&parts, &files).await.unwrap().created);
}

#[tokio::test]
async fn one_bad_line_refuses_all_files_and_leaves_the_catalog_as_it_was() {
    let server = TestServer::start().await;
    let before = server.import(&Market::rising(5)).await.series.unwrap();
    let (early, late) = halves();
    let late = late.replacen(",100", ",oops100", 1);
    let files = [("early.csv", early), ("late.csv", late)];
    let refused = server.upload(&series("BARS"), &files).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::InvalidArgument, "INVALID_BARS")
    );
    assert!(refused.message().starts_with("late.csv line 2, column "), "{}", refused.message());
    assert_eq!(server.all_series().await, [before]);
}

fn halves() -> (String, String) {
    let rows = Market::rising(20).rows();
    let (early, late) = rows.split_at(rows.len() / 2);
    let cut = early.rfind('\n').unwrap() + 1;
    let late = format!("{}{late}", &early[cut..]);
    (format!("{HEADING}{}", &early[..cut]), format!("{HEADING}{late}"))
}

#[tokio::test]
async fn every_kind_of_bad_row_is_refused_with_its_line_and_column() {
    let server = TestServer::start().await;
    let [first, second, third] = [0, 1, 2].map(|minute| START_MS + minute * MINUTE_MS);
    let good = format!("{first},10,11,9,10,1\n{second},10,11,9,10,1");
    for (row, column) in [
        (format!("{third},10,11,9,x,1"), "close"),
        (format!("{third},10,11,9,NaN,1"), "close"),
        (format!("{third},10,9.5,9,9,1"), "high"),
        (format!("{third},10,11,10.5,10.5,1"), "low"),
        (format!("{third},0,11,0,10,1"), "open"),
        (format!("{third},10,11,9,10,-2"), "volume"),
        (format!("{first},10,11,9,10.5,1"), "timestamp_ms"),
        (format!("{},10,11,9,10,1", first - MINUTE_MS), "timestamp_ms"),
        (format!("{},10,11,9,10,1", third + 1), "timestamp_ms"),
        ("soon,10,11,9,10,1".to_owned(), "timestamp_ms"),
    ] {
        let csv = format!("{HEADING}{good}\n{row}\n");
        let refused = server.try_import(series("BARS"), &csv).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{row}");
        let place = format!("content line 4, column {column}: ");
        assert!(refused.message().starts_with(&place), "{row}: {}", refused.message());
        assert_eq!(refused.fields(), [column], "{row}");
    }
    assert_eq!(server.all_series().await, []);
}

#[tokio::test]
async fn bars_that_contradict_the_stored_ones_are_refused() {
    let server = TestServer::start().await;
    let before = server.import(&Market::rising(10)).await.series.unwrap();
    let other = Market::of_closes((0..12).map(|bar| 10_000 + 20 * bar));
    let refused = server.try_import(series("BARS"), &other.csv()).await.unwrap_err();
    assert!(refused.message().starts_with("content line 3, "), "{}", refused.message());
    assert_eq!(server.all_series().await, [before]);
}

#[tokio::test]
async fn later_bars_make_a_new_version_and_gaps_are_told() {
    let server = TestServer::start().await;
    let first = server.import(&Market::rising(10)).await.series.unwrap();
    let more = server.import(&Market::rising(10).later(15)).await;
    let second = more.series.unwrap();
    assert_eq!((second.bar_count, second.gap_count), (20, 1));
    assert_ne!(second.data_sha256, first.data_sha256);
    let answer = server.submit(buy_and_hold()).await;
    assert!(answer.warnings[0].contains("1 gaps"), "{:?}", answer.warnings);
    assert_eq!(answer.total, 20);
}

#[tokio::test]
async fn prices_that_are_counts_of_ticks_need_the_tick() {
    let server = TestServer::start().await;
    let csv = format!("ts,o,h,l,c,vol\n{START_MS},9357600,9361093,9353750,9361093,822\n");
    let refused = server.try_import(series("BARS"), &csv).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("price_tick"), "{}", refused.message());
    let spec = pb::SeriesSpec { price_tick: "0.01".into(), ..series("BARS") };
    assert!(server.try_import(spec, &csv).await.unwrap().created);
    let bars = server.bars("BARS").await.unwrap();
    assert_eq!((bars.open[0], bars.high[0], bars.volume[0]), (93_576.0, 93_610.93, 8.22));
}

#[tokio::test]
async fn columns_are_found_by_the_names_a_client_gives() {
    let server = TestServer::start().await;
    let csv = format!("when,first,top,bottom,last\n{START_MS},1,4,0.5,2\n");
    let names = [("open_time", "when"), ("open", "first"), ("high", "top"), ("low", "bottom")];
    let names = names.into_iter().chain([("close", "last")]);
    let columns = names.map(|(ours, theirs)| (ours.to_owned(), theirs.to_owned())).collect();
    let spec = pb::SeriesSpec { columns, ..series("BARS") };
    server.try_import(spec, &csv).await.unwrap();
    let bars = server.bars("BARS").await.unwrap();
    assert_eq!((bars.open[0], bars.high[0], bars.low[0], bars.close[0]), (1.0, 4.0, 0.5, 2.0));
    assert!(server.try_import(series("OTHER"), &csv).await.is_err());
}

#[tokio::test]
async fn a_seed_makes_the_same_bars_for_ever() {
    let server = TestServer::start().await;
    let made = |symbol: &'static str, seed| {
        let synthetic = pb::SyntheticBars { bar_count: 500, seed, ..Default::default() };
        let server = &server;
        async move {
            let made = server.import_from(series(symbol), Source::Synthetic(synthetic)).await;
            made.unwrap()
        }
    };
    let first = made("ONE", 7).await;
    let same = made("TWO", 7).await.series.unwrap();
    let other = made("THREE", 8).await.series.unwrap();
    assert_eq!((first.created, first.rows_read), (true, 500));
    assert_eq!(first.series.unwrap().data_sha256, same.data_sha256);
    assert_ne!(other.data_sha256, same.data_sha256);
    assert!(!made("ONE", 7).await.created);
}

#[tokio::test]
async fn noise_has_no_drift_and_whoever_asks_for_one_is_told_so() {
    let server = TestServer::start().await;
    let drifting = pb::SyntheticBars {
        bar_count: 10,
        annual_drift: 0.5,
        trend_strength: Some(0.0),
        ..Default::default()
    };
    let refused = server.import_from(series("X"), Source::Synthetic(drifting)).await.unwrap_err();
    refused.assert_invalid(&["synthetic.annual_drift"]);
    let said = "must be 0 where trend_strength is 0, which makes noise alone";
    assert!(refused.message().contains(said), "{}", refused.message());
}

#[tokio::test]
async fn series_are_listed_in_pages_by_name() {
    let server = TestServer::start().await;
    for symbol in ["C", "A", "E", "B", "D"] {
        server.import_as(symbol, &Market::rising(5)).await;
    }
    let mut symbols = Vec::new();
    let mut request = pb::ListSeriesRequest { page_size: 2, ..Default::default() };
    for expected in [2, 2, 1] {
        let page = server.market_data().list_series(request.clone()).await.unwrap().into_inner();
        assert_eq!(page.series.len(), expected);
        symbols.extend(page.series.into_iter().map(|series| series.spec.unwrap().symbol));
        request.page_token = page.next_page_token;
    }
    assert_eq!(request.page_token, "");
    assert_eq!(symbols, ["A", "B", "C", "D", "E"]);
}

#[tokio::test]
async fn files_are_imported_from_under_the_import_root_only() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("root");
    std::fs::create_dir(&root).unwrap();
    for file in [root.join("inside.csv"), folder.path().join("outside.csv")] {
        std::fs::write(file, Market::rising(5).csv()).unwrap();
    }
    let server = TestServer::start_with(|config| config.import_root = Some(root)).await;
    let import = |path: &str| server.import_from(series("BARS"), Source::ServerPath(path.into()));
    assert_eq!(import("inside.csv").await.unwrap().series.unwrap().source, "inside.csv");
    let outside = folder.path().join("outside.csv");
    for path in ["../outside.csv", outside.to_str().unwrap(), "nowhere.csv", "", "."] {
        import(path).await.unwrap_err().assert_invalid(&["server_path"]);
    }
}

#[tokio::test]
async fn without_an_import_root_no_path_is_read() {
    let server = TestServer::start().await;
    let source = Source::ServerPath("/etc/hostname".into());
    let refused = server.import_from(series("BARS"), source).await.unwrap_err();
    refused.assert_invalid(&["server_path"]);
}

#[tokio::test]
async fn an_upload_over_the_limit_is_refused_and_leaves_nothing() {
    let server = TestServer::start_with(|config| config.upload_bytes_max = 500).await;
    let files = [("large.csv", Market::rising(100).csv())];
    let refused = server.upload(&series("BARS"), &files).await.unwrap_err();
    assert_eq!(refused.code(), Code::ResourceExhausted);
    assert_eq!(refused.reason(), "UPLOAD_TOO_LARGE");
    assert_eq!(server.all_series().await, []);
}

#[tokio::test]
async fn an_upload_begins_with_a_header_of_one_series() {
    let server = TestServer::start().await;
    let nothing = server.upload(&series("BARS"), &[]).await.unwrap_err();
    nothing.assert_invalid(&["header"]);
    let unnamed = server.upload(&pb::SeriesSpec::default(), &[("a.csv", String::new())]).await;
    let fields = ["header.series.exchange", "header.series.symbol", "header.series.timeframe"];
    unnamed.unwrap_err().assert_invalid(&fields);
}

#[tokio::test]
async fn bars_of_a_series_that_is_not_there_are_missing() {
    let server = TestServer::start().await;
    let refused = server.bars("NOWHERE").await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::FailedPrecondition, "DATA_MISSING")
    );
    assert_eq!(refused.missing(), ["TEST:NOWHERE@1m"]);
}

#[tokio::test]
async fn a_pinned_version_is_read_also_when_a_newer_one_is_there() {
    let server = TestServer::start().await;
    let old = server.import(&Market::rising(10)).await.series.unwrap().data_sha256;
    server.import(&Market::rising(20)).await;
    assert_eq!(server.submit(buy_and_hold()).await.total, 20);
    assert_eq!(server.submit(buy_and_hold().pinned(&old)).await.total, 10);
    let refused = server.refusal(buy_and_hold().pinned(&"0".repeat(64))).await;
    assert_eq!(refused.reason(), "DATA_MISSING");
    let refused = server.refusal(buy_and_hold().pinned("newest")).await;
    refused.assert_invalid(&["backtest.subscriptions[0].data_sha256"]);
}
