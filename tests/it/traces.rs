//! Traces: what a collector is told of calls and runs, and that one that is gone is nobody's
//! trouble.

use std::fs;
use std::net::{SocketAddr, TcpListener as Port};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::transport::{Identity, Server, ServerTlsConfig};
use tonic::{Request, Response, Status};
use tradeforge::pb;

use crate::support::{ChildServer, Home, Market, buy_and_hold, gate, request, sma_cross, within};
use crate::tls::certificate as pem;

/// What a collector was told: requests with their headers.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Vec<(String, ExportTraceServiceRequest)>>>);

#[tonic::async_trait]
impl TraceService for Collector {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let key =
            request.metadata().get("x-key").map(|key| key.to_str().expect("ASCII").to_owned());
        self.0.lock().expect("no panic").push((key.unwrap_or_default(), request.into_inner()));
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

impl Collector {
    /// Listens at that address until the test ends.
    async fn listen(address: SocketAddr) -> (Self, SocketAddr) {
        Self::listen_by(address, Server::builder()).await
    }

    async fn listen_by(address: SocketAddr, mut server: Server) -> (Self, SocketAddr) {
        let collector = Self::default();
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("its address");
        let service = TraceServiceServer::new(collector.clone());
        let serving = server.add_service(service);
        #[expect(clippy::disallowed_methods, reason = "a server of the test's own")]
        tokio::spawn(serving.serve_with_incoming(TcpListenerStream::new(listener)));
        (collector, address)
    }

    fn spans(&self) -> Vec<Span> {
        let told = self.0.lock().expect("no panic");
        let resources = told.iter().flat_map(|(_, request)| &request.resource_spans);
        resources.flat_map(|it| &it.scope_spans).flat_map(|it| it.spans.clone()).collect()
    }

    /// The spans of that name, once there are so many.
    async fn named(&self, name: &str, count: usize) -> Vec<Span> {
        let wanted = async {
            let mut look = tokio::time::interval(Duration::from_millis(20));
            loop {
                look.tick().await;
                let mut spans = self.spans();
                spans.retain(|span| span.name == name);
                if spans.len() >= count {
                    return spans;
                }
            }
        };
        within(wanted).await
    }

