//! Which strategy a submission asks for, by name or as a text, and whether its parameters are given
//! as it takes them.

use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::Runner;
use super::error::RunnerError;
use super::found::Found;
use super::sourcing::Sourced;
use crate::market::Timeframe;
use crate::rules::{Diagnostic, compile};
use crate::run::{BacktestRequest, RuleText, Violations};
use crate::strategy::Params;

/// The strategy that a submission asks for.
pub(super) struct Chosen<'c> {
    pub entry: Found<'c>,
    /// The text that made it, if one did.
    pub rules: Option<Arc<RuleText>>,
    /// The longer timeframes that the text goes by.
    timeframes: Vec<Timeframe>,
    /// What the text may not mean as it says it.
    pub warnings: Vec<String>,
}

impl Runner {
    pub(super) async fn resolve_strategy(
        &self,
        path: &str,
        request: &BacktestRequest,
        violations: &mut Violations,
    ) -> Result<Option<(Chosen<'_>, Params)>, RunnerError> {
        let chosen = if request.strategy_source.is_empty() {
            self.by_name(path, request, violations)
        } else {
            by_text(path, request, violations).await?
        };
        let Some(chosen) = chosen else { return Ok(None) };
        Ok(match Params::resolve(&chosen.entry.params, &request.params) {
            Ok(params) => Some((chosen, params)),
            Err(errors) => {
                for error in errors {
                    violations.add(format!("{path}.params.{}", error.name), error.message);
                }
                None
            }
        })
    }

    fn by_name(
        &self,
        path: &str,
        request: &BacktestRequest,
        violations: &mut Violations,
    ) -> Option<Chosen<'_>> {
        match self.catalog.find(&request.strategy_name, &request.strategy_version) {
            Ok(entry) => Some(Chosen {
                entry: Found::Shipped(entry),
                rules: None,
                timeframes: Vec::new(),
                warnings: Vec::new(),
            }),
            Err(unknown) => {
                let field = if unknown.version_only { "version" } else { "name" };
                violations.add(format!("{path}.strategy.{field}"), unknown.message);
                None
            }
        }
    }
}

/// Reads the text on a thread that may take its time.
async fn by_text(
    path: &str,
    request: &BacktestRequest,
    violations: &mut Violations,
) -> Result<Option<Chosen<'static>>, RunnerError> {
    for (field, given) in [("name", &request.strategy_name), ("version", &request.strategy_version)]
    {
        if !given.is_empty() {
            let message = "must be empty where there is a source: a text names itself";
            violations.add(format!("{path}.strategy.{field}"), message);
        }
    }
    let source = request.strategy_source.clone();
    let compiled = spawn_blocking(move || (compile(&source), source)).await;
    let (compiled, source) = compiled.map_err(|_| RunnerError::ShuttingDown)?;
    for error in compiled.errors() {
        violations.add(place(path, error), error.message.clone());
    }
    let (Some(entry), Some(meaning)) = (compiled.entry, compiled.meaning) else {
        return Ok(None);
    };
    let warnings = compiled.diagnostics.iter();
    let warnings = warnings.map(|warning| format!("{}: {}", place(path, warning), warning.message));
    Ok(Some(Chosen {
        entry: Found::Made(Box::new(entry)),
        rules: Some(Arc::new(RuleText { source, meaning })),
        timeframes: compiled.timeframes,
        warnings: warnings.collect(),
    }))
}

fn place(path: &str, fault: &Diagnostic) -> String {
    format!("{path}.strategy.source:{}:{}", fault.place.line, fault.place.column)
}

impl Chosen<'_> {
    /// Whether the longer timeframes of the text are made of whole bars of the subscription.
    pub(super) fn check_timeframes(
        &self,
        path: &str,
        sourced: Option<&Sourced>,
        violations: &mut Violations,
    ) {
        let Some(Sourced { request, source }) = sourced else { return };
        for timeframe in &self.timeframes {
            if !source.days.nests(request.timeframe, *timeframe) {
                let message = format!(
                    "goes by bars of {timeframe}, which are not made of whole bars of {}",
                    request.timeframe
                );
                violations.add(format!("{path}.strategy.source"), message);
            }
        }
    }
}
