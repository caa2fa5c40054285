//! The state of a check, and how definitions are read: each once a clock, and again where one
//! turns out to have a past of its own.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{Node, NodeId, Op, Template, Type};
use super::super::limits::{LEVELS_MAX, TEMPLATE_NODES_MAX, VISITS_MAX};
use super::super::place::Place;
use super::super::text::Expr;
use super::faults::Faults;
use super::scope::Scope;
use super::{Param, Program, Text};

/// Passes over a text until the types of its own pasts are known.
const PASSES_MAX: usize = 6;

/// Reads a whole text. What a past of its own is, is known once its definition was read: the text
/// is read again with it, until nothing changes.
pub(super) fn program(text: Text<'_>, is_whole: bool) -> (Option<Program>, Vec<Diagnostic>) {
    let mut assumed = HashMap::new();
    for pass in 1.. {
        let mut checker = Checker::new(text, assumed.clone());
        let (said, orders) = checker.whole(text, is_whole);
        let next = checker.types_of_owned();
        if next == assumed || pass == PASSES_MAX {
            if next != assumed {
                checker.unsettled(&next);
            }
            let program = checker.finished(said, orders);
            return (Some(program), checker.faults.into_found());
        }
        assumed = next;
    }
    (None, Vec::new())
}

/// Definitions on their clocks.
type OnClock<'t, T> = HashMap<(&'t str, u8), T>;

/// What a name within an expression stands for, the innermost first.
#[derive(Clone, Default)]
pub(super) struct Env<'t>(pub(super) Option<Rc<Binding<'t>>>);

pub(super) struct Binding<'t> {
    pub(super) name: &'t str,
    pub(super) bound: Bound<'t>,
    pub(super) outer: Env<'t>,
}

pub(super) enum Bound<'t> {
    /// The variable of a fold.
    Variable(NodeId),
    /// The argument of a function: read where it is used, once a clock.
    Argument { value: &'t Expr, env: Env<'t>, is_prelude: bool, made: RefCell<Vec<(u8, NodeId)>> },
}

impl<'t> Env<'t> {
    pub(super) fn with(&self, name: &'t str, bound: Bound<'t>) -> Self {
        Self(Some(Rc::new(Binding { name, bound, outer: self.clone() })))
    }

    pub(super) fn find(&self, name: &str) -> Option<&Binding<'t>> {
        let mut env = self;
        while let Some(binding) = env.0.as_deref() {
            if binding.name == name {
                return Some(binding);
            }
            env = &binding.outer;
        }
        None
    }
}

pub(super) struct Checker<'t> {
    pub(super) template: Template,
    pub(super) scope: Scope<'t>,
    pub(super) faults: Faults,
    pub(super) params: Vec<Param>,
    /// Those whose values could not be read: they fit everywhere.
    pub(super) unread_params: Vec<usize>,
    /// Definitions that are read, by clock.
    pub(super) made: OnClock<'t, NodeId>,
    /// Those that are being read.
    open: Vec<(&'t str, u8)>,
    /// What pasts of definitions are taken for, until those are read.
    assumed: OnClock<'t, Type>,
    /// Definitions whose pasts were met before they were read, with their places in the template.
    owned: Vec<(&'t str, &'t Expr, u8)>,
    /// The calls of prelude functions that are being read: mistakes in them are those of the call.
    pub(super) calls: Vec<(Place, String)>,
    /// Names that something reads.
    pub(super) read: Vec<&'t str>,
    pub(super) variables: u16,
    visits: u32,
    depth: u16,
}

impl<'t> Checker<'t> {
    fn new(text: Text<'t>, assumed: OnClock<'t, Type>) -> Self {
        let mut faults = Faults::default();
        let scope = Scope::of(text, &mut faults);
        let auxes = scope.auxes.iter().map(|name| (*name).to_owned()).collect();
        Self {
            template: Template::new(auxes),
            scope,
            faults,
            params: Vec::new(),
            unread_params: Vec::new(),
            made: HashMap::new(),
            open: Vec::new(),
            assumed,
            owned: Vec::new(),
            calls: Vec::new(),
            read: Vec::new(),
            variables: 0,
            visits: 0,
            depth: 0,
        }
    }

    /// Notes a mistake; inside of a function of the prelude it is told of the call.
    pub(super) fn fault(&mut self, fault: Diagnostic) {
        match self.calls.first() {
            None => self.faults.push(fault),
            Some((place, name)) if fault.code.severity() == super::Severity::Error => {
                let message = format!("{name}: {}", fault.message);
                self.faults.push(Diagnostic { place: *place, message, ..fault });
            }
            Some((place, _)) => self.faults.push(Diagnostic { place: *place, ..fault }),
        }
    }

