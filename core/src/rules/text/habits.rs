//! What people write who come from other languages, and how it is said here.

/// Words that begin statements elsewhere.
const BEGINNINGS: [(&str, &str); 16] = [
    (
        "if",
        "orders say when, as in enter long when a > b, and a value is x = if a > b then a else b",
    ),
    ("else", "a value is x = if a > b then a else b"),
    ("for", "a fold goes over numbers, as in x = sum k from 1 to 5 of close[k]"),
    ("while", "nothing is repeated: a definition has one value a bar, and a past, x[1]"),
    ("var", "a definition keeps its own past, as in x = default(x[1] + 1, 0)"),
    ("let", "a definition is x = … alone"),
    ("const", "a definition is x = … alone"),
    ("float", "a definition is x = … alone"),
    ("int", "a definition is x = … alone"),
    ("bool", "a definition is x = … alone"),
    ("input", "a parameter is param x = 10 from 5 to 50"),
    ("function", "a function is def f(x) = …"),
    ("plot", "nothing is drawn by the text: a run shows its definitions by name"),
    ("buy", "it is enter long when …"),
    ("sell", "it is exit long when …, or enter short when …"),
    ("indicator", "a text is named by strategy \"Name\""),
];

/// Functions that stand behind a point elsewhere, by what stands before it.
const OWNERS: [(&str, &str); 7] = [
    ("input", "a parameter is a statement, param x = 10 from 5 to 50"),
    ("request", "a value of longer bars is e@1d, and one of another market e@NAME"),
    ("strategy", "orders are statements, such as enter long when … and exit long when …"),
    ("syminfo", "a text does not know what it is run on"),
    ("ta", ""),
    ("math", ""),
    ("talib", ""),
];

/// How that beginning of a statement is said here.
pub(super) fn beginning(word: &str) -> Option<&'static str> {
    BEGINNINGS.iter().find(|(known, _)| *known == word).map(|(_, here)| *here)
}

/// How a call behind a point is said here: what to say, and what to put in its place.
pub(super) fn call_behind(owner: Option<&str>, name: &str) -> (String, String) {
    let known = OWNERS.iter().find(|(known, _)| Some(*known) == owner);
    let own = |name: &str| name.to_lowercase();
    match known {
        Some((_, "")) => {
            let name = own(name);
            (format!("functions have no owner here: {name}(…)"), name)
        }
        Some((owner, here)) => {
            (format!("there is no {owner}.{name}(…) here: {here}"), String::new())
        }
        None => {
            let message =
                format!("there is no .{name}(…) here: a function stands before its arguments");
            (message, String::new())
        }
    }
}

/// The most characters of a value that a message repeats.
const REPEATED_MAX: usize = 60;

/// How a statement that holds at each bar is said with a condition.
pub(super) fn without_when(head: &str, value: &str, condition: &str) -> String {
    let is_short = |text: &str| text.chars().count() <= REPEATED_MAX;
    let shown = |text: &str| if is_short(text) { text.to_owned() } else { "…".to_owned() };
    let (value, condition) = (shown(value), shown(condition));
    let said = format!("{head} if {condition} then {value} else");
    let (about, otherwise) = match head.split(' ').next() {
        Some("weight") => (
            "a weight is what is held at each bar",
            format!("{said} 0 holds nothing where it is false, and else none leaves what is held"),
        ),
        Some("size") => (
            "a size is that of every entry",
            format!(
                "{said} none buys nothing where it is false; one entry has its own by \
                     enter … when {condition} {head} {value}"
            ),
        ),
        _ => (
            "a level is there as long as its position",
            format!("{said} none has none where it is false, or stays where it is if it moves"),
        ),
    };
    format!("{about}, and has no when: {otherwise}")
}

/// How a word that is found behind a value is said here, to go on a message with.
pub(super) fn between(word: &str) -> String {
    let known = BETWEEN.iter().find(|(known, _)| *known == word);
    known.map_or_else(String::new, |(_, here)| format!(": it is written {here}"))
}

/// What stands between two values elsewhere and is a function here.
const BETWEEN: [(&str, &str); 6] = [
    ("crosses", "crosses_above(a, b), crosses_below(a, b) or crosses(a, b)"),
    ("cross", "crosses_above(a, b), crosses_below(a, b) or crosses(a, b)"),
    ("crosses_above", "crosses_above(a, b)"),
    ("crosses_below", "crosses_below(a, b)"),
    ("above", "a > b, or crosses_above(a, b)"),
    ("below", "a < b, or crosses_below(a, b)"),
];
