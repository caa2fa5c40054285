//! Statements and expressions as they are written; names are not looked up yet.

use super::super::place::Place;
use super::literal::Literal;
use crate::trading::Side;

/// A name where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Name {
    pub(in crate::rules) text: String,
    pub(in crate::rules) place: Place,
}

/// One statement; its place is its first word.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Statement {
    pub(in crate::rules) kind: StatementKind,
    pub(in crate::rules) place: Place,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum StatementKind {
    /// `strategy "Label" "Description"`.
    Strategy { label: String, description: Option<String> },
    /// `market NAME`: one of the run's further subscriptions.
    Market { name: Name, description: Option<String> },
    /// `aux NAME`: an auxiliary series of the run.
    Aux { name: Name, description: Option<String> },
    /// `param NAME = …`.
    Param(Param),
    /// `require CONDITION "why"`.
    Require { condition: Expr, message: Option<String> },
    /// `sides "both"`.
    Sides(Expr),
    /// `NAME = EXPR`.
    Definition { name: Name, value: Expr },
    /// `def NAME(ARGUMENTS) = EXPR`.
    Function { name: Name, arguments: Vec<Name>, value: Expr },
    /// `enter` or `add`.
    Entry(Entry),
    /// `exit SIDE part EXPR when EXPR`.
    Exit { side: Side, part: Option<Expr>, when: Expr },
    /// `stop SIDE at|follow|move EXPR`.
    Stop { side: Side, mode: Mode, level: Expr },
    /// `target SIDE at|move EXPR part EXPR`.
    Target { side: Side, mode: Mode, level: Expr, part: Option<Expr> },
    /// `size SIDE AMOUNT`; both sides without one.
    Size { side: Option<Side>, amount: Amount },
    /// `weight EXPR`.
    Weight(Expr),
    /// What could not be read and defines that name: whatever it is, it is there.
    Unread(Name),
}

/// What may be chosen per run.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Param {
    pub(in crate::rules) name: Name,
    pub(in crate::rules) default: Expr,
    pub(in crate::rules) range: ParamRange,
    pub(in crate::rules) unit: Option<Name>,
    pub(in crate::rules) description: Option<String>,
}

/// Which values a parameter takes.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum ParamRange {
    /// Any of its type.
    Any,
    /// `from A to B step C`.
    Numbers { from: Expr, to: Expr, step: Option<Expr> },
    /// `of "a", "b"`.
    Words(Vec<Name>),
}

