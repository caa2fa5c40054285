//! How values are written and read, on the command line and in what it prints; nothing here knows
//! of a server.

pub(super) mod args;
pub(super) mod aux_name;
pub(super) mod destination;
pub(super) mod figures;
pub(super) mod fitting;
pub(super) mod foreign;
pub mod output;
pub(super) mod param_text;
pub(super) mod progress_mode;
pub(super) mod swept;
pub(super) mod table;
