//! Strategies as files of rules.

use std::fs;
use std::path::PathBuf;

use crate::cli::wire::error::CliError;
use crate::pb;

/// What makes an argument a file instead of a name.
const ENDING: &str = ".rules";

/// The strategy that an argument names: a file if it ends in `.rules` or holds a `/`, else one that
/// the server knows.
pub(in crate::cli) fn named(argument: &str) -> Result<pb::StrategyRef, CliError> {
    if !argument.ends_with(ENDING) && !argument.contains('/') {
        return Ok(pb::StrategyRef { name: argument.to_owned(), ..Default::default() });
    }
    Ok(pb::StrategyRef { source: read(argument)?, ..Default::default() })
}

/// The text of a file.
pub(in crate::cli) fn read(file: &str) -> Result<String, CliError> {
    fs::read_to_string(file).map_err(|cause| CliError::File { path: PathBuf::from(file), cause })
}
