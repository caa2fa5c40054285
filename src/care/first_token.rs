//! The first token of a data directory: for who has the machine, and so may do all anyway.

use std::path::Path;

use serde_json::json;

use super::{CareError, at};
use crate::cli::text::output;
use crate::server;

/// Prints the one that a server has made and nobody has used yet, or makes one where no server has
/// the directory.
///
/// # Errors
///
/// What is in the way.
pub async fn first_token(data_dir: &Path, is_json: bool) -> Result<(), CareError> {
    let secret = server::first_token(data_dir).await?;
    let text = if is_json { json!({ "secret": secret }).to_string() } else { secret };
    output::data(&text).map_err(at(data_dir))
}
