//! Constants that say what cannot be.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{NodeId, Op, Orders, Setting, build};
use super::super::language::Kernel;
use super::super::place::Place;
use super::super::text::{Expr, ExprKind, expr_text};
use super::checker::Checker;
use super::param::ParamKind;
use crate::market::Decimal;
use crate::spelling::nearest;

const SIDES: [&str; 3] = ["long_only", "short_only", "both"];

impl<'t> Checker<'t> {
    /// What a constant without parameters is; `None` of others.
    pub(super) fn value_of(&self, node: NodeId) -> Option<f64> {
        if !self.node(node).is_constant || self.node(node).params != 0 {
            return None;
        }
        let setting = Setting { params: &[], ticks: &[Decimal::ONE] };
        let (graph, nodes) = build(&self.template, setting, std::iter::once(node)).ok()?;
        Some(graph.constant(nodes[0]).unwrap_or(f64::NAN))
    }

    /// Which part of a position is left.
    pub(super) fn portion(&mut self, expr: &'t Expr) -> NodeId {
        let errors = self.faults.errors();
        let node = self.plain_number(expr, "part");
        if self.faults.errors() == errors {
            self.check_portion(node, expr, true);
        }
        node
    }

    /// Of a choice each branch that is constant: what is more than all would count as all. A branch
    /// may leave nothing, where the whole may not.
    fn check_portion(&mut self, node: NodeId, expr: &'t Expr, is_whole: bool) {
        let is_part =
            |part: f64| part > 0.0 && part <= 1.0 || !is_whole && (part == 0.0 || part.is_nan());
        if let Some(part) = self.value_of(node) {
            if !is_part(part) {
                let found = expr_text(expr);
                let message =
                    format!("a part is above 0 and at most 100%, such as 50%, but this is {found}");
                self.fault(Diagnostic::new(Code::Range, expr.place, message));
            }
            return;
        }
        let made = self.node(node);
        let branches = match (&expr.kind, made.op, made.args.as_slice()) {
            (ExprKind::If { yes, no, .. }, Op::Kernel(Kernel::If), &[_, a, b]) => {
                [(a, yes), (b, no)]
            }
            _ => return,
        };
        for (node, written) in branches {
            self.check_portion(node, written, false);
        }
    }

    /// Sides are one of three words, and so is all that a parameter of them may be.
    pub(super) fn check_sides(&mut self, node: NodeId, place: Place) {
        let words = match self.node(node).op {
            Op::Text(text) => vec![self.template.texts[usize::from(text)].clone()],
            Op::Param(index) => match self.params.get(usize::from(index)).map(|it| &it.kind) {
                Some(ParamKind::Choice { words, .. }) => words.clone(),
                _ => Vec::new(),
            },
            _ => Vec::new(),
        };
        let Some(wrong) = words.iter().find(|word| !SIDES.contains(&word.as_str())) else { return };
        let message = format!(
            "sides takes \"long_only\", \"short_only\", \"both\" or a parameter of them, but not \
             {wrong:?}"
        );
        let meant = nearest(wrong.as_str(), SIDES).map(|word| format!("{word:?}"));
        self.fault(Diagnostic::new(Code::Range, place, message).meant(meant.as_deref()));
    }

    /// A share that is written where a price belongs: `stop long at 5%`.
    pub(super) fn warn_of_share(&mut self, level: &'t Expr, is_below: bool) {
        let share = expr_text(level);
        if !matches!(level.kind, ExprKind::Number(_)) || !share.ends_with('%') {
            return;
        }
        let sign = if is_below { '-' } else { '+' };
        let meant = format!("position.entry * (1 {sign} {share})");
        let message = format!("a level is a price, and {share} is a very low one");
        let fault = Diagnostic::new(Code::MixedUnits, level.place, message);
        self.fault(fault.meant(Some(&meant)));
    }

    /// One of the words that sides takes, without its quotes.
    pub(super) fn is_unquoted_side(&mut self, value: &'t Expr) -> bool {
        let ExprKind::Name(name) = &value.kind else { return false };
        let is_known = self.scope.params.contains_key(name.as_str())
            || self.scope.definitions.contains_key(name.as_str());
        let Some(word) = nearest(name, SIDES).filter(|_| !is_known) else { return false };
        let quoted = format!("{word:?}");
        let message = format!("there is no {name}: the sides are a text in quotes");
        let fault = Diagnostic::new(Code::UnknownName, value.place, message);
        self.fault(fault.meant(Some(&quoted)));
        true
    }

    /// Prices that are none, or below all prices.
    pub(super) fn warn_of_none(&mut self, orders: &Orders<NodeId>) {
        let prices = orders.entries.iter().flat_map(|entry| entry.price.nodes());
        let never = "no order is ever put at this price";
        let mut told: Vec<(Place, &str)> = Vec::new();
        for node in prices {
            if self.value_of(node).is_some_and(|price| price.is_nan() || price <= 0.0) {
                told.push((self.node(node).place, never));
            }
        }
        for order in &orders.levels {
            if self.value_of(order.level).is_some_and(f64::is_nan) {
                told.push((self.node(order.level).place, "this level is none: nothing is entered"));
            }
        }
        for (place, message) in told {
            self.fault(Diagnostic::new(Code::NeverTrue, place, message));
        }
    }
}
