//! Bars as they are stored: streamed, as files, and read again to the same content.

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::column::Values;

use crate::support::{
    Client, MINUTE_MS, Market, Refusal as _, START_MS, TestServer, request, series, within,
};

async fn exported(
    client: &Client,
    wanted: pb::ExportBarsRequest,
) -> Result<Vec<pb::ExportBarsResponse>, tonic::Status> {
    let mut stream = within(client.market_data().export_bars(wanted)).await?.into_inner();
    let mut parts = Vec::new();
    while let Some(part) = within(stream.message()).await? {
        parts.push(part);
    }
    Ok(parts)
}

fn of(data_sha256: &str) -> pb::ExportBarsRequest {
    pb::ExportBarsRequest { data_sha256: data_sha256.into(), ..Default::default() }
}

fn times(parts: &[pb::ExportBarsResponse]) -> Vec<i64> {
    let columns = parts.iter().map(|part| part.columns[0].values.clone());
    let ints = columns.flat_map(|values| match values {
        Some(Values::Ints(column)) => column.values,
        other => panic!("{other:?}"),
    });
    ints.collect()
}

#[tokio::test]
async fn every_bar_comes_once_and_the_ends_alone_if_those_are_asked_for() {
    let server = TestServer::start().await;
    let stored = server.import(&Market::wavy(20_000)).await.series.unwrap();
    let whole = exported(&server, of(&stored.data_sha256)).await.unwrap();
    assert!(whole.len() > 1, "in parts");
    let all: Vec<i64> = (0..20_000).map(|minute| START_MS + minute * MINUTE_MS).collect();
    assert_eq!(times(&whole), all);
    let ends = pb::ExportBarsRequest { head: 2, tail: 1, ..of(&stored.data_sha256) };
    let ends = exported(&server, ends).await.unwrap();
    assert_eq!(times(&ends), [all[0], all[1], all[19_999]]);
    let hours = pb::ExportBarsRequest { timeframe: "1h".into(), ..of(&stored.data_sha256) };
    let hours = times(&exported(&server, hours).await.unwrap());
    assert_eq!((hours.len(), hours[1] - hours[0]), (334, 60 * MINUTE_MS));
}

#[tokio::test]
async fn a_file_of_bars_is_the_same_series_once_it_is_imported_again() {
    let server = TestServer::start().await;
    let stored = server.import(&Market::wavy(3_000)).await.series.unwrap();
    let path = format!("/export/series/{}/bars.csv", stored.data_sha256);
    let answer = request(server.url(), &format!("GET {path} HTTP/1.1"), &[]).await;
    let text = String::from_utf8(answer.body).unwrap();
    assert!(text.starts_with("timestamp_ms,open,high,low,close,volume\n"), "{text:.80}");
    let again = pb::SeriesSpec { price_tick: "0.01".into(), ..series("AGAIN") };
    let again = server.try_import(again, &text).await.unwrap();
    assert_eq!(again.series.unwrap().data_sha256, stored.data_sha256);
}

#[tokio::test]
async fn what_is_wrong_with_an_export_is_told_all_at_once() {
    let server = TestServer::with(&Market::rising(10)).await;
    let bad = pb::ExportBarsRequest {
        head: -1,
        timeframe: "1M".into(),
        columns: vec!["clsoe".into()],
        ..of("xyz")
    };
    let refused = exported(&server, bad).await.unwrap_err();
    refused.assert_invalid(&["columns[0]", "data_sha256", "head", "timeframe"]);
    assert!(refused.about("columns[0]").contains("close"), "{}", refused.about("columns[0]"));
    let unknown = exported(&server, of(&"0".repeat(64))).await.unwrap_err();
    assert_eq!(unknown.code(), Code::NotFound);
    let stored = server.all_series().await[0].data_sha256.clone();
    let finer = pb::ExportBarsRequest { timeframe: "90s".into(), ..of(&stored) };
    exported(&server, finer).await.unwrap_err().assert_invalid(&["timeframe"]);
}
