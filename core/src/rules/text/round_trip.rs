//! Statements back to a text, one line each: what is printed reads as what was printed, so nothing
//! of a text is lost when it is read.

use std::fmt::Write as _;

use super::ast::{Amount, Entry, EntryPrice, Expr, Param, ParamRange, Statement, StatementKind};
use super::print::{expr, quoted};
use crate::trading::Side;

/// The statements as a text.
fn print(statements: &[Statement]) -> String {
    let mut text = String::new();
    for statement in statements {
        text += &statement_text(&statement.kind);
        text.push('\n');
    }
    text
}

fn statement_text(kind: &StatementKind) -> String {
    match kind {
        StatementKind::Strategy { label, description } => {
            format!("strategy {}{}", quoted(label), behind(description.as_deref()))
        }
        StatementKind::Market { name, description } => {
            format!("market {}{}", name.text, behind(description.as_deref()))
        }
        StatementKind::Aux { name, description } => {
            format!("aux {}{}", name.text, behind(description.as_deref()))
        }
        StatementKind::Param(param) => param_text(param),
        StatementKind::Require { condition, message } => {
            format!("require {}{}", expr(condition), behind(message.as_deref()))
        }
        StatementKind::Sides(value) => format!("sides {}", expr(value)),
        StatementKind::Definition { name, value } => format!("{} = {}", name.text, expr(value)),
        StatementKind::Function { name, arguments, value } => {
            let arguments: Vec<_> = arguments.iter().map(|name| name.text.as_str()).collect();
            format!("def {}({}) = {}", name.text, arguments.join(", "), expr(value))
        }
        StatementKind::Entry(entry) => entry_text(entry),
        StatementKind::Exit { side, part, when } => {
            format!("exit {}{} when {}", word(*side), option(" part ", part.as_ref()), expr(when))
        }
        StatementKind::Stop { side, mode, level } => {
            format!("stop {} {} {}", word(*side), mode.word(), expr(level))
        }
        StatementKind::Target { side, mode, level, part } => {
            let part = option(" part ", part.as_ref());
            format!("target {} {} {}{part}", word(*side), mode.word(), expr(level))
        }
        StatementKind::Size { side, amount } => {
            let side = side.map_or_else(String::new, |side| format!("{} ", word(side)));
            format!("size {side}{}", amount_text(amount))
        }
        StatementKind::Weight(value) => format!("weight {}", expr(value)),
        StatementKind::Unread(name) => format!("{} = none", name.text),
    }
}

const fn word(side: Side) -> &'static str {
    match side {
        Side::Long => "long",
        Side::Short => "short",
    }
}

fn behind(text: Option<&str>) -> String {
    text.map_or_else(String::new, |text| format!(" {}", quoted(text)))
}

fn option(before: &str, value: Option<&Expr>) -> String {
    value.map_or_else(String::new, |value| format!("{before}{}", expr(value)))
}

fn param_text(param: &Param) -> String {
    let mut text = format!("param {} = {}", param.name.text, expr(&param.default));
    match &param.range {
        ParamRange::Any => {}
        ParamRange::Numbers { from, to, step } => {
            let step = option(" step ", step.as_ref());
            _ = write!(text, " from {} to {}{step}", expr(from), expr(to));
        }
        ParamRange::Words(words) => {
            let words: Vec<_> = words.iter().map(|word| quoted(&word.text)).collect();
            _ = write!(text, " of {}", words.join(", "));
        }
    }
    if let Some(unit) = &param.unit {
        _ = write!(text, " in {}", unit.text);
    }
    text + &behind(param.description.as_deref())
}

fn entry_text(entry: &Entry) -> String {
    let price = match &entry.price {
        EntryPrice::Market => String::new(),
        EntryPrice::Limit(limit) => format!(" at limit {}", expr(limit)),
        EntryPrice::Stop(stop) => format!(" at stop {}", expr(stop)),
        EntryPrice::StopLimit { stop, limit } => {
            format!(" at stop {} limit {}", expr(stop), expr(limit))
        }
    };
    let mut text = format!("{} {}{price}", entry.verb.word(), word(entry.side));
    _ = write!(text, " when {}", expr(&entry.when));
    if let Some(bars) = &entry.bars {
        _ = write!(text, " for {} bars", expr(bars));
    }
    text += &option(" max ", entry.most.as_ref());
    if let Some(amount) = &entry.size {
        _ = write!(text, " size {}", amount_text(amount));
    }
    text
}

fn amount_text(amount: &Amount) -> String {
    format!("{} {}", amount.kind.word(), expr(&amount.value))
}

mod tests {
    use super::super::parse::parse;
    use super::*;
    use crate::rules::compile;
    use crate::rules::programs::Author;
    use proptest::prelude::*;

