//! Strategies as text on their way to the wire.

use crate::pb;
use crate::rules::{Compiled, Diagnostic, FunctionText, Language, Pace, Severity};
use crate::strategy::{AuxNeed, NamedAux, StrategyEntry};

/// The most diagnostics of an answer: who reads a hundred has enough to do.
const DIAGNOSTICS_MAX: usize = 100;

impl From<&Compiled> for pb::CheckStrategyResponse {
    fn from(compiled: &Compiled) -> Self {
        let mut diagnostics: Vec<&Diagnostic> = compiled.diagnostics.iter().collect();
        if diagnostics.len() > DIAGNOSTICS_MAX {
            diagnostics.sort_by_key(|fault| (fault.code.severity(), fault.place));
            diagnostics.truncate(DIAGNOSTICS_MAX);
            diagnostics.sort_by_key(|fault| fault.place);
        }
        Self {
            diagnostics: diagnostics.into_iter().map(Into::into).collect(),
            strategy: compiled.entry.as_ref().map(Into::into),
            node_count: compiled.node_count as i32,
            warmup_bars: compiled.warmup_bars.into(),
            speed_class: speed_class(compiled).into(),
            speed_reason: compiled.slowed_by.clone().unwrap_or_default(),
            timeframes: compiled.timeframes.iter().map(ToString::to_string).collect(),
            markets: compiled.entry.as_ref().map_or_else(Vec::new, |entry| entry.markets.clone()),
            auxes: compiled.entry.as_ref().map_or_else(Vec::new, auxes),
            rule_sha256: compiled.meaning.map_or_else(String::new, |meaning| meaning.to_string()),
        }
    }
}

fn auxes(entry: &StrategyEntry) -> Vec<pb::RuleAux> {
    let Some(AuxNeed::Named(named)) = &entry.aux else { return Vec::new() };
    let told = named.iter().cloned();
    told.map(|NamedAux { name, columns }| pb::RuleAux { name, columns }).collect()
}

const fn speed_class(compiled: &Compiled) -> pb::SpeedClass {
    match (&compiled.entry, compiled.pace) {
        (None, _) => pb::SpeedClass::Unspecified,
        (Some(_), Pace::Leap) => pb::SpeedClass::Leap,
        (Some(_), Pace::Walk) => pb::SpeedClass::Walk,
        (Some(_), Pace::Rest) => pb::SpeedClass::Rest,
        (Some(_), Pace::Bars) => pb::SpeedClass::Bars,
    }
}

impl From<&Diagnostic> for pb::Diagnostic {
    fn from(fault: &Diagnostic) -> Self {
        let severity = match fault.code.severity() {
            Severity::Error => pb::Severity::Error,
            Severity::Warning => pb::Severity::Warning,
        };
        Self {
            severity: severity.into(),
            code: fault.code.as_str().to_owned(),
            message: fault.message.clone(),
            line: fault.place.line as i32,
            column: fault.place.column as i32,
            length: fault.place.length as i32,
            suggestion: fault.suggestion.clone(),
        }
    }
}

impl From<Language> for pb::DescribeLanguageResponse {
    fn from(language: Language) -> Self {
        Self {
            language: language.name.to_owned(),
            functions: language.functions.into_iter().map(Into::into).collect(),
            keywords: language.keywords.iter().map(|word| (*word).to_owned()).collect(),
            prelude: language.prelude.to_owned(),
        }
    }
}

impl From<FunctionText> for pb::FunctionSpec {
    fn from(function: FunctionText) -> Self {
        let FunctionText { name, signature, description, category, definition } = function;
        Self { name, signature, description, category, definition }
    }
}
