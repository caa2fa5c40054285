//! Refusals of files of bars advise options: who adds those to the command has the bars.

use std::process::{Command, Output};

use crate::support::ChildServer;

const HEADER: &str = "Date,Open,High,Low,Close\n";

/// A name, the timeframe, and lines that are refused with an advice.
const REFUSED: [(&str, &str, &str, &str); 15] = [
    ("days as hours", "1h", HEADER, "2024-01-12,10,11,9,10\n2024-01-15,11,12,10,11\n"),
    (
        "four hours as one",
        "1h",
        HEADER,
        "2024-01-12 00:00,1,1,1,1\n2024-01-12 04:00,1,1,1,1\n2024-01-12 08:00,1,1,1,1\n\
         2024-01-12 16:00,1,1,1,1\n2024-01-12 20:00,1,1,1,1\n",
    ),
    ("day or month", "1d", HEADER, "02/01/2024,10,11,9,10\n03/01/2024,11,12,10,11\n"),
    ("short years", "1d", HEADER, "24-01-12,10,11,9,10\n24-01-15,11,12,10,11\n"),
    ("a day of the year", "1d", HEADER, "2024012,10,11,9,10\n2024015,11,12,10,11\n"),
    ("a market's days", "1d", HEADER, "2024-03-08T14:30Z,1,1,1,1\n2024-03-11T13:30Z,1,1,1,1\n"),
    ("bare clocks", "1d", HEADER, "2024-01-12 16:00,1,1,1,1\n2024-01-16 16:00,1,1,1,1\n"),
    ("ends", "1h", HEADER, "2024-01-12 09:59:59,1,1,1,1\n2024-01-12 10:59:59,1,1,1,1\n"),
    ("weekends", "1w", HEADER, "2024-01-13,10,11,9,10\n2024-01-20,11,12,10,11\n"),
    (
        "two instruments",
        "1d",
        "Name,Date,Open,High,Low,Close\n",
        "AA,2024-01-12,1,1,1,1\nBB,2024-01-12,2,2,2,2\n",
    ),
    (
        "counts or plain",
        "1m",
        "ts,o,h,l,c,vol\n",
        "1740787200000,10,11,9,10,7\n1740787260000,11,12,10,11,8\n",
    ),
    (
        "billionths",
        "1m",
        "time,open,high,low,close\n",
        "1740787200,9000000000,9000000000,9000000000,9000000000\n",
    ),
    ("ten thousandths", "1d", "", "20240112 00:00,100000,110000,90000,105000,7\n"),
    (
        "hours alone",
        "1h",
        "Date,Time,Open,High,Low,Close\n",
        "20240112,9,1,1,1,1\n20240112,10,1,1,1,1\n",
    ),
    ("an unknown heading", "1d", "Quotation,Open,High,Low,Close\n", "2024-01-12,1,1,1,1\n"),
];

fn import(server: &ChildServer, file: &str, on: &str, options: &[String]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tradeforge"))
        .args(["data", "import", file, "--as", on])
        .args(options)
        .env("TRADEFORGE_SERVER", server.url())
        .output()
        .expect("the program starts")
}

/// The timeframe that a refusal names instead, and the options that it says in brackets or as an
/// example.
fn advised(said: &str) -> (Option<&str>, Vec<String>) {
    let timeframe = said.split_once("import them as ").map(|(_, rest)| rest.trim());
    let bracketed = said.split_once("(--").and_then(|(_, rest)| rest.split_once(')'));
    let line = bracketed.map(|(line, _)| line).or_else(|| {
        let (_, example) = said.split_once("as in --")?;
        Some(example.trim_end())
    });
    // Of several values the first is taken.
    let line = line.and_then(|line| line.split(',').next()).unwrap_or_default();
    let mut words = vec![String::new()];
    let mut is_quoted = false;
    for letter in line.chars() {
        match letter {
            '\'' => is_quoted = !is_quoted,
            ' ' if !is_quoted => words.push(String::new()),
            _ => words.last_mut().unwrap().push(letter),
        }
    }
    words[0].insert_str(0, "--");
    for word in &mut words {
        *word = word.replace("HEADING", "Quotation");
    }
    (timeframe, if line.is_empty() { Vec::new() } else { words })
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_refusal_advises_is_taken() {
    let server = ChildServer::start().await;
    let dir = tempfile::tempdir().unwrap();
    for (number, (what, timeframe, header, rows)) in REFUSED.into_iter().enumerate() {
        let path = dir.path().join(format!("{number}.csv"));
        std::fs::write(&path, format!("{header}{rows}")).unwrap();
        let file = path.to_str().unwrap();
        let refused = import(&server, file, &format!("ADVICE:X{number}@{timeframe}"), &[]);
        let said = String::from_utf8(refused.stderr).unwrap();
        assert!(!refused.status.success(), "{what} was taken: {said}");
        let (other, options) = advised(&said);
        assert!(other.is_some() || !options.is_empty(), "{what}: {said}");
        let on = format!("ADVICE:X{number}@{}", other.unwrap_or(timeframe));
        let taken = import(&server, file, &on, &options);
        let then = String::from_utf8(taken.stderr).unwrap();
        assert!(taken.status.success(), "{what}: {said}\nthen, with {options:?}: {then}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clash_with_stored_bars_names_the_option_that_replaces_them() {
    let server = ChildServer::start().await;
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("days.csv");
    let file = path.to_str().unwrap();
    for (close, is_first) in [("10", true), ("10.5", false)] {
        std::fs::write(&path, format!("{HEADER}2024-01-12,10,11,9,{close}\n")).unwrap();
        let output = import(&server, file, "ADVICE:CLASH@1d", &[]);
        assert_eq!(output.status.success(), is_first);
        if !is_first {
            let said = String::from_utf8(output.stderr).unwrap();
            let (_, options) = advised(&said);
            assert_eq!(options, ["--replace"], "{said}");
            assert!(import(&server, file, "ADVICE:CLASH@1d", &options).status.success());
        }
    }
}
