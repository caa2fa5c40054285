//! Which names a text defines.

use std::collections::BTreeSet;

use super::super::diagnostic::{Code, Diagnostic};
use super::super::language::{Fact, Source, find, prelude};
use super::super::limits::{AUXES_MAX, MARKETS_MAX, PARAMS_MAX};
use super::super::text::{Expr, Name, StatementKind, is_reserved};
use super::faults::Faults;
use super::{Named, Text};
use crate::market::AuxName;

/// The names of a text.
#[derive(Debug, Default)]
pub(super) struct Scope<'t> {
    pub(super) params: Named<'t, u8>,
    pub(super) definitions: Named<'t, &'t Expr>,
    pub(super) functions: Named<'t, (&'t [Name], &'t Expr)>,
    pub(super) markets: Vec<&'t str>,
    pub(super) auxes: Vec<&'t str>,
    /// What could not be read has these names: they fit everywhere.
    pub(super) unread: BTreeSet<&'t str>,
}

impl<'t> Scope<'t> {
    /// Collects them; what is named twice, or has a name that is taken, is told and left out.
    pub(super) fn of(text: Text<'t>, faults: &mut Faults) -> Self {
        let mut scope = Self::default();
        for statement in text {
            scope.take(&statement.kind, faults);
        }
        scope.take_out_recursive(text, faults);
        scope
    }

    /// A function that calls itself is put in place of its call for ever: it is told once, and
    /// nothing is put there.
    fn take_out_recursive(&mut self, text: Text<'t>, faults: &mut Faults) {
        for statement in text {
            let StatementKind::Function { name, .. } = &statement.kind else { continue };
            let own = name.text.as_str();
            let called = self.called_by(own);
            if !called.contains(own) {
                continue;
            }
            let with = called.iter().copied().filter(|other| *other != own);
            let with: Vec<&str> =
                with.filter(|other| self.called_by(other).contains(own)).collect();
            let way = if with.is_empty() {
                String::new()
            } else {
                format!(" through {}", with.join(", "))
            };
            let message = format!(
                "{own} calls itself{way}, which a function cannot: only a definition has a past of \
                 its own, such as x = default(x[1] + 1, 0)"
            );
            faults.push(Diagnostic::new(Code::Cycle, name.place, message));
            for function in with.into_iter().chain([own]) {
                self.functions.remove(function);
                self.unread.insert(function);
            }
        }
    }

