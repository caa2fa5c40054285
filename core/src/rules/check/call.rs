//! Calls: of the text's own functions, of kernels, and of the prelude.

use std::cell::RefCell;

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{NodeId, Type};
use super::super::language::{self, FUNCTIONS, Function, Wanted, prelude};
use super::super::place::Place;
use super::super::text::{self, Expr, Name};
use super::checker::{Bound, Checker, Env};
use crate::spelling::nearest;

/// What an argument stands in for, once it is read.
pub(super) struct Given {
    pub(super) node: NodeId,
    pub(super) place: Place,
    /// As messages call it, if the user gave it to a function of the prelude: `n of sma`.
    known_as: Option<String>,
}

/// Functions of other languages, and what they are called here.
const FOREIGN: [(&str, &str); 20] = [
    ("crossover", "crosses_above"),
    ("crossunder", "crosses_below"),
    ("cross", "crosses"),
    ("barssince", "bars_since"),
    ("valuewhen", "value_when"),
    ("highestbars", "bars_from_highest"),
    ("lowestbars", "bars_from_lowest"),
    ("nz", "default"),
    ("na", "is_defined"),
    ("tr", "true_range"),
    ("dev", "mean_deviation"),
    ("percentrank", "percent_rank"),
    ("ln", "log"),
    ("smma", "rma"),
    ("bb", "bb_upper"),
    ("cum", "cumulative"),
    ("rank", "xs_rank"),
    ("zscore_across", "xs_zscore"),
    ("crossed_above", "crosses_above"),
    ("crossed_below", "crosses_below"),
];

impl<'t> Checker<'t> {
    pub(super) fn call(
        &mut self,
        name: &'t Name,
        arguments: &'t [text::Argument],
        place: Place,
        env: &Env<'t>,
        clock: u8,
    ) -> NodeId {
        let word = name.text.as_str();
        let own = self.scope.functions.get(word).copied().filter(|_| self.calls.is_empty());
        if let Some((names, body)) = own {
            self.read.push(word);
            return self.expanded(name, names, body, arguments, env, clock);
        }
        if let Some(function) = language::find(word) {
            return self.kernel_call(name, function, arguments, place, env, clock);
        }
        if let Some((names, body)) = prelude().functions.get(word) {
            let place = name.place;
            let before = self.faults.errors();
            let Some(inner) = self.bind(name, names, arguments, env) else {
                return self.unread(arguments, place, env, clock);
            };
            // What is given is read first: its own mistakes are told of it, not of the call.
            for argument in arguments {
                let node = self.expr(&argument.value, env, clock);
                self.check_shape(word, names, arguments, argument, node);
            }
            if self.faults.errors() > before {
                return self.undefined(place);
            }
            return self.of_prelude(word, place, |checker| checker.expr(body, &inner, clock));
        }
        if !(self.calls.is_empty() && self.scope.unread.contains(word)) {
            self.unknown_function(name);
        }
        self.unread(arguments, place, env, clock)
    }

    /// What is given to a function that cannot be called has mistakes of its own.
    fn unread(
        &mut self,
        arguments: &'t [text::Argument],
        place: Place,
        env: &Env<'t>,
        clock: u8,
    ) -> NodeId {
        for argument in arguments {
            self.expr(&argument.value, env, clock);
        }
        self.undefined(place)
    }

    /// Arguments of the prelude say by their letter what they are: `c` is a condition, all others
    /// are numbers.
    fn check_shape(
        &mut self,
        function: &str,
        names: &[Name],
        arguments: &[text::Argument],
        argument: &text::Argument,
        node: NodeId,
    ) {
        let place = arguments.iter().position(|other| std::ptr::eq(other, argument)).unwrap_or(0);
        let letter =
            argument.name.as_ref().or(names.get(place)).map_or("", |name| name.text.as_str());
        let who = format!("{letter} of {function}");
        if letter == "c" {
            self.wanted_condition(node, &who, argument.value.place);
        } else {
            self.wanted_number(node, &who, argument.value.place);
        }
    }

