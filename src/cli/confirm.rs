//! Asking before something is destroyed.

use super::connect::GlobalArgs;
use super::error::CliError;
use super::output;

/// Whether a person at the terminal says yes, or had said so by `--yes` already.
///
/// # Errors
///
/// `Usage` where nobody is there to be asked.
pub(super) fn is_confirmed(
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
