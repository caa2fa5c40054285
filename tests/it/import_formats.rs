//! Bars as they come from the net: packed, without a heading, month by month in any order.

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use parquet::basic::{Compression, ZstdLevel};
use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;
use zip::write::SimpleFileOptions;

use crate::support::{
    Client, MINUTE_MS, Market, Refusal as _, START_MS, TestServer, buy_and_hold, bzip2, hash_of,
    parquet_of, series, tar_of, within, xz,
};

fn zipped(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    archive.start_file(name, SimpleFileOptions::default()).unwrap();
    archive.write_all(bytes).unwrap();
    archive.finish().unwrap().into_inner()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

async fn content(client: &Client, symbol: &str, bytes: Vec<u8>) -> pb::Series {
    let imported = client.import_from(series(symbol), Source::Content(bytes)).await;
    imported.expect("the bars are good").series.unwrap()
}

async fn versions(client: &Client, filter: &str) -> Vec<pb::Series> {
    let request = pb::ListSeriesRequest {
        filter: filter.into(),
        include_old_versions: true,
        page_size: 1,
        ..Default::default()
    };
    let (mut all, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = pb::ListSeriesRequest { page_token, ..request.clone() };
        let page = within(client.market_data().list_series(request)).await.unwrap().into_inner();
        all.extend(page.series);
        page_token = page.next_page_token;
        if page_token.is_empty() {
            return all;
        }
    }
}

async fn delete(client: &Client, series: &pb::Series) -> Result<(), tonic::Status> {
    let spec = series.spec.clone().unwrap();
    let request = pb::DeleteSeriesRequest {
        data_sha256: series.data_sha256.clone(),
        exchange: spec.exchange,
        symbol: spec.symbol,
    };
    within(client.market_data().delete_series(request)).await.map(drop)
}

#[tokio::test]
async fn packed_files_are_the_bars_that_they_hold() {
    let server = TestServer::start().await;
    let text = Market::wavy(500).csv().into_bytes();
    let plain = content(&server, "PLAIN", text.clone()).await;
    let zstd = zstd::encode_all(&text[..], 3).unwrap();
    for (symbol, packed) in [
        ("GZIP", gzipped(&text)),
        ("ZSTD", zstd),
        ("ZIP", zipped("bars.csv", &text)),
        ("XZ", xz(&text)),
        ("BZIP2", bzip2(&text)),
        ("TAR", gzipped(&tar_of("bars.csv", &text))),
    ] {
        assert_eq!(content(&server, symbol, packed).await.data_sha256, plain.data_sha256);
    }
}

#[tokio::test]
async fn klines_are_taken_zipped_as_downloaded_with_and_without_a_heading() {
    let server = TestServer::start().await;
    let mut rows = String::new();
    for minute in 0..100 {
        let open = START_MS + minute * MINUTE_MS;
        let close = open + MINUTE_MS - 1;
        _ = writeln!(rows, "{open},94.10,94.30,94.00,94.20,1.5,{close},141.3,12,0.7,65.9,0");
    }
    let heading = "open_time,open,high,low,close,volume,close_time,quote_volume,count,\
                   taker_buy_volume,taker_buy_quote_volume,ignore\n";
    let bare = content(&server, "BARE", zipped("BTCUSDT-1m-2025-01.csv", rows.as_bytes())).await;
    let headed = zipped("BTCUSDT-1m-2025-01.csv", format!("{heading}{rows}").as_bytes());
    let headed = content(&server, "HEADED", headed).await;
    assert_eq!((bare.bar_count, &bare.data_sha256), (100, &headed.data_sha256));
}

#[tokio::test]
async fn candles_in_json_are_the_bars_of_the_same_table() {
    let server = TestServer::start().await;
    let market = Market::wavy(500);
    let plain = content(&server, "PLAIN", market.csv().into_bytes()).await;
    let rows: Vec<String> = market.rows().lines().map(|row| format!("[{row}]")).collect();
    let object = |row: &str| {
        let names = ["time", "open", "high", "low", "close", "volume"];
        let fields = names.iter().zip(row.split(','));
        let fields: Vec<String> = fields.map(|(name, it)| format!("\"{name}\": {it}")).collect();
        format!("{{{}}}", fields.join(", "))
    };
    let objects: Vec<String> = market.rows().lines().map(object).collect();
    let files = [
        ("CCXT", format!("[{}]", rows.join(","))),
        ("NAMED", format!("{{\"symbol\": \"X\", \"data\": [{}]}}", rows.join(",\n"))),
        ("OBJECTS", format!("[{}]", objects.join(","))),
        ("LINES", objects.join("\n")),
    ];
    for (symbol, json) in files {
        let read = content(&server, symbol, json.into_bytes()).await;
        assert_eq!((read.bar_count, &read.data_sha256), (500, &plain.data_sha256), "{symbol}");
    }
}

#[tokio::test]
async fn months_in_one_zip_are_one_series_and_what_holds_no_bars_is_told() {
    let server = TestServer::start().await;
    let whole = content(&server, "WHOLE", Market::wavy(200).csv().into_bytes()).await;
    let rows = Market::wavy(200).rows();
    let header = Market::wavy(1).csv().lines().next().unwrap_or_default().to_owned();
    let lines: Vec<&str> = rows.lines().collect();
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in [("late.csv", &lines[120..]), ("early.csv", &lines[..120])] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
        writeln!(archive, "{header}\n{}", part.join("\n")).unwrap();
    }
    archive.start_file("REPORT.txt", SimpleFileOptions::default()).unwrap();
    writeln!(archive, "file,rows\nlate.csv,80\nearly.csv,120").unwrap();
    let packed = archive.finish().unwrap().into_inner();
    let imported = server.import_from(series("PARTS"), Source::Content(packed)).await.unwrap();
    assert_eq!(imported.series.unwrap().data_sha256, whole.data_sha256);
    let told = &imported.warnings[0];
    assert!(told.ends_with("left out what holds no bars: REPORT.txt"), "{told}");
}

