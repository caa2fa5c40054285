//! Mistakes of habit: each has one answer that says what is right here.

use super::{Severity, compile};

/// What is told of a text that is run all the same, or is not.
fn told(source: &str) -> Vec<String> {
    compile(source).diagnostics.iter().map(ToString::to_string).collect()
}

fn told_errors(source: &str) -> Vec<String> {
    compile(source).errors().map(ToString::to_string).collect()
}

#[track_caller]
fn assert_told(source: &str, wanted: &[&str]) {
    assert_eq!(told(source), wanted, "{source}");
}

const ORDERS: &str = "enter long when close > open\nexit long when close < open\n";

#[test]
fn a_text_of_another_machine_is_read_as_it_stands() {
    let plain = format!("strategy \"One\"\na = sma(close, 3)\n{ORDERS}exit long when close < a\n");
    for text in [
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.replace('\n', "\r"),
        format!("\u{feff}{}", plain.replace('\n', "\r")),
    ] {
        let (other, own) = (compile(&text), compile(&plain));
        assert_eq!(other.diagnostics, own.diagnostics, "{text:?}");
        assert_eq!(other.meaning, own.meaning, "{text:?}");
    }
    let broken = format!("a = smaa(close, 3)\r\rb = clsoe\r{ORDERS}");
    let places: Vec<_> = compile(&broken).errors().map(|fault| fault.place.line).collect();
    assert_eq!(places, [1, 3]);
}

#[test]
fn lines_that_are_set_in_are_told_once_and_read() {
    let set_in = |word: &str, line: u32| {
        format!(
            "{line}:2: SYNTAX a line that begins with a blank or a tab goes on with the statement \
             above: {word} begins one of its own, and stands at the margin"
        )
    };
    let source = "strategy \"Two averages\"\n\tparam fast = 10\n\tf = sma(close, fast)\n\
                  \tenter long when close > f\n\texit long when close < f\n";
    assert_told(source, &[&set_in("param", 2)]);
    let source = "enter long when close > open\n\texit long when close < opne\n\tsize equity 5%\n";
    let unknown = "2:25: UNKNOWN_NAME there is no opne (did you mean open?)";
    assert_told(source, &[&set_in("exit", 2), unknown]);
    let source = "param fast = 10\n\tf = sma(close, fast)\nenter long when close > f\n\
                  exit long when f > close\n";
    assert_told(source, &[&set_in("f", 2)]);
    // What goes on with a statement does so.
    let source = "a = min(close,\n  open)\nenter long when a >\n  stop(3)\n";
    assert_eq!(told(source).len(), 1, "{:?}", told(source));
}

#[test]
fn a_function_that_calls_itself_is_a_cycle() {
    let way_out = "which a function cannot: only a definition has a past of its own, such as x = \
                   default(x[1] + 1, 0)";
    let own = format!("1:5: CYCLE f calls itself, {way_out}");
    let source = format!(
        "def f(x) = if x > 1 then x * f(x - 1) else 1\na = f(3)\n{ORDERS}\
                          exit long when a > close"
    );
    assert_told(&source, &[&own]);
    let two = format!("1:5: CYCLE f calls itself through g, {way_out}");
    let source =
        format!("def f(x) = g(x)\ndef g(x) = f(x) + 1\n{ORDERS}exit long when f(1) > close");
    assert_told(&source, &[&two]);
    // One within the other is none.
    let source = format!("def f(x) = x + 1\n{ORDERS}exit long when f(f(f(close))) < open");
    assert_told(&source, &[]);
}

#[test]
fn a_word_that_a_parameter_never_is_has_the_nearest_one() {
    let source = |word: &str| {
        format!(
            "param way = \"slow\" of \"fast\", \"slow\"\n\
             a = if way == \"{word}\" then sma(close, 9) else ema(close, 9)\n{ORDERS}\
             exit long when close < a"
        )
    };
    assert_told(&source("fast"), &[]);
    assert_told(
        &source("fasst"),
        &["2:15: RANGE way is never \"fasst\", but \"fast\" or \"slow\" (did you mean \"fast\"?)"],
    );
    assert_told(&source("c"), &["2:15: RANGE way is never \"c\", but \"fast\" or \"slow\""]);
}

