//! Calls whose messages no generated client would send.

use bytes::{Buf, BufMut};
use tonic::client::Grpc;
use tonic::codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder};
use tonic::transport::Channel;
use tonic::{Request, Status};

use super::client::Client;
use super::within;

/// Sends these bytes as the message of a call, as in `tradeforge.v1.RunService/Submit`. A stream
/// that is opened is let go: whoever opens it has been understood.
pub(crate) async fn raw_call(client: &Client, call: &str, message: Vec<u8>) -> Result<(), Status> {
    raw_call_as(client.channel(), call, message, None).await
}

/// The same with that token.
pub(crate) async fn raw_call_as(
    channel: Channel,
    call: &str,
    message: Vec<u8>,
    token: Option<&str>,
) -> Result<(), Status> {
    let mut grpc = Grpc::new(channel);
    let path = format!("/{call}").parse().expect("a path");
    grpc.ready().await.expect("a connection");
    let mut request = Request::new(tokio_stream::once(message));
    if let Some(token) = token {
        let value = format!("Bearer {token}").parse().expect("a header");
        request.metadata_mut().insert("authorization", value);
    }
    let mut answers = within(grpc.streaming(request, path, Raw)).await?.into_inner();
    if !["Watch", "Export"].iter().any(|name| call.contains(name)) {
        while within(answers.message()).await?.is_some() {}
    }
    Ok(())
}

#[derive(Clone, Copy, Default)]
pub(crate) struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&message);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = buffer.remaining();
        Ok(Some(buffer.copy_to_bytes(length).to_vec()))
    }
}