    /// As printed, read and printed again.
    fn twice(source: &str) -> (String, String) {
        let (statements, faults) = parse(source);
        assert!(faults.is_empty(), "{source}: {faults:?}");
        let once = print(&statements);
        let (again, faults) = parse(&once);
        assert!(faults.is_empty(), "{once}: {faults:?}");
        (once, print(&again))
    }

    #[test]
    fn brackets_stand_only_where_they_are_needed() {
        let sources = [
            ("a = ((1 + 2)) * (3)", "a = (1 + 2) * 3"),
            ("a = 1 - (2 - 3) - 4", "a = 1 - (2 - 3) - 4"),
            ("a = -(x ^ 2) + (-x) ^ 2 ^ -y", "a = -x ^ 2 + (-x) ^ 2 ^ -y"),
            ("a = not (b and c) or (d < e < f)", "a = not (b and c) or d < e < f"),
            ("a = (x + y)[1]@4h@btc.z", "a = (x + y)[1]@4h@btc.z"),
            (
                "a = 1 + (if b then 1 else sum k from 1 to 3 of x[k])",
                "a = 1 + (if b then 1 else sum k from 1 to 3 of x[k])",
            ),
            ("a = max(x = 1_000, 50%)", "a = max(x = 1000, 50%)"),
        ];
        for (source, wanted) in sources {
            let (once, again) = twice(source);
            assert_eq!(once.trim_end(), wanted);
            assert_eq!(once, again);
        }
    }

    #[test]
    fn every_statement_is_printed_as_it_is_read() {
        let source = r#"strategy "Golden cross" "By two averages."
market btc "The leader."
aux score
param fast = 10 from 5 to 50 step 5 in bars "Bars."
param kind = "sma" of "sma", "ema"
param level = -1.5
require fast < 20 "fast must be less"
sides "both"
f = sma(close, fast)
def twice(x) = 2 * x
def nothing() = none
enter long when crosses_above(f, close@btc) size equity 50%
enter short at limit close + tick when f > 1 for 3 bars
enter long at stop high limit high * 1.01 when true
add long when score.value > 0 max 2 size risk 1%
exit long part 50% when f < 9:30
exit short when not is_defined(f)
stop long follow position.high - 3 * atr(14)
target long at position.entry * 1.1 part 0.5
size short notional 1000
weight 0.1
"#;
        let (once, again) = twice(source);
        assert_eq!(once, source);
        assert_eq!(once, again);
    }

    fn expression() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("close".to_owned()),
            Just("12.5%".to_owned()),
            Just("none".to_owned()),
            Just("9:30".to_owned()),
        ];
        leaf.prop_recursive(5, 40, 3, |inner| {
            let two = (inner.clone(), inner.clone());
            prop_oneof![
                (two.clone(), "[-+*/^<>]| and | or |<=|==")
                    .prop_map(|((a, b), op)| { format!("({a}) {op} ({b})") }),
                two.clone().prop_map(|(a, b)| format!("f({a}, n = {b})")),
                inner.clone().prop_map(|a| format!("-({a})")),
                inner.clone().prop_map(|a| format!("(not ({a}))")),
                inner.clone().prop_map(|a| format!("({a})[2]@4h")),
                (two, inner).prop_map(|((a, b), c)| format!("(if {a} then {b} else {c})")),
            ]
        })
    }

    #[test]
    fn random_programs_mean_the_same_when_they_are_printed() {
        let mut read = 0;
        for seed in 0..300_u64 {
            let author = || Author(seed * 104_729);
            for source in [author().program(), author().asking_program(), author().priced_program()]
            {
                let (once, again) = twice(&source);
                assert_eq!(once, again);
                let meaning = compile(&source).meaning;
                assert_eq!(compile(&once).meaning, meaning, "{source}");
                read += usize::from(meaning.is_some());
            }
        }
        assert!(read > 500, "{read}");
    }

    proptest! {
        #[test]
        fn what_is_printed_reads_as_what_was_printed(value in expression()) {
            let (once, again) = twice(&format!("a = {value}"));
            prop_assert_eq!(once, again);
        }

        #[test]
        fn any_text_is_answered(words in prop::collection::vec(
            "[a-z]{1,3}|[0-9]{1,3}|enter long when|\\(|\\)|[-+*/<>=@.,\\[\\]]|\n|\n |\"|#|!|\\PC",
            0..60,
        )) {
            let (statements, _) = parse(&words.join(" "));
            let once = print(&statements);
            let (again, faults) = parse(&once);
            prop_assert!(faults.is_empty(), "{}: {:?}", once, faults);
            prop_assert_eq!(&once, &print(&again));
        }
    }
}