#[test]
fn a_condition_beside_a_number_is_told_as_it_is_said_here() {
    let told_of = |condition: &str| told(&format!("{ORDERS}exit long when {condition}"));
    for (condition, said) in [
        ("new_day == 1", "new_day is true or false, and no number: write new_day"),
        ("new_day != 1", "new_day is true or false, and no number: write not new_day"),
        ("0 == (close > 3)", "close > 3 is true or false, and no number: write not (close > 3)"),
        (
            "new_day > 2",
            "new_day is true or false, and is not compared with a number: number(new_day) is 1 \
             where it is true, 0 where it is false",
        ),
    ] {
        assert_eq!(told_of(condition), [format!("3:16: TYPE {said}")]);
    }
    let text = format!("{ORDERS}exit long when new_day == 0");
    assert_eq!(compile(&text).diagnostics[0].suggestion, "not new_day");
}

#[test]
fn a_size_is_above_zero() {
    for (size, place, example, found) in [
        ("equity -5%", 13, "equity 50%", "-5%"),
        ("equity 0", 13, "equity 50%", "0"),
        ("notional -1000", 15, "notional 1000", "-1000"),
        ("quantity 2 - 2", 15, "quantity 0.5", "2 - 2"),
    ] {
        let message = format!(
            "3:{place}: RANGE a size is a number above 0, such as {example}, but this is {found}"
        );
        assert_told(&format!("{ORDERS}size {size}"), &[&message]);
    }
    let told = told(&format!("{ORDERS}size risk -1%"));
    assert!(told.iter().any(|told| told.contains("such as risk 1%")), "{told:?}");
    assert_told(&format!("{ORDERS}size quantity 0.25"), &[]);
}

#[test]
fn defaults_that_do_not_fit_are_warned_of_and_the_text_is_run_with_others() {
    let source = format!(
        "param fast = 50\nparam slow = 20\nrequire fast < slow \"fast is to be less\"\n\
         require slow > 5\na = sma(close, fast) - sma(close, slow)\n{ORDERS}exit long when a < 0"
    );
    let compiled = compile(&source);
    assert_told(&source, &["3:9: DEFAULTS the defaults do not fit: fast is to be less"]);
    assert_eq!(compiled.diagnostics[0].code.severity(), Severity::Warning);
    assert!(compiled.entry.is_some());
    let source = format!("param n = 0\na = sma(close, n)\n{ORDERS}exit long when close < a");
    let why = "n must be a whole number from 1 to 10000, but is 0";
    assert_told(&source, &[&format!("2:5: DEFAULTS the defaults do not fit: {why}")]);
}

#[test]
fn habits_of_other_languages_are_told_how_they_are_said_here() {
    let cases = [
        ("if close > open", "1:1: SYNTAX if begins no statement: orders say when"),
        ("var n = 0", "1:1: SYNTAX var begins no statement: a definition keeps its own past"),
        ("a = ta.SMA(close, 5)", "1:5: SYNTAX functions have no owner here: sma(…)"),
        ("a = input.int(5)", "1:5: SYNTAX there is no input.int(…) here: a parameter is"),
        ("a = close.shift(1)", "1:5: SYNTAX there is no .shift(…) here"),
        ("[a, b] = macd(close, 12, 26)", "1:1: SYNTAX a statement begins with a word"),
        ("a = close > open ? 1 : 0", "1:18: SYNTAX a ? b : c is written if a then b else c"),
        ("market X:BTCUSDT", "1:9: SYNTAX ':' has no meaning here"),
        ("market btc usd", "1:12: SYNTAX a market has a name of the text's own"),
        ("exit long when close crosses above open", "found crosses: it is written crosses_above"),
        ("stop long at entry - 1", "1:14: UNKNOWN_NAME there is no entry (did you mean position.e"),
        ("exit long when close@4H < 1", "4H is neither a market of this text nor a timeframe"),
        ("exit long when close[-1] < 1", "1:22: RANGE an index into the past counts bars ago"),
        ("exit long when hour > 16:30", "1:16: NEVER_TRUE hour is from 0 to 23"),
        ("exit long when rank(close) > 0.5", "there is no function rank (did you mean xs_rank?)"),
        ("weight 0.5", "2:1: DUPLICATE a weight says how much is held"),
    ];
    for (line, wanted) in cases {
        let all = told(&format!("{line}\n{ORDERS}"));
        assert!(all.iter().any(|it| it.contains(wanted)), "{line}: {all:#?}");
    }
    assert!(
        told(&format!("exit long when close@4H < 1\n{ORDERS}"))[0].contains("(did you mean 4h?)")
    );
    let market = format!("market btc\nexit long when btc.close < 1\n{ORDERS}");
    let wanted = "2:16: TYPE btc is a market, whose values are written close@btc";
    assert_told(&market, &[wanted]);
}

