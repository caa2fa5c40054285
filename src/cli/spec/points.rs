//! Points of a search from a file: a line of names, then a point a line.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::text::args::param_value;
use crate::cli::wire::error::CliError;
use crate::pb;

const HELP: &str = "write the names of parameters in the first line and the values of a point in \
                    each other line, with commas between them: fast,slow, then 5,20, then 8,34";

/// The points of a file.
///
/// # Errors
///
/// `Usage` if it cannot be read, or is no table.
pub(in crate::cli) fn read(path: &Path) -> Result<pb::PointList, CliError> {
    let text = fs::read_to_string(path).map_err(|error| usage(path, &error.to_string()))?;
    points(&text).map_err(|message| usage(path, &message))
}

fn usage(path: &Path, message: &str) -> CliError {
    let message = format!("cannot read points from {}: {message}", path.display());
    CliError::Usage { message, help: HELP.to_owned() }
}

fn points(text: &str) -> Result<pb::PointList, String> {
    let mut lines = text
        .trim_start_matches('\u{feff}')
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty());
    let (_, header) = lines.next().ok_or("it is empty")?;
    let names: Vec<&str> = cells(header).collect();
    let mut points = Vec::new();
    for (line, text) in lines {
        let values: Vec<&str> = cells(text).collect();
        if values.len() != names.len() {
            let (line, has, wants) = (line + 1, values.len(), names.len());
            return Err(format!("line {line} has {has} values, and the first has {wants} names"));
        }
        let params: BTreeMap<_, _> = names
            .iter()
            .zip(values)
            .map(|(name, value)| ((*name).to_owned(), param_value(value)))
            .collect();
        points.push(pb::Point { params });
    }
    Ok(pb::PointList { points })
}

fn cells(line: &str) -> impl Iterator<Item = &str> {
    line.split(',').map(|cell| cell.trim().trim_matches('"'))
}

/// What `--points` says.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct PointsArgs {
    /// The file; see `read`.
    #[arg(
        long = "points",
        value_name = "FILE",
        conflicts_with = "draws",
        help = "Try the points of this file: names of parameters in its first line, then the \
                values of a point in each other line, with commas between them"
    )]
    pub file: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_of_names_and_values_is_points() {
        let list = points("\u{feff}fast, level,way\n5,0.5,both\n\n8,1,\"long_only\"\n").unwrap();
        assert_eq!(list.points.len(), 2);
        let last = &list.points[1].params;
        assert_eq!(last["fast"], param_value("8"));
        assert_eq!(last["way"], param_value("long_only"));
    }

    #[test]
    fn a_line_of_another_length_is_named() {
        let told = points("fast,slow\n5,20\n8\n").unwrap_err();
        assert_eq!(told, "line 3 has 1 values, and the first has 2 names");
        assert!(points("\n").is_err());
    }
}