#[tokio::test]
async fn a_bomb_and_a_zip_without_bars_are_refused_and_nothing_is_kept() {
    let server = TestServer::start().await;
    let bomb = gzipped(&vec![b'0'; 20 << 20]);
    let refused = server.import_from(series("BARS"), Source::Content(bomb)).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::InvalidArgument, "INVALID_BARS")
    );
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for name in ["a.csv", "b.csv"] {
        archive.start_file(name, SimpleFileOptions::default()).unwrap();
    }
    let two = archive.finish().unwrap().into_inner();
    let refused = server.import_from(series("BARS"), Source::Content(two)).await.unwrap_err();
    let said = refused.message();
    assert!(said.contains("none of its files holds bars: a.csv, b.csv"), "{said}");
    assert!(server.all_series().await.is_empty());
}

#[tokio::test]
async fn a_parquet_file_that_unpacks_to_far_more_than_it_is_is_refused() {
    let server = TestServer::start().await;
    let equal = "0,1,1,1,1,1\n".repeat(1 << 20);
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let bomb = parquet_of(&format!("heading\n{equal}"), zstd, false);
    assert!(bomb.len() < 100_000, "{}", bomb.len());
    let told = server.import_from(series("BARS"), Source::Content(bomb)).await;
    let refused = told.unwrap_err();
    assert_eq!(refused.reason(), "INVALID_BARS");
    assert!(refused.message().contains("unpacks to more bytes"), "{}", refused.message());
    assert!(server.all_series().await.is_empty());
}