#[test]
fn a_size_or_a_part_that_a_parameter_makes_nothing_of_is_refused_as_a_written_one_is() {
    use crate::strategy::{ParamValue, Params};
    let made = |order: &str, value: f64| {
        let entry = compile(&format!("param p = 0.5\n{ORDERS}{order}")).entry.unwrap();
        let given = [("p".to_owned(), ParamValue::Double(value))].into_iter().collect();
        let params = Params::resolve(&entry.params, &given).unwrap();
        (entry.build)(&params)
            .err()
            .map(|conflict| format!("{}: {}", conflict.param, conflict.message))
    };
    let refused = |message: &str| Some(format!("p: line 4: {message}"));
    for order in ["exit long part p when close < open", "target long at position.entry + 9 part p"]
    {
        for value in [0.0, -0.5, 1.5] {
            let wanted = refused("a part must be above 0 and at most 1");
            assert_eq!(made(order, value), wanted, "{order} {value}");
        }
        assert_eq!(made(order, 1.0), None, "{order}");
    }
    let of_one = "enter short when close < open size quantity p";
    for order in ["size equity p", "size quantity p - 0.1", of_one] {
        assert_eq!(made(order, -1.0), refused("a size must be above 0"), "{order}");
        assert_eq!(made(order, 1.5), None, "{order}");
    }
}

#[test]
fn what_can_never_come_about_is_warned_of_while_it_is_written() {
    assert_told(
        &format!("sides \"short_only\"\n{ORDERS}"),
        &["2:1: NEVER_TRUE no long position is ever entered: sides says \"short_only\""],
    );
    assert_told(&format!("sides \"long_only\"\n{ORDERS}"), &[]);
    assert_told(
        &format!("exit long when 1 < close / 0.0\n{ORDERS}"),
        &["1:20: NEVER_TRUE this is none on every bar: nothing can be divided by 0"],
    );
    let by_what_may_be_nought = "exit long when 1 < close / (high - low)";
    assert_told(&format!("{by_what_may_be_nought}\n{ORDERS}"), &[]);
}

#[test]
fn what_comes_to_nothing_is_warned_of_however_it_is_said() {
    let cases = [
        ("z = 1 - 1\nexit long when close / z > 1", "3:16: NEVER_TRUE this is none on every bar"),
        ("exit long when close > none", "2:16: NEVER_TRUE what is compared with none is none"),
        ("exit long when 1 > 2", "2:16: NEVER_TRUE this is never true"),
        ("exit long when none", "2:16: NEVER_TRUE this is never true"),
        ("exit long when weekday == 0", "2:16: NEVER_TRUE weekday is from 1, Monday, to 7"),
        ("exit long when month == 13", "2:16: NEVER_TRUE month is from 1 to 12"),
        ("exit long when time_of_day == 24:00", "2:16: NEVER_TRUE time_of_day is from 0:00"),
        ("stop short at position.entry * 1.1", "2:1: UNUSED no order opens a short position"),
        ("exit short when close > open", "2:1: UNUSED no order opens a short position"),
        ("size short equity 5%", "2:1: UNUSED no order opens a short position"),
        ("stop long at 5%", "(did you mean position.entry * (1 - 5%)?)"),
        ("target long at 5%", "(did you mean position.entry * (1 + 5%)?)"),
    ];
    for (line, wanted) in cases {
        let all = told(&format!("enter long when close > open\n{line}\n{ORDERS}"));
        assert!(all.iter().any(|it| it.contains(wanted)), "{line}: {all:#?}");
    }
    for line in ["exit long when hour < 24", "exit long when weekday <= 7", "stop long at 95"] {
        assert_told(&format!("{line}\n{ORDERS}"), &[]);
    }
}

#[test]
fn words_of_other_letters_are_one_mistake_each_with_what_they_look_like() {
    assert_told(
        &format!("exit long when cl\u{43e}se < 3\n{ORDERS}"),
        &["1:16: SYNTAX cl\u{43e}se has letters that only look like those of a name (did you \
           mean close?)"],
    );
    assert_told(
        &format!("exit long when \u{446}\u{435}\u{43d}\u{430} < 3\n{ORDERS}"),
        &["1:16: SYNTAX \u{446}\u{435}\u{43d}\u{430} is no name: names are of a to z, 0 to 9 \
             and _"],
    );
    assert_told(
        &format!("\u{4ef7}\u{683c} = close\nexit long when \u{4ef7}\u{683c} < 3\n{ORDERS}"),
        &[
            "1:1: SYNTAX \u{4ef7}\u{683c} is no name: names are of a to z, 0 to 9 and _",
            "2:16: SYNTAX \u{4ef7}\u{683c} is no name: names are of a to z, 0 to 9 and _",
        ],
    );
}

