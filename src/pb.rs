//! The wire types, generated from `proto/`. Only `grpc/` and `cli/` may see them.
#![expect(
    clippy::pedantic,
    clippy::allow_attributes,
    clippy::large_enum_variant,
    reason = "generated; the prose stands in proto/"
)]

tonic::include_proto!("tradeforge.v1");

/// The encoded descriptor set of every service, for reflection and for canonical JSON.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
