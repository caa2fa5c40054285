//! The commands for bars and auxiliary series: imported, looked at, exported and removed.

pub(super) mod aux_import;
pub(super) mod aux_series;
pub(super) mod bar_export;
pub(super) mod data;
pub(super) mod import;
