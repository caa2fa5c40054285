//! From the words of a filter to its tree: one function a rule of the grammar.

use super::ast::{Comparison, Field, Filter, Op, Value};
use super::error::{FilterError, Problem};
use super::token::{KEYWORDS, Kind, Token, tokens};

/// The longest filter, in bytes.
const LENGTH_MAX: usize = 4_096;
/// Parentheses and NOTs within one another; the parser recurses once for each.
const DEPTH_MAX: usize = 32;

/// Reads a filter; `None` where the text is empty, which filters nothing.
///
/// # Errors
///
/// What is wrong first, with its place and what should stand there.
pub fn parse(text: &str) -> Result<Option<Filter>, FilterError> {
    check_length(text)?;
    let mut parser = Parser { tokens: tokens(text)?, next: 0, depth: 0 };
    if parser.peek().kind == Kind::End {
        return Ok(None);
    }
    let filter = parser.all()?;
    match &parser.peek().kind {
        Kind::End => Ok(Some(filter)),
        _ => Err(parser.expected("AND, OR or the end")),
    }
}

pub(super) fn check_length(text: &str) -> Result<(), FilterError> {
    if text.len() <= LENGTH_MAX {
        return Ok(());
    }
    let problem = Problem::TooMuch { limit: LENGTH_MAX, of: "bytes" };
    Err(FilterError { position: 0, problem })
}

struct Parser {
    /// Never empty; the last is `End` and is never passed.
    tokens: Vec<Token>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn peek(&self) -> &Token {
        &self.tokens[self.next]
    }

    fn take(&mut self) -> Token {
        let token = self.tokens[self.next].clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is_there = self.peek().kind.is_word(word);
        if is_there {
            self.take();
        }
        is_there
    }

    fn expected(&self, expected: &'static str) -> FilterError {
        let Token { kind, place, .. } = self.peek();
        FilterError::at(*place, Problem::Expected { expected, found: kind.shown() })
    }

    fn all(&mut self) -> Result<Filter, FilterError> {
        let mut filters = vec![self.any()?];
        while self.take_word("AND") {
            filters.push(self.any()?);
        }
        Ok(single_or(filters, Filter::All))
    }

    fn any(&mut self) -> Result<Filter, FilterError> {
        let mut filters = vec![self.term()?];
        while self.take_word("OR") {
            filters.push(self.term()?);
        }
        Ok(single_or(filters, Filter::Any))
    }

