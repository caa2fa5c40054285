//! Texts of somebody who means no good: each is answered at once, and says what is wrong with it.

use super::compile;
use super::limits::SOURCE_BYTES_MAX;

const TAIL: &str = "enter long when close > open\nexit long when close < open";

/// The first thing that is told of a text, and whether it can be run.
fn told(text: &str) -> (String, bool) {
    let compiled = compile(text);
    let first = compiled.diagnostics.first().map(ToString::to_string);
    (first.unwrap_or_default(), compiled.entry.is_some())
}

#[track_caller]
fn refused(text: &str, expected: &str) {
    assert_eq!(told(text), (expected.to_owned(), false), "{text}");
}

#[track_caller]
fn warned(text: &str, expected: &str) {
    assert_eq!(told(text), (expected.to_owned(), true), "{text}");
}

#[test]
fn sides_parts_and_arguments_that_cannot_be_are_told() {
    refused(
        &format!("sides \"long_onyl\"\n{TAIL}"),
        "1:7: RANGE sides takes \"long_only\", \"short_only\", \"both\" or a parameter of them, \
         but not \"long_onyl\" (did you mean \"long_only\"?)",
    );
    refused(
        &format!("param way = \"both\" of \"both\", \"up\"\nsides way\n{TAIL}"),
        "2:7: RANGE sides takes \"long_only\", \"short_only\", \"both\" or a parameter of them, \
         but not \"up\"",
    );
    for part in ["0", "-1", "150%", "2"] {
        let range = "RANGE a part is above 0 and at most 100%, such as 50%, but this is";
        let shown = if part == "150%" { "150%" } else { part };
        let text = format!("{TAIL}\nexit long part {part} when close < 3");
        refused(&text, &format!("3:16: {range} {shown}"));
        let text = format!("{TAIL}\ntarget long at close part {part}");
        refused(&text, &format!("3:27: {range} {shown}"));
    }
    refused(
        &format!("def f(n, n) = n\nx = f(1, 2)\n{TAIL}"),
        "1:10: DUPLICATE n is an argument twice",
    );
}

#[test]
fn what_is_never_there_is_warned_of() {
    let price = "NEVER_TRUE no order is ever put at this price";
    let text = |price: &str| {
        format!("enter long at limit {price} when close > open\nexit long when close < open")
    };
    warned(&text("none"), &format!("1:21: {price}"));
    warned(&text("0"), &format!("1:21: {price}"));
    let level = "3:14: NEVER_TRUE this level is none: nothing is entered";
    warned(&format!("{TAIL}\nstop long at none"), level);
}

#[test]
fn what_cannot_be_seen_stands_in_no_text() {
    for unseen in ['\0', '\u{202e}', '\u{1b}', '\u{2066}'] {
        let (told, runs) = told(&format!("strategy \"a{unseen}b\"\n{TAIL}"));
        assert!(!runs && told.starts_with("1:10: SYNTAX a text in quotes holds only"), "{told}");
    }
    assert!(told(&format!("strategy \"Über → 日本\"\n{TAIL}")).1);
    assert!(told(&format!("\u{feff}strategy \"a\"\r\n{TAIL}\r\n")).1);
}

#[test]
fn heaps_of_anything_are_answered_with_places_in_their_order() {
    let heaps =
        ["(", "\"", "-", "1+", "@", "[", "if ", "not ", "\n", "x[1]", "max(", "a\n", "\u{65e5}"];
    let nested = [
        format!("x = {}close{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("x = close{}", "[1]".repeat(3_000)),
        format!("x = close{}", "@1h".repeat(3_000)),
        format!("x = {}close", "if close > open then close else ".repeat(300)),
        format!("x = {}close", "sum k from 1 to 1000 of ".repeat(5)),
        format!("x = {}1", "close ^ ".repeat(1_500)),
        "x = smaa(clsoe, )\n".repeat(190),
    ];
    let heaps = heaps.iter().map(|heap| heap.repeat(SOURCE_BYTES_MAX / heap.len()));
    for text in heaps.chain(nested) {
        let compiled = compile(&format!("{text}\nenter long when x > 1"));
        assert!(compiled.entry.is_none() && compiled.errors().count() > 0, "{text:.40}");
        assert!(compiled.diagnostics.is_sorted_by_key(|fault| fault.place), "{text:.40}");
    }
}