    fn everything(&self) -> String {
        format!("{:?}", self.0.lock().expect("no panic"))
    }
}

fn note(attributes: &[KeyValue], name: &str) -> String {
    let found = attributes.iter().find(|it| it.key == name).and_then(|it| it.value.clone());
    match found {
        Some(AnyValue { value: Some(Value::StringValue(text)) }) => text,
        Some(AnyValue { value: Some(Value::IntValue(number)) }) => number.to_string(),
        other => panic!("{name} is {other:?} in {attributes:?}"),
    }
}

const SUBMIT: &str = "tradeforge.v1.RunService/Submit";
const LOCAL: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// A server that tells that collector, and all that there is to its log.
async fn told_to(collector: SocketAddr, home: Home, more: &[(&str, &str)]) -> ChildServer {
    let url = format!("http://{collector}");
    let mut variables: Vec<(&str, std::path::PathBuf)> =
        vec![("OTEL_EXPORTER_OTLP_ENDPOINT", url.into()), ("OTEL_BSP_SCHEDULE_DELAY", "50".into())];
    variables.extend(more.iter().map(|(name, value)| (*name, (*value).into())));
    home.serve_in(&variables, &[]).await
}

#[tokio::test]
async fn a_submission_and_its_run_are_told_and_no_secret_is() {
    let (collector, address) = Collector::listen(LOCAL).await;
    let headers = ("OTEL_EXPORTER_OTLP_HEADERS", "x-key=of-the-collector-4711");
    let server = told_to(address, Home::new(), &[headers, ("RUST_LOG", "trace")]).await;
    server.import(&Market::wavy(400)).await;
    let (trace, parent) = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331");
    let mut asked =
        Request::new(sma_cross(2, 5).request(|it| it.notes = "of-the-notes-4711".into()).into());
    asked.metadata_mut().insert("traceparent", format!("00-{trace}-{parent}-01").parse().unwrap());
    asked.metadata_mut().insert("authorization", "Bearer of-the-caller-4711".parse().unwrap());
    let run_id = server.runs().submit(asked).await.unwrap().into_inner().run_id;
    server.when_final(&run_id).await;

    let submit = collector.named(SUBMIT, 1).await.remove(0);
    assert_eq!(
        (hex::encode(&submit.trace_id), hex::encode(&submit.parent_span_id)),
        (trace.into(), parent.into())
    );
    assert_eq!(submit.kind, 2, "of a server");
    assert_eq!(note(&submit.attributes, "tradeforge.run.id"), run_id);
    assert_eq!(note(&submit.attributes, "rpc.response.status_code"), "OK");
    let run = collector.named("run", 1).await.remove(0);
    assert_eq!(hex::encode(&run.trace_id), run_id.replace('-', ""), "a trace of its own");
    assert!(run.parent_span_id.is_empty());
    let links: Vec<_> = run.links.iter().map(|it| (&it.trace_id, &it.span_id)).collect();
    assert_eq!(links, [(&submit.trace_id, &submit.span_id)]);
    assert_eq!(note(&run.attributes, "tradeforge.run.state"), "COMPLETED");
    assert_eq!(note(&run.attributes, "tradeforge.run.attempt"), "1");
    assert!(submit.end_time_unix_nano < run.end_time_unix_nano, "the call does not wait");

    // By REST the same, with a parent of its own; a failure of the caller's is none of the server.
    let head = format!(
        "POST /v1/runs HTTP/1.1\r\nContent-Type: application/json\r\n\
         traceparent: 00-{trace}-00f067aa0ba902b7-01"
    );
    assert_eq!(request(server.url(), &head, br#"{"notes":"of-the-notes-4711"}"#).await.status, 400);
    let refused = collector.named(SUBMIT, 2).await.remove(1);
    assert_eq!(hex::encode(&refused.parent_span_id), "00f067aa0ba902b7");
    assert_eq!(note(&refused.attributes, "rpc.response.status_code"), "INVALID_ARGUMENT");
    assert_ne!(refused.status.clone().unwrap_or_default().code(), StatusCode::Error);

    let curve = pb::GetEquityCurveRequest { run_id: run_id.clone(), ..Default::default() };
    server.results().get_equity_curve(curve).await.expect("a curve");
    let asked = collector.named("tradeforge.v1.ResultService/GetEquityCurve", 1).await.remove(0);
    let replay = collector.named("replay", 1).await.remove(0);
    assert_eq!((replay.trace_id, replay.parent_span_id), (asked.trace_id, asked.span_id));
    let file = request(
        server.url(),
        &format!("GET /export/runs/{run_id}/trades.csv?x=of-the-query-4711 HTTP/1.1"),
        &[],
    )
    .await;
    assert_eq!(file.status, 400);
    collector.named("GET /export/runs/{run_id}/{file}", 1).await;
    let metrics = request(server.url(), "GET /metrics HTTP/1.1", &[]).await.body;
    assert!(
        String::from_utf8(metrics)
            .unwrap()
            .contains("tradeforge_trace_spans_total{outcome=\"sent\"}")
    );

    let resource = collector.0.lock().unwrap()[0].1.resource_spans[0].resource.clone().unwrap();
    assert_eq!(note(&resource.attributes, "service.name"), "tradeforge");
    assert_eq!(collector.0.lock().unwrap()[0].0, "of-the-collector-4711", "its headers arrive");
    let log = server.terminate().await.1.log();
    assert!(log.contains("TRACE") && log.contains("traces are exported"));
    assert!(!log.contains("of-the-collector-4711"), "the collector's key is in the log");
    let all = collector.everything().replace("\"of-the-collector-4711\"", "");
    assert!(!all.contains("4711"), "{all}");
}

#[tokio::test]
async fn a_run_is_one_trace_over_kill_and_restart() {
    let (collector, address) = Collector::listen(LOCAL).await;
    let server = told_to(address, Home::new(), &[]).await;
    server.import(&Market::rising(10)).await;
    let run_id = server.submit(gate(1)).await.run_id;
    server.until_running(&run_id).await;
    let server = told_to(address, server.kill(), &[]).await;
    server.open_gate(1);
    server.when_final(&run_id).await;
    let run = collector.named("run", 1).await.remove(0);
    assert_eq!(hex::encode(&run.trace_id), run_id.replace('-', ""));
    assert_eq!(note(&run.attributes, "tradeforge.run.attempt"), "2");
}

#[tokio::test]
async fn a_collector_that_is_gone_is_nobodys_trouble_and_one_that_comes_back_is_told() {
    // Nobody listens there; the port is ours until the collector takes it.
    let port = Port::bind(LOCAL).unwrap();
    let address = port.local_addr().unwrap();
    drop(port);
    let server = told_to(address, Home::new(), &[("OTEL_EXPORTER_OTLP_TIMEOUT", "2000")]).await;
    server.import(&Market::rising(10)).await;
    server.run(buy_and_hold()).await;
    server.home().until_logged("traces do not arrive").await;
    for _ in 0..50 {
        server.run(buy_and_hold().always_new()).await;
    }
    let told = server.home().log().matches("traces do not arrive").count();
    assert_eq!(told, 1, "once, and not for each of them");
    let (collector, _) = Collector::listen(address).await;
    server.run(buy_and_hold().always_new()).await;
    collector.named("run", 1).await;
    server.home().until_logged("traces arrive again").await;
    server.terminate().await;

    // And one that takes connections and never says a word.
    let silent = Port::bind(LOCAL).unwrap();
    let server = told_to(silent.local_addr().unwrap(), Home::new(), &[]).await;
    server.import(&Market::rising(10)).await;
    for _ in 0..20 {
        server.run(buy_and_hold().always_new()).await;
    }
    let began = Instant::now();
    let (status, _) = server.terminate().await;
    assert!(status.success());
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
}

#[tokio::test]
async fn a_collector_is_spoken_to_by_tls_if_its_certificate_is_trusted() {
    let [certificate, key] = ["server.pem", "server.key"].map(|name| fs::read(pem(name)).unwrap());
    let tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
    let by_tls = Server::builder().tls_config(tls).unwrap();
    let (collector, address) = Collector::listen_by(LOCAL, by_tls).await;
    let url = format!("https://localhost:{}", address.port());
    let delay = ("OTEL_BSP_SCHEDULE_DELAY", "50".into());
    let named = ("OTEL_EXPORTER_OTLP_ENDPOINT", url.into());
    let trusted = ("OTEL_EXPORTER_OTLP_CERTIFICATE", pem("ca.pem"));
    for (variables, arrives) in
        [(vec![named.clone(), delay.clone()], false), (vec![named, delay, trusted], true)]
    {
        let server = Home::new().serve_in(&variables, &[]).await;
        server.import(&Market::rising(10)).await;
        server.run(buy_and_hold()).await;
        if arrives {
            collector.named("run", 1).await;
        } else {
            server.home().until_logged("traces do not arrive").await;
            assert!(collector.spans().is_empty());
        }
    }
}

#[tokio::test]
async fn without_a_collector_there_is_no_trace_of_traces() {
    let server = ChildServer::with(&Market::rising(10)).await;
    server.run(buy_and_hold()).await;
    let metrics = request(server.url(), "GET /metrics HTTP/1.1", &[]).await.body;
    assert!(!String::from_utf8(metrics).unwrap().contains("trace_spans"));
    let threads = std::fs::read_dir(format!("/proc/{}/task", server.pid().as_raw_nonzero()));
    for thread in threads.unwrap().flatten() {
        let name = std::fs::read_to_string(thread.path().join("comm")).unwrap_or_default();
        assert!(!name.starts_with("OpenTelemetry"), "{name}");
    }
    let log = server.terminate().await.1.log();
    assert!(!log.contains("traces"), "{log}");
}

#[tokio::test]
async fn what_cannot_be_exported_is_told_and_the_server_serves() {
    let variables = [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318".into()),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf".into()),
    ];
    let server = Home::new().serve_in(&variables, &[]).await;
    server.home().until_logged("traces cannot be exported").await;
    server.import(&Market::rising(10)).await;
    server.run(buy_and_hold()).await;
    let refused = Command::new(env!("CARGO_BIN_EXE_tradeforge"))
        .args(["serve", "--print-config", "--otlp-endpoint", "http://u:secret@host:4317"])
        .output()
        .unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("--otlp-endpoint: must be an address such as"), "{said}");
    assert!(!said.contains("secret"), "{said}");
}
