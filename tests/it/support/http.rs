//! Plain HTTP as bytes on a socket, so that nothing tidies up between a test and the server.

use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::within;

/// One answer, its head in lower case.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The value of a header; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> &str {
        let line = self.head.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
        line.unwrap_or_default()
    }

    pub(crate) fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|cause| panic!("{cause}: {text}"))
    }
}

/// One request by its first line and further headers, `Host` and lengths left to this function.
pub(crate) async fn request(url: &str, head: &str, body: &[u8]) -> Answer {
    read(&raw_exchange(url, &format!("{head}\r\n"), body).await)
}

/// Sends it; the whole answer, as it came.
pub(crate) async fn raw_exchange(url: &str, head: &str, body: &[u8]) -> Vec<u8> {
    let address = url.strip_prefix("http://").expect("a URL of a test server");
    let host =
        if head.contains("\r\nHost: ") { String::new() } else { format!("Host: {address}\r\n") };
    let rest = format!("{host}Connection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    let mut socket = TcpStream::connect(address).await.expect("the server listens");
    let message = [head.as_bytes(), rest.as_bytes(), body].concat();
    socket.write_all(&message).await.expect("the server reads");
    let mut answer = Vec::new();
    within(socket.read_to_end(&mut answer)).await.expect("the server answers");
    answer
}

fn read(answer: &[u8]) -> Answer {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    let body = &answer[end + 4..];
    let is_chunked = head.lines().any(|line| line == "transfer-encoding: chunked");
    Answer { status, head, body: if is_chunked { joined(body) } else { body.to_vec() } }
}

/// The chunks of a body as one; the empty one at the end says that none is missing.
fn joined(mut chunks: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = chunks.windows(2).position(|two| two == b"\r\n").expect("the length of a chunk");
        let length = String::from_utf8_lossy(&chunks[..end]);
        let length = usize::from_str_radix(&length, 16).expect("a hexadecimal length");
        if length == 0 {
            return body;
        }
        body.extend_from_slice(&chunks[end + 2..end + 2 + length]);
        chunks = &chunks[end + 2 + length + 2..];
    }
}
