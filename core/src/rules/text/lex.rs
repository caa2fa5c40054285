//! From characters to words. A line that begins with a blank goes on with the statement before.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::place::Place;
use super::letters::plain;
use super::literal::Literal;
use super::token::{FOREIGN, Kind, SYMBOLS, Token};

/// The longest name, in characters.
const NAME_MAX: usize = 64;

/// All words of the text, the last one [`Kind::End`], and what is no word.
pub(super) fn tokens(source: &str) -> (Vec<Token>, Vec<Diagnostic>) {
    let mut words = Words { tokens: Vec::new(), faults: Vec::new() };
    let margin = lines(source).find_map(indentation).unwrap_or(0);
    let mut end = Place { line: 1, column: 1, length: 0 };
    for (number, line) in (1..).zip(lines(source)) {
        let Some(indentation) = indentation(line) else { continue };
        if indentation <= margin && !words.tokens.is_empty() {
            words.tokens.push(Token { kind: Kind::Newline, place: end });
        }
        let mut cursor = Cursor { chars: line.chars().collect(), at: 0, line: number };
        words.read_line(&mut cursor);
        end = cursor.place(cursor.at, 0);
    }
    words.tokens.push(Token { kind: Kind::End, place: end });
    (words.tokens, words.faults)
}

/// The lines of a text, whatever ends them: LF, CR and LF, or CR alone. A mark of its byte order is
/// none of its words.
fn lines(source: &str) -> impl Iterator<Item = &str> {
    let text = source.strip_prefix('\u{feff}').unwrap_or(source);
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// How many blanks a line begins with; `None` where it says nothing. A text that is set in as a
/// whole, as in a program's source, has its first line for a margin.
fn indentation(line: &str) -> Option<usize> {
    let content = line.trim_start();
    let is_empty = content.is_empty() || content.starts_with('#');
    (!is_empty).then(|| line.chars().take_while(|char| char.is_whitespace()).count())
}

struct Cursor {
    chars: Vec<char>,
    at: usize,
    line: u32,
}

impl Cursor {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn place(&self, start: usize, length: usize) -> Place {
        let column = u32::try_from(start + 1).unwrap_or(u32::MAX);
        Place { line: self.line, column, length: u32::try_from(length).unwrap_or(u32::MAX) }
    }

    fn since(&self, start: usize) -> Place {
        self.place(start, self.at - start)
    }

    /// Goes on while the characters are so; what was passed.
    fn take_while(&mut self, is_so: impl Fn(char) -> bool) -> String {
        let start = self.at;
        while self.peek(0).is_some_and(&is_so) {
            self.at += 1;
        }
        self.chars[start..self.at].iter().collect()
    }

    fn starts_with(&self, symbol: &str) -> bool {
        symbol.chars().zip(0..).all(|(char, ahead)| self.peek(ahead) == Some(char))
    }
}

fn is_digit(char: Option<char>) -> bool {
    char.is_some_and(|char| char.is_ascii_digit())
}

const fn is_name_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || char == '_'
}

struct Words {
    tokens: Vec<Token>,
    faults: Vec<Diagnostic>,
}

impl Words {
    fn read_line(&mut self, cursor: &mut Cursor) {
        loop {
            cursor.take_while(char::is_whitespace);
            match cursor.peek(0) {
                None | Some('#') => return,
                Some('"') => self.text(cursor),
                Some(char) if char.is_ascii_digit() => self.number(cursor),
                Some('.') if is_digit(cursor.peek(1)) => self.number(cursor),
                Some(char) if char.is_alphabetic() || char == '_' => self.name(cursor),
                Some(_) => self.symbol(cursor),
            }
        }
    }

    fn push(&mut self, kind: Kind, place: Place) {
        self.tokens.push(Token { kind, place });
    }

    fn fault(&mut self, place: Place, message: impl Into<String>) {
        self.faults.push(Diagnostic::new(Code::Syntax, place, message));
    }

    fn name(&mut self, cursor: &mut Cursor) {
        let start = cursor.at;
        let name = cursor.take_while(|char| is_name_char(char) || char.is_alphanumeric());
        let place = cursor.since(start);
        let name = self.in_letters_of_names(name, place);
        if name.len() > NAME_MAX {
            let message = format!("a name has at most {NAME_MAX} characters, not {}", name.len());
            self.faults.push(Diagnostic::new(Code::Limit, place, message));
        }
        self.push(Kind::Name(name), place);
    }

    /// The name as it is; of other letters than names have, with those that it was meant to have.
    fn in_letters_of_names(&mut self, name: String, place: Place) -> String {
        let Some(meant) = plain(&name) else {
            if !name.is_ascii() {
                let message = format!("{name} is no name: names are of a to z, 0 to 9 and _");
                self.fault(place, message);
            }
            return name;
        };
        let message = format!("{name} has letters that only look like those of a name");
        self.faults.push(Diagnostic::new(Code::Syntax, place, message).meant(Some(&meant)));
        meant
    }

