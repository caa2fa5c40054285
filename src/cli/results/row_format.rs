//! How rows of trials are printed: for people, as JSON, or as a file of columns.

use std::ffi::OsStr;
use std::path::Path;

use clap::ValueEnum;

use crate::cli::text::destination;
use crate::cli::text::output;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::export;

/// How trials are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// The columns that matter most, for people.
    Table,
    /// Every parameter and metric at full precision, comma-separated.
    Csv,
    /// The answer of the server as one JSON object.
    Json,
    /// The columns of CSV as a JSON object for each trial, on a line of its own.
    Jsonl,
    /// The columns of CSV as Apache Parquet.
    #[cfg(feature = "parquet")]
    Parquet,
}

impl Format {
    /// The file that this is; `None` for what is no file of columns.
    pub(in crate::cli) const fn of_columns(self) -> Option<export::Format> {
        match self {
            Self::Table | Self::Json => None,
            Self::Csv => Some(export::Format::Csv),
            Self::Jsonl => Some(export::Format::Jsonl),
            #[cfg(feature = "parquet")]
            Self::Parquet => Some(export::Format::Parquet),
        }
    }

    /// As asked for, else as the file's name tells.
    pub(in crate::cli) fn asked(
        output: Option<Self>,
        out: Option<&Path>,
        globals: &GlobalArgs,
    ) -> Result<Self, CliError> {
        let out = out.filter(|out| !destination::is_stdout(out));
        let format = match (out, output) {
            (_, Some(format)) => format,
            (None, None) if globals.is_json => Self::Json,
            (None, None) => Self::Table,
            (Some(out), None) => {
                let extension = out.extension().and_then(OsStr::to_str).unwrap_or_default();
                <Self as ValueEnum>::from_str(extension, true).map_err(|_| CliError::Usage {
                    message: format!("the name of {} does not tell a format", out.display()),
                    help: "say which with -o, as in -o csv".to_owned(),
                })?
            }
        };
        if globals.is_json && !matches!(format, Self::Json | Self::Jsonl) {
            return Err(CliError::Usage {
                message: "--json and another format cannot both be printed".to_owned(),
                help: "leave out --json, or say -o json".to_owned(),
            });
        }
        let is_binary = format.of_columns().is_some_and(export::Format::is_binary);
        if is_binary && out.is_none() && output::is_read_by_a_person() {
            return Err(CliError::Usage {
                message: "Parquet is not for a terminal".to_owned(),
                help: "write it to a file with --out trials.parquet".to_owned(),
            });
        }
        Ok(format)
    }
}