/// Three months, each in other decimals; nobody declares a tick.
fn months() -> [(&'static str, String); 3] {
    let month = |first: i64, price: &str| {
        let mut text = "timestamp_ms,open,high,low,close,volume\n".to_owned();
        for minute in first..first + 50 {
            let time = START_MS + minute * MINUTE_MS;
            _ = writeln!(text, "{time},{price},{price},{price},{price},1");
        }
        text
    };
    [
        ("2025-01.csv", month(0, "94.5")),
        ("2025-02.csv", month(50, "94.125")),
        ("2025-03.csv", month(100, "94")),
    ]
}

#[tokio::test]
async fn three_months_make_the_same_newest_version_in_any_order() {
    let server = TestServer::start().await;
    let months = months();
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    let mut newest = Vec::new();
    for (number, order) in orders.into_iter().enumerate() {
        let one_by_one = format!("ONE{number}");
        for month in order {
            server.try_import(series(&one_by_one), &months[month].1).await.unwrap();
        }
        let at_once = format!("ALL{number}");
        let files = order.map(|month| months[month].clone());
        newest.push(server.upload(&series(&at_once), &files).await.unwrap().series.unwrap());
        newest
            .extend(versions(&server, &format!("symbol = {one_by_one}")).await.into_iter().next());
    }
    assert_eq!(newest[0].bar_count, 150);
    assert_eq!(newest[0].spec.as_ref().unwrap().price_tick, "0.001");
    for series in &newest {
        assert_eq!(series.data_sha256, newest[0].data_sha256, "{:?}", series.spec);
    }
}

#[tokio::test]
async fn a_corrected_month_is_taken_with_replace_and_old_runs_keep_their_hash() {
    let server = TestServer::start().await;
    let old = server.import(&Market::rising(10)).await.series.unwrap();
    let before = server.run(buy_and_hold()).await;
    let corrected = Market::rising(9).csv() + &Market::of_closes([20_000]).later(9).rows();
    let refused = server.try_import(series("BARS"), &corrected).await.unwrap_err();
    assert!(refused.message().contains("replace (--replace) takes"), "{}", refused.message());
    let request = pb::ImportBarsRequest {
        series: Some(series("BARS")),
        source: Some(Source::Content(corrected.into_bytes())),
        replace: true,
        ..Default::default()
    };
    let new = within(server.market_data().import_bars(request)).await.unwrap().into_inner();
    assert!(new.created);
    let new = new.series.unwrap();
    let known = versions(&server, "symbol = BARS AND timeframe = 1m").await;
    let shown: Vec<_> =
        known.iter().map(|version| (version.data_sha256.clone(), version.is_newest)).collect();
    assert_eq!(shown, [(new.data_sha256, true), (old.data_sha256.clone(), false)]);
    assert_eq!(server.all_series().await.len(), 1);
    let pinned = server.run(buy_and_hold().pinned(&old.data_sha256).always_new()).await;
    assert_eq!(hash_of(&pinned), hash_of(&before));
    assert_ne!(hash_of(&server.run(buy_and_hold()).await), hash_of(&before));
}

#[tokio::test]
async fn the_version_before_a_deleted_one_is_the_newest_again() {
    let server = TestServer::start().await;
    let first = server.import(&Market::rising(10)).await.series.unwrap();
    let second = server.import(&Market::rising(20)).await.series.unwrap();
    delete(&server, &second).await.unwrap();
    assert_eq!(server.all_series().await, std::slice::from_ref(&first));
    let again = delete(&server, &second).await.unwrap_err();
    assert_eq!((again.code(), again.reason().as_str()), (Code::NotFound, "SERIES_NOT_FOUND"));
    delete(&server, &first).await.unwrap();
    assert!(versions(&server, "").await.is_empty());
    assert_eq!(server.refusal(buy_and_hold()).await.reason(), "DATA_MISSING");
    assert_eq!(server.import(&Market::rising(20)).await.series.unwrap().bar_count, 20);
}

#[tokio::test]
async fn content_that_another_series_shares_outlives_one_of_them() {
    let server = TestServer::with(&Market::rising(10)).await;
    let twin = server.import_as("TWIN", &Market::rising(10)).await.series.unwrap();
    delete(&server, &twin).await.unwrap();
    assert_eq!(server.all_series().await.len(), 1);
    assert!(server.run(buy_and_hold()).await.result.is_some());
}

#[tokio::test]
async fn data_that_a_live_run_needs_is_not_deleted() {
    let server = crate::support::ChildServer::start().await;
    let old = server.import(&Market::rising(10)).await.series.unwrap();
    let run_id = server.submit(crate::support::gate(1)).await.run_id;
    server.until_running(&run_id).await;
    server.import(&Market::rising(20)).await;
    let refused = delete(&server, &old).await.unwrap_err();
    assert_eq!(refused.code(), Code::FailedPrecondition);
    assert_eq!(refused.reason(), "SERIES_IN_USE");
    assert!(refused.message().contains(&run_id), "{}", refused.message());
    server.cancel(&run_id).await;
    delete(&server, &old).await.unwrap();
}