    fn text(&mut self, cursor: &mut Cursor) {
        let start = cursor.at;
        cursor.at += 1;
        let text = cursor.take_while(|char| char != '"');
        if cursor.peek(0).is_none() {
            let fault = Diagnostic::new(
                Code::Syntax,
                cursor.since(start),
                "this text has no closing quote on its line",
            );
            self.faults.push(fault);
        }
        cursor.at = (cursor.at + 1).min(cursor.chars.len());
        if let Some(unseen) = text.chars().find(|char| is_unseen(*char)) {
            let message =
                format!("a text in quotes holds only what can be seen, and no {unseen:?}");
            self.fault(cursor.since(start), message);
        }
        self.push(Kind::Text(text), cursor.since(start));
    }

    /// A number, a time of day or a timeframe.
    fn number(&mut self, cursor: &mut Cursor) {
        let start = cursor.at;
        let digits = decimal(cursor).replace('_', "");
        let literal = if cursor.peek(0) == Some('%') {
            cursor.at += 1;
            Literal::percent(&digits)
        } else if cursor.peek(0) == Some(':') && is_digit(cursor.peek(1)) {
            cursor.at += 1;
            let minutes = cursor.take_while(|char| char.is_ascii_digit());
            Literal::time(&digits, &minutes).filter(|_| minutes.len() == 2)
        } else if cursor.peek(0).is_some_and(is_name_char) {
            let unit = cursor.take_while(is_name_char);
            return self.push(Kind::Timeframe(digits + &unit), cursor.since(start));
        } else {
            Literal::plain(&digits)
        };
        let place = cursor.since(start);
        match literal {
            Some(literal) => self.push(Kind::Number(literal), place),
            None => self.bad_number(cursor, start, place),
        }
    }

    /// Stands for a number all the same, so that the rest of its line is read.
    fn bad_number(&mut self, cursor: &Cursor, start: usize, place: Place) {
        let shown: String = cursor.chars[start..cursor.at].iter().collect();
        let message = if shown.contains(':') {
            format!("{shown} is no time of day from 0:00 to 24:00")
        } else {
            format!("{shown} is no number")
        };
        self.fault(place, message);
        if let Some(zero) = Literal::plain("0") {
            self.push(Kind::Number(zero), place);
        }
    }

    fn symbol(&mut self, cursor: &mut Cursor) {
        let start = cursor.at;
        if let Some((foreign, here)) =
            FOREIGN.into_iter().find(|(foreign, here)| is_foreign(cursor, foreign, here))
        {
            cursor.at += foreign.len();
            self.foreign(foreign, here, cursor.since(start));
            if here == "#" {
                cursor.at = cursor.chars.len();
            }
            return;
        }
        if let Some(symbol) = SYMBOLS.into_iter().find(|symbol| cursor.starts_with(symbol)) {
            cursor.at += symbol.len();
            return self.push(Kind::Symbol(symbol), cursor.since(start));
        }
        let char = cursor.chars[start];
        cursor.at += 1;
        let place = cursor.since(start);
        if char == ';' {
            return self.semicolon(cursor, place);
        }
        let message = match char {
            '?' => "a ? b : c is written if a then b else c here".to_owned(),
            _ => format!("{char:?} has no meaning here"),
        };
        let fault = Diagnostic::new(Code::Syntax, place, message);
        self.faults.push(fault.meant(meant_by(char)));
    }

    /// Ends a statement in other languages, and what is behind it is read as the next one. What
    /// goes on below does so all the same.
    fn semicolon(&mut self, cursor: &Cursor, place: Place) {
        self.fault(place, "; has no meaning here: a statement ends with its line");
        let rest = cursor.chars[cursor.at..].iter().find(|char| !char.is_whitespace());
        if rest.is_some_and(|char| !matches!(char, '#' | ';')) {
            self.push(Kind::Newline, place);
        }
    }

    /// Tells the word of this language, and goes on as if it stood there.
    fn foreign(&mut self, foreign: &'static str, here: &'static str, place: Place) {
        let word = here.trim_end();
        let message = format!("{foreign} is written {word} here");
        let mut fault = Diagnostic::new(Code::Syntax, place, message);
        here.clone_into(&mut fault.suggestion);
        self.faults.push(fault);
        match SYMBOLS.into_iter().find(|symbol| *symbol == word) {
            Some(symbol) => self.push(Kind::Symbol(symbol), place),
            None if word == "#" => {}
            None => self.push(Kind::Name(word.to_owned()), place),
        }
    }
}

/// `!` begins `!=`, which is of this language.
fn is_foreign(cursor: &Cursor, foreign: &str, here: &str) -> bool {
    cursor.starts_with(foreign) && !(here == "not " && cursor.peek(1) == Some('='))
}

/// What a character of a word processor stands for.
const fn meant_by(char: char) -> Option<&'static str> {
    match char {
        '\u{201c}' | '\u{201d}' | '\u{201e}' | '\'' | '\u{2018}' | '\u{2019}' => Some("\""),
        '\u{2212}' | '\u{2013}' => Some("-"),
        '\u{d7}' => Some("*"),
        '\u{f7}' => Some("/"),
        '\u{2264}' => Some("<="),
        '\u{2265}' => Some(">="),
        '\u{2260}' => Some("!="),
        '{' => Some("("),
        '}' => Some(")"),
        _ => None,
    }
}