    /// The functions of the text that one calls, at once or by others.
    fn called_by(&self, name: &str) -> BTreeSet<&'t str> {
        let mut called = BTreeSet::new();
        let mut unread: Vec<&'t Expr> = Vec::from_iter(self.functions.get(name).map(|it| it.1));
        while let Some(body) = unread.pop() {
            for word in body.calls() {
                if let Some((_, inner)) = self.functions.get(word)
                    && called.insert(word)
                {
                    unread.push(inner);
                }
            }
        }
        called
    }

    fn take(&mut self, kind: &'t StatementKind, faults: &mut Faults) {
        match kind {
            StatementKind::Param(param) => {
                if self.params.len() == PARAMS_MAX {
                    let message = format!("a text has at most {PARAMS_MAX} parameters");
                    faults.push(Diagnostic::new(Code::Limit, param.name.place, message));
                    // Its name is known all the same: one mistake is told once.
                    self.definitions.insert(&param.name.text, &param.default);
                } else if self.is_free(&param.name, faults) {
                    let index = self.params.len() as u8;
                    self.params.insert(&param.name.text, index);
                }
            }
            StatementKind::Definition { name, value } if self.is_free(name, faults) => {
                self.definitions.insert(&name.text, value);
            }
            StatementKind::Function { name, arguments, value }
                if self.is_free_function(name, faults) =>
            {
                for (place, argument) in arguments.iter().enumerate() {
                    if arguments[..place].iter().any(|before| before.text == argument.text) {
                        let message = format!("{} is an argument twice", argument.text);
                        faults.push(Diagnostic::new(Code::Duplicate, argument.place, message));
                    }
                }
                self.functions.insert(&name.text, (arguments, value));
            }
            StatementKind::Market { name, .. } => {
                if self.markets.len() == MARKETS_MAX {
                    let message = format!("a text names at most {MARKETS_MAX} markets");
                    faults.push(Diagnostic::new(Code::Limit, name.place, message));
                } else if self.is_free(name, faults) {
                    self.markets.push(&name.text);
                }
            }
            StatementKind::Aux { name, .. } => self.take_aux(name, faults),
            StatementKind::Unread(name) => _ = self.unread.insert(&name.text),
            _ => {}
        }
    }

    fn take_aux(&mut self, name: &'t Name, faults: &mut Faults) {
        if self.auxes.len() == AUXES_MAX {
            let message = format!("a text names at most {AUXES_MAX} auxiliary series");
            faults.push(Diagnostic::new(Code::Limit, name.place, message));
        } else if let Err(error) = AuxName::new(&name.text) {
            let message = format!("{} {error}, as auxiliary series have it", name.text);
            let lower = name.text.to_lowercase();
            let meant = Some(lower.as_str()).filter(|lower| AuxName::new(lower).is_ok());
            faults.push(Diagnostic::new(Code::Range, name.place, message).meant(meant));
            // One mistake is told once.
            self.unread.insert(&name.text);
        } else if self.is_free(name, faults) {
            self.auxes.push(&name.text);
        }
    }

    fn is_free(&self, name: &Name, faults: &mut Faults) -> bool {
        let text = name.text.as_str();
        let owner = if self.params.contains_key(text) || self.definitions.contains_key(text) {
            "is defined twice"
        } else if self.markets.contains(&text) || self.auxes.contains(&text) {
            "is named twice"
        } else if Source::of_word(text).is_some() || text == "tick" {
            "is a name of the bar"
        } else if Fact::OWNERS.contains(&text) {
            "is a name of the account"
        } else if prelude().values.contains_key(text) {
            "is a name of the language"
        } else if is_reserved(text) || matches!(text, "true" | "false" | "none" | "if") {
            "is a word of the language"
        } else {
            return true;
        };
        faults.push(Diagnostic::new(Code::Duplicate, name.place, format!("{text} {owner}")));
        false
    }

    fn is_free_function(&self, name: &Name, faults: &mut Faults) -> bool {
        let text = name.text.as_str();
        let owner = if self.functions.contains_key(text) {
            "is defined twice"
        } else if find(text).is_some() || prelude().functions.contains_key(text) {
            "is a function of the language"
        } else {
            return true;
        };
        faults.push(Diagnostic::new(Code::Duplicate, name.place, format!("{text} {owner}")));
        false
    }

    /// The definitions that one needs, itself and pasts included.
    pub(super) fn needed_by(&self, name: &'t str, value: &'t Expr) -> BTreeSet<&'t str> {
        let mut needed = BTreeSet::from([name]);
        let mut unread = vec![value];
        while let Some(value) = unread.pop() {
            for word in value.words() {
                let own = self.definitions.get(word).copied();
                let own = own.or_else(|| prelude().values.get(word));
                let body = own.or_else(|| self.functions.get(word).map(|(_, body)| *body));
                if let Some(body) = body
                    && needed.insert(word)
                {
                    unread.push(body);
                }
            }
        }
        needed
    }

    /// All names that have a value, for whoever looks for the nearest.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.params.keys().chain(self.definitions.keys()).copied();
        let sources = Source::ALL.iter().map(|(_, word, _)| *word);
        let prelude = prelude().values.keys().map(String::as_str);
        let own = own.chain(self.unread.iter().copied());
        own.chain(sources).chain(prelude).chain(["tick", "position", "last", "account"])
    }
}