    /// Notes a mistake and stands in for the value.
    pub(super) fn wrong(&mut self, code: Code, place: Place, message: impl Into<String>) -> NodeId {
        self.fault(Diagnostic::new(code, place, message));
        self.undefined(place)
    }

    pub(super) fn undefined(&mut self, place: Place) -> NodeId {
        self.template.add(Op::Undefined, &[], 0, Type::Any, place)
    }

    pub(super) fn kind(&self, node: NodeId) -> Type {
        self.template.node(node).kind
    }

    pub(super) fn node(&self, node: NodeId) -> &Node {
        self.template.node(node)
    }

    /// Counts an expression; `None` if there are too many, or too deep ones, which is told once.
    pub(super) fn enter(&mut self, place: Place) -> Option<()> {
        self.visits += 1;
        let message = if self.visits > VISITS_MAX {
            "the text is too large with all of its functions put in place".to_owned()
        } else if self.template.nodes.len() > TEMPLATE_NODES_MAX {
            format!("the text makes more than {TEMPLATE_NODES_MAX} nodes")
        } else if self.depth >= 2 * LEVELS_MAX {
            format!(
                "with functions put in place an expression has at most {} levels",
                2 * LEVELS_MAX
            )
        } else {
            self.depth += 1;
            return Some(());
        };
        let place = self.calls.first().map_or(place, |(place, _)| *place);
        if !self.faults.has(Code::Limit) {
            self.faults.push(Diagnostic::new(Code::Limit, place, message));
        }
        None
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// The value of a definition on a clock.
    pub(super) fn definition(&mut self, name: &'t str, value: &'t Expr, clock: u8) -> NodeId {
        if let Some(node) = self.made.get(&(name, clock)) {
            return *node;
        }
        self.open.push((name, clock));
        let mut node = self.expr(value, &Env::default(), clock);
        self.open.pop();
        if self.assumed.get(&(name, clock)) == Some(&Type::PLAIN) {
            node = self.plain(node, value.place, false);
        }
        self.made.insert((name, clock), node);
        node
    }

    /// Whether a definition is being read on that clock.
    pub(super) fn is_open(&self, name: &str, clock: u8) -> bool {
        self.open.contains(&(name, clock))
    }

    /// Whether the past of a definition has to be taken before it is read: it is being read, or it
    /// needs one that is.
    pub(super) fn is_ahead(&self, name: &'t str, value: &'t Expr, clock: u8) -> bool {
        let is_read = self.made.contains_key(&(name, clock));
        !is_read && !self.open.is_empty() && {
            let needed = self.scope.needed_by(name, value);
            self.open.iter().any(|(open, on)| *on == clock && needed.contains(open))
        }
    }

    /// The past of a definition that is read later.
    pub(super) fn own(
        &mut self,
        name: &'t str,
        value: &'t Expr,
        clock: u8,
        back: NodeId,
        place: Place,
    ) -> NodeId {
        let known = self.owned.iter().position(|own| (own.0, own.2) == (name, clock));
        let owned = known.unwrap_or_else(|| {
            self.owned.push((name, value, clock));
            self.owned.len() - 1
        });
        let kind = self.assumed.get(&(name, clock)).copied().unwrap_or(Type::Any);
        self.template.add(Op::Own(owned as u16), &[back], clock, kind, place)
    }

    /// Links own pasts with their definitions.
    pub(super) fn close_owned(&mut self) {
        let mut next = 0;
        while let Some((name, value, clock)) = self.owned.get(next).copied() {
            let node = self.definition(name, value, clock);
            self.template.owned.push(node);
            next += 1;
        }
    }

    /// What the definitions with own pasts are: a number of two units is a plain one.
    fn types_of_owned(&self) -> OnClock<'t, Type> {
        let found =
            |key: &(&'t str, u8)| self.made.get(key).map_or(Type::Any, |node| self.kind(*node));
        let owned = self.owned.iter().map(|(name, _, clock)| (*name, *clock));
        owned
            .map(|key| match (self.assumed.get(&key), found(&key)) {
                (Some(Type::Number(before)), Type::Number(now)) if *before != now => {
                    (key, Type::PLAIN)
                }
                (_, found) => (key, found),
            })
            .collect()
    }

    /// Tells of definitions that are one thing by their own past, and another by their value.
    fn unsettled(&mut self, found: &OnClock<'t, Type>) {
        for (name, value, clock) in std::mem::take(&mut self.owned) {
            let (before, now) = (self.assumed.get(&(name, clock)), found.get(&(name, clock)));
            if let (Some(before), Some(now)) = (before, now)
                && before != now
            {
                let (now, before) = (now.shown(), before.shown());
                let message = format!("{name} is {now} by its value, but {before} by its own past");
                self.fault(Diagnostic::new(Code::Type, value.place, message));
            }
        }
    }
}
