//! What is wrong, each thing once.

use std::collections::HashSet;

use super::super::diagnostic::{Code, Diagnostic, Severity};
use super::super::place::Place;

/// The mistakes found so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    found: Vec<Diagnostic>,
    known: HashSet<(Code, Place, String)>,
}

impl Faults {
    /// Notes a mistake; a definition that is read for several clocks has it once.
    pub(super) fn push(&mut self, fault: Diagnostic) {
        if self.known.insert((fault.code, fault.place, fault.message.clone())) {
            self.found.push(fault);
        }
    }

    pub(super) fn errors(&self) -> usize {
        self.found.iter().filter(|fault| fault.code.severity() == Severity::Error).count()
    }

    pub(super) fn has(&self, code: Code) -> bool {
        self.found.iter().any(|fault| fault.code == code)
    }

    pub(super) fn into_found(self) -> Vec<Diagnostic> {
        self.found
    }
}
