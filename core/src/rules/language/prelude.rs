//! The functions and names that are written in the language itself.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use super::super::text::{Expr, Name, Statement, StatementKind, parse};

/// Its text, as users are shown it.
pub(in crate::rules) const PRELUDE: &str = include_str!("prelude.rules");

/// What the prelude defines.
pub(in crate::rules) struct Prelude {
    /// Names with a value, and how it comes about.
    pub(in crate::rules) values: BTreeMap<String, Expr>,
    /// Functions: their arguments and what they abbreviate.
    pub(in crate::rules) functions: BTreeMap<String, (Vec<Name>, Expr)>,
}

static READ: LazyLock<Prelude> = LazyLock::new(|| read(&parse(PRELUDE).0));

/// The prelude, read once.
pub(in crate::rules) fn prelude() -> &'static Prelude {
    &READ
}

fn read(statements: &[Statement]) -> Prelude {
    let mut prelude = Prelude { values: BTreeMap::new(), functions: BTreeMap::new() };
    for statement in statements {
        match statement.kind.clone() {
            StatementKind::Definition { name, value } => {
                prelude.values.insert(name.text, value);
            }
            StatementKind::Function { name, arguments, value } => {
                prelude.functions.insert(name.text, (arguments, value));
            }
            _ => {}
        }
    }
    prelude
}

#[cfg(test)]
mod tests {
    use super::super::function::FUNCTIONS;
    use super::*;

    #[test]
    fn the_prelude_is_read_whole_and_names_nothing_twice() {
        let (statements, faults) = parse(PRELUDE);
        assert!(faults.is_empty(), "{faults:?}");
        let prelude = prelude();
        assert_eq!(prelude.values.len() + prelude.functions.len(), statements.len());
        for function in FUNCTIONS {
            assert!(!prelude.functions.contains_key(function.name), "{}", function.name);
        }
    }
}