    /// A function's body in place of its call.
    fn expanded(
        &mut self,
        name: &'t Name,
        names: &'t [Name],
        body: &'t Expr,
        arguments: &'t [text::Argument],
        env: &Env<'t>,
        clock: u8,
    ) -> NodeId {
        match self.bind(name, names, arguments, env) {
            Some(inner) => self.expr(body, &inner, clock),
            None => self.unread(arguments, name.place, env, clock),
        }
    }

    /// Each argument by its name.
    fn bind(
        &mut self,
        function: &Name,
        names: &'t [Name],
        arguments: &'t [text::Argument],
        env: &Env<'t>,
    ) -> Option<Env<'t>> {
        let known: Vec<&str> = names.iter().map(|name| name.text.as_str()).collect();
        let places = self.places(function, &known, known.len(), false, arguments)?;
        if let Some(missing) = (0..known.len()).find(|index| !places.contains(index)) {
            self.wrong_count(function, &known, arguments.len(), known[missing]);
            return None;
        }
        let is_prelude = !self.calls.is_empty();
        let mut inner = Env::default();
        for (index, argument) in places.into_iter().zip(arguments) {
            let made = RefCell::new(Vec::new());
            let bound =
                Bound::Argument { value: &argument.value, env: env.clone(), is_prelude, made };
            inner = inner.with(&names[index].text, bound);
        }
        Some(inner)
    }

    /// For each argument given the place that it takes.
    fn places(
        &mut self,
        function: &Name,
        known: &[&str],
        most: usize,
        is_open: bool,
        arguments: &[text::Argument],
    ) -> Option<Vec<usize>> {
        let mut places = Vec::new();
        for (index, argument) in arguments.iter().enumerate() {
            let place = match &argument.name {
                None => index,
                Some(name) => {
                    let Some(place) = known.iter().position(|known| *known == name.text) else {
                        let meant = nearest(&name.text, known.iter().copied());
                        let message = format!("{} has no argument {}", function.text, name.text);
                        let fault = Diagnostic::new(Code::Arguments, name.place, message);
                        self.fault(fault.meant(meant));
                        return None;
                    };
                    place
                }
            };
            if places.contains(&place) {
                let message = format!("{} of {} is given twice", known[place], function.text);
                self.fault(Diagnostic::new(Code::Arguments, argument.value.place, message));
                return None;
            }
            places.push(place);
        }
        if places.len() > most && !is_open {
            self.wrong_count(function, known, arguments.len(), "");
            return None;
        }
        Some(places)
    }

    fn wrong_count(&mut self, function: &Name, known: &[&str], given: usize, missing: &str) {
        let name = &function.text;
        let takes = if known.is_empty() {
            format!("{name}() takes nothing")
        } else {
            format!("{name}({}) takes {}", known.join(", "), counted(known.len()))
        };
        let message = if missing.is_empty() || given >= known.len() {
            format!("{takes}, but is given {given}")
        } else {
            format!("{takes}, but is given {given}: {missing} is missing")
        };
        self.fault(Diagnostic::new(Code::Arguments, function.place, message));
    }

    fn kernel_call(
        &mut self,
        name: &'t Name,
        function: &'static Function,
        arguments: &'t [text::Argument],
        place: Place,
        env: &Env<'t>,
        clock: u8,
    ) -> NodeId {
        let known: Vec<&str> = function.arguments.iter().map(|argument| argument.name).collect();
        let Some(places) = self.places(name, &known, known.len(), function.is_open, arguments)
        else {
            return self.unread(arguments, place, env, clock);
        };
        let mut given: Vec<Option<Given>> = Vec::new();
        given.resize_with(known.len().max(arguments.len()), || None);
        for (index, argument) in places.into_iter().zip(arguments) {
            let node = self.expr(&argument.value, env, clock);
            let (place, known_as) = self.origin(&argument.value, env);
            given[index] = Some(Given { node, place, known_as });
        }
        let errors = self.faults.errors();
        let mut args = Vec::new();
        for (index, slot) in given.into_iter().enumerate() {
            let argument = &function.arguments[index.min(known.len() - 1)];
            match (slot, argument.default) {
                (Some(given), _) => {
                    let node = self.fitting(function.name, argument, &given);
                    args.push(Given { node, ..given });
                }
                (None, Some(default)) => {
                    let node = self.number(default, place);
                    args.push(Given { node, place, known_as: None });
                }
                (None, None) => {
                    self.wrong_count(name, &known, arguments.len(), argument.name);
                    return self.undefined(place);
                }
            }
        }
        if self.faults.errors() > errors {
            return self.undefined(place);
        }
        self.kernel_node(function, &args, place, clock)
    }

    /// Where the user wrote a value: for an argument of a function of the prelude that is what was
    /// given to it, with the name that it has there.
    fn origin(&self, value: &Expr, env: &Env<'t>) -> (Place, Option<String>) {
        let (mut value, mut env, mut known_as) = (value, env, None);
        while let text::ExprKind::Name(name) = &value.kind
            && let Some(binding) = env.find(name)
            && let Bound::Argument { value: given, env: outer, is_prelude, .. } = &binding.bound
        {
            if !is_prelude {
                known_as = self.calls.first().map(|(_, call)| format!("{name} of {call}"));
            }
            (value, env) = (given, outer);
        }
        (value.place, known_as)
    }

    fn fitting(&mut self, function: &str, argument: &language::Argument, given: &Given) -> NodeId {
        let who = given.known_as.clone();
        let who = who.unwrap_or_else(|| format!("{} of {function}", argument.name));
        // What the user gave is told where he wrote it.
        let calls = given.known_as.as_ref().map(|_| std::mem::take(&mut self.calls));
        let node = self.fitted(argument.wanted, given.node, &who, given.place);
        if let Some(calls) = calls {
            self.calls = calls;
        }
        node
    }

    fn fitted(&mut self, wanted: Wanted, node: NodeId, who: &str, place: Place) -> NodeId {
        match wanted {
            Wanted::Number => self.wanted_number(node, who, place),
            Wanted::Condition => self.wanted_condition(node, who, place),
            Wanted::Either if self.kind(node) != Type::Text => node,
            Wanted::Either => {
                let message = format!("{who} takes a number or a condition, but this is a text");
                self.wrong(Code::Type, place, message)
            }
            Wanted::Bars { .. } | Wanted::Constant { .. } => {
                let node = self.wanted_number(node, who, place);
                if self.node(node).is_constant {
                    return node;
                }
                let message = format!("{who} must be constant: made of numbers and parameters");
                self.wrong(Code::NotConstant, place, message)
            }
        }
    }

    fn unknown_function(&mut self, name: &Name) {
        let word = name.text.as_str();
        if self.scope.names().any(|known| known == word) {
            let message = format!("{word} is no function; its past is {word}[1]");
            return self.fault(Diagnostic::new(Code::UnknownFunction, name.place, message));
        }
        let own = self.scope.functions.keys().chain(&self.scope.unread).copied();
        let kernels = FUNCTIONS.iter().map(|function| function.name);
        let prelude = prelude().functions.keys().map(String::as_str);
        let foreign = FOREIGN.iter().find(|(foreign, _)| *foreign == word);
        let meant = match foreign {
            Some((_, here)) => Some((*here).to_owned()),
            None => nearest(word, own.chain(kernels).chain(prelude)).map(str::to_owned),
        };
        let message = format!("there is no function {word}");
        let fault = Diagnostic::new(Code::UnknownFunction, name.place, message);
        self.fault(fault.meant(meant.as_deref()));
    }
}

fn counted(count: usize) -> String {
    if count == 1 { "one argument".to_owned() } else { format!("{count} arguments") }
}
