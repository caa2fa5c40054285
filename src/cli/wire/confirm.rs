//! Asking before something is destroyed.

use crate::cli::text::output;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;

/// Whether a person at the terminal says yes, or had said so by `--yes` already.
///
/// # Errors
///
/// `Usage` where nobody is there to be asked.
pub(in crate::cli) fn is_confirmed(
    question: &str,
    is_sure: bool,
    globals: &GlobalArgs,
) -> Result<bool, CliError> {
    if is_sure {
        return Ok(true);
    }
    let answer = output::confirm(question)?.ok_or_else(|| CliError::Usage {
        message: "this removes data for good, and nobody is here to be asked".to_owned(),
        help: "add --yes".to_owned(),
    })?;
    if !answer {
        globals.talk("nothing was removed");
    }
    Ok(answer)
}
