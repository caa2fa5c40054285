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

#[test]
fn a_condition_where_none_belongs_is_told_how_it_is_said() {
    let orders = "enter long when close > open\nexit long when close < open";
    let cases = [
        (
            "weight 0.5 when close > open".to_owned(),
            "1:12: SYNTAX a weight is what is held at each bar, and has no when: weight if close > \
             open then 0.5 else 0 holds nothing where it is false, and else none leaves what is \
             held",
        ),
        (
            format!("size equity 50% when close > open\n{orders}"),
            "1:17: SYNTAX a size is that of every entry, and has no when: size equity if close > \
             open then 50% else none buys nothing where it is false; one entry has its own by \
             enter … when close > open size equity 50%",
        ),
        (
            format!("stop long move low when close > open\n{orders}"),
            "1:20: SYNTAX a level is there as long as its position, and has no when: stop long \
             move if close > open then low else none has none where it is false, or stays where it \
             is if it moves",
        ),
    ];
    for (source, wanted) in cases {
        assert_told(&source, &[wanted]);
    }
}

#[test]
fn what_an_entry_cannot_say_is_told_with_what_would_be_right() {
    let exit = "exit long when close < open";
    assert_told(
        &format!("enter long when close > open for 3 bars\n{exit}"),
        &["1:34: SYNTAX for says how long an entry at a price waits, as in enter long at limit \
           low when …; this one fills at the next open"],
    );
    assert_told(
        &format!("enter long when close > open max 3\n{exit}"),
        &["1:34: SYNTAX max says how often add adds to a position: enter opens one, and add long \
           when … max 3 adds to it"],
    );
    assert_told(
        &format!("enter short when close > open\nadd long when close > open\n{exit}"),
        &["2:1: SYNTAX add long adds to a position that nothing opens: enter long when …"],
    );
    assert_told(
        &format!("enter long at limt low when close > open\n{exit}"),
        &["1:15: SYNTAX expected limit or stop, found limt (did you mean limit?)"],
    );
    assert_told(
        &format!("enter long at limit low when close > open for 0 bars\n{exit}"),
        &["1:47: RANGE for must be a whole number from 1 to 10000, but is 0"],
    );
    assert_told(
        &format!("enter long at limit low when close > open for bar_index bars\n{exit}"),
        &["1:47: NOT_CONSTANT for must be constant: made of numbers and parameters"],
    );
    assert_told(
        &format!("enter long when close > open\nadd long when close > open max 1.5\n{exit}"),
        &["2:32: RANGE max must be a whole number from 1 to 10000, but is 1.5"],
    );
}
