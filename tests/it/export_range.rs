//! Exports as clients read them: in parts, slowly, not at all, and while the run is removed.

use futures_util::future::join_all;
use tonic::transport::Endpoint;
use tonic::{Code, Status, Streaming};
use tradeforge::pb;
use tradeforge::pb::result_service_client::ResultServiceClient;

use crate::support::{
    Answer, Client, Market, Refusal as _, TestServer, gate, output_of, python_with, raw_exchange,
    request, sma_cross, within,
};

/// Far more trials than fit on the way to a client.
const TRIALS: i64 = 5_000;
/// The smallest window that every library takes.
const WINDOW_BYTES: u32 = 65_535;

async fn of_run(server: &TestServer, path: &str, method: &str, headers: &str) -> Answer {
    request(server.url(), &format!("{method} /export/runs/{path} HTTP/1.1{headers}"), &[]).await
}

#[tokio::test]
async fn parts_of_a_file_make_the_whole_in_every_format() {
    let server = TestServer::with(&Market::wavy(500)).await;
    let run_id = server.submit(sma_cross(2, 5).sweep().over("fast", 2, 4, 1)).await.run_id;
    server.when_final(&run_id).await;
    for file in ["trials.parquet", "trials.csv", "equity.parquet?trial=1", "trades.jsonl?trial=2"] {
        let path = format!("{run_id}/{file}");
        let whole = of_run(&server, &path, "GET", "").await;
        assert_eq!((whole.status, whole.header("accept-ranges")), (200, "bytes"), "{file}");
        let length = whole.body.len();
        let part = async |range: &str| {
            of_run(&server, &path, "GET", &format!("\r\nRange: bytes={range}")).await
        };
        let (first, last) = (part("0-99").await, part("100-").await);
        assert_eq!((first.status, first.body.len()), (206, 100), "{}", first.head);
        assert_eq!(first.header("content-range"), format!("bytes 0-99/{length}"));
        assert_eq!(last.header("content-length"), (length - 100).to_string());
        assert!([first.body, last.body].concat() == whole.body, "{file}");
        let end = part("-8").await;
        assert!(end.status == 206 && end.body == whole.body[length - 8..], "{}", end.head);
        let nothing = part(&format!("{length}-")).await;
        assert_eq!((nothing.status, nothing.body.len()), (416, 0), "{}", nothing.head);
        assert_eq!(nothing.header("content-range"), format!("bytes */{length}"));
        let former = format!("\r\nRange: bytes=0-9\r\nIf-Range: {}", end.header("etag"));
        assert_eq!(of_run(&server, &path, "GET", &former).await.status, 206);
        let other = "\r\nRange: bytes=0-9\r\nIf-Range: \"other\"";
        assert_eq!(of_run(&server, &path, "GET", other).await.body.len(), length);
    }
}

#[tokio::test]
async fn head_tells_the_true_length_or_none() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let run_id = server.submit(sma_cross(2, 5).sweep().over("fast", 2, 4, 1)).await.run_id;
    server.when_final(&run_id).await;
    let path = format!("{run_id}/trials.parquet");
    let whole = of_run(&server, &path, "GET", "").await;
    // The end of a head is told by its blank line alone.
    let head = format!("HEAD /export/runs/{path} HTTP/1.1\r\n");
    let head = String::from_utf8(raw_exchange(server.url(), &head, &[]).await).unwrap();
    let length = format!("content-length: {}\r\n", whole.body.len());
    assert!(head.starts_with("HTTP/1.1 200") && head.ends_with("\r\n\r\n"), "{head}");
    assert!(head.to_lowercase().contains(&length), "{head}");
    let live = server.submit(gate(1).sweep().over("key", 1, 4, 1)).await.run_id;
    let head = format!("HEAD /export/runs/{live}/trials.parquet HTTP/1.1\r\n");
    let head = String::from_utf8(raw_exchange(server.url(), &head, &[]).await).unwrap();
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(!head.to_lowercase().contains("content-length"), "{head}");
    assert!(head.to_lowercase().contains("accept-ranges: none"), "{head}");
    let unknown = of_run(&server, "0199b3a0-0000-7000-8000-000000000000/trials.csv", "HEAD", "");
    assert_eq!(unknown.await.status, 404);
}

#[tokio::test]
async fn a_data_frame_reads_a_file_by_its_url() {
    let Some(python) = python_with("polars") else { return };
    let server = TestServer::with(&Market::wavy(60)).await;
    let run_id = server.submit(sma_cross(2, 5).sweep().over("fast", 2, 4, 1)).await.run_id;
    server.when_final(&run_id).await;
    let url = format!("{}/export/runs/{run_id}/trials.parquet", server.url());
    // The server answers on this thread.
    let read = move || output_of(&python, "export_files/scan.py", &[std::path::Path::new(&url)]);
    let read = within(tokio::task::spawn_blocking(read)).await.expect("it ends");
    assert_eq!(String::from_utf8(read).unwrap().trim(), "3");
}

