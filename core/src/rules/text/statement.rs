//! Statements: one function each.

use super::super::diagnostic::{Code, Diagnostic};
use super::ast::{
    Amount, AmountKind, Entry, EntryPrice, Expr, Mode, Name, Param, ParamRange, Statement,
    StatementKind, Verb,
};
use super::habits::{beginning, without_when};
use super::parse::{Parser, Read};
use super::print::expr;
use super::token::Kind;
use crate::spelling::nearest;
use crate::trading::Side;

/// The words that begin a statement, besides the names that are defined.
pub(super) const STATEMENT_WORDS: [&str; 14] = [
    "strategy", "market", "aux", "param", "require", "sides", "def", "enter", "add", "exit",
    "stop", "target", "size", "weight",
];

impl Parser {
    pub(super) fn statement(&mut self) -> Read<Statement> {
        let place = self.place();
        let Kind::Name(word) = self.peek().clone() else {
            if *self.peek() == Kind::Symbol("[") {
                let message = "a statement begins with a word, and a definition has one value: of \
                               macd there are macd, macd_signal and macd_hist, for instance";
                return Err(self.fault(Diagnostic::new(Code::Syntax, place, message)));
            }
            return Err(self.expected("a statement"));
        };
        let kind = if *self.peek_second() == Kind::Symbol("=") {
            self.definition()?
        } else {
            let word = self.statement_word(&word)?;
            self.take();
            self.after(word)?
        };
        Ok(Statement { kind, place })
    }

