//! What is called, and what is not, whatever names mean.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio::time::timeout;

use super::allow::Allowed;
use super::exchange::*;
use super::target::Target;

fn allowed(rules: &[&str]) -> Vec<Allowed> {
    rules.iter().map(|rule| rule.parse().unwrap()).collect()
}

fn refusal(rules: &[&str], url: &str) -> String {
    let outgoing = Outgoing::new(allowed(rules));
    let checked = outgoing.check(&Target::parse(url).unwrap());
    checked.err().map_or_else(String::new, |error| error.to_string())
}

fn nothing() -> Posted {
    Posted { headers: Vec::new(), body: "{}".to_owned() }
}

/// Answers each name with the next of these, the last one for ever.
fn answering(addresses: &'static [&'static str]) -> (Resolver, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let resolver: Resolver = Arc::new(move |_| {
        let at = count.fetch_add(1, Ordering::SeqCst).min(addresses.len() - 1);
        let found = addresses[at].split(' ').map(|text| text.parse().unwrap()).collect();
        Box::pin(std::future::ready(Ok(found)))
    });
    (resolver, asked)
}

#[test]
fn only_the_world_is_called_by_tls_on_its_port_unless_the_operator_says_so() {
    for (rules, url, part) in [
        (&[][..], "https://1.1.1.1/x", ""),
        (&[], "https://hooks.example.com/x", ""),
        (&[], "http://hooks.example.com/x", "must begin with https://"),
        (&[], "http://1.1.1.1/x", "must begin with https://"),
        (&[], "https://hooks.example.com:8443/x", "port 8443 is not called"),
        (&[], "https://1.1.1.1:22/x", "port 22 is not called"),
        (&[], "https://127.0.0.1/x", "127.0.0.1 is not called"),
        (&[], "https://127.1/x", "127.0.0.1 is not called"),
        (&[], "https://2130706433/x", "127.0.0.1 is not called"),
        (&[], "https://0xa9fea9fe/latest/meta-data", "169.254.169.254 is not called"),
        (&[], "https://[::1]/x", "::1 is not called"),
        (&[], "https://[::ffff:10.0.0.1]/x", "::ffff:10.0.0.1 is not called"),
        (&["http://127.0.0.1:8080"], "http://127.0.0.1:8080/x", ""),
        (&["http://127.0.0.1:8080"], "http://127.0.0.2:8080/x", "must begin with https://"),
        (&["http://127.0.0.1:8080"], "http://127.0.0.1:8081/x", "must begin with https://"),
        (&["http://127.0.0.1:8080"], "https://127.0.0.1:8080/x", "port 8080 is not called"),
        (&["10.0.0.0/8:8443"], "https://10.1.1.1:8443/x", ""),
        (&["10.0.0.0/8:8443"], "https://1.1.1.1:8443/x", "port 8443 is not called"),
        (&["10.0.0.0/8:8443"], "https://10.1.1.1/x", "10.1.1.1 is not called"),
    ] {
        let found = refusal(rules, url);
        assert_eq!(found.is_empty(), part.is_empty(), "{rules:?} {url}: {found}");
        assert!(found.contains(part), "{rules:?} {url}: {found}");
    }
}

#[tokio::test]
async fn a_name_that_changes_its_mind_is_judged_at_every_call_and_called_nowhere_else() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let url = format!("https://rebound.example:{port}/x");
    let target = Target::parse(&url).unwrap();
    // A network of the operator's is admitted, and this machine is not in it.
    let rules = allowed(&["192.0.2.0/24:*"]);
    let (resolver, asked) = answering(&["192.0.2.1", "127.0.0.1"]);
    let outgoing = Outgoing::with_resolver(rules.clone(), resolver);
    outgoing.check_now(&target).await.unwrap();
    let refused = outgoing.post(&target, nothing()).await.unwrap_err();
    assert_eq!(refused.refused_address(), Some(&"127.0.0.1".parse().unwrap()), "{refused}");
    assert_eq!(asked.load(Ordering::SeqCst), 2, "once for each call, and not again to connect");
    // One good address among others does not vouch for them.
    let (resolver, _) = answering(&["192.0.2.1 127.0.0.1"]);
    let outgoing = Outgoing::with_resolver(rules, resolver);
    assert!(outgoing.check_now(&target).await.is_err());
    assert!(matches!(outgoing.post(&target, nothing()).await, Err(OutgoingError::Address(_))));
    let accepted = timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(accepted.is_err(), "nobody knocked at this machine");
}

#[tokio::test]
async fn a_request_is_what_was_asked_for_and_a_redirect_is_an_answer_like_others() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let answers = [
        "HTTP/1.1 204 No Content\r\n\r\n",
        "HTTP/1.1 307 Moved\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
        // Longer than what is read, and never ending.
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5000\r\nxxxx",
    ];
    let receiving = async {
        let mut heads = Vec::new();
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4_096];
            let mut length = 0;
            while !bytes[..length].ends_with(b"{}") {
                length += stream.read(&mut bytes[length..]).await.unwrap();
            }
            heads.push(String::from_utf8(bytes[..length].to_vec()).unwrap());
            stream.write_all(answer.as_bytes()).await.unwrap();
            stream.write_all(&[b'x'; 8_192]).await.ok();
        }
        heads
    };
    let outgoing = Outgoing::new(allowed(&["http://127.0.0.1:*"]));
    let url = format!("http://127.0.0.1:{port}/a?b=c");
    let target = Target::parse(&url).unwrap();
    let asking = async {
        let mut found = Vec::new();
        for _ in answers {
            let posted =
                Posted { headers: vec![("webhook-id", "e1".to_owned())], body: "{}".to_owned() };
            found.push(outgoing.post(&target, posted).await.unwrap().status.as_u16());
        }
        found
    };
    let (heads, found) = tokio::join!(receiving, asking);
    assert_eq!(found, [204, 307, 200]);
    assert!(heads[0].starts_with("POST /a?b=c HTTP/1.1\r\n"), "{}", heads[0]);
    for part in
        [&format!("host: 127.0.0.1:{port}\r\n"), "webhook-id: e1\r\n", "content-length: 2\r\n"]
    {
        assert!(heads[0].contains(part), "{}", heads[0]);
    }
}