    fn term(&mut self) -> Result<Filter, FilterError> {
        if self.depth == DEPTH_MAX {
            let problem = Problem::TooMuch { limit: DEPTH_MAX, of: "levels" };
            return Err(FilterError::at(self.peek().place, problem));
        }
        self.depth += 1;
        let filter = if self.take_word("NOT") {
            Filter::Not(Box::new(self.term()?))
        } else if self.peek().kind == Kind::Open {
            self.take();
            let inner = self.all()?;
            if self.peek().kind != Kind::Close {
                return Err(self.expected("AND, OR or )"));
            }
            self.take();
            inner
        } else {
            Filter::Compare(self.comparison()?)
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn comparison(&mut self) -> Result<Comparison, FilterError> {
        let field = self.field()?;
        let op = self.op()?;
        let value = self.value()?;
        Ok(Comparison { field, op, value })
    }

    /// Words and texts that touch make up one path; dots part words, never texts.
    fn field(&mut self) -> Result<Field, FilterError> {
        let place = self.peek().place;
        let mut path = vec![String::new()];
        loop {
            let token = self.peek();
            if !path.concat().is_empty() && !token.touches {
                break;
            }
            match &token.kind {
                Kind::Word(word) if !is_keyword(&token.kind) => extend(&mut path, word),
                Kind::Text(text) if path.last().is_some_and(String::is_empty) => {
                    if let Some(part) = path.last_mut() {
                        part.push_str(text);
                    }
                }
                _ => break,
            }
            self.take();
        }
        if path.iter().any(String::is_empty) {
            return Err(self.expected("a field such as state or labels.NAME"));
        }
        Ok(Field { path, place })
    }

    fn op(&mut self) -> Result<Op, FilterError> {
        let Kind::Op(op) = self.peek().kind else {
            return Err(self.expected("one of = != < <= > >="));
        };
        self.take();
        Ok(op)
    }

    fn value(&mut self) -> Result<Value, FilterError> {
        let is_value = !is_keyword(&self.peek().kind);
        match self.peek() {
            Token { kind: Kind::Word(text) | Kind::Text(text), place, .. } if is_value => {
                let value = Value { text: text.clone(), place: *place };
                self.take();
                Ok(value)
            }
            _ => Err(self.expected("a value")),
        }
    }
}

fn is_keyword(kind: &Kind) -> bool {
    KEYWORDS.iter().any(|word| kind.is_word(word))
}

/// Appends a word to a path: what stands before its first dot belongs to the last part.
fn extend(path: &mut Vec<String>, word: &str) {
    let mut parts = word.split('.');
    if let (Some(first), Some(last)) = (parts.next(), path.last_mut()) {
        last.push_str(first);
    }
    path.extend(parts.map(str::to_owned));
}

fn single_or(mut filters: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    if filters.len() == 1 { filters.remove(0) } else { many(filters) }
}

#[cfg(test)]
mod tests {
    use super::super::ast::Place;
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Filter {
        parse(text).unwrap().unwrap()
    }

    fn refusal(text: &str) -> String {
        parse(text).unwrap_err().to_string()
    }

    #[test]
    fn or_binds_tighter_than_and_and_not_tighter_than_both() {
        assert_eq!(read("a=1 AND b=2 OR c=3"), read("a = 1 AND (b = 2 OR c = 3)"));
        assert_eq!(read("NOT a=1 OR b=2"), read("(NOT a=1) OR b=2"));
        assert_ne!(read("a=1 AND b=2 OR c=3"), read("(a=1 AND b=2) OR c=3"));
    }

    #[test]
    fn and_or_and_not_are_understood_in_any_case() {
        let expected = read("a=1 AND NOT b=2 OR c=3");
        assert_eq!(read("a=1 and not b=2 or c=3"), expected);
        assert_eq!(read("a=1 And Not b=2 oR c=3"), expected);
        assert_eq!(read("a = 'or' and b = \"not\"").to_string(), "a = \"or\" AND b = \"not\"");
    }

    #[test]
    fn two_equal_signs_mean_one() {
        assert_eq!(read("state == COMPLETED").to_string(), "state = COMPLETED");
    }

    #[test]
    fn values_are_words_or_texts() {
        let value = |text: &str| match read(text) {
            Filter::Compare(comparison) => comparison.value.text,
            other => panic!("{other}"),
        };
        assert_eq!(value("t >= 2026-01-01T00:00:00Z"), "2026-01-01T00:00:00Z");
        assert_eq!(value("x<-1.5e-3"), "-1.5e-3");
        assert_eq!(value(r#"x = "say \"AND\" \\""#), r#"say "AND" \"#);
        assert_eq!(value("x = 'AND'"), "AND");
        assert_eq!(value("x = ''"), "");
    }

    #[test]
    fn fields_are_dotted_paths_with_quoted_parts() {
        let path = |text: &str| match read(text) {
            Filter::Compare(comparison) => comparison.field.path,
            other => panic!("{other}"),
        };
        assert_eq!(path("labels.desk = x"), ["labels", "desk"]);
        assert_eq!(path(r#"labels."a.b c" = x"#), ["labels", "a.b c"]);
        assert_eq!(path(r#"labels."a b".c = x"#), ["labels", "a b", "c"]);
    }

    #[test]
    fn nothing_filters_nothing() {
        assert_eq!(parse(""), Ok(None));
        assert_eq!(parse(" \n "), Ok(None));
    }

    #[test]
    fn what_is_wrong_is_said_with_its_place() {
        let refused = [
            ("a", "at character 2: expected one of = != < <= > >=, found the end"),
            ("a =", "at character 4: expected a value, found the end"),
            ("a = AND", "at character 5: expected a value, found AND"),
            ("a = 1 & b = 2", "at character 7: expected AND, OR or the end, found &"),
            (
                "a = 1 and",
                "at character 10: expected a field such as state or labels.NAME, found the end",
            ),
            ("(a = 1", "at character 7: expected AND, OR or ), found the end"),
            ("a = 1)", "at character 6: expected AND, OR or the end, found )"),
            ("a. = 1", "at character 4: expected a field such as state or labels.NAME, found ="),
            ("ä = 'x", "at character 5: this text has no closing '"),
            (
                "a ! 1",
                "at character 3: expected a word, a quote, an operator or a parenthesis, found '!'",
            ),
        ];
        for (text, message) in refused {
            assert_eq!(refusal(text), message, "{text}");
        }
    }

    #[test]
    fn depth_and_length_have_limits() {
        let nested = |depth: usize| format!("{}a=1{}", "(".repeat(depth), ")".repeat(depth));
        assert!(parse(&nested(DEPTH_MAX - 1)).is_ok());
        assert!(refusal(&nested(DEPTH_MAX)).contains("at most 32 levels"));
        assert!(refusal(&"NOT ".repeat(40)).contains("at most 32 levels"));
        assert!(refusal(&"x".repeat(5_000)).contains("at most 4096 bytes"));
    }

    fn any_filter() -> impl Strategy<Value = Filter> {
        let text = || prop_oneof!["[a-z0-9_.-]{1,8}", "\\PC{1,6}", "[Aa][Nn][Dd]|[Oo][Rr]"];
        let ops = prop::sample::select(vec![
            Op::Equal,
            Op::NotEqual,
            Op::Less,
            Op::LessOrEqual,
            Op::Greater,
            Op::GreaterOrEqual,
        ]);
        let leaf =
            (prop::collection::vec(text(), 1..3), ops, text()).prop_map(|(path, op, text)| {
                let field = Field { path, place: Place::default() };
                let value = Value { text, place: Place::default() };
                Filter::Compare(Comparison { field, op, value })
            });
        leaf.prop_recursive(4, 16, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::All),
                prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Any),
                inner.prop_map(|inner| Filter::Not(Box::new(inner))),
            ]
        })
    }

    proptest! {
        #[test]
        fn printing_and_parsing_is_the_identity(filter in any_filter()) {
            prop_assert_eq!(parse(&filter.to_string()), Ok(Some(filter)));
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*") {
            _ = parse(&text);
        }

        #[test]
        fn no_heap_of_words_makes_it_panic(
            words in prop::collection::vec(
                prop::sample::select(
                    vec!["a", "AND", "OR", "NOT", "(", ")", "=", "<", "'", "\"", "\\", ".", ","],
                ),
                0..60,
            ),
        ) {
            _ = parse(&words.concat());
        }
    }
}
