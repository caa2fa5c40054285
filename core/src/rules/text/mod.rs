//! The language as it is written: words, sentences, and back to a text.

mod ast;
mod expression;
mod habits;
mod letters;
mod lex;
mod literal;
mod parse;
mod print;
#[cfg(test)]
mod round_trip;
mod statement;
mod token;

pub(super) use ast::{
    Amount, AmountKind, Argument, BinaryOp, CompareOp, Entry, EntryPrice, Expr, ExprKind, Fold,
    FoldKind, Mode, Name, Param, ParamRange, Statement, StatementKind, UnaryOp, Verb,
};
pub(super) use expression::is_reserved;
pub(super) use parse::parse;
pub(super) use print::expr as expr_text;
