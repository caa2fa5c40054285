//! A command line that cannot be read, told as people or as programs read it.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Parser as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use tonic::Code;

use crate::cli::Cli;
use crate::cli::text::output;
use crate::json::{Refusal, RefusedField};

/// What the process was asked to do.
///
/// # Errors
///
/// The exit code, after the help that was asked for, or what is wrong, has been printed.
pub fn parse() -> Result<Cli, ExitCode> {
    let words: Vec<OsString> = std::env::args_os().collect();
    Cli::try_parse_from(&words).map_err(|error| {
        if error.use_stderr() && asks_for_json(&words) {
            output::json_error(&refusal(&error).json());
        } else {
            // There is nowhere left to complain about a stderr that is closed.
            _ = error.print();
        }
        ExitCode::from(error.exit_code() as u8)
    })
}

/// Whether errors are to be JSON, as far as can be told of a line that makes no sense.
fn asks_for_json(words: &[OsString]) -> bool {
    words.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "--json")
}

fn refusal(error: &clap::Error) -> Refusal {
    let message = message(error);
    let at_fault = match error.get(ContextKind::InvalidArg) {
        Some(ContextValue::String(name)) => vec![name.clone()],
        Some(ContextValue::Strings(names)) => names.clone(),
        _ => Vec::new(),
    };
    let fields = at_fault.into_iter();
    let fields = fields.map(|field| RefusedField { field, description: message.clone() }).collect();
    Refusal { fields, ..Refusal::plain(Code::InvalidArgument, "USAGE", message.clone()) }
}

/// What is wrong and what was perhaps meant, on one line; not how the command is used.
fn message(error: &clap::Error) -> String {
    if error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand {
        return "a command is missing; --help lists them".to_owned();
    }
    let text = error.render().to_string();
    let ends = ["\n\nUsage:", "\n\nFor more information"].map(|end| text.find(end));
    let end = ends.into_iter().flatten().min().unwrap_or(text.len());
    let words = text[..end].trim_start_matches("error: ").split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> Refusal {
        refusal(&Cli::try_parse_from(line.split(' ')).unwrap_err())
    }

    #[test]
    fn a_word_that_is_none_is_told_on_one_line_with_what_was_perhaps_meant() {
        let refusal = refused("tradeforge runs --limt 3");
        assert_eq!((refusal.code, refusal.reason.as_str()), ("INVALID_ARGUMENT", "USAGE"));
        assert_eq!(
            refusal.message,
            "unexpected argument '--limt' found tip: a similar argument exists: '--limit'"
        );
        assert_eq!(refusal.fields[0].field, "--limt");
    }

    #[test]
    fn what_is_missing_is_named() {
        let refusal = refused("tradeforge backtest sma_cross");
        assert!(refusal.message.ends_with("were not provided: --on <EXCHANGE:SYMBOL@TF>"));
        assert_eq!(refusal.fields.len(), 1);
        assert_eq!(refused("tradeforge").message, "a command is missing; --help lists them");
    }

    #[test]
    fn json_is_asked_for_by_a_word_before_the_end_of_options() {
        let asks =
            |line: &str| asks_for_json(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(asks("tradeforge runs --json --limt") && asks("tradeforge --json"));
        assert!(!asks("tradeforge runs") && !asks("tradeforge show -- --json"));
    }
}
