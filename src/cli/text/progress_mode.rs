//! How progress is to be shown.

use clap::ValueEnum;

/// How progress is shown while a command waits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum ProgressMode {
    /// A bar on a terminal, lines elsewhere.
    #[default]
    Auto,
    /// A bar that is redrawn in place.
    Bar,
    /// A line for each tenth, or every ten seconds.
    Plain,
    /// Nothing.
    None,
}
