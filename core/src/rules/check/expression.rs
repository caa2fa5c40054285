//! Expressions become nodes.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{Clock, NodeId, Op, Type};
use super::super::language::{Fact, Kernel};
use super::super::limits::TIMEFRAMES_MAX;
use super::super::place::Place;
use super::super::text::{BinaryOp, CompareOp, Expr, ExprKind, Fold, FoldKind, Name, UnaryOp};
use super::checker::{Bound, Checker, Env};
use crate::market::Timeframe;
use crate::spelling::nearest;

impl<'t> Checker<'t> {
    /// The node that an expression is on a clock.
    pub(super) fn expr(&mut self, expr: &'t Expr, env: &Env<'t>, clock: u8) -> NodeId {
        if self.enter(expr.place).is_none() {
            return self.undefined(expr.place);
        }
        let node = self.inner(expr, env, clock);
        self.leave();
        node
    }

    fn inner(&mut self, expr: &'t Expr, env: &Env<'t>, clock: u8) -> NodeId {
        // Nodes of the prelude stand where the user calls it.
        let place = self.calls.first().map_or(expr.place, |(place, _)| *place);
        match &expr.kind {
            ExprKind::Number(literal) => self.number(literal.value(), place),
            ExprKind::Bool(value) => {
                self.template.add(Op::Bool(*value), &[], 0, Type::Condition, place)
            }
            ExprKind::Text(text) => {
                let text = self.template.text(text);
                self.template.add(Op::Text(text), &[], 0, Type::Text, place)
            }
            ExprKind::Undefined => self.undefined(place),
            ExprKind::Name(name) => self.name(name, place, env, clock),
            ExprKind::Unary(UnaryOp::Negate, value) => {
                let node = self.expr(value, env, clock);
                let node = self.wanted_number(node, "-", value.place);
                self.alike(Kernel::Negate, node, clock, place)
            }
            ExprKind::Unary(UnaryOp::Not, value) => {
                let node = self.expr(value, env, clock);
                let node = self.wanted_condition(node, "not", value.place);
                self.condition(Kernel::Not, &[node], clock, place)
            }
            ExprKind::Binary(op, left, right) => self.binary(*op, left, right, env, clock, place),
            ExprKind::Compare(first, rest) => self.compare(first, rest, env, clock),
            ExprKind::If { condition, yes, no } => {
                self.choice([condition, yes, no], env, clock, place)
            }
            ExprKind::Fold(fold) => self.fold(fold, env, clock, place),
            ExprKind::Call { name, arguments } => self.call(name, arguments, place, env, clock),
            ExprKind::Past { value, back } => self.past(value, back, env, clock, place),
            ExprKind::On { value, clock: other } => self.on(value, other, env, clock, place),
            ExprKind::Part { of, name } => {
                let owner = Fact::owner(&of.kind).filter(|owner| env.find(owner).is_none());
                self.part(owner, of, name, clock)
            }
        }
    }

    pub(super) fn number(&mut self, value: f64, place: Place) -> NodeId {
        self.template.add(Op::Number((value + 0.0).to_bits()), &[], 0, Type::PLAIN, place)
    }

    fn binary(
        &mut self,
        op: BinaryOp,
        left: &'t Expr,
        right: &'t Expr,
        env: &Env<'t>,
        clock: u8,
        place: Place,
    ) -> NodeId {
        let (a, b) = (self.expr(left, env, clock), self.expr(right, env, clock));
        if matches!(op, BinaryOp::And | BinaryOp::Or) {
            let a = self.wanted_condition(a, op.word(), left.place);
            let b = self.wanted_condition(b, op.word(), right.place);
            let kernel = if op == BinaryOp::And { Kernel::And } else { Kernel::Or };
            return self.condition(kernel, &[a, b], clock, place);
        }
        let a = self.wanted_number(a, op.word(), left.place);
        let b = self.wanted_number(b, op.word(), right.place);
        if op == BinaryOp::Divide {
            self.warn_of_nought(b, left.place.to(right.place));
        }
        match op {
            BinaryOp::Add => self.same_unit(Kernel::Add, a, b, clock, place),
            BinaryOp::Subtract => self.same_unit(Kernel::Subtract, a, b, clock, place),
            BinaryOp::Multiply => self.product(Kernel::Multiply, a, b, clock, place),
            BinaryOp::Divide => self.product(Kernel::Divide, a, b, clock, place),
            _ => self.power(a, b, clock, place),
        }
    }

