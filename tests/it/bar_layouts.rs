//! Files laid out as vendors have it, over the wire: what is declared of them, and what the answer
//! tells of how they were read.

use std::fmt::Write as _;

use parquet::basic::Compression;
use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;

use crate::support::{
    Client, MINUTE_MS, Market, Refusal as _, START_MS, TestServer, naive_parquet_of, parquet_of,
    request, series, within,
};

const DAYS: &str = "Date,Open,High,Low,Close,Volume\n\
                    02/01/2024,10,11,9,10.5,7\n03/01/2024,11,12,10,11.25,8\n";

async fn import(
    client: &Client,
    spec: pb::SeriesSpec,
    layout: pb::BarLayout,
    text: &str,
) -> Result<pb::ImportBarsResponse, tonic::Status> {
    let request = pb::ImportBarsRequest {
        series: Some(spec),
        source: Some(Source::Content(text.as_bytes().to_vec())),
        source_name: "f.csv".to_owned(),
        layout: Some(layout),
        ..Default::default()
    };
    Ok(within(client.market_data().import_bars(request)).await?.into_inner())
}

fn daily(symbol: &str) -> pb::SeriesSpec {
    pb::SeriesSpec { timeframe: "1d".to_owned(), ..series(symbol) }
}

#[tokio::test]
async fn a_declared_layout_settles_what_a_file_leaves_open_and_the_answer_tells_it() {
    let server = TestServer::start().await;
    let open = import(&server, daily("OPEN"), pb::BarLayout::default(), DAYS).await.unwrap_err();
    assert_eq!((open.code(), open.reason().as_str()), (Code::InvalidArgument, "INVALID_BARS"));
    assert!(open.message().contains("--time-format"), "{}", open.message());
    let declared = pb::BarLayout { time_format: "mdy".to_owned(), ..Default::default() };
    let taken = import(&server, daily("OPEN"), declared, DAYS).await.unwrap();
    let told = taken.understood.join("\n");
    assert!(told.starts_with("f.csv: time: column 1 (Date)"), "{told}");
    assert!(told.contains("days month/day/year"), "{told}");
    let decided = ["price tick: 0.", "quantity step: 0.", "calendar: sessions", "days: from 00:00"];
    for (line, decision) in taken.understood[1..].iter().zip(decided) {
        assert!(line.starts_with(decision), "{told}");
    }
    assert_eq!(taken.understood.len(), 5, "{told}");
    let first = taken.series.unwrap().first_bar_time.unwrap();
    assert_eq!(first.seconds, 1_706_745_600, "2024-02-01");
}

#[tokio::test]
async fn times_are_read_in_the_declared_zone_and_as_ends_of_bars() {
    let server = TestServer::start().await;
    let text = "time,open,high,low,close\n2024-03-11 09:31,10,11,9,10.5\n";
    let declared = pb::BarLayout {
        times_in: "America/New_York".to_owned(),
        time_is: pb::BarTime::Close.into(),
        ..Default::default()
    };
    let taken = import(&server, series("ZONED"), declared, text).await.unwrap();
    assert_eq!(taken.series.unwrap().first_bar_time.unwrap().seconds, 1_710_163_800);
}

#[tokio::test]
async fn what_cannot_be_declared_is_refused_all_at_once() {
    let server = TestServer::start().await;
    let wrong = pb::BarLayout {
        times_in: "Mars/Olympus".to_owned(),
        time_format: "later".to_owned(),
        skip_rows: -1,
        scale: "-1".to_owned(),
        ..Default::default()
    };
    let refused = import(&server, daily("WRONG"), wrong, DAYS).await.unwrap_err();
    let wanted = ["layout.scale", "layout.skip_rows", "layout.time_format", "layout.times_in"];
    assert_eq!(refused.fields(), wanted);
}

#[tokio::test]
async fn a_query_declares_a_layout_as_a_message_does() {
    let server = TestServer::start().await;
    let path = "/import?exchange=TEST&symbol=BARS&timeframe=1d&time_format=dmy";
    let body = DAYS.as_bytes();
    let answer = request(server.url(), &format!("PUT {path} HTTP/1.1"), body).await;
    assert_eq!(answer.status, 201, "{}", answer.head);
    let json = answer.json();
    let told = json["understood"][0].as_str().expect("a line");
    assert!(told.contains("days day/month/year"), "{told}");
    let wrong = "/import?exchange=TEST&symbol=BARS&timeframe=1d&times_in=Mars&time_is=soon";
    let answer = request(server.url(), &format!("PUT {wrong} HTTP/1.1"), body).await;
    let json = answer.json();
    let fields = json["error"]["fields"].as_array().expect("a list of fields");
    let names: Vec<_> = fields.iter().filter_map(|field| field["field"].as_str()).collect();
    assert_eq!((answer.status, names), (400, vec!["time_is", "times_in"]));
}

