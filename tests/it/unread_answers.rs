//! A client that asks for large answers and reads none of them.

use std::time::Duration;

use prost::Message as _;
use tonic::client::Grpc;
use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Request};
use tradeforge::pb;

use crate::support::{Market, Raw, Refusal as _, TestServer, sma_cross, within};

/// Pages of a thousand trials, which are half a megabyte each.
const ASKED: usize = 60;

/// A connection on which nothing can be sent back but headers.
async fn without_window(url: &str) -> Channel {
    let endpoint = Endpoint::from_shared(url.to_owned()).expect("a URL");
    let endpoint = endpoint.initial_stream_window_size(0).timeout(Duration::from_mins(5));
    endpoint.connect().await.expect("the server listens")
}

#[tokio::test]
async fn answers_that_nobody_reads_are_held_up_to_a_limit_and_others_are_answered() {
    let server = TestServer::with(&Market::wavy(50)).await;
    let sweep = sma_cross(1, 1).sweep().over("fast", 1, 50, 1).over("slow", 1, 60, 1);
    let run_id = server.run(sweep).await.run_id;
    let list = pb::ListTrialsRequest { run_id, page_size: 1_000, ..Default::default() };
    let page = within(server.results().list_trials(list.clone())).await.unwrap().into_inner();
    assert!(ASKED * page.encoded_len() > 17 << 20, "{}", page.encoded_len());

    let channel = without_window(server.url()).await;
    let mut unread = Vec::new();
    let mut refused = Vec::new();
    for _ in 0..ASKED {
        let mut grpc = Grpc::new(channel.clone());
        grpc.ready().await.expect("a connection");
        let request = Request::new(tokio_stream::once(list.encode_to_vec()));
        let path = "/tradeforge.v1.ResultService/ListTrials".parse().expect("a path");
        match within(grpc.streaming(request, path, Raw)).await {
            Ok(answer) => unread.push(answer),
            Err(status) => refused.push(status),
        }
    }
    assert!(!unread.is_empty() && !refused.is_empty(), "{} {}", unread.len(), refused.len());
    let held = unread.len() * page.encoded_len();
    assert!(held <= 16 << 20, "{} answers lie ready, {held} bytes", unread.len());
    for status in refused {
        assert_eq!(status.code(), Code::ResourceExhausted, "{status:?}");
        assert_eq!(status.reason(), "ANSWERS_UNREAD");
        assert!(status.has_retry_info());
    }
    // Others read what they ask for meanwhile.
    let again = within(server.results().list_trials(list)).await.unwrap().into_inner();
    assert_eq!(again, page);
}
