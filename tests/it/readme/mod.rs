//! The README is followed: every block of it that a reader would type, in order, against the real
//! program. What came of it must be what stands there.
//!
//! The first build is the binary under test. Ports are free ones instead of those of the text. A
//! line `...` stands for any lines, and at the end of a line for its rest; ids, times, rates and
//! addresses differ from run to run and are not compared. What needs a tool that is not at hand is
//! left out and named; `TRADEFORGE_README=whole` makes that a failure.

mod page;
mod session;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use regex::Regex;
use snapbox::Assert;

use page::Step;
use session::Session;

#[test]
fn every_block_of_the_readme_does_what_stands_there() {
    let readme = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let steps = page::steps(&fs::read_to_string(readme).expect("a README"));
    assert!(steps.len() > 10, "only {} steps were found", steps.len());
    let mut session = Session::default();
    let mut left_out = Vec::new();
    for Step { typed, printed } in &steps {
        match session.follow(typed) {
            Ok(actual) => {
                session.learn_ids(printed, &actual);
                let [actual, expected] = [&actual, printed].map(|text| comparable(text));
                let assert = Assert::new().normalize_paths(false);
                assert.eq(format!("{typed}\n{actual}"), format!("{typed}\n{expected}"));
            }
            Err(missing) => left_out.push(format!("{missing}: {}", typed.first_line())),
        }
    }
    let is_whole = std::env::var_os("TRADEFORGE_README").is_some_and(|value| value == "whole");
    assert!(left_out.is_empty() || !is_whole, "left out: {left_out:#?}");
    for step in left_out {
        eprintln!("left out of the README, not at hand: {step}");
    }
}

/// The text without what differs from run to run.
fn comparable(text: &str) -> String {
    static VOLATILE: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(concat!(
            r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", // ids
            r"|\b\d+(\.\d+)?(µs|ms|s)\b",                 // how long
            r"|\b\d[\d,]*(\.\d+)?[kMG]?/s\b",             // how fast
            r"|127\.0\.0\.1:\d+",                         // where
        ))
        .expect("an expression")
    });
    static SERVER: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r" --server http://127\.0\.0\.1:\d+").expect("one"));
    // Blocks part their commands by an empty line.
    let text = format!("{}\n", text.trim_end()).replace(" ...\n", " [..]\n");
    // With a server at the usual port, no command needs to name it.
    let text = SERVER.replace_all(&text, "");
    VOLATILE.replace_all(&text, "_").into_owned()
}
