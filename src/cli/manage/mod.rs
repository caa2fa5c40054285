//! The commands that list runs, name them and end them.

pub(super) mod allow;
pub(super) mod listing;
pub(super) mod many;
pub(super) mod pause;
pub(super) mod runs;
pub(super) mod tags;
pub(super) mod workers;
