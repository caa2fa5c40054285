//! How a list is printed: for people or for programs.

use clap::ValueEnum;

use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;

/// How a list is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum ListFormat {
    /// Aligned columns for people.
    #[default]
    Table,
    /// Comma-separated values at full precision, for programs.
    Csv,
}

impl ListFormat {
    /// # Errors
    ///
    /// If JSON is asked for as well: what comes out must not depend on which of the two wins.
    pub(in crate::cli) fn check(self, globals: &GlobalArgs) -> Result<(), CliError> {
        if self == Self::Csv && globals.is_json {
            return Err(CliError::Usage {
                message: "--json and another format cannot both be printed".to_owned(),
                help: "leave out --json, or -o csv".to_owned(),
            });
        }
        Ok(())
    }
}
