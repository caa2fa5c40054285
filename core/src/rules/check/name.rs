//! What a name stands for.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::{Clock, NodeId, Op, Type, Unit};
use super::super::language::{Fact, Source, find, prelude};
use super::super::place::Place;
use super::super::text::{Expr, Name};
use super::checker::{Bound, Checker, Env};
use crate::market::AuxName;
use crate::spelling::nearest;

impl<'t> Checker<'t> {
    pub(super) fn name(&mut self, name: &'t str, place: Place, env: &Env<'t>, clock: u8) -> NodeId {
        if let Some(binding) = env.find(name) {
            return match &binding.bound {
                Bound::Variable(node) => *node,
                Bound::Argument { .. } => self.argument(&binding.bound, clock),
            };
        }
        let is_own = self.calls.is_empty();
        if is_own && let Some(index) = self.scope.params.get(name).copied() {
            self.read.push(name);
            let kind = self.param_kind(usize::from(index));
            return self.template.add(Op::Param(index), &[], 0, kind, place);
        }
        if is_own && let Some(value) = self.scope.definitions.get(name).copied() {
            self.read.push(name);
            return self.defined(name, value, place, clock);
        }
        if is_own && self.scope.unread.contains(name) {
            return self.undefined(place);
        }
        if let Some(source) = Source::of_word(name) {
            return self.source(source, clock, place);
        }
        if name == "tick" {
            let unit = self.price_unit(clock);
            return self.template.add(Op::Tick, &[], clock, unit, place);
        }
        if let Some(value) = prelude().values.get(name) {
            return self.of_prelude(name, place, |checker| checker.definition(name, value, clock));
        }
        self.unknown_name(name, place)
    }

    /// The value of a definition; one that is being read has a past only.
    fn defined(&mut self, name: &'t str, value: &'t Expr, place: Place, clock: u8) -> NodeId {
        if !self.is_open(name, clock) {
            return self.definition(name, value, clock);
        }
        let message = format!(
            "{name} needs its own value of the same bar; that of the bar before is {name}[1]"
        );
        let mut fault = Diagnostic::new(Code::Cycle, place, message);
        fault.suggestion = format!("{name}[1]");
        self.fault(fault);
        self.undefined(place)
    }