    /// The word that begins the statement at hand; a misspelt one is told and taken for the
    /// nearest.
    fn statement_word(&mut self, word: &str) -> Read<&'static str> {
        let known = STATEMENT_WORDS.iter().copied();
        if let Some(word) = known.clone().find(|known| *known == word) {
            return Ok(word);
        }
        let meant = nearest(word, known);
        let mut message = format!("{word} begins no statement");
        if let Some(here) = beginning(word) {
            message = format!("{message}: {here}");
        }
        let fault = Diagnostic::new(Code::Syntax, self.place(), message).meant(meant);
        let unreadable = self.fault(fault);
        STATEMENT_WORDS.into_iter().find(|known| Some(*known) == meant).ok_or(unreadable)
    }

    fn after(&mut self, word: &str) -> Read<StatementKind> {
        Ok(match word {
            "strategy" => StatementKind::Strategy {
                label: self.text("a name in quotes")?,
                description: self.optional_text(),
            },
            "market" => {
                let name = self.name("a name for the market")?;
                if !matches!(self.peek(), Kind::Text(_) | Kind::Newline | Kind::End) {
                    let message = "a market has a name of the text's own, as in market btc: whose \
                                   bars it has says the run, by its second subscription";
                    let fault = Diagnostic::new(Code::Syntax, self.place(), message);
                    return Err(self.fault(fault));
                }
                StatementKind::Market { name, description: self.optional_text() }
            }
            "aux" => StatementKind::Aux {
                name: self.name("the name of an auxiliary series")?,
                description: self.optional_text(),
            },
            "param" => StatementKind::Param(self.param()?),
            "require" => StatementKind::Require {
                condition: self.expression()?,
                message: self.optional_text(),
            },
            "sides" => StatementKind::Sides(self.expression()?),
            "def" => self.function()?,
            "enter" => StatementKind::Entry(self.entry(Verb::Enter)?),
            "add" => StatementKind::Entry(self.entry(Verb::Add)?),
            "exit" => self.exit()?,
            "stop" => self.stop()?,
            "target" => self.target()?,
            "size" => {
                let (side, amount) = (self.optional_side(), self.amount()?);
                self.no_when(&format!("size {}", amount.kind.word()), &amount.value)?;
                StatementKind::Size { side, amount }
            }
            _ => {
                let weight = self.expression()?;
                self.no_when("weight", &weight)?;
                StatementKind::Weight(weight)
            }
        })
    }

    fn definition(&mut self) -> Read<StatementKind> {
        let name = self.name("a name")?;
        self.take();
        Ok(StatementKind::Definition { name, value: self.expression()? })
    }

    fn function(&mut self) -> Read<StatementKind> {
        let name = self.name("a name for the function")?;
        self.symbol("(")?;
        let mut arguments = Vec::new();
        if !self.take_symbol(")") {
            loop {
                arguments.push(self.name("the name of an argument")?);
                if !self.take_symbol(",") {
                    break;
                }
            }
            self.symbol(")")?;
        }
        self.symbol("=")?;
        Ok(StatementKind::Function { name, arguments, value: self.expression()? })
    }

    fn param(&mut self) -> Read<Param> {
        let name = self.name("a name for the parameter")?;
        self.symbol("=")?;
        let default = self.signed()?;
        let range = if self.take_word("from") {
            let from = self.signed()?;
            self.word("to")?;
            let to = self.signed()?;
            let step = if self.take_word("step") { Some(self.signed()?) } else { None };
            ParamRange::Numbers { from, to, step }
        } else if self.take_word("of") {
            ParamRange::Words(self.words()?)
        } else {
            ParamRange::Any
        };
        let unit = self.unit()?;
        if let Kind::Name(found) = self.peek()
            && !self.is_set_in()
        {
            let meant = nearest(found, ["from", "of", "in", "step"]);
            let message = format!("expected from, of, in or a text in quotes, found {found}");
            let fault = Diagnostic::new(Code::Syntax, self.place(), message).meant(meant);
            return Err(self.fault(fault));
        }
        Ok(Param { name, default, range, unit, description: self.optional_text() })
    }

    fn unit(&mut self) -> Read<Option<Name>> {
        if !self.take_word("in") {
            return Ok(None);
        }
        self.name("a unit (a range is written from 5 to 60)").map(Some)
    }

    fn words(&mut self) -> Read<Vec<Name>> {
        let mut words = Vec::new();
        loop {
            let place = self.place();
            words.push(Name { text: self.text("a word in quotes")?, place });
            if !self.take_symbol(",") {
                return Ok(words);
            }
        }
    }

    fn side(&mut self) -> Read<Side> {
        let word = self.one_of("long or short", &["long", "short"])?;
        Ok(if word == "long" { Side::Long } else { Side::Short })
    }

    fn optional_side(&mut self) -> Option<Side> {
        let is_side = self.is_word("long") || self.is_word("short");
        if is_side { self.side().ok() } else { None }
    }

    fn entry(&mut self, verb: Verb) -> Read<Entry> {
        let side = self.side()?;
        let price = if self.take_word("at") { self.price()? } else { EntryPrice::Market };
        self.word("when")?;
        let when = self.expression()?;
        let (mut bars, mut most, mut size) = (None, None, None);
        while let Kind::Name(_) = self.peek() {
            // A size may go on with an entry.
            if self.is_set_in() && !self.is_word("size") {
                break;
            }
            let words = &["for", "max", "size"];
            match self.one_of("an operator, for, max, size or the end of the line", words)? {
                "for" => {
                    bars = Some(self.expression()?);
                    self.word("bars")?;
                }
                "max" => most = Some(self.expression()?),
                _ => size = Some(self.amount()?),
            }
        }
        Ok(Entry { verb, side, price, when, bars, most, size })
    }

    fn price(&mut self) -> Read<EntryPrice> {
        if self.one_of("limit or stop", &["limit", "stop"])? == "limit" {
            return Ok(EntryPrice::Limit(self.expression()?));
        }
        let stop = self.expression()?;
        if !self.take_word("limit") {
            return Ok(EntryPrice::Stop(stop));
        }
        Ok(EntryPrice::StopLimit { stop, limit: self.expression()? })
    }

    fn exit(&mut self) -> Read<StatementKind> {
        let side = self.side()?;
        let part = if self.take_word("part") { Some(self.expression()?) } else { None };
        self.word("when")?;
        Ok(StatementKind::Exit { side, part, when: self.expression()? })
    }

    fn stop(&mut self) -> Read<StatementKind> {
        let side = self.side()?;
        let mode = self.mode("at, follow or move", Mode::WORDS)?;
        let level = self.expression()?;
        self.no_when(&level_of("stop", side, mode), &level)?;
        Ok(StatementKind::Stop { side, mode, level })
    }

    fn target(&mut self) -> Read<StatementKind> {
        let side = self.side()?;
        let mode = self.mode("at or move", &["at", "move"])?;
        let level = self.expression()?;
        let part = if self.take_word("part") { Some(self.expression()?) } else { None };
        self.no_when(&level_of("target", side, mode), &level)?;
        Ok(StatementKind::Target { side, mode, level, part })
    }

    /// What holds at each bar has no condition of its own: tells how it is said with one.
    fn no_when(&mut self, head: &str, value: &Expr) -> Read<()> {
        if !self.is_word("when") || self.is_set_in() {
            return Ok(());
        }
        let place = self.take().place;
        let condition = self.expression()?;
        let message = without_when(head, &expr(value), &expr(&condition));
        Err(self.fault(Diagnostic::new(Code::Syntax, place, message)))
    }

    fn mode(&mut self, expected: &str, words: &[&'static str]) -> Read<Mode> {
        let word = self.one_of(expected, words)?;
        Ok(Mode::of_word(word).unwrap_or(Mode::At))
    }

    fn amount(&mut self) -> Read<Amount> {
        let word = self.one_of("equity, risk, notional or quantity", AmountKind::WORDS)?;
        let kind = AmountKind::of_word(word).unwrap_or(AmountKind::Equity);
        Ok(Amount { kind, value: self.expression()? })
    }
}

/// How a level begins.
fn level_of(what: &str, side: Side, mode: Mode) -> String {
    let side = if side == Side::Long { "long" } else { "short" };
    format!("{what} {side} {}", mode.word())
}
