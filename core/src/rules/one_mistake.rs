//! One mistake is told once: what a broken line defines is there all the same, and nothing that
//! reads it is blamed for it. Whoever mends what is told has a text that is right.

use super::compile;

fn told(source: &str) -> Vec<String> {
    compile(source).errors().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_told(source: &str, wanted: &[&str]) {
    assert_eq!(told(source), wanted, "{source}");
}

/// What uses whatever the broken line is to define.
fn with(line: &str) -> String {
    format!(
        "{line}\nf = sma(close, fast)\nrequire fast < 50\nenter long when close > f\n\
         exit long when close < f[1]"
    )
}

#[test]
fn a_broken_parameter_is_known_by_its_name_however_it_is_broken() {
    let cases = [
        (
            "param fast = 10 form 5 to 50",
            "1:17: SYNTAX expected from, of, in or a text in quotes, found form (did you mean \
             from?)",
        ),
        ("param fast = 10 from 5 50", "1:24: SYNTAX expected to, found 50"),
        ("param fast 10 from 5 to 50", "1:12: SYNTAX expected =, found 10"),
        ("param fast = from 5 to 50", "1:14: SYNTAX expected a value, found from"),
        ("param fast", "1:11: SYNTAX expected =, found the end of the line"),
        ("param fast = 10 from 50 to 5", "1:22: RANGE from 50 is above to 5"),
        ("param fast = close", "1:14: TYPE a default is a number, true, false or a text"),
        ("param fast = 10 from 5 to close", "1:27: TYPE from, to and step are numbers"),
        ("param fast = \"10\"", "1:7: RANGE fast is a text: its words stand behind of"),
        (
            "input fast = 10",
            "1:1: SYNTAX input begins no statement: a parameter is param x = 10 from 5 to 50",
        ),
        ("let fast = 10", "1:1: SYNTAX let begins no statement: a definition is x = … alone"),
    ];
    for (line, wanted) in cases {
        assert_told(&with(line), &[wanted]);
    }
}

#[test]
fn a_broken_parameter_is_the_nearest_word_to_its_own_misspelling() {
    let source = "param fast = 10 from 5 50\nenter long when close > sma(close, fats)";
    assert_told(
        source,
        &[
            "1:24: SYNTAX expected to, found 50",
            "2:36: UNKNOWN_NAME there is no fats (did you mean fast?)",
        ],
    );
}

#[test]
fn a_misspelt_word_for_a_parameter_is_told_and_the_rest_of_its_line_is_read() {
    let source = with("parm fast = 10 from 5 to 50");
    assert_told(&source, &["1:1: SYNTAX parm begins no statement (did you mean param?)"]);
    let source = with("parm fast = 10 form 5 to 50");
    assert_eq!(told(&source).len(), 2, "{:?}", told(&source));
}

#[test]
fn a_broken_definition_or_function_is_known_by_its_name() {
    let orders = "enter long when close > f(close, 3)\nexit long when f(open) < 1";
    for (line, wanted) in [
        ("def f(x, n) = sma(x n)", "1:21: SYNTAX expected , or ), found n"),
        ("def f(x, n = sma(x, n)", "1:12: SYNTAX expected ), found ="),
        (
            "function f(x) = x",
            "1:1: SYNTAX function begins no statement: a function is def f(x) = …",
        ),
    ] {
        assert_told(&format!("{line}\n{orders}"), &[wanted]);
    }
    let source = "a == sma(close, 3)\nenter long when close > a\nexit long when close < a[2]";
    assert_eq!(told(source).len(), 1, "{:?}", told(source));
}

#[test]
fn what_is_given_to_a_function_that_is_not_there_has_its_own_mistakes_told() {
    assert_told(
        "enter long when smaa(clsoe, 3) > rsi(opne)\nexit long when close < sma(hgih, 3, 4)",
        &[
            "1:17: UNKNOWN_FUNCTION there is no function smaa (did you mean sma?)",
            "1:22: UNKNOWN_NAME there is no clsoe (did you mean close?)",
            "1:34: ARGUMENTS rsi(x, n) takes 2 arguments, but is given 1: n is missing",
            "1:38: UNKNOWN_NAME there is no opne (did you mean open?)",
            "2:24: ARGUMENTS sma(x, n) takes 2 arguments, but is given 3",
            "2:28: UNKNOWN_NAME there is no hgih (did you mean high?)",
        ],
    );
}

#[test]
fn a_range_after_in_is_told_how_ranges_are_written() {
    assert_told(
        "strategy \"S\" \"x\"\nparam n = 20 in 5 .. 60\nenter long when close > sma(close, n)",
        &["2:17: SYNTAX expected a unit (a range is written from 5 to 60), found 5"],
    );
}
