//! From statements to a program: names are looked up, types and units found, functions put in
//! place of their calls, and every mistake told with its place.

mod call;
mod certain;
mod checker;
mod compared;
mod entry;
mod expression;
mod faults;
mod kernel_call;
mod name;
mod operator;
mod param;
mod scope;
mod size;
mod stated;
mod statement;
mod together;
mod warning;

use std::collections::BTreeMap;

use super::diagnostic::{Diagnostic, Severity};
use super::graph::{NodeId, Orders, Template};
use super::place::Place;
use super::text::{Statement, parse};
use crate::digest::Digest;
pub(super) use param::{Param, ParamKind};

/// A rule between parameters.
#[derive(Clone, Debug)]
pub(super) struct Require {
    pub(super) condition: NodeId,
    pub(super) message: String,
    /// Where the condition stands.
    pub(super) place: Place,
}

/// A text without mistakes.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) label: String,
    pub(super) description: String,
    pub(super) params: Vec<Param>,
    pub(super) requires: Vec<Require>,
    pub(super) template: Template,
    pub(super) orders: Orders<NodeId>,
    /// Definitions of the text in its order, as they are on the traded market's clock.
    pub(super) definitions: Vec<(String, NodeId)>,
    /// The conditions of its orders, as in `enter long:9`.
    pub(super) conditions: Vec<(String, NodeId)>,
    /// Markets that it reads, in the order of the subscriptions from the second on.
    pub(super) markets: Vec<String>,
    /// What it computes.
    pub(super) meaning: Digest,
}

/// What a text comes to.
#[derive(Debug)]
pub(super) struct Checked {
    /// Absent if there is an error.
    pub(super) program: Option<Program>,
    /// Errors and warnings by place.
    pub(super) diagnostics: Vec<Diagnostic>,
}

/// Reads and checks a text.
pub(super) fn check(source: &str) -> Checked {
    let (statements, mut diagnostics) = parse(source);
    let is_whole = diagnostics.is_empty();
    if !is_whole && statements.is_empty() {
        return Checked { program: None, diagnostics };
    }
    let (program, found) = checker::program(&statements, is_whole);
    diagnostics.extend(found);
    diagnostics.sort_by_key(|fault| fault.place);
    let has_error = diagnostics.iter().any(|fault| fault.code.severity() == Severity::Error);
    Checked { program: program.filter(|_| !has_error), diagnostics }
}

/// The statements by the names that they define.
type Named<'t, T> = BTreeMap<&'t str, T>;

/// All statements of a text.
type Text<'t> = &'t [Statement];