/// Digits with at most one point and an exponent; `_` may stand between digits.
fn decimal(cursor: &mut Cursor) -> String {
    let is_part = |char: char| char.is_ascii_digit() || char == '_';
    let mut digits = cursor.take_while(is_part);
    if cursor.peek(0) == Some('.') && is_digit(cursor.peek(1)) {
        cursor.at += 1;
        digits.push('.');
        digits += &cursor.take_while(is_part);
    }
    let signed = usize::from(matches!(cursor.peek(1), Some('+' | '-')));
    if matches!(cursor.peek(0), Some('e' | 'E')) && is_digit(cursor.peek(1 + signed)) {
        digits.extend(&cursor.chars[cursor.at..=cursor.at + signed]);
        cursor.at += 1 + signed;
        digits += &cursor.take_while(is_part);
    }
    digits
}

/// What a reader does not see, or that turns the order in which he reads.
fn is_unseen(char: char) -> bool {
    let turns = matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (char.is_control() && char != '\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(source: &str) -> (Vec<String>, Vec<String>) {
        let (tokens, faults) = tokens(source);
        let tokens = tokens.iter().map(|token| token.kind.shown()).collect();
        (tokens, faults.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn a_line_that_begins_with_a_blank_goes_on_and_comments_are_no_lines() {
        let (tokens, faults) = shown("a = 1\n  + 2 # two\n\n# aside\n  + 3\nb = 9:30");
        let line = "the end of the line";
        assert_eq!(
            tokens,
            ["a", "=", "1", "+", "2", "+", "3", line, "b", "=", "9:30", "the end of the text"]
        );
        assert!(faults.is_empty(), "{faults:?}");
    }

    #[test]
    fn a_text_that_is_set_in_as_a_whole_has_the_margin_of_its_first_line() {
        let (tokens, _) = shown("\n    a = 1\n      + 2\n    b = 3\n");
        assert_eq!(tokens.iter().filter(|token| *token == "the end of the line").count(), 1);
    }

    #[test]
    fn numbers_are_read_with_their_places() {
        let (tokens, faults) = tokens("1_000.5 2e-3 50% .5 14x 4h");
        let read: Vec<_> = tokens.iter().map(|token| (token.kind.shown(), token.place)).collect();
        let at = |column, length| Place { line: 1, column, length };
        let wanted = [
            ("1000.5", at(1, 7)),
            ("2e-3", at(9, 4)),
            ("50%", at(14, 3)),
            (".5", at(18, 2)),
            ("14x", at(21, 3)),
            ("4h", at(25, 2)),
            ("the end of the text", at(27, 0)),
        ];
        assert_eq!(read, wanted.map(|(text, place)| (text.to_owned(), place)));
        assert!(faults.is_empty(), "{faults:?}");
    }

    #[test]
    fn the_signs_of_other_languages_are_told_by_the_words_of_this_one() {
        let (tokens, faults) = shown("a && !b || c != 1");
        assert_eq!(tokens[..8], ["a", "and", "not", "b", "or", "c", "!=", "1"]);
        assert_eq!(
            faults,
            [
                "1:3: SYNTAX && is written and here",
                "1:6: SYNTAX ! is written not here",
                "1:9: SYNTAX || is written or here",
            ]
        );
    }

    #[test]
    fn lines_end_as_they_do_on_any_machine_and_a_mark_of_the_byte_order_is_no_word() {
        let wanted = tokens("a = 1\n\nb = 2\n  + 3\n");
        for text in ["\u{feff}a = 1\r\n\r\nb = 2\r\n  + 3\r\n", "a = 1\r\rb = 2\r  + 3\r"] {
            assert_eq!(tokens(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn each_semicolon_is_told_once() {
        let told = |column| {
            format!("1:{column}: SYNTAX ; has no meaning here: a statement ends with its line")
        };
        let (tokens, faults) = shown("a = 1;; b = 2; # two\n  + 3;\nc = 4");
        assert_eq!(faults[..3], [told(6), told(7), told(14)]);
        assert_eq!(faults.len(), 4);
        let line = "the end of the line";
        let text = "the end of the text";
        assert_eq!(
            tokens,
            ["a", "=", "1", line, "b", "=", "2", "+", "3", line, "c", "=", "4", text]
        );
    }

    #[test]
    fn what_is_no_word_is_told_with_what_may_be_meant() {
        let (_, faults) = shown("a \u{2264} 25:00 ? \"x");
        assert_eq!(
            faults,
            [
                "1:3: SYNTAX '\u{2264}' has no meaning here (did you mean <=?)",
                "1:5: SYNTAX 25:00 is no time of day from 0:00 to 24:00",
                "1:11: SYNTAX a ? b : c is written if a then b else c here",
                "1:13: SYNTAX this text has no closing quote on its line",
            ]
        );
    }
}
