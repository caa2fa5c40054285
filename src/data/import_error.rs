//! Why bars are refused, and where in which file. Nothing of a refused file is kept.

use std::fmt;

pub use super::import_problem::ImportProblem;

/// Why bars are refused, with the place as far as there is one.
#[derive(Debug)]
pub struct ImportError {
    /// The file, by the name that the caller gave it.
    pub source_name: Option<String>,
    /// The line, counted from 1 as an editor does.
    pub line: Option<u64>,
    /// The column, by the file's own heading.
    pub column: Option<String>,
    /// What is wrong there.
    pub problem: Box<ImportProblem>,
}

impl ImportError {
    /// A problem that belongs to no file.
    pub(super) fn of_request(problem: ImportProblem) -> Self {
        Self { source_name: None, line: None, column: None, problem: Box::new(problem) }
    }

    /// A problem of a whole file.
    pub(super) fn of_file(source_name: &str, problem: ImportProblem) -> Self {
        Self { source_name: Some(source_name.to_owned()), ..Self::of_request(problem) }
    }

    /// A problem in one line of a file.
    pub(super) fn at_line(source_name: &str, line: u64, problem: ImportProblem) -> Self {
        Self { line: Some(line), ..Self::of_file(source_name, problem) }
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source_name) = &self.source_name {
            f.write_str(source_name)?;
            if let Some(line) = self.line {
                write!(f, " line {line}")?;
            }
            if let Some(column) = &self.column {
                write!(f, ", column {column}")?;
            }
            f.write_str(": ")?;
        }
        write!(f, "{}", self.problem)
    }
}

impl std::error::Error for ImportError {}
