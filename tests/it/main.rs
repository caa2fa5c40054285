//! Every integration test, in one crate.

mod tidy;
