//! Expressions: one function a level of binding, the loosest first.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::place::Place;
use super::ast::{Argument, BinaryOp, CompareOp, Expr, ExprKind, Fold, FoldKind, Name, UnaryOp};
use super::habits::call_behind;
use super::parse::{Parser, Read};
use super::token::Kind;
use crate::rules::limits::LEVELS_MAX;

impl Parser {
    /// `if … then … else …`, a fold, or whatever binds tighter.
    pub(super) fn expression(&mut self) -> Read<Expr> {
        self.deeper(|parser| match parser.fold_ahead() {
            _ if parser.is_word("if") => parser.choice(),
            Some(kind) => parser.fold(kind),
            None => parser.any(),
        })
    }

    fn choice(&mut self) -> Read<Expr> {
        let start = self.take().place;
        let condition = self.expression()?;
        self.word("then")?;
        let yes = self.expression()?;
        self.word("else")?;
        let no = self.expression()?;
        let depth = condition.depth.max(yes.depth).max(no.depth);
        let (condition, yes, no) = (Box::new(condition), Box::new(yes), Box::new(no));
        self.node(ExprKind::If { condition, yes, no }, start, depth)
    }

    /// `sum` and its like begin a fold if a name follows, and a call if a bracket does.
    fn fold_ahead(&self) -> Option<FoldKind> {
        let Kind::Name(word) = self.peek() else { return None };
        let kind = FoldKind::of_word(word)?;
        matches!(self.peek_second(), Kind::Name(_)).then_some(kind)
    }

    fn fold(&mut self, kind: FoldKind) -> Read<Expr> {
        let start = self.take().place;
        let variable = self.name("a name")?;
        self.word("from")?;
        let from = self.expression()?;
        self.word("to")?;
        let to = self.expression()?;
        self.word("of")?;
        let of = self.expression()?;
        let depth = from.depth.max(to.depth).max(of.depth);
        self.node(ExprKind::Fold(Box::new(Fold { kind, variable, from, to, of })), start, depth)
    }

    fn any(&mut self) -> Read<Expr> {
        let mut left = self.all()?;
        while self.take_word("or") {
            let right = self.all()?;
            left = self.binary(BinaryOp::Or, left, right)?;
        }
        Ok(left)
    }

    fn all(&mut self) -> Read<Expr> {
        let mut left = self.negation()?;
        while self.take_word("and") {
            let right = self.negation()?;
            left = self.binary(BinaryOp::And, left, right)?;
        }
        Ok(left)
    }

    fn negation(&mut self) -> Read<Expr> {
        if !self.is_word("not") {
            return self.comparison();
        }
        let start = self.take().place;
        let value = self.deeper(Self::negation)?;
        self.unary_node(UnaryOp::Not, value, start)
    }

    fn comparison(&mut self) -> Read<Expr> {
        let first = self.sum()?;
        let mut rest = Vec::new();
        while let Some(op) = self.compare_op() {
            self.take();
            rest.push((op, self.sum()?));
        }
        let Some((_, last)) = rest.last() else { return Ok(first) };
        let (start, end) = (first.place, last.place);
        let depth = rest.iter().map(|(_, value)| value.depth).fold(first.depth, u16::max);
        self.node(ExprKind::Compare(Box::new(first), rest), start.to(end), depth)
    }

    /// A single `=` compares in other languages; here it defines.
    fn compare_op(&mut self) -> Option<CompareOp> {
        let Kind::Symbol(symbol) = *self.peek() else { return None };
        if symbol == "=" {
            let message = "= defines; values are compared by ==";
            let mut fault = Diagnostic::new(Code::Syntax, self.place(), message);
            "==".clone_into(&mut fault.suggestion);
            self.fault(fault);
            return Some(CompareOp::Equal);
        }
        CompareOp::of_word(symbol)
    }

    fn sum(&mut self) -> Read<Expr> {
        self.left_to_right(&[BinaryOp::Add, BinaryOp::Subtract], Self::product)
    }

    fn product(&mut self) -> Read<Expr> {
        self.left_to_right(&[BinaryOp::Multiply, BinaryOp::Divide], Self::signed)
    }

    fn left_to_right(
        &mut self,
        ops: &[BinaryOp],
        tighter: fn(&mut Self) -> Read<Expr>,
    ) -> Read<Expr> {
        let mut left = tighter(self)?;
        while let Some(op) = ops.iter().find(|op| self.take_symbol(op.word())) {
            let right = tighter(self)?;
            left = self.binary(*op, left, right)?;
        }
        Ok(left)
    }

    pub(super) fn signed(&mut self) -> Read<Expr> {
        let start = self.place();
        if self.take_symbol("-") {
            let value = self.deeper(Self::signed)?;
            return self.unary_node(UnaryOp::Negate, value, start);
        }
        let base = self.postfix()?;
        if !self.take_symbol("^") {
            return Ok(base);
        }
        let exponent = self.deeper(Self::signed)?;
        self.binary(BinaryOp::Power, base, exponent)
    }

