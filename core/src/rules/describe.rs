//! The language as it is told to whoever writes in it.

use super::language::{FUNCTIONS, Fact, PRELUDE, Source, Wanted};
use super::strategy::LANGUAGE;
use super::text::{StatementKind, expr_text, parse};

/// A function, or a name that has a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionText {
    /// As it is written.
    pub name: String,
    /// With its arguments.
    pub signature: String,
    /// What it is, in a sentence.
    pub description: String,
    /// What it belongs to.
    pub category: String,
    /// What it abbreviates; empty for what is computed as it is.
    pub definition: String,
}

/// All that there is to know to write in it.
#[derive(Clone, Debug)]
pub struct Language {
    /// Its name and version.
    pub name: &'static str,
    /// Functions and names that have a value, by name.
    pub functions: Vec<FunctionText>,
    /// The words of statements and expressions.
    pub keywords: &'static [&'static str],
    /// What is written in the language itself.
    pub prelude: &'static str,
}

const KEYWORDS: &[&str] = &[
    "strategy", "market", "aux", "param", "from", "to", "step", "of", "in", "require", "sides",
    "def", "enter", "add", "exit", "long", "short", "at", "limit", "stop", "when", "for", "bars",
    "max", "size", "equity", "risk", "notional", "quantity", "part", "follow", "move", "target",
    "weight", "if", "then", "else", "and", "or", "not", "sum", "product", "min", "all", "any",
    "count", "true", "false", "none", "tick",
];

/// The language.
pub fn describe() -> Language {
    let mut functions: Vec<FunctionText> = kernels().chain(names()).chain(prelude()).collect();
    functions.sort_by(|one, other| one.name.cmp(&other.name));
    Language { name: LANGUAGE, functions, keywords: KEYWORDS, prelude: PRELUDE }
}

fn kernels() -> impl Iterator<Item = FunctionText> {
    FUNCTIONS.iter().map(|function| {
        let arguments: Vec<String> = function
            .arguments
            .iter()
            .map(|argument| match (argument.default, argument.wanted) {
                (Some(default), Wanted::Bars { .. } | Wanted::Constant { .. }) => {
                    format!("{} = {default}", argument.name)
                }
                _ => argument.name.to_owned(),
            })
            .collect();
        let more = if function.is_open { ", …" } else { "" };
        FunctionText {
            name: function.name.to_owned(),
            signature: format!("{}({}{more})", function.name, arguments.join(", ")),
            description: function.description.to_owned(),
            category: function.category.to_owned(),
            definition: String::new(),
        }
    })
}

fn names() -> impl Iterator<Item = FunctionText> {
    let value = |(name, says): (&str, &str), category: &str| FunctionText {
        name: name.to_owned(),
        signature: name.to_owned(),
        description: says.to_owned(),
        category: category.to_owned(),
        definition: String::new(),
    };
    let sources = Source::ALL.iter().map(move |(_, name, says)| value((name, says), "bar"));
    sources.chain(Fact::ALL.iter().map(move |(_, name, says)| value((name, says), "account")))
}

/// The prelude tells each definition in the line above it, and its category in a headline.
fn prelude() -> impl Iterator<Item = FunctionText> {
    let (mut category, mut says) = ("", "");
    PRELUDE.lines().filter_map(move |line| {
        if let Some(headline) = line.strip_prefix("## ") {
            category = headline;
            return None;
        }
        if let Some(comment) = line.strip_prefix("# ") {
            says = comment;
            return None;
        }
        let (statements, _) = parse(line);
        let (name, signature, value) = match &statements.first()?.kind {
            StatementKind::Definition { name, value } => (name, name.text.clone(), value),
            StatementKind::Function { name, arguments, value } => {
                let arguments: Vec<_> = arguments.iter().map(|name| name.text.as_str()).collect();
                (name, format!("{}({})", name.text, arguments.join(", ")), value)
            }
            _ => return None,
        };
        Some(FunctionText {
            name: name.text.clone(),
            signature,
            description: says.to_owned(),
            category: category.to_owned(),
            definition: expr_text(value),
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_that_has_a_value_is_told_once_with_what_it_is() {
        let functions = describe().functions;
        for pair in functions.windows(2) {
            assert!(pair[0].name < pair[1].name, "{} stands twice", pair[0].name);
        }
        for function in &functions {
            let FunctionText { name, description, category, .. } = function;
            assert!(description.ends_with('.') && !category.is_empty(), "{name}");
        }
        let find = |name| functions.iter().find(|function| function.name == name).unwrap();
        assert_eq!(find("sma").definition, "sum(x, n) / n");
        assert_eq!(find("kama").signature, "kama(x, n, fast = 2, slow = 30)");
    }
}
