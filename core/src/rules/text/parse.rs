//! From words to statements. After an error reading goes on at the next statement, so that one
//! answer names the mistakes of all.

use std::collections::HashSet;

use super::super::diagnostic::{Code, Diagnostic};
use super::super::place::Place;
use super::ast::{Name, Statement, StatementKind};
use super::habits::between;
use super::lex::tokens;
use super::statement::STATEMENT_WORDS;
use super::token::{Kind, Token};
use crate::rules::limits::{DEPTH_MAX, SOURCE_BYTES_MAX, STATEMENTS_MAX};
use crate::spelling::nearest;

/// What a rule of the grammar comes to; what is wrong is noted in the parser, and the statement at
/// hand is given up.
pub(super) type Read<T> = Result<T, Unreadable>;

/// The statement at hand cannot be read; the reason is noted.
#[derive(Debug)]
pub(super) struct Unreadable;

/// All statements that can be read, and what is wrong with the others, by place.
pub(in crate::rules) fn parse(source: &str) -> (Vec<Statement>, Vec<Diagnostic>) {
    if source.len() > SOURCE_BYTES_MAX {
        let message =
            format!("a text has at most {SOURCE_BYTES_MAX} bytes, but this has {}", source.len());
        let place = Place { line: 1, column: 1, length: 0 };
        return (Vec::new(), vec![Diagnostic::new(Code::Limit, place, message)]);
    }
    let (tokens, faults) = tokens(source);
    let (lost, has_told_set_in) = (Vec::new(), false);
    let mut parser = Parser { tokens, next: 0, depth: 0, faults, lost, has_told_set_in };
    let mut statements = parser.statements();
    statements.extend(stand_ins(&statements, std::mem::take(&mut parser.lost)));
    parser.faults.sort_by_key(|fault| fault.place);
    (statements, parser.faults)
}

/// What could not be read, by the names that it defines: that they are there is known, and one
/// mistake is told once.
fn stand_ins(statements: &[Statement], lost: Vec<Name>) -> Vec<Statement> {
    let name_of = |statement: &Statement| match &statement.kind {
        StatementKind::Definition { name, .. } | StatementKind::Function { name, .. } => {
            Some(name.text.clone())
        }
        StatementKind::Param(param) => Some(param.name.text.clone()),
        _ => None,
    };
    let mut known: HashSet<String> = statements.iter().filter_map(name_of).collect();
    let lost = lost.into_iter().filter(|name| known.insert(name.text.clone()));
    let stand_in = |name: Name| Statement { place: name.place, kind: StatementKind::Unread(name) };
    lost.map(stand_in).collect()
}

pub(super) struct Parser {
    /// Never empty; the last is `End` and is never passed.
    tokens: Vec<Token>,
    next: usize,
    depth: u16,
    faults: Vec<Diagnostic>,
    /// Names that are defined by what could not be read.
    lost: Vec<Name>,
    has_told_set_in: bool,
}