/// An order that opens a position or adds to one.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Entry {
    pub(in crate::rules) verb: Verb,
    pub(in crate::rules) side: Side,
    pub(in crate::rules) price: EntryPrice,
    pub(in crate::rules) when: Expr,
    /// How many bars it rests after the last bar on which its condition was true.
    pub(in crate::rules) bars: Option<Expr>,
    /// How many entries a position has at most beside the first.
    pub(in crate::rules) most: Option<Expr>,
    pub(in crate::rules) size: Option<Amount>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum Verb {
    Enter,
    Add,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum EntryPrice {
    Market,
    Limit(Expr),
    Stop(Expr),
    StopLimit { stop: Expr, limit: Expr },
}

/// When a level is computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum Mode {
    /// Once, as the entry fills.
    At,
    /// At each bar, never against the position.
    Follow,
    /// At each bar.
    Move,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Amount {
    pub(in crate::rules) kind: AmountKind,
    pub(in crate::rules) value: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum AmountKind {
    Equity,
    Risk,
    Notional,
    Quantity,
}

/// A value, and all of its text that lies on the line on which it begins.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Expr {
    pub(in crate::rules) kind: ExprKind,
    pub(in crate::rules) place: Place,
    /// Levels of expressions within it; bounded, so that whoever goes through it may recurse.
    pub(in crate::rules) depth: u16,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum ExprKind {
    Number(Literal),
    Text(String),
    Bool(bool),
    /// `none`.
    Undefined,
    Name(String),
    Unary(UnaryOp, Box<Expr>),
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `a < b <= c`: each neighbour with the next.
    Compare(Box<Expr>, Vec<(CompareOp, Expr)>),
    If {
        condition: Box<Expr>,
        yes: Box<Expr>,
        no: Box<Expr>,
    },
    Fold(Box<Fold>),
    Call {
        name: Name,
        arguments: Vec<Argument>,
    },
    /// `x[k]`.
    Past {
        value: Box<Expr>,
        back: Box<Expr>,
    },
    /// `x@4h`, `x@btc`.
    On {
        value: Box<Expr>,
        clock: Name,
    },
    /// `position.entry`.
    Part {
        of: Box<Expr>,
        name: Name,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Argument {
    pub(in crate::rules) name: Option<Name>,
    pub(in crate::rules) value: Expr,
}

/// `sum k from 1 to 3 of close[k]`.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Fold {
    pub(in crate::rules) kind: FoldKind,
    pub(in crate::rules) variable: Name,
    pub(in crate::rules) from: Expr,
    pub(in crate::rules) to: Expr,
    pub(in crate::rules) of: Expr,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(in crate::rules) enum FoldKind {
    Sum,
    Product,
    Min,
    Max,
    All,
    Any,
    Count,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum UnaryOp {
    Negate,
    Not,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum BinaryOp {
    Or,
    And,
    Add,
    Subtract,
    Multiply,
    Divide,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::rules) enum CompareOp {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Equal,
    NotEqual,
}

/// Names each variant by its word.
macro_rules! words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $type {
            /// As it is written.
            pub(in crate::rules) const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }
    };
}

/// The same, and the other way round.
macro_rules! read_words {
    ($type:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        words!($type { $($variant = $word),+ });

        impl $type {
            /// What is written so.
            pub(in crate::rules) fn of_word(word: &str) -> Option<Self> {
                match word {
                    $($word => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }
    };
}

read_words!(Mode { At = "at", Follow = "follow", Move = "move" });
read_words!(AmountKind {
    Equity = "equity",
    Risk = "risk",
    Notional = "notional",
    Quantity = "quantity",
});
read_words!(FoldKind {
    Sum = "sum",
    Product = "product",
    Min = "min",
    Max = "max",
    All = "all",
    Any = "any",
    Count = "count",
});
words!(BinaryOp {
    Or = "or",
    And = "and",
    Add = "+",
    Subtract = "-",
    Multiply = "*",
    Divide = "/",
    Power = "^",
});
read_words!(CompareOp {
    Less = "<",
    LessOrEqual = "<=",
    Greater = ">",
    GreaterOrEqual = ">=",
    Equal = "==",
    NotEqual = "!=",
});
words!(Verb { Enter = "enter", Add = "add" });

impl Mode {
    /// All of its words.
    pub(in crate::rules) const WORDS: &'static [&'static str] = &["at", "follow", "move"];
}

impl AmountKind {
    /// All of its words.
    pub(in crate::rules) const WORDS: &'static [&'static str] =
        &["equity", "risk", "notional", "quantity"];
}

impl Expr {
    /// All names and functions in it.
    pub(in crate::rules) fn words(&self) -> Vec<&str> {
        let (mut words, mut unread) = (Vec::new(), vec![self]);
        while let Some(expr) = unread.pop() {
            match &expr.kind {
                ExprKind::Name(name) => words.push(name.as_str()),
                ExprKind::Call { name, .. } => words.push(name.text.as_str()),
                _ => {}
            }
            unread.extend(expr.parts());
        }
        words
    }

    /// All functions in it.
    pub(in crate::rules) fn calls(&self) -> Vec<&str> {
        let (mut calls, mut unread) = (Vec::new(), vec![self]);
        while let Some(expr) = unread.pop() {
            if let ExprKind::Call { name, .. } = &expr.kind {
                calls.push(name.text.as_str());
            }
            unread.extend(expr.parts());
        }
        calls
    }

    fn parts(&self) -> Vec<&Self> {
        match &self.kind {
            ExprKind::Unary(_, value)
            | ExprKind::On { value, .. }
            | ExprKind::Part { of: value, .. } => vec![value],
            ExprKind::Binary(_, left, right) => vec![left, right],
            ExprKind::Compare(first, rest) => {
                std::iter::once(&**first).chain(rest.iter().map(|(_, value)| value)).collect()
            }
            ExprKind::If { condition, yes, no } => vec![condition, yes, no],
            ExprKind::Fold(fold) => vec![&fold.from, &fold.to, &fold.of],
            ExprKind::Call { arguments, .. } => {
                arguments.iter().map(|argument| &argument.value).collect()
            }
            ExprKind::Past { value, back } => vec![value, back],
            _ => Vec::new(),
        }
    }

    /// An expression without parts.
    pub(super) const fn leaf(kind: ExprKind, place: Place) -> Self {
        Self { kind, place, depth: 1 }
    }
}
