//! What every command says of itself, held as files: a change of words is seen in review.
//!
//! `SNAPSHOTS=overwrite cargo test --features test-strategies --test it help` records it anew.

use std::path::Path;
use std::process::Command;

use clap::CommandFactory as _;
use snapbox::{Assert, Data};
use tradeforge::cli::Cli;

#[test]
fn the_help_of_every_command_is_as_recorded() {
    let assert = Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV);
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/help");
    for words in commands(&Cli::command(), &[]) {
        let file = folder.join(format!("{}.txt", words.join("-")));
        assert.eq(help(&words[1..]), Data::read_from(&file, None));
    }
}

/// The contract says OPTIMIZATION and PENDING; people read the words of docs/page.md.
#[test]
fn no_help_has_two_words_for_a_sweep_or_for_what_is_queued() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/help");
    let files = std::fs::read_dir(folder).expect("a folder");
    let mut seen = 0;
    for file in files {
        let path = file.expect("a file").path();
        let text = std::fs::read_to_string(&path).expect("text").to_lowercase();
        let found = text
            .split(|it: char| !it.is_alphabetic())
            .find(|word| ["optimization", "optimizations", "pending"].contains(word));
        assert_eq!(found, None, "{}", path.display());
        seen += 1;
    }
    assert!(seen > 50, "{seen} files");
}

/// The words of that command and of all below it.
fn commands(command: &clap::Command, before: &[String]) -> Vec<Vec<String>> {
    let words = [before, &[command.get_name().to_owned()]].concat();
    let below = command.get_subcommands().flat_map(|command| commands(command, &words));
    [words.clone()].into_iter().chain(below).collect()
}

fn help(words: &[String]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tradeforge"));
    // As wide as where there is no terminal, whatever starts the tests.
    let output = command.args(words).arg("--help").env("COLUMNS", "100").output();
    let output = output.expect("the program starts");
    assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}
