//! A text at each limit of the language is taken, and one beyond it is refused by name.

use std::fmt::Write as _;

use super::limits::{DEPTH_MAX, PARAMS_MAX, SOURCE_BYTES_MAX, STATEMENTS_MAX, TIMEFRAMES_MAX};
use super::{Compiled, compile};

const ORDERS: &str = "enter long when a > 1\nexit long when a < 1\n";

fn errors(source: &str) -> Vec<String> {
    let compiled = compile(source);
    assert_eq!(compiled.entry.is_none(), compiled.errors().next().is_some());
    compiled.errors().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_taken(source: &str) {
    assert_eq!(errors(source), [""; 0]);
}

/// One error, which names what there is too much of.
#[track_caller]
fn assert_refused(source: &str, says: &str) {
    let errors = errors(source);
    assert!(errors.len() == 1 && errors[0].contains(says), "{says}: {errors:#?}");
}

#[test]
fn the_size_of_a_text_has_a_limit() {
    let text = |bytes: usize| {
        let plain = format!("a = close / close[1]\n{ORDERS}#");
        let rest = bytes - plain.len();
        plain + &"x".repeat(rest)
    };
    assert_taken(&text(SOURCE_BYTES_MAX));
    assert_refused(&text(SOURCE_BYTES_MAX + 1), "at most 16384 bytes");
}

#[test]
fn statements_have_a_limit() {
    let text = |statements: usize| {
        let mut text = format!("a = close / close[1]\n{ORDERS}");
        for index in 3..statements {
            writeln!(text, "d{index} = close * {index}").unwrap();
        }
        text
    };
    assert_taken(&text(STATEMENTS_MAX));
    assert_refused(&text(STATEMENTS_MAX + 1), "at most 200 statements");
}

#[test]
fn brackets_within_brackets_have_a_limit() {
    let text = |depth: u16| {
        let depth = usize::from(depth);
        format!("a = {}close / 100{}\n{ORDERS}", "(".repeat(depth), ")".repeat(depth))
    };
    assert_taken(&text(DEPTH_MAX - 2));
    assert_refused(&text(DEPTH_MAX + 1), "64");
    assert_refused(&text(5_000), "64");
}

#[test]
fn sums_without_brackets_have_a_limit_too() {
    let text =
        |terms: usize| format!("a = {}close / 100\n{ORDERS}", "close / 100 + ".repeat(terms));
    assert_taken(&text(60));
    assert_refused(&text(1_000), "256");
}

#[test]
fn parameters_have_a_limit() {
    let text = |count: usize| {
        let mut text = String::new();
        for index in 0..count {
            writeln!(text, "param p{index} = {index}").unwrap();
        }
        let sum: Vec<_> = (0..count).map(|index| format!("p{index}")).collect();
        text + &format!("a = close / 100 + {}\n{ORDERS}", sum.join(" + "))
    };
    assert_taken(&text(PARAMS_MAX));
    assert_refused(&text(PARAMS_MAX + 1), "at most 32 parameters");
}

#[test]
fn timeframes_have_a_limit() {
    let text = |count: usize| {
        let frames = ["2h", "3h", "4h", "6h", "8h", "12h"];
        let held: Vec<_> =
            frames[..count].iter().map(|frame| format!("(close / 100)@{frame}")).collect();
        format!("a = {}\n{ORDERS}", held.join(" + "))
    };
    assert_taken(&text(TIMEFRAMES_MAX));
    assert_refused(&text(TIMEFRAMES_MAX + 1), "at most 4");
}

#[test]
fn targets_have_a_limit() {
    let text = |count: usize| {
        let target = "target long at position.entry * 1.1 part 0.5\n";
        format!("a = close / 100\n{ORDERS}{}", target.repeat(count))
    };
    assert_taken(&text(4));
    assert_refused(&text(5), "at most 4 targets");
}

#[test]
fn nodes_of_a_trial_have_a_limit_that_names_them() {
    let text =
        |turns: usize| format!("a = sum k from 1 to {turns} of sma(close, k) / 100\n{ORDERS}");
    assert_taken(&text(800));
    assert_refused("a = sum k from 1 to 1001 of close[k] / 100\nenter long when a > 1", "1000");
    let many = "a = sum k from 1 to 900 of rsi(close, k + 1) + stdev(close, k)\n";
    assert_refused(&format!("{many}{ORDERS}"), "nodes");
    // A fold within a fold is stopped on its way, before all its turns are made.
    let square = "a = sum i from 1 to 1000 of (sum j from 1 to 1000 of close[i] / (j + i))\n";
    assert_refused(&format!("{square}{ORDERS}"), "nodes");
}

#[test]
fn functions_that_double_themselves_are_stopped_before_they_have_grown() {
    let mut text = "def f0(x) = x[1] + x[2]\n".to_owned();
    for index in 1..60 {
        writeln!(text, "def f{index}(x) = f{}(x) / f{}(x + {index})", index - 1, index - 1)
            .unwrap();
    }
    writeln!(text, "a = f59(close) / 100\n{ORDERS}").unwrap();
    let errors = errors(&text);
    assert!(!errors.is_empty() && errors.iter().all(|error| error.contains("LIMIT")), "{errors:?}");
}

#[test]
fn what_windows_remember_has_a_limit() {
    let text = |count: usize| {
        let windows: Vec<_> =
            (0..count).map(|index| format!("variance(close, {})", 9_900 + index)).collect();
        format!("a = {}\n{ORDERS}", windows.join(" + ").replace("variance", "1 * variance"))
    };
    assert_taken(&text(40));
    assert_refused(&text(90), "bytes of windows");
}

#[test]
fn a_text_full_of_mistakes_is_answered_with_all_that_an_answer_holds() {
    let Compiled { diagnostics, entry, .. } = compile(&"x = )\n".repeat(400));
    assert!(entry.is_none());
    assert!(diagnostics.len() >= 100, "{}", diagnostics.len());
    // As many statements as there may be, each with a mistake of names.
    let text: Vec<_> = (0..STATEMENTS_MAX).map(|index| format!("d{index} = clsoe")).collect();
    let text = text.join("\n");
    let told = compile(&text).diagnostics.len();
    assert!(told >= STATEMENTS_MAX, "{told}");
}

#[test]
fn a_level_that_uses_itself_twice_over_and_over_is_a_line_all_the_same() {
    let mut text = "d0 = position.entry\n".to_owned();
    for index in 1..100 {
        writeln!(text, "d{index} = d{} + d{0}", index - 1).unwrap();
    }
    text += "a = close / close[1]\nstop long at d99 - d99 + 5\n";
    assert_taken(&(text + ORDERS));
}
