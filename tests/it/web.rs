//! What browsers and tools need on the same port: grpc-web, CORS, reflection, health.

use prost::Message as _;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, health_check_response::ServingStatus};
use tradeforge::pb;

use crate::support::{TestServer, raw_exchange, within};

const SERVICES: [&str; 7] = [
    "tradeforge.v1.AccessService",
    "tradeforge.v1.HookService",
    "tradeforge.v1.MarketDataService",
    "tradeforge.v1.ResultService",
    "tradeforge.v1.RunService",
    "tradeforge.v1.StrategyService",
    "tradeforge.v1.SystemService",
];
const SUBMIT: &str = "/tradeforge.v1.RunService/Submit";
const FOREIGN: &str = "https://elsewhere.example";

#[tokio::test]
async fn a_page_of_an_origin_that_is_given_may_call_by_grpc_web() {
    let server = TestServer::start_with(|config| config.cors_origins = vec![FOREIGN.into()]).await;
    let answer = preflight(&server, FOREIGN).await;
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(answer.contains(&format!("access-control-allow-origin: {FOREIGN}")), "{answer}");
    assert!(answer.contains("access-control-allow-methods: post"), "{answer}");
    for header in ["content-type", "x-grpc-web", "x-user-agent", "grpc-timeout"] {
        assert!(answer.contains(header), "{answer}");
    }
}

#[tokio::test]
async fn a_page_from_elsewhere_may_not_nor_one_of_another_port_of_this_machine() {
    let server = TestServer::start().await;
    for origin in [FOREIGN, "http://localhost:5173", "http://127.0.0.1:5173"] {
        let answer = preflight(&server, origin).await;
        assert!(answer.starts_with("http/1.1 403"), "{answer}");
        assert!(!answer.contains("access-control-allow-origin"), "{answer}");
    }
}

#[tokio::test]
async fn a_grpc_web_call_over_http_1_is_answered() {
    let server = TestServer::start().await;
    let path = "/tradeforge.v1.StrategyService/ListStrategies";
    let message = pb::ListStrategiesRequest {}.encode_to_vec();
    let answer = grpc_web(&server, server.url(), path, &message).await;
    assert!(answer.starts_with("http/1.1 200"), "{answer}");
    assert!(answer.contains("content-type: application/grpc-web+proto"), "{answer}");
    assert!(answer.contains("sma_cross") && answer.contains("grpc-status:0"), "{answer}");
}

#[tokio::test]
async fn a_page_can_read_why_it_was_refused_at_once() {
    let server = TestServer::start_with(|config| config.cors_origins = vec![FOREIGN.into()]).await;
    let answer = grpc_web(&server, FOREIGN, SUBMIT, &[]).await;
    assert!(answer.contains("\r\ngrpc-status: 3\r\n"), "{answer}");
    let exposed = answer.lines().find(|line| line.starts_with("access-control-expose-headers"));
    for header in ["grpc-status", "grpc-message", "grpc-status-details-bin"] {
        assert!(exposed.unwrap_or_default().contains(header), "{answer}");
    }
}

#[tokio::test]
async fn every_service_is_healthy_and_so_is_the_whole() {
    let server = TestServer::start().await;
    let mut health = HealthClient::new(server.channel());
    for service in SERVICES.into_iter().chain([""]) {
        let request = HealthCheckRequest { service: service.into() };
        let answer = health.check(request).await.unwrap().into_inner();
        assert_eq!(answer.status(), ServingStatus::Serving, "{service}");
    }
    let unknown = HealthCheckRequest { service: "tradeforge.v1.Nonsense".into() };
    assert_eq!(health.check(unknown).await.unwrap_err().code(), tonic::Code::NotFound);
}

/// The two versions of reflection differ in nothing but their names.
macro_rules! reflection_lists_all_services {
    ($name:ident, $version:ident) => {
        #[tokio::test]
        async fn $name() {
            use reflection::server_reflection_request::MessageRequest;
            use reflection::server_reflection_response::MessageResponse;
            use tonic_reflection::pb::$version as reflection;
            let server = TestServer::start().await;
            let channel = server.channel();
            let mut client =
                reflection::server_reflection_client::ServerReflectionClient::new(channel);
            let message_request = Some(MessageRequest::ListServices(String::new()));
            let request =
                reflection::ServerReflectionRequest { host: String::new(), message_request };
            let requests = futures_util::stream::iter([request]);
            let answers = client.server_reflection_info(requests).await.unwrap();
            let answer = within(answers.into_inner().message()).await.unwrap().unwrap();
            let Some(MessageResponse::ListServicesResponse(list)) = answer.message_response else {
                panic!("{answer:?}")
            };
            let names: Vec<_> = list.service.iter().map(|service| service.name.as_str()).collect();
            for service in SERVICES {
                assert!(names.contains(&service), "{service} in {names:?}");
            }
        }
    };
}

reflection_lists_all_services!(reflection_v1_lists_all_services, v1);
reflection_lists_all_services!(reflection_v1alpha_lists_all_services, v1alpha);

async fn preflight(server: &TestServer, origin: &str) -> String {
    let head = format!(
        "OPTIONS {SUBMIT} HTTP/1.1\r\nOrigin: {origin}\r\n\
         Access-Control-Request-Method: POST\r\n\
         Access-Control-Request-Headers: content-type,x-grpc-web\r\n"
    );
    exchange(server, &head, &[]).await
}

async fn grpc_web(server: &TestServer, origin: &str, path: &str, message: &[u8]) -> String {
    let head = format!(
        "POST {path} HTTP/1.1\r\nOrigin: {origin}\r\nX-Grpc-Web: 1\r\n\
         Content-Type: application/grpc-web+proto\r\n"
    );
    let length = u32::try_from(message.len()).unwrap();
    let frame = [&[0], &length.to_be_bytes()[..], message].concat();
    exchange(server, &head, &frame).await
}

/// One HTTP/1.1 request; the whole answer as lossy text in lower case.
async fn exchange(server: &TestServer, head: &str, body: &[u8]) -> String {
    String::from_utf8_lossy(&raw_exchange(server.url(), head, body).await).to_lowercase()
}
