//! What a refusal of bars says. Beside `import_error.rs`, which has many of them.

use super::import_error::{ImportError, ImportProblem};
use super::reading::NumberError;

#[test]
fn a_message_names_file_line_column_and_values() {
    let (high, price) = ("99.5".parse().unwrap(), "100".parse().unwrap());
    let problem = ImportProblem::HighBelow { high, name: "open", price };
    let mut error = ImportError::at_line("btc.csv", 17, problem);
    error.column = Some("high".into());
    let wanted = "btc.csv line 17, column high: 99.5 is below open 100, by more than a rounding \
                  error: correct the row, or leave it out";
    assert_eq!(error.to_string(), wanted);
    let error = ImportError::of_file("btc.csv", ImportProblem::NoBars);
    assert_eq!(error.to_string(), "btc.csv: holds no bars");
}

#[test]
fn long_fields_and_long_headers_are_cut() {
    let cause = NumberError::Malformed;
    let problem = ImportProblem::Number { text: "ü".repeat(100_000), cause };
    assert!(problem.to_string().len() < 200);
    let found = vec!["x".to_owned(); 1000];
    let problem = ImportProblem::MissingColumns { missing: vec!["open"], found };
    assert!(problem.to_string().contains("and 980 more"), "{problem}");
}