impl Parser {
    fn statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        while *self.peek() != Kind::End {
            if self.take_if(&Kind::Newline) {
                continue;
            }
            if statements.len() == STATEMENTS_MAX {
                let message = format!("a text has at most {STATEMENTS_MAX} statements");
                self.faults.push(Diagnostic::new(Code::Limit, self.place(), message));
                break;
            }
            self.depth = 0;
            let first = self.next;
            let read = if self.has_other_letters() {
                Err(Unreadable)
            } else {
                self.statement().and_then(|statement| self.end_of(statement))
            };
            if let Ok(statement) = read {
                statements.push(statement);
                continue;
            }
            self.lost.extend(self.defined_at(first).filter(|name| name.text.is_ascii()));
            if self.next > first && self.is_closed(first) && self.is_set_in() {
                self.tell_set_in();
            } else {
                self.skip_statement();
            }
        }
        statements
    }

    /// Whether the statement at hand has a name of other letters, which was told as it was read.
    fn has_other_letters(&self) -> bool {
        let words = self.tokens[self.next..].iter().map(|token| &token.kind);
        let mut words = words.take_while(|kind| !matches!(kind, Kind::End | Kind::Newline));
        words.any(|kind| matches!(kind, Kind::Name(name) if !name.is_ascii()))
    }

    /// Whether all brackets are closed that were opened from that word on.
    fn is_closed(&self, first: usize) -> bool {
        let count = |symbol| {
            let words = self.tokens[first..self.next].iter();
            words.filter(|token| token.kind == Kind::Symbol(symbol)).count()
        };
        count("(") <= count(")") && count("[") <= count("]")
    }

    /// Whether the next word begins a line that is set in, and would begin a statement if it were
    /// not.
    pub(super) fn is_set_in(&self) -> bool {
        let is_first = self.place().line > self.place_before().line;
        let is_defined = *self.peek_second() == Kind::Symbol("=");
        let begins = |name: &String| is_defined || STATEMENT_WORDS.contains(&name.as_str());
        is_first && matches!(self.peek(), Kind::Name(name) if begins(name))
    }

    /// Tells that a line is set in; of all the lines of a text that are so, once.
    fn tell_set_in(&mut self) {
        if std::mem::replace(&mut self.has_told_set_in, true) {
            return;
        }
        let message = format!(
            "a line that begins with a blank or a tab goes on with the statement above: {} begins \
             one of its own, and stands at the margin",
            self.peek().shown()
        );
        self.faults.push(Diagnostic::new(Code::Syntax, self.place(), message));
    }

    fn end_of(&mut self, statement: Statement) -> Read<Statement> {
        match self.peek() {
            Kind::End | Kind::Newline => Ok(statement),
            // It is whole; what follows is read as the next one.
            Kind::Name(_) if self.is_set_in() => {
                self.tell_set_in();
                Ok(statement)
            }
            _ => Err(self.expected("an operator or the end of the line")),
        }
    }

    /// What the statement that begins with that word seems to define: `x = …`, `param x …` however
    /// it is spelt, or what other languages write, `let x = …`, `function f(…)`.
    fn defined_at(&self, first: usize) -> Option<Name> {
        let kind = |place: usize| self.tokens.get(place).map(|token| &token.kind);
        let place = match (kind(first)?, kind(first + 1)?) {
            (Kind::Name(_), Kind::Symbol("=" | "==")) => first,
            (Kind::Name(word), Kind::Name(_)) => {
                let meant = nearest(word, STATEMENT_WORDS);
                let names = matches!(meant, Some("param" | "def" | "market" | "aux"));
                let has_value = matches!(kind(first + 2), Some(Kind::Symbol("=" | "(")));
                (names || has_value).then_some(first + 1)?
            }
            _ => return None,
        };
        let Token { kind: Kind::Name(text), place } = &self.tokens[place] else { return None };
        Some(Name { text: text.clone(), place: *place })
    }

    fn skip_statement(&mut self) {
        while !matches!(self.peek(), Kind::End | Kind::Newline) {
            self.take();
        }
    }

    pub(super) fn peek(&self) -> &Kind {
        &self.tokens[self.next].kind
    }

    /// The word after the next.
    pub(super) fn peek_second(&self) -> &Kind {
        &self.tokens[(self.next + 1).min(self.tokens.len() - 1)].kind
    }

    /// Where the next word stands.
    pub(super) fn place(&self) -> Place {
        self.tokens[self.next].place
    }

    /// Where the word before stood.
    pub(super) fn place_before(&self) -> Place {
        self.tokens[self.next.saturating_sub(1)].place
    }

    pub(super) fn take(&mut self) -> Token {
        let token = self.tokens[self.next].clone();
        self.next = (self.next + 1).min(self.tokens.len() - 1);
        token
    }

    pub(super) fn take_if(&mut self, kind: &Kind) -> bool {
        let is_there = self.peek() == kind;
        if is_there {
            self.take();
        }
        is_there
    }

    pub(super) fn take_symbol(&mut self, symbol: &'static str) -> bool {
        self.take_if(&Kind::Symbol(symbol))
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Kind::Name(name) if name == word)
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let is_there = self.is_word(word);
        if is_there {
            self.take();
        }
        is_there
    }

    pub(super) fn symbol(&mut self, symbol: &'static str) -> Read<()> {
        if self.take_symbol(symbol) { Ok(()) } else { Err(self.expected(symbol)) }
    }

    /// One of the words that belong here. A misspelt one is told and taken for what was meant, so
    /// that the rest of its line is read, too.
    pub(super) fn one_of(&mut self, expected: &str, words: &[&'static str]) -> Read<&'static str> {
        let Kind::Name(found) = self.peek() else { return Err(self.expected(expected)) };
        if let Some(word) = words.iter().find(|word| *word == found) {
            self.take();
            return Ok(word);
        }
        let meant = nearest(found, words.iter().copied());
        let message = format!("expected {expected}, found {found}{}", between(found));
        let fault = Diagnostic::new(Code::Syntax, self.place(), message).meant(meant);
        self.faults.push(fault);
        let word = words.iter().find(|word| Some(**word) == meant).ok_or(Unreadable)?;
        self.take();
        Ok(word)
    }

    /// The keyword that belongs here.
    pub(super) fn word(&mut self, word: &'static str) -> Read<()> {
        self.one_of(word, &[word]).map(|_| ())
    }

    pub(super) fn name(&mut self, expected: &str) -> Read<Name> {
        let Kind::Name(text) = self.peek().clone() else { return Err(self.expected(expected)) };
        Ok(Name { text, place: self.take().place })
    }

    pub(super) fn text(&mut self, expected: &str) -> Read<String> {
        let Kind::Text(text) = self.peek().clone() else { return Err(self.expected(expected)) };
        self.take();
        Ok(text)
    }

    pub(super) fn optional_text(&mut self) -> Option<String> {
        matches!(self.peek(), Kind::Text(_)).then(|| self.text("a text")).and_then(Result::ok)
    }

    /// Notes that something else belongs here.
    pub(super) fn expected(&mut self, expected: &str) -> Unreadable {
        let before = self.tokens.get(self.next.saturating_sub(1)).map(|token| &token.kind);
        let hint = match (self.peek(), before) {
            (Kind::Name(found), _) => between(found),
            (Kind::Symbol(","), Some(Kind::Number(_))) => {
                ": numbers are written 1_000 and 0.5".to_owned()
            }
            _ => String::new(),
        };
        let message = format!("expected {expected}, found {}{hint}", self.peek().shown());
        self.fault(Diagnostic::new(Code::Syntax, self.place(), message))
    }

    pub(super) fn fault(&mut self, fault: Diagnostic) -> Unreadable {
        self.faults.push(fault);
        Unreadable
    }

    /// Reads what lies one level deeper.
    pub(super) fn deeper<T>(&mut self, read: impl FnOnce(&mut Self) -> Read<T>) -> Read<T> {
        if self.depth == DEPTH_MAX {
            let message = format!("expressions lie at most {DEPTH_MAX} levels within one another");
            return Err(self.fault(Diagnostic::new(Code::Limit, self.place(), message)));
        }
        self.depth += 1;
        let value = read(self);
        self.depth -= 1;
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(source: &str) -> Vec<String> {
        parse(source).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn each_statement_tells_its_own_mistake_and_the_others_are_read() {
        let source = "a = 1 +\nentr long when b\nexit long wen a > 1\nb = (1\nc = 2\nsize equty 5%";
        let (statements, _) = parse(source);
        // Four, and the two definitions that could not be read: their names are known.
        assert_eq!(statements.len(), 6);
        assert_eq!(
            faults(source),
            [
                "1:8: SYNTAX expected a value, found the end of the line",
                "2:1: SYNTAX entr begins no statement (did you mean enter?)",
                "3:11: SYNTAX expected when, found wen (did you mean when?)",
                "4:7: SYNTAX expected ), found the end of the line",
                "6:6: SYNTAX expected equity, risk, notional or quantity, found equty (did you \
                 mean equity?)",
            ]
        );
    }

    #[test]
    fn a_text_of_four_hundred_mistakes_is_read_to_its_limit() {
        let source = "x = )\n".repeat(400);
        assert_eq!(faults(&source).len(), 400);
        let source = "x = 1\n".repeat(400);
        assert_eq!(faults(&source), ["201:1: LIMIT a text has at most 200 statements"]);
    }

    #[test]
    fn depth_is_bounded_whichever_way_it_grows() {
        let nested = format!("a = {}1{}", "(".repeat(100), ")".repeat(100));
        let negated = format!("a = {}1", "-".repeat(1_000));
        let chained = format!("a = 1{}", " + 1".repeat(2_000));
        let past = format!("a = close{}", "[1]".repeat(2_000));
        for source in [nested, negated, chained, past] {
            let faults = faults(&source);
            assert_eq!(faults.len(), 1, "{faults:?}");
            assert!(faults[0].contains("LIMIT"), "{faults:?}");
        }
    }

    #[test]
    fn a_longer_text_is_refused_before_it_is_read() {
        let source = "#".repeat(SOURCE_BYTES_MAX + 1);
        assert_eq!(
            faults(&source),
            ["1:1: LIMIT a text has at most 16384 bytes, but this has 16385"]
        );
    }
}
