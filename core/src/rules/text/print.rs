//! From expressions back to a text, with brackets only where they are needed.

use std::fmt::Write as _;

use super::ast::{Argument, BinaryOp, Expr, ExprKind, Fold, UnaryOp};

pub(super) fn quoted(text: &str) -> String {
    format!("\"{text}\"")
}

/// How tightly an expression binds: what is looser than its place needs brackets.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Binding {
    Loosest,
    Or,
    And,
    Not,
    Compare,
    Sum,
    Product,
    Sign,
    Power,
    Postfix,
}

const fn binding(kind: &ExprKind) -> Binding {
    match kind {
        ExprKind::If { .. } | ExprKind::Fold(_) => Binding::Loosest,
        ExprKind::Unary(UnaryOp::Not, _) => Binding::Not,
        ExprKind::Unary(UnaryOp::Negate, _) => Binding::Sign,
        ExprKind::Compare(..) => Binding::Compare,
        ExprKind::Binary(op, ..) => binary_binding(*op),
        _ => Binding::Postfix,
    }
}

const fn binary_binding(op: BinaryOp) -> Binding {
    match op {
        BinaryOp::Or => Binding::Or,
        BinaryOp::And => Binding::And,
        BinaryOp::Add | BinaryOp::Subtract => Binding::Sum,
        BinaryOp::Multiply | BinaryOp::Divide => Binding::Product,
        BinaryOp::Power => Binding::Power,
    }
}

/// An expression on its own.
pub(in crate::rules) fn expr(value: &Expr) -> String {
    within(value, Binding::Loosest)
}

/// An expression in a place that takes what binds at least so tightly.
fn within(value: &Expr, place: Binding) -> String {
    let text = bare(&value.kind);
    if binding(&value.kind) < place { format!("({text})") } else { text }
}

fn bare(kind: &ExprKind) -> String {
    match kind {
        ExprKind::Number(literal) => literal.to_string(),
        ExprKind::Text(text) => quoted(text),
        ExprKind::Bool(value) => value.to_string(),
        ExprKind::Undefined => "none".to_owned(),
        ExprKind::Name(name) => name.clone(),
        ExprKind::Unary(UnaryOp::Negate, value) => format!("-{}", within(value, Binding::Sign)),
        ExprKind::Unary(UnaryOp::Not, value) => format!("not {}", within(value, Binding::Not)),
        ExprKind::Binary(op, left, right) => binary_text(*op, left, right),
        ExprKind::Compare(first, rest) => {
            let mut text = within(first, Binding::Sum);
            for (op, value) in rest {
                _ = write!(text, " {} {}", op.word(), within(value, Binding::Sum));
            }
            text
        }
        ExprKind::If { condition, yes, no } => {
            format!("if {} then {} else {}", expr(condition), expr(yes), expr(no))
        }
        ExprKind::Fold(fold) => fold_text(fold),
        ExprKind::Call { name, arguments } => {
            let arguments: Vec<_> = arguments.iter().map(argument_text).collect();
            format!("{}({})", name.text, arguments.join(", "))
        }
        ExprKind::Past { value, back } => {
            format!("{}[{}]", within(value, Binding::Postfix), expr(back))
        }
        ExprKind::On { value, clock } => {
            format!("{}@{}", within(value, Binding::Postfix), clock.text)
        }
        ExprKind::Part { of, name } => {
            format!("{}.{}", within(of, Binding::Postfix), name.text)
        }
    }
}

fn binary_text(op: BinaryOp, left: &Expr, right: &Expr) -> String {
    let own = binary_binding(op);
    // A power binds its own sign: `2 ^ -x`; everything else goes from the left to the right.
    let (left_place, right_place) = match op {
        BinaryOp::Power => (Binding::Postfix, Binding::Sign),
        BinaryOp::Or => (Binding::Or, Binding::And),
        BinaryOp::And => (Binding::And, Binding::Not),
        BinaryOp::Add | BinaryOp::Subtract => (own, Binding::Product),
        BinaryOp::Multiply | BinaryOp::Divide => (own, Binding::Sign),
    };
    format!("{} {} {}", within(left, left_place), op.word(), within(right, right_place))
}

fn fold_text(fold: &Fold) -> String {
    let (kind, variable) = (fold.kind.word(), &fold.variable.text);
    let (from, to, of) = (expr(&fold.from), expr(&fold.to), expr(&fold.of));
    format!("{kind} {variable} from {from} to {to} of {of}")
}

fn argument_text(argument: &Argument) -> String {
    let name = argument.name.as_ref().map_or_else(String::new, |name| format!("{} = ", name.text));
    name + &expr(&argument.value)
}
