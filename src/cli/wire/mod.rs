//! How a command reaches the server: the connection and its token, whom a name means, pages,
//! uploads, and how it ends.

pub(super) mod bearer;
pub(super) mod confirm;
pub(super) mod connect;
pub(super) mod error;
pub(super) mod exit;
pub(super) mod list_format;
pub(super) mod pages;
pub(super) mod run_name;
pub(super) mod sending;
pub(super) mod upload_pieces;