    /// `a < b < c` is `a < b and b < c`.
    fn compare(
        &mut self,
        first: &'t Expr,
        rest: &'t [(CompareOp, Expr)],
        env: &Env<'t>,
        clock: u8,
    ) -> NodeId {
        let mut left = (self.expr(first, env, clock), first);
        let mut all: Option<NodeId> = None;
        for (op, value) in rest {
            let right = (self.expr(value, env, clock), value);
            let place = left.1.place.to(value.place);
            let holds = self.compare_two(*op, left, right, clock, place);
            all = Some(match all {
                None => holds,
                Some(before) => self.condition(Kernel::And, &[before, holds], clock, place),
            });
            left = right;
        }
        all.unwrap_or_else(|| self.undefined(first.place))
    }

    fn compare_two(
        &mut self,
        op: CompareOp,
        left: (NodeId, &'t Expr),
        right: (NodeId, &'t Expr),
        clock: u8,
        place: Place,
    ) -> NodeId {
        if self.is_beside_a_condition(op, left, right, place) {
            return self.undefined(place);
        }
        let is_equality = matches!(op, CompareOp::Equal | CompareOp::NotEqual);
        let kinds = (self.kind(left.0), self.kind(right.0));
        let is_alike = matches!(
            kinds,
            (Type::Condition, Type::Condition | Type::Any)
                | (Type::Any, Type::Condition)
                | (Type::Text, Type::Text)
        );
        let (a, b) = if is_equality && is_alike {
            self.check_words(left, right);
            (left.0, right.0)
        } else {
            let a = self.wanted_number(left.0, op.word(), left.1.place);
            let b = self.wanted_number(right.0, op.word(), right.1.place);
            self.brought_together(a, b, place)
        };
        self.warn_of_calendar(is_equality, a, b, place);
        self.warn_of_undefined([left.1, right.1], place);
        // One comparison serves for all four.
        let (kernel, args, is_negated) = match op {
            CompareOp::Less => (Kernel::Less, [a, b], false),
            CompareOp::Greater => (Kernel::Less, [b, a], false),
            CompareOp::LessOrEqual => (Kernel::Less, [b, a], true),
            CompareOp::GreaterOrEqual => (Kernel::Less, [a, b], true),
            CompareOp::Equal => (Kernel::Equal, [a, b], false),
            CompareOp::NotEqual => (Kernel::Equal, [a, b], true),
        };
        let holds = self.condition(kernel, &args, clock, place);
        if is_negated { self.condition(Kernel::Not, &[holds], clock, place) } else { holds }
    }

    fn choice(
        &mut self,
        [condition, yes, no]: [&'t Expr; 3],
        env: &Env<'t>,
        clock: u8,
        place: Place,
    ) -> NodeId {
        let c = self.expr(condition, env, clock);
        let c = self.wanted_condition(c, "if", condition.place);
        let (y, n) = (self.expr(yes, env, clock), self.expr(no, env, clock));
        let Some((y, n, kind)) = self.alternatives(y, n, "else", no.place) else {
            return self.undefined(place);
        };
        self.template.add(Op::Kernel(Kernel::If), &[c, y, n], clock, kind, place)
    }

    fn fold(&mut self, fold: &'t Fold, env: &Env<'t>, clock: u8, place: Place) -> NodeId {
        let from = self.expr(&fold.from, env, clock);
        let to = self.expr(&fold.to, env, clock);
        let word = fold.kind.word();
        for (bound, place) in [(from, fold.from.place), (to, fold.to.place)] {
            self.wanted_number(bound, word, place);
            if !self.node(bound).is_constant {
                let message = format!(
                    "the bounds of {word} must be constant: made of numbers and parameters"
                );
                return self.wrong(Code::NotConstant, place, message);
            }
        }
        let variable = self.variables;
        self.variables += 1;
        let node =
            self.template.add(Op::Variable(variable), &[], 0, Type::PLAIN, fold.variable.place);
        let inner = env.with(&fold.variable.text, Bound::Variable(node));
        let of = self.expr(&fold.of, &inner, clock);
        let wants_condition = matches!(fold.kind, FoldKind::All | FoldKind::Any | FoldKind::Count);
        if !wants_condition && self.kind(of) == Type::Condition && is_compared(&fold.of) {
            let message = format!(
                "{word} goes over all that follows of, and this is a condition: {word} in \
                 parentheses is compared as a whole, ({word} {} from … to … of …) > …",
                fold.variable.text
            );
            return self.wrong(Code::Type, fold.of.place, message);
        }
        let of = if wants_condition {
            self.wanted_condition(of, word, fold.of.place)
        } else {
            self.wanted_number(of, word, fold.of.place)
        };
        let (of, kind) = match fold.kind {
            FoldKind::All | FoldKind::Any => (of, Type::Condition),
            FoldKind::Count => (of, Type::PLAIN),
            // A product of prices has a unit for each count of them.
            FoldKind::Product => (self.plain(of, fold.of.place, true), Type::PLAIN),
            _ => (of, self.kind(of)),
        };
        self.template.add(Op::Fold(fold.kind, variable), &[from, to, of], clock, kind, place)
    }

    fn past(
        &mut self,
        value: &'t Expr,
        back: &'t Expr,
        env: &Env<'t>,
        clock: u8,
        place: Place,
    ) -> NodeId {
        let by = self.expr(back, env, clock);
        let by = self.wanted_number(by, "an index into the past", back.place);
        if !self.node(by).is_constant {
            let message = "an index into the past must be constant: made of numbers and parameters";
            return self.wrong(Code::NotConstant, back.place, message);
        }
        let is_below = match (&back.kind, self.node(by).op) {
            (ExprKind::Unary(UnaryOp::Negate, value), _) => {
                matches!(&value.kind, ExprKind::Number(literal) if literal.value() > 0.0)
            }
            (_, Op::Number(bits)) => f64::from_bits(bits) < 0.0,
            _ => false,
        };
        if is_below {
            let message = "an index into the past counts bars ago: it is never below 0";
            return self.wrong(Code::Range, back.place, message);
        }
        let is_now = self.node(by).op == Op::Number(0.0_f64.to_bits());
        if let ExprKind::Name(name) = &value.kind
            && !is_now
            && env.find(name).is_none()
            && let Some(definition) = self.definition_of(name)
            && self.is_ahead(name, definition, clock)
        {
            self.read.push(name);
            return self.own(name, definition, clock, by, place);
        }
        let of = self.expr(value, env, clock);
        let kind = self.kind(of);
        self.template.add(Op::Kernel(Kernel::Past), &[of, by], clock, kind, place)
    }

    /// `e@4h` and `e@btc`: all of `e` by other bars, held for this clock.
    fn on(
        &mut self,
        value: &'t Expr,
        other: &'t Name,
        env: &Env<'t>,
        clock: u8,
        place: Place,
    ) -> NodeId {
        let here = self.template.clocks[usize::from(clock)];
        let there = match self.scope.markets.iter().position(|market| *market == other.text) {
            Some(index) => {
                self.read.push(&other.text);
                Clock { market: index as u8 + 1, timeframe: None }
            }
            None => match self.timeframe(other, here) {
                Some(timeframe) => Clock { timeframe: Some(timeframe), ..here },
                None => return self.undefined(place),
            },
        };
        if there == here {
            return self.expr(value, env, clock);
        }
        let there = self.template.clock(there);
        let node = self.expr(value, env, there);
        if self.node(node).is_constant {
            return node;
        }
        let kind = self.kind(node);
        self.template.add(Op::Held(there), &[node], clock, kind, place)
    }

    fn timeframe(&mut self, name: &Name, here: Clock) -> Option<Timeframe> {
        let Ok(timeframe) = name.text.parse::<Timeframe>() else {
            let markets = self.scope.markets.iter().copied();
            let meant = nearest(&name.text, markets).map(str::to_owned);
            let meant = meant.or_else(|| meant_frame(&name.text));
            let message = format!(
                "{} is neither a market of this text nor a timeframe such as 15m, 4h or 1d",
                name.text
            );
            self.fault(Diagnostic::new(Code::Clock, name.place, message).meant(meant.as_deref()));
            return None;
        };
        let longer = here.timeframe.filter(|frame| *frame > timeframe);
        if let Some(longer) = longer {
            let message = format!("inside of @{longer} there are no bars of {timeframe}");
            self.fault(Diagnostic::new(Code::Clock, name.place, message));
            return None;
        }
        let mut frames: Vec<_> =
            self.template.clocks.iter().filter_map(|clock| clock.timeframe).collect();
        frames.push(timeframe);
        frames.sort_unstable();
        frames.dedup();
        if frames.len() > TIMEFRAMES_MAX {
            let message =
                format!("a text goes by at most {TIMEFRAMES_MAX} timeframes besides its own");
            self.fault(Diagnostic::new(Code::Limit, name.place, message));
            return None;
        }
        Some(timeframe)
    }
}

const fn is_compared(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Compare(..))
}

/// The timeframe that is perhaps meant: in capitals, with its unit written out, or by a word.
fn meant_frame(text: &str) -> Option<String> {
    let lower = text.to_lowercase();
    let digits = lower.trim_end_matches(|char: char| !char.is_ascii_digit());
    let (count, unit) =
        if digits.is_empty() { ("1", &*lower) } else { (digits, &lower[digits.len()..]) };
    let unit = match unit {
        "m" | "min" | "mins" | "minute" | "minutes" => "m",
        "h" | "hr" | "hrs" | "hour" | "hours" | "hourly" => "h",
        "d" | "day" | "days" | "daily" => "d",
        "w" | "wk" | "week" | "weekly" => "w",
        "mo" | "mon" | "month" | "monthly" => "mo",
        _ => return None,
    };
    let frame = format!("{count}{unit}");
    frame.parse::<Timeframe>().is_ok().then_some(frame)
}