/// A client whose window holds a small part of an export.
async fn narrow(server: &TestServer) -> ResultServiceClient<tonic::transport::Channel> {
    let endpoint = Endpoint::from_shared(server.url().to_owned()).expect("a URL");
    let endpoint = endpoint
        .initial_stream_window_size(WINDOW_BYTES)
        .initial_connection_window_size(WINDOW_BYTES);
    ResultServiceClient::new(endpoint.connect().await.expect("a connection"))
}

async fn many_trials(server: &Client) -> String {
    let run_id = server
        .submit(sma_cross(1, 1).sweep().over("fast", 1, 50, 1).over("slow", 1, TRIALS / 50, 1))
        .await
        .run_id;
    server.when_final(&run_id).await;
    run_id
}

async fn export(
    client: &mut ResultServiceClient<tonic::transport::Channel>,
    run_id: &str,
    order_by: &str,
) -> Result<Streaming<pb::ExportTrialsResponse>, Status> {
    let request = pb::ExportTrialsRequest {
        run_id: run_id.into(),
        order_by: order_by.into(),
        ..Default::default()
    };
    Ok(within(client.export_trials(request)).await?.into_inner())
}

#[tokio::test]
async fn exports_that_nobody_reads_keep_nobody_from_reading_the_rest() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let run_id = many_trials(&server).await;
    let client = narrow(&server).await;
    let asked = join_all((0..250).map(|number| {
        let (mut client, run_id) = (client.clone(), run_id.clone());
        let order_by = if number % 2 == 0 { "" } else { "metrics.sharpe desc" };
        async move { export(&mut client, &run_id, order_by).await }
    }));
    let (held, refused): (Vec<_>, Vec<_>) =
        within(asked).await.into_iter().partition(Result::is_ok);
    assert_eq!(held.len(), 8, "of one address");
    for refused in refused {
        let refused = refused.expect_err("a refusal");
        assert_eq!(
            (refused.code(), &*refused.reason()),
            (Code::ResourceExhausted, "TOO_MANY_EXPORTS")
        );
    }
    // Over the other door as well: there is one limit.
    let file = of_run(&server, &format!("{run_id}/trials.csv"), "GET", "").await;
    assert_eq!(
        (file.status, file.json()["error"]["reason"].as_str()),
        (429, Some("TOO_MANY_EXPORTS"))
    );
    let mut runs = server.runs();
    let listed = runs.list_runs(pb::ListRunsRequest::default());
    assert_eq!(within(listed).await.unwrap().into_inner().total_size, 1);
    assert_eq!(server.trials(&run_id).await.len() as i64, TRIALS);
    drop(held);
    let free = async {
        while of_run(&server, &format!("{run_id}/trials.csv"), "GET", "").await.status != 200 {}
    };
    within(free).await;
}

#[tokio::test]
async fn a_run_that_is_removed_in_the_middle_is_an_error_and_never_an_end() {
    for order_by in ["", "trial_index desc", "metrics.sharpe desc"] {
        let server = TestServer::with(&Market::wavy(60)).await;
        let run_id = many_trials(&server).await;
        let mut rows = export(&mut narrow(&server).await, &run_id, order_by).await.unwrap();
        within(rows.message()).await.unwrap().expect("the first rows");
        let request = pb::DeleteRunRequest { run_id };
        within(server.runs().delete_run(request)).await.unwrap();
        let end = loop {
            match within(rows.message()).await {
                Ok(Some(_)) => {}
                Ok(None) => panic!("{order_by:?}: an end"),
                Err(status) => break status,
            }
        };
        assert_eq!((end.code(), &*end.reason()), (Code::NotFound, "RUN_NOT_FOUND"), "{order_by:?}");
    }
}

#[tokio::test]
async fn exports_are_in_order_and_each_trial_comes_once_however_it_is_read() {
    let server = TestServer::with(&Market::wavy(60)).await;
    let run_id = many_trials(&server).await;
    for (order_by, filter) in
        [("", ""), ("trial_index", "params.fast < 9"), ("metrics.sharpe desc", "params.slow > 70")]
    {
        let listed = server.trials_where(&run_id, filter, order_by).await.unwrap();
        let request = pb::ExportTrialsRequest {
            run_id: run_id.clone(),
            order_by: order_by.into(),
            filter: filter.into(),
            columns: vec!["trial_index".into()],
            limit: 700,
        };
        let mut rows =
            within(narrow(&server).await.export_trials(request)).await.unwrap().into_inner();
        let mut exported = Vec::new();
        while let Some(message) = within(rows.message()).await.unwrap() {
            let Some(pb::column::Values::Ints(indices)) = &message.columns[0].values else {
                panic!("{:?}", message.columns[0])
            };
            exported.extend(indices.values.clone());
        }
        let listed = listed.iter().map(|trial| trial.trial_index).take(700);
        assert!(listed.eq(exported), "{order_by:?} {filter:?}");
    }
}