    fn postfix(&mut self) -> Read<Expr> {
        let mut value = self.atom()?;
        loop {
            let (start, depth) = (value.place, value.depth);
            let kind = if self.take_symbol("[") {
                let back = self.expression()?;
                self.symbol("]")?;
                ExprKind::Past { value: Box::new(value), back: Box::new(back) }
            } else if self.take_symbol("@") {
                ExprKind::On { value: Box::new(value), clock: self.clock()? }
            } else if self.take_symbol(".") {
                let name = self.name("the name of a part, such as entry")?;
                if *self.peek() == Kind::Symbol("(") {
                    let owner = match &value.kind {
                        ExprKind::Name(owner) => Some(owner.as_str()),
                        _ => None,
                    };
                    let (message, suggestion) = call_behind(owner, &name.text);
                    let place = start.to(name.place);
                    let fault = Diagnostic::new(Code::Syntax, place, message);
                    return Err(self.fault(Diagnostic { suggestion, ..fault }));
                }
                ExprKind::Part { of: Box::new(value), name }
            } else {
                return Ok(value);
            };
            let inner = match &kind {
                ExprKind::Past { back, .. } => depth.max(back.depth),
                _ => depth,
            };
            value = self.node(kind, start.to(self.place_before()), inner)?;
        }
    }

    /// What stands behind `@`.
    fn clock(&mut self) -> Read<Name> {
        match self.peek().clone() {
            Kind::Timeframe(text) => Ok(Name { text, place: self.take().place }),
            _ => self.name("a timeframe such as 4h, or a market"),
        }
    }

    fn atom(&mut self) -> Read<Expr> {
        let place = self.place();
        let leaf = |kind| Ok(Expr::leaf(kind, place));
        match self.peek().clone() {
            Kind::Number(literal) => {
                self.take();
                leaf(ExprKind::Number(literal))
            }
            Kind::Text(text) => {
                self.take();
                leaf(ExprKind::Text(text))
            }
            Kind::Symbol("(") => self.bracket(),
            Kind::Name(word) => match word.as_str() {
                "true" | "false" => {
                    self.take();
                    leaf(ExprKind::Bool(word == "true"))
                }
                "none" => {
                    self.take();
                    leaf(ExprKind::Undefined)
                }
                "if" => Err(self.needs_bracket("if")),
                _ if self.fold_ahead().is_some() => Err(self.needs_bracket(&word)),
                _ if is_reserved(&word) => Err(self.expected("a value")),
                _ => self.name_or_call(word),
            },
            Kind::Timeframe(text) => {
                let message = format!("{text} is no number; a timeframe stands behind @");
                Err(self.fault(Diagnostic::new(Code::Syntax, place, message)))
            }
            _ => Err(self.expected("a value")),
        }
    }

    fn needs_bracket(&mut self, word: &str) -> super::parse::Unreadable {
        let message = format!("inside of an expression {word} … stands in brackets");
        self.fault(Diagnostic::new(Code::Syntax, self.place(), message))
    }

    fn bracket(&mut self) -> Read<Expr> {
        self.take();
        let value = self.expression()?;
        self.symbol(")")?;
        Ok(value)
    }

    fn name_or_call(&mut self, word: String) -> Read<Expr> {
        let place = self.take().place;
        if !self.take_symbol("(") {
            return Ok(Expr::leaf(ExprKind::Name(word), place));
        }
        let arguments = self.arguments()?;
        let depth = arguments.iter().map(|argument| argument.value.depth).max().unwrap_or(0);
        let name = Name { text: word, place };
        self.node(ExprKind::Call { name, arguments }, place.to(self.place_before()), depth)
    }

    fn arguments(&mut self) -> Read<Vec<Argument>> {
        let mut arguments = Vec::new();
        if self.take_symbol(")") {
            return Ok(arguments);
        }
        loop {
            let is_named = matches!(self.peek(), Kind::Name(_))
                && matches!(self.peek_second(), Kind::Symbol("="));
            let name = if is_named { Some(self.name("a name")?) } else { None };
            if is_named {
                self.take();
            }
            arguments.push(Argument { name, value: self.expression()? });
            if !self.take_symbol(",") {
                break;
            }
        }
        if self.take_symbol(")") { Ok(arguments) } else { Err(self.expected(", or )")) }
    }

    fn binary(&mut self, op: BinaryOp, left: Expr, right: Expr) -> Read<Expr> {
        let (place, depth) = (left.place.to(right.place), left.depth.max(right.depth));
        self.node(ExprKind::Binary(op, Box::new(left), Box::new(right)), place, depth)
    }

    fn unary_node(&mut self, op: UnaryOp, value: Expr, start: Place) -> Read<Expr> {
        let (place, depth) = (start.to(value.place), value.depth);
        self.node(ExprKind::Unary(op, Box::new(value)), place, depth)
    }

    /// An expression over parts that have `inner` levels.
    fn node(&mut self, kind: ExprKind, place: Place, inner: u16) -> Read<Expr> {
        if inner == LEVELS_MAX {
            let message = format!("an expression has at most {LEVELS_MAX} levels");
            return Err(self.fault(Diagnostic::new(Code::Limit, place, message)));
        }
        Ok(Expr { kind, place, depth: inner + 1 })
    }
}

/// Words that end an expression, so that what is missing before them is told where it is missing.
pub(in crate::rules) fn is_reserved(word: &str) -> bool {
    const RESERVED: [&str; 12] =
        ["when", "then", "else", "and", "or", "not", "from", "to", "of", "step", "part", "for"];
    RESERVED.contains(&word)
}