#[tokio::test]
async fn files_with_noise_make_the_series_of_the_clean_file() {
    let server = TestServer::start().await;
    let clean = "time,open,high,low,close\n60,10.1,11.3,9.2,10.5\n120,11,12,10,11.25\n";
    let noisy = clean.replace("11.3", "11.300000000000001").replace("10.5", "10.500000000000002");
    let plain = pb::BarLayout::default;
    let clean = import(&server, series("CLEAN"), plain(), clean).await.unwrap();
    let noisy = import(&server, series("NOISY"), plain(), &noisy).await.unwrap();
    let told = noisy.warnings.join("\n");
    assert!(told.contains("the first in line 2"), "{told}");
    assert_eq!(noisy.series.unwrap().data_sha256, clean.series.unwrap().data_sha256);
}

#[tokio::test]
async fn what_is_only_checked_is_answered_with_its_ends_and_a_chart() {
    let server = TestServer::start().await;
    let request = |csv: String| pb::ImportBarsRequest {
        series: Some(series("SEEN")),
        source: Some(Source::Content(csv.into_bytes())),
        validate_only: true,
        ..Default::default()
    };
    let rising = request(Market::rising(1_200).csv());
    let checked = within(server.market_data().import_bars(rising)).await;
    let preview = checked.unwrap().into_inner().preview.unwrap();
    let (first, last, chart) =
        (preview.first.unwrap(), preview.last.unwrap(), preview.chart.unwrap());
    assert_eq!(first.close, [100.0, 100.1, 100.2, 100.3, 100.4]);
    assert_eq!(first.time_unix_ms[4], START_MS + 4 * MINUTE_MS);
    assert_eq!(last.time_unix_ms.last(), Some(&(START_MS + 1_199 * MINUTE_MS)));
    assert_eq!(last.close.last(), Some(&219.9));
    assert_eq!((chart.timeframe.as_str(), chart.close.len()), ("3m", 400));
    assert_eq!(chart.volume.iter().sum::<f64>(), 1_200.0);
    assert!(server.all_series().await.is_empty());
    let stored = server.import_as("SEEN", &Market::rising(3)).await;
    assert_eq!(stored.preview, None);
}

#[tokio::test]
async fn an_import_brings_no_more_bars_than_the_server_is_told_to_take() {
    let server = TestServer::start_with(|config| config.import_bars_max = 100).await;
    let just = Market::rising(100).csv();
    server.try_import(series("JUST"), &just).await.unwrap();
    let many = Market::rising(101).csv();
    let refused = server.try_import(series("MANY"), &many).await.unwrap_err();
    assert_eq!(
        (refused.code(), refused.reason().as_str()),
        (Code::InvalidArgument, "INVALID_BARS")
    );
    assert!(refused.message().contains("line 102"), "{}", refused.message());
    // All files of an upload count together.
    let halves = [("a.csv", just), ("b.csv", Market::rising(1).later(100).csv())];
    let refused = server.upload(&series("MANY"), &halves).await.unwrap_err();
    assert!(
        refused.message().contains("b.csv line 2: brings more than the 100 bars"),
        "{}",
        refused.message()
    );
    // What says how many it has is not read first.
    let packed = parquet_of(&many, Compression::SNAPPY, true);
    let refused = server.import_from(series("MANY"), Source::Content(packed)).await.unwrap_err();
    assert!(refused.message().contains("import_bars_max"), "{}", refused.message());
    assert_eq!(server.all_series().await.len(), 1);
}

#[tokio::test]
async fn trades_are_stored_as_the_bars_that_they_make() {
    let server = TestServer::start().await;
    let market = Market::wavy(200);
    let bars = server.import_as("BARS", &market).await.series.unwrap();
    let mut text = "time,price,size\n".to_owned();
    for row in market.rows().lines() {
        let fields: Vec<&str> = row.split(',').collect();
        let time: i64 = fields[0].parse().unwrap();
        for (place, price) in fields[1..5].iter().enumerate() {
            _ = writeln!(text, "{},{price},0.25", time + 7 * place as i64);
        }
    }
    let traded = server.try_import(series("TRADES"), &text).await.unwrap();
    let told = traded.understood.join("; ");
    assert_eq!(traded.series.unwrap().data_sha256, bars.data_sha256);
    assert!(told.contains("800 rows joined to 200 bars"), "{told}");
}

#[tokio::test]
async fn times_that_a_type_has_without_a_zone_are_of_the_declared_one() {
    let server = TestServer::start().await;
    // 09:30 and 09:31 in New York, after its clocks were put forward.
    let clock = 1_710_149_400_000;
    let mut rows = String::from("date,open,high,low,close,volume\n");
    for minute in 0..2 {
        _ = writeln!(rows, "{},1,1,1,1,1", clock + minute * MINUTE_MS);
    }
    let request = pb::ImportBarsRequest {
        series: Some(series("NAIVE")),
        source: Some(Source::Content(naive_parquet_of(&rows))),
        layout: Some(pb::BarLayout {
            times_in: "America/New_York".to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    };
    let taken = within(server.market_data().import_bars(request)).await.unwrap().into_inner();
    let told = taken.understood.join("; ");
    let first = taken.series.unwrap().first_bar_time.unwrap();
    assert_eq!(first.seconds, clock / 1000 + 4 * 3_600);
    assert!(told.contains("taken as of America/New_York"), "{told}");
}
