//! Which strategy a submission asks for, by a name, shipped or saved, or as a text, and whether its
//! parameters are given as it takes them.

use std::collections::HashSet;
use std::sync::Arc;

use tokio::task::spawn_blocking;

use super::Runner;
use super::error::RunnerError;
use super::found::Found;
use super::sourcing::{Sourced, traded};
use crate::market::Timeframe;
use crate::rules::{Diagnostic, LANGUAGE, compile};
use crate::run::{BacktestRequest, RuleText, Violations};
use crate::storage::StrategyRow;
use crate::strategy::{ALL_IN, Params, StrategyEntry};
use crate::trading::{Sizing, Weight};

/// The strategy that a submission asks for.
pub(super) struct Chosen<'c> {
    pub entry: Found<'c>,
    /// The text that made it, if one did.
    pub rules: Option<Arc<RuleText>>,
    /// The longer timeframes that the text goes by, each with the place of its subscription.
    timeframes: Vec<(usize, Timeframe)>,
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
            self.by_name(path, request, violations).await?
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

    async fn by_name(
        &self,
        path: &str,
        request: &BacktestRequest,
        violations: &mut Violations,
    ) -> Result<Option<Chosen<'_>>, RunnerError> {
        let (name, version) = (&request.strategy_name, &request.strategy_version);
        let found = match self.catalog.find(name, version) {
            Ok(entry) => return Ok(Some(Chosen::shipped(entry))),
            Err(unknown) if unknown.version_only => Err(unknown),
            Err(_) => self.find_saved(name, version).await?,
        };
        match found {
            Ok(row) => saved(path, row, violations).await,
            Err(unknown) => {
                let field = if unknown.version_only { "version" } else { "name" };
                violations.add(format!("{path}.strategy.{field}"), unknown.message);
                Ok(None)
            }
        }
    }
}

/// A text that was read without an error when it was saved, perhaps by another server.
async fn saved(
    path: &str,
    row: StrategyRow,
    violations: &mut Violations,
) -> Result<Option<Chosen<'static>>, RunnerError> {
    let StrategyRow { name, version, source, language, .. } = row;
    let field = format!("{path}.strategy.name");
    if language != LANGUAGE {
        let message = format!("{name:?} is saved in {language}, but this server reads {LANGUAGE}");
        violations.add(field, message);
        return Ok(None);
    }
    let mut faults = Violations::default();
    let mut chosen = read(&format!("{path}.strategy.source"), source, &mut faults).await?;
    if let Some(Chosen { entry: Found::Made(entry), .. }) = &mut chosen {
        (entry.name, entry.version) = (name.into(), version.to_string().into());
    } else {
        let message = format!("{name:?} has errors for this server: check its text, and save");
        violations.add(field, message);
    }
    Ok(chosen)
}

/// A text that came with the request.
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
    let field = format!("{path}.strategy.source");
    read(&field, request.strategy_source.clone(), violations).await
}

/// Reads the text on a thread that may take its time.
async fn read(
    field: &str,
    source: String,
    violations: &mut Violations,
) -> Result<Option<Chosen<'static>>, RunnerError> {
    let compiled = spawn_blocking(move || (compile(&source), source)).await;
    let (compiled, source) = compiled.map_err(|_| RunnerError::ShuttingDown)?;
    for error in compiled.errors() {
        violations.add(place(field, error), error.message.clone());
    }
    let (Some(entry), Some(meaning)) = (compiled.entry, compiled.meaning) else {
        return Ok(None);
    };
    let warnings = compiled.diagnostics.iter();
    let warnings =
        warnings.map(|warning| format!("{}: {}", place(field, warning), warning.message));
    Ok(Some(Chosen {
        entry: Found::Made(Box::new(entry)),
        rules: Some(Arc::new(RuleText { source, meaning })),
        timeframes: compiled.longer,
        warnings: warnings.collect(),
    }))
}

/// Where in the text of a field something is.
pub(super) fn place(field: &str, fault: &Diagnostic) -> String {
    format!("{field}:{}:{}", fault.place.line, fault.place.column)
}

impl<'c> Chosen<'c> {
    fn shipped(entry: &'c StrategyEntry) -> Self {
        let (timeframes, warnings) = (Vec::new(), Vec::new());
        Self { entry: Found::Shipped(entry), rules: None, timeframes, warnings }
    }

    /// Whether the longer timeframes of the text are made of whole bars of the subscription.
    pub(super) fn check_timeframes(
        &self,
        path: &str,
        sourced: &[Sourced],
        violations: &mut Violations,
    ) {
        for (place, timeframe) in &self.timeframes {
            let Some(Sourced { request, source }) = sourced.get(*place) else { continue };
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

/// What a run gets that states no sizing: what the strategy says, and where that is all of the
/// equity for each of several instruments, an equal part of it for each.
pub(super) fn default_sizing(entry: &StrategyEntry, sourced: &[Sourced]) -> Option<Sizing> {
    let sizing = entry.default_sizing?;
    let instruments: HashSet<_> =
        traded(entry, sourced).map(|(_, it)| &it.request.instrument).collect();
    if sizing != ALL_IN || instruments.len() < 2 {
        return Some(sizing);
    }
    Some(Sizing::EquityFraction(Weight::one_of(instruments.len()).into()))
}