#[test]
fn what_stands_near_what_is_meant_is_named() {
    let cases = [
        ("exit long when close@1hr < 1", "(did you mean 1h?)"),
        ("exit long when close@daily < 1", "(did you mean 1d?)"),
        ("exit long when close@15min < 1", "(did you mean 15m?)"),
        ("sides long_only", "(did you mean \"long_only\"?)"),
        ("exit long when mood.value > 3", "which are declared: aux mood"),
        ("exit long when close > 1,000", "found ,: numbers are written 1_000 and 0.5"),
        ("exit long when sum k from 1 to 5 of close[k] > 3", "sum in parentheses is compared"),
    ];
    for (line, wanted) in cases {
        let all = told(&format!("{line}\n{ORDERS}"));
        assert!(all.len() == 1 && all[0].contains(wanted), "{line}: {all:#?}");
    }
}

#[test]
fn a_level_that_closes_what_was_just_entered_is_told_with_the_one_that_was_meant() {
    let told_of = |level: &str| {
        let text = format!(
            "sides \"both\"\nenter long when close > open\nenter short when close < open\n\
             stop short at position.entry * 1.5\n{level}"
        );
        let told = told(&text);
        told.into_iter().find(|it| it.contains("CLOSES_AT_ONCE"))
    };
    let text = |what, lies, side, belongs, meant: &str| {
        format!(
            "CLOSES_AT_ONCE this {what} lies {lies} the price of its entry, so that the position \
             is closed as soon as it is entered: the {what} of a {side} position belongs {belongs} \
             it{meant}"
        )
    };
    let meant = |level: &str| format!(" (did you mean {level}?)");
    let cases = [
        (
            "stop long at position.entry * 1.1",
            text("stop", "above", "long", "below", &meant("position.entry * 0.9")),
        ),
        (
            "stop long at position.entry * (1 + 5%)",
            text("stop", "above", "long", "below", &meant("position.entry * 0.95")),
        ),
        (
            "target short at position.entry * 1.1",
            text("target", "above", "short", "below", &meant("position.entry * 0.9")),
        ),
        (
            "target long at position.entry / 2",
            text("target", "below", "long", "above", &meant("position.entry * 1.5")),
        ),
        ("stop long follow position.high + 2", text("stop", "above", "long", "below", "")),
    ];
    for (level, wanted) in cases {
        let found = told_of(level).unwrap_or_default();
        assert!(found.ends_with(&wanted), "{level}: {found}");
        assert!(found.starts_with("5:"), "{found}");
    }
    for right in [
        "stop long at position.entry * 0.9",
        "stop long at position.entry",
        "stop long at position.entry * (0.9 + 0.2 * (close / open))",
        "stop long at position.entry - 2 * atr(14)",
        "target long at position.entry * 1.1",
        "target short at position.entry * 0.9",
        "target long at position.entry + 1 - 0.5",
        "stop long at position.entry * 0.9 + 100",
        "param share = 1.1\nstop long at position.entry * share",
    ] {
        assert_eq!(told_of(right), None, "{right}");
    }
    let short = "enter short when close < open\nstop short at position.entry * 0.9\n\
                 exit short when close > open";
    let wanted = "2:15: ".to_owned()
        + &text("stop", "below", "short", "above", &meant("position.entry * 1.1"));
    assert_told(short, &[&wanted]);
}

#[test]
fn doubling_definitions_below_a_level_take_no_time() {
    let double = |index: u32| format!("d{index} = d{} + d{}\n", index - 1, index - 1);
    let doubles: String = (1..60).map(double).collect();
    let text =
        format!("d0 = position.entry\n{doubles}enter long when close > open\nstop long at d59\n");
    assert!(compile(&text).entry.is_some());
}

#[test]
fn a_part_that_would_count_as_all_is_told_in_the_branch_that_says_it() {
    let part = |branches: &str| {
        told_errors(&format!("{ORDERS}exit long part {branches} when close > 2 * open"))
    };
    let wrong = |place: &str, found: &str| {
        format!(
            "{place}: RANGE a part is above 0 and at most 100%, such as 50%, but this is {found}"
        )
    };
    let chosen = "if close > open then 50 else if high > close then 0.5 else 150%";
    assert_eq!(part(chosen), [wrong("3:37", "50"), wrong("3:75", "150%")]);
    assert_eq!(part("if close > open then 0.5 else -1"), [wrong("3:46", "-1")]);
    assert_eq!(part("150%"), [wrong("3:16", "150%")]);
    // A branch may leave nothing.
    assert_eq!(part("if close > open then 50% else 0"), [""; 0]);
    assert_eq!(part("if close > open then 50% else none"), [""; 0]);
}
