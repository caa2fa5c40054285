//! What is compared by mistake: a word that a parameter never is, a condition with a number.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{NodeId, Op, Type};
use super::super::language::Source;
use super::super::place::Place;
use super::super::text::{CompareOp, Expr, ExprKind, expr_text};
use super::checker::Checker;
use super::param::ParamKind;
use crate::spelling::nearest;

impl<'t> Checker<'t> {
    /// A parameter of words beside one that is none of them.
    pub(super) fn check_words(&mut self, left: (NodeId, &'t Expr), right: (NodeId, &'t Expr)) {
        for (param, word) in [(left, right), (right, left)] {
            let (Op::Param(index), Op::Text(text)) = (self.node(param.0).op, self.node(word.0).op)
            else {
                continue;
            };
            let Some(ParamKind::Choice { words, .. }) =
                self.params.get(usize::from(index)).map(|param| &param.kind)
            else {
                continue;
            };
            let found = &self.template.texts[usize::from(text)];
            if words.contains(found) {
                continue;
            }
            let list: Vec<String> = words.iter().map(|word| format!("{word:?}")).collect();
            let meant = nearest(found, words.iter().map(String::as_str));
            let meant = meant.map(|word| format!("{word:?}"));
            let name = expr_text(param.1);
            let message = format!("{name} is never {found:?}, but {}", list.join(" or "));
            let fault = Diagnostic::new(Code::Range, word.1.place, message);
            self.fault(fault.meant(meant.as_deref()));
        }
    }

    /// A part of the time beside what it never is.
    pub(super) fn warn_of_calendar(
        &mut self,
        is_equality: bool,
        a: NodeId,
        b: NodeId,
        place: Place,
    ) {
        for (part, other) in [(a, b), (b, a)] {
            let (Op::Source(source), Op::Number(bits)) = (self.node(part).op, self.node(other).op)
            else {
                continue;
            };
            let Some((first, last, said)) = calendar(source) else { continue };
            let value = f64::from_bits(bits);
            // One beyond is written as a bound: hour < 24.
            let is_bound = !is_equality && (first - 1.0..=last + 1.0).contains(&value);
            if !is_bound && !(first..=last).contains(&value) {
                self.fault(Diagnostic::new(Code::NeverTrue, place, said));
                return;
            }
        }
    }

    /// A comparison with none, which is none itself.
    pub(super) fn warn_of_undefined(&mut self, sides: [&Expr; 2], place: Place) {
        if sides.iter().any(|side| side.kind == ExprKind::Undefined) {
            let message = "what is compared with none is none, and never true: is_defined(x) \
                           tells whether x has a value";
            self.fault(Diagnostic::new(Code::NeverTrue, place, message));
        }
    }

    /// A division by a nought that is written down, or that constants come to.
    pub(super) fn warn_of_nought(&mut self, divisor: NodeId, place: Place) {
        let is_nought = match self.node(divisor).op {
            Op::Number(bits) => f64::from_bits(bits) == 0.0,
            _ => self.value_of(divisor) == Some(0.0),
        };
        if self.calls.is_empty() && is_nought {
            let message = "this is none on every bar: nothing can be divided by 0";
            self.fault(Diagnostic::new(Code::NeverTrue, place, message));
        }
    }

    /// Whether a condition is compared with a number, which is told with what says the same.
    pub(super) fn is_beside_a_condition(
        &mut self,
        op: CompareOp,
        left: (NodeId, &'t Expr),
        right: (NodeId, &'t Expr),
        place: Place,
    ) -> bool {
        let (condition, number) = match (self.kind(left.0), self.kind(right.0)) {
            (Type::Condition, Type::Number(_)) => (left.1, right.1),
            (Type::Number(_), Type::Condition) => (right.1, left.1),
            _ => return false,
        };
        let text = expr_text(condition);
        let value = match &number.kind {
            ExprKind::Number(literal) => Some(literal.value()),
            _ => None,
        };
        let says = match (op, value) {
            (CompareOp::Equal, Some(1.0)) | (CompareOp::NotEqual, Some(0.0)) => Some(true),
            (CompareOp::Equal, Some(0.0)) | (CompareOp::NotEqual, Some(1.0)) => Some(false),
            _ => None,
        };
        let said = says.map(|holds| said_again(condition, &text, holds));
        let message = match &said {
            Some(said) => format!("{text} is true or false, and no number: write {said}"),
            None => format!(
                "{text} is true or false, and is not compared with a number: number({text}) is 1 \
                 where it is true, 0 where it is false"
            ),
        };
        let mut fault = Diagnostic::new(Code::Type, place, message);
        fault.suggestion = said.unwrap_or_default();
        self.fault(fault);
        true
    }
}

/// The first and the last value of a part of the time, and what to say of others.
const fn calendar(source: Source) -> Option<(f64, f64, &'static str)> {
    Some(match source {
        Source::Hour => {
            (0.0, 23.0, "hour is from 0 to 23: a time such as 9:30 is compared with time_of_day")
        }
        Source::Minute => (0.0, 59.0, "minute is from 0 to 59"),
        Source::Day => {
            (1.0, 31.0, "day is that of the month, from 1 to 31: weekday is from 1 to 7")
        }
        Source::Month => (1.0, 12.0, "month is from 1 to 12"),
        Source::Weekday => (1.0, 7.0, "weekday is from 1, Monday, to 7, Sunday"),
        Source::Week => (1.0, 53.0, "week is from 1 to 53"),
        Source::TimeOfDay => (0.0, 1_439.0, "time_of_day is from 0:00 to 23:59"),
        _ => return None,
    })
}

/// A condition by itself, or its opposite.
fn said_again(condition: &Expr, text: &str, holds: bool) -> String {
    let is_short = matches!(
        condition.kind,
        ExprKind::Name(_) | ExprKind::Call { .. } | ExprKind::Past { .. } | ExprKind::Part { .. }
    );
    match (holds, is_short) {
        (true, true) => text.to_owned(),
        (true, false) => format!("({text})"),
        (false, true) => format!("not {text}"),
        (false, false) => format!("not ({text})"),
    }
}
