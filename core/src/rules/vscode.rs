//! The grammar by which editors colour a text, in `clients/vscode`: made of the language's own
//! tables.

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use serde_json::{Value, json};

    use super::super::describe::{Language, describe};

    /// What in an expression binds, chooses or is a value, of all keywords; the others belong to
    /// statements.
    const OPERATORS: &[&str] = &["and", "or", "not", "if", "then", "else"];
    const CONSTANTS: &[&str] = &["true", "false", "none"];

    fn words<'w>(words: impl Iterator<Item = &'w str>) -> String {
        let mut words: Vec<_> = words.map(|word| word.replace('.', r"\.")).collect();
        // Of two that begin alike the longer one first.
        words.sort_by_key(|word| (std::cmp::Reverse(word.len()), word.clone()));
        words.join("|")
    }

    const SCHEMA: &str = "https://raw.githubusercontent.com/martinring/tmlanguage/master/\
                          tmlanguage.json";

    fn pattern(name: &str, matches: &str) -> Value {
        json!({ "name": format!("{name}.tradeforge-rules"), "match": matches })
    }

    fn grammar(language: &Language) -> Value {
        let is_function = |signature: &str| signature.contains('(');
        let functions = language.functions.iter().filter(|it| is_function(&it.signature));
        let values = language.functions.iter().filter(|it| !is_function(&it.signature));
        let is_statement = |word: &&str| !OPERATORS.contains(word) && !CONSTANTS.contains(word);
        let statements = words(language.keywords.iter().copied().filter(is_statement));
        let functions = words(functions.map(|function| function.name.as_str()));
        let values = words(values.map(|value| value.name.as_str()));
        let operators = words(OPERATORS.iter().copied());
        let constants = words(CONSTANTS.iter().copied());
        json!({
            "$schema": SCHEMA,
            "name": "TradeForge rules",
            "scopeName": "source.tradeforge-rules",
            "patterns": [
                pattern("comment.line.number-sign", "#.*$"),
                pattern("string.quoted.double", "\"[^\"]*\"?"),
                pattern("constant.numeric.time", r"\b[0-9]{1,2}:[0-9]{2}\b"),
                pattern("storage.modifier.timeframe", r"@\s*[0-9]+[A-Za-z]+\b"),
                pattern("constant.numeric", r"\b[0-9][0-9_]*(\.[0-9_]+)?([eE][+-]?[0-9]+)?%?"),
                {
                    "match": r"^\s*(param|def|market|aux)\s+([A-Za-z_][A-Za-z0-9_]*)",
                    "captures": {
                        "1": { "name": "keyword.control.tradeforge-rules" },
                        "2": { "name": "variable.parameter.tradeforge-rules" }
                    }
                },
                {
                    "match": r"^([A-Za-z_][A-Za-z0-9_]*)\s*=(?!=)",
                    "captures": { "1": { "name": "entity.name.variable.tradeforge-rules" } }
                },
                pattern("support.function", &format!(r"\b({functions})\b(?=\s*\()")),
                pattern("support.variable", &format!(r"\b({values})\b")),
                pattern("keyword.operator.word", &format!(r"\b({operators})\b")),
                pattern("constant.language", &format!(r"\b({constants})\b")),
                pattern("keyword.control", &format!(r"\b({statements})\b")),
                pattern("keyword.operator", r"[-+*/^<>=!@\[\].,()]")
            ]
        })
    }

    fn file() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../clients/vscode/syntaxes/tradeforge-rules.tmLanguage.json")
    }

    #[test]
    fn the_grammar_of_editors_is_that_of_the_language() {
        let made = serde_json::to_string_pretty(&grammar(&describe())).unwrap() + "\n";
        if std::env::var_os("TRADEFORGE_RENEW_DOCS").is_some() {
            fs::write(file(), &made).unwrap();
        }
        let written = fs::read_to_string(file()).unwrap_or_default();
        assert!(written == made, "{} is stale: `make docs` writes it anew", file().display());
    }

    #[test]
    fn every_keyword_has_a_colour_and_operators_are_keywords() {
        let language = describe();
        for word in OPERATORS.iter().chain(CONSTANTS) {
            assert!(language.keywords.contains(word), "{word}");
        }
        let made = grammar(&language).to_string();
        for word in language.keywords {
            assert!(made.contains(word), "{word}");
        }
        for function in &language.functions {
            assert!(made.contains(&function.name.replace('.', r"\\.")), "{}", function.name);
        }
    }
}