    /// The definition that a name stands for, of the text or of the prelude.
    pub(super) fn definition_of(&self, name: &str) -> Option<&'t Expr> {
        let own = self.scope.definitions.get(name).copied().filter(|_| self.calls.is_empty());
        own.or_else(|| prelude().values.get(name))
    }

    /// Reads an argument where it is used.
    fn argument(&mut self, bound: &Bound<'t>, clock: u8) -> NodeId {
        let Bound::Argument { value, env, is_prelude, made } = bound else {
            return self.undefined(Place::default());
        };
        let known = made.borrow().iter().find(|(known, _)| *known == clock).map(|(_, node)| *node);
        if let Some(node) = known {
            return node;
        }
        // What was written by the user is told where he wrote it.
        let calls = if *is_prelude { None } else { Some(std::mem::take(&mut self.calls)) };
        let node = self.expr(value, env, clock);
        if let Some(calls) = calls {
            self.calls = calls;
        }
        made.borrow_mut().push((clock, node));
        node
    }

    pub(super) fn source(&mut self, source: Source, clock: u8, place: Place) -> NodeId {
        let kind = if source.is_price() { self.price_unit(clock) } else { Type::PLAIN };
        self.template.add(Op::Source(source), &[], clock, kind, place)
    }

    /// Prices of the clock's market.
    pub(super) fn price_unit(&self, clock: u8) -> Type {
        let market = self.template.clocks[usize::from(clock)].market;
        Type::Number(Unit::Ticks { market, power: 1 })
    }

    /// Reads a part of the prelude; its mistakes are those of the place that uses it.
    pub(super) fn of_prelude(
        &mut self,
        name: &str,
        place: Place,
        read: impl FnOnce(&mut Self) -> NodeId,
    ) -> NodeId {
        self.calls.push((place, name.to_owned()));
        let node = read(self);
        self.calls.pop();
        node
    }

    fn unknown_name(&mut self, name: &str, place: Place) -> NodeId {
        let fault = if find(name).is_some()
            || prelude().functions.contains_key(name)
            || self.scope.functions.contains_key(name)
        {
            let message =
                format!("{name} is a function: it stands before its arguments, {name}(…)");
            Diagnostic::new(Code::UnknownName, place, message)
        } else if Fact::OWNERS.contains(&name) {
            let parts = parts_of(name).collect::<Vec<_>>().join(", ");
            let message = format!("{name} is no value; its parts are {parts}");
            Diagnostic::new(Code::Type, place, message)
        } else if self.scope.markets.contains(&name) {
            let message = format!("{name} is a market; its values are such as close@{name}");
            Diagnostic::new(Code::Type, place, message)
        } else if self.scope.auxes.contains(&name) {
            let message =
                format!("{name} is an auxiliary series; its values are its columns, {name}.value");
            Diagnostic::new(Code::Type, place, message)
        } else {
            // A part of a fact without its owner.
            let owned = Fact::ALL.iter().map(|(_, word, _)| *word);
            let owned = owned.filter(|word| word.split_once('.').is_some_and(|(_, it)| it == name));
            let meant = owned.take(1).next().or_else(|| nearest(name, self.scope.names()));
            Diagnostic::new(Code::UnknownName, place, format!("there is no {name}")).meant(meant)
        };
        self.fault(fault);
        self.undefined(place)
    }

    /// `position.entry`, or a column of an auxiliary series.
    pub(super) fn part(
        &mut self,
        owner: Option<&'t str>,
        of: &'t Expr,
        name: &'t Name,
        clock: u8,
    ) -> NodeId {
        let whole = of.place.to(name.place);
        if let Some(owner) = owner {
            return self.fact(owner, name, whole, clock);
        }
        if let super::super::text::ExprKind::Name(series) = &of.kind
            && let Some(index) = self.scope.auxes.iter().position(|aux| aux == series)
        {
            self.read.push(series);
            return self.aux_column(index, name, whole, clock);
        }
        if let super::super::text::ExprKind::Name(series) = &of.kind
            && self.scope.unread.contains(series.as_str())
        {
            return self.undefined(whole);
        }
        if let super::super::text::ExprKind::Name(market) = &of.kind
            && self.scope.markets.contains(&market.as_str())
        {
            let here = format!("{}@{market}", name.text);
            let message = format!("{market} is a market, whose values are written {here}");
            let fault = Diagnostic::new(Code::Type, whole, message);
            self.fault(Diagnostic { suggestion: here, ..fault });
            return self.undefined(whole);
        }
        let mut message = format!(
            "there is no .{} here: only position, last, account and auxiliary series have parts",
            name.text
        );
        let of = match &of.kind {
            super::super::text::ExprKind::Name(series) => series.as_str(),
            _ => "",
        };
        let known = Fact::OWNERS.into_iter().chain(self.scope.auxes.iter().copied());
        let meant = nearest(of, known).map(|owner| format!("{owner}.{}", name.text));
        if meant.is_none() && !of.is_empty() {
            message = format!("{message}, which are declared: aux {of}");
        }
        self.fault(Diagnostic::new(Code::Type, whole, message).meant(meant.as_deref()));
        self.undefined(whole)
    }

    fn aux_column(&mut self, index: usize, name: &'t Name, whole: Place, clock: u8) -> NodeId {
        let series = self.scope.auxes[index];
        if let Err(error) = AuxName::new(&name.text) {
            let message = format!("{} {error}, as columns of auxiliary series have it", name.text);
            let lower = name.text.to_lowercase();
            let meant = Some(lower.as_str()).filter(|lower| AuxName::new(lower).is_ok());
            self.fault(Diagnostic::new(Code::Range, name.place, message).meant(meant));
            return self.undefined(whole);
        }
        if self.template.clocks[usize::from(clock)].market != 0 {
            let message = format!(
                "{series} is the series of the traded instrument: it is not read behind @ of a \
                 market"
            );
            return self.wrong(Code::Clock, whole, message);
        }
        let column = self.template.text(&name.text);
        let op = Op::Aux { series: index as u8, column };
        self.template.add(op, &[], clock, Type::PLAIN, whole)
    }

    fn fact(&mut self, owner: &str, name: &Name, whole: Place, clock: u8) -> NodeId {
        let Some(fact) = Fact::of_word(&format!("{owner}.{}", name.text)) else {
            let meant = nearest(&name.text, parts_of(owner));
            let message = format!("{owner} has no {}", name.text);
            let fault = Diagnostic::new(Code::UnknownName, name.place, message).meant(meant);
            self.fault(fault);
            return self.undefined(whole);
        };
        let Clock { market, timeframe } = self.template.clocks[usize::from(clock)];
        if market != 0 || timeframe.is_some() {
            let message =
                format!("{} is told at each bar of the traded market, not behind @", fact.word());
            return self.wrong(Code::Clock, whole, message);
        }
        let kind = match fact {
            _ if fact.is_condition() => Type::Condition,
            _ if fact.is_price() => Type::Number(Unit::Ticks { market: 0, power: 1 }),
            _ => Type::PLAIN,
        };
        self.template.add(Op::Fact(fact), &[], clock, kind, whole)
    }
}

fn parts_of(owner: &str) -> impl Iterator<Item = &'static str> {
    Fact::ALL.iter().filter_map(move |(_, word, _)| word.strip_prefix(owner)?.strip_prefix('.'))
}
