//! Strategies as text that users keep by name: taken in, told, and found for a run.

use std::collections::HashMap;
use std::sync::Arc;

use tokio::sync::Mutex;
use tokio::task::spawn_blocking;

use super::Runner;
use super::choose::place;
use super::error::RunnerError;
use crate::digest::Digest;
use crate::excerpt::excerpt;
use crate::rules::{Compiled, Diagnostic, LANGUAGE, compile};
use crate::run::{Actor, Violations};
use crate::storage::{NewStrategy, SaveOutcome, StrategyRow};
use crate::strategy::{ParamSpec, StrategyEntry, UnknownStrategy};

/// Names that are kept: a list of them all is one answer.
const NAMES_MAX: u32 = 200;
/// Texts that are kept, of all names together.
const VERSIONS_MAX: u32 = 10_000;
/// Characters of a name.
const NAME_LENGTH_MAX: usize = 64;
/// Outlines that are remembered: of all that a list tells, and as many beside.
const OUTLINES_MAX: usize = 2 * NAMES_MAX as usize;

/// A strategy that somebody saved.
#[derive(Clone, Debug)]
pub struct SavedStrategy {
    /// Its name, version and text.
    pub row: StrategyRow,
    /// What the text says; `None` if this server cannot read it.
    pub outline: Option<Arc<Outline>>,
}

/// What a text says of itself.
#[derive(Debug)]
pub struct Outline {
    /// What a list shows.
    pub display_name: String,
    /// What a trader needs to know.
    pub description: String,
    /// What it takes.
    pub params: Vec<ParamSpec>,
    /// Whether it finds the size of its entries by itself.
    pub sizes_itself: bool,
}

/// What became of a text to be saved.
#[derive(Debug)]
pub struct Saving {
    /// The strategy as it is kept.
    pub strategy: SavedStrategy,
    /// Whether its version is new.
    pub is_new: bool,
    /// What the text may not mean as it says it.
    pub warnings: Vec<Diagnostic>,
}

/// Outlines of texts: reading one takes milliseconds, and a list would read them all.
#[derive(Debug, Default)]
pub(super) struct Outlines(Mutex<HashMap<Digest, Option<Arc<Outline>>>>);

impl Outlines {
    /// One text is read at a time, so that no number of lists takes more than one thread.
    async fn of(&self, row: &StrategyRow) -> Result<Option<Arc<Outline>>, RunnerError> {
        if row.language != LANGUAGE {
            return Ok(None);
        }
        let key = Digest::of(row.source.as_bytes());
        let mut known = self.0.lock().await;
        if let Some(outline) = known.get(&key) {
            return Ok(outline.clone());
        }
        let source = row.source.clone();
        let outline = spawn_blocking(move || compile(&source).entry.map(Outline::of)).await;
        let outline = outline.map_err(|_| RunnerError::ShuttingDown)?.map(Arc::new);
        if known.len() >= OUTLINES_MAX {
            known.clear();
        }
        known.insert(key, outline.clone());
        Ok(outline)
    }
}

impl Outline {
    fn of(entry: StrategyEntry) -> Self {
        Self {
            sizes_itself: entry.sizes_itself(),
            display_name: entry.display_name.into_owned(),
            description: entry.description.into_owned(),
            params: entry.params,
        }
    }
}

impl Runner {
    /// Keeps a text under a name, unless it is the newest one of that already.
    pub async fn save_strategy(
        &self,
        name: String,
        source: String,
        actor: &Actor,
    ) -> Result<Saving, RunnerError> {
        let mut violations = Violations::default();
        if let Some(fault) = self.name_fault(&name) {
            violations.add("name", fault);
        }
        if source.is_empty() {
            violations.add("source", "is required: a strategy as text");
            return Err(RunnerError::Invalid(violations));
        }
        let compiled = spawn_blocking(move || (compile(&source), source)).await;
        let (compiled, source) = compiled.map_err(|_| RunnerError::ShuttingDown)?;
        for error in compiled.errors() {
            violations.add(place("source", error), error.message.clone());
        }
        violations.into_result()?;
        let Compiled { entry, meaning: Some(meaning), diagnostics, .. } = compiled else {
            return Err(RunnerError::Invalid(Violations::default()));
        };
        let new = NewStrategy {
            name,
            source,
            meaning,
            language: LANGUAGE,
            create_ms: self.clock.now_ms(),
            names_max: NAMES_MAX,
            versions_max: VERSIONS_MAX,
        };
        let full = |message| Err(RunnerError::TooManyStrategies { message });
        match self.store.by(actor, self.clock.now_ms()).save_strategy(new).await? {
            SaveOutcome::Kept { row, is_new } => {
                let outline = entry.map(Outline::of).map(Arc::new);
                let strategy = SavedStrategy { row, outline };
                Ok(Saving { strategy, is_new, warnings: diagnostics })
            }
            SaveOutcome::NamesFull => full(format!(
                "{NAMES_MAX} strategies are saved, the most this server keeps; delete one first"
            )),
            SaveOutcome::VersionsFull => full(format!(
                "{VERSIONS_MAX} versions of strategies are saved, the most this server keeps; \
                 delete a strategy first"
            )),
        }
    }

    /// The newest version of each saved strategy, by name, but for those that a shipped one hides.
    pub async fn saved_strategies(&self) -> Result<Vec<SavedStrategy>, RunnerError> {
        let mut strategies = Vec::new();
        for row in self.store.saved_strategies().await? {
            if self.catalog.find(&row.name, "").is_err() {
                let outline = self.outlines.of(&row).await?;
                strategies.push(SavedStrategy { row, outline });
            }
        }
        Ok(strategies)
    }

    /// A saved strategy, the newest version unless one is named, with all its versions.
    pub async fn saved_strategy(
        &self,
        name: &str,
        version: &str,
    ) -> Result<(SavedStrategy, Vec<u32>), RunnerError> {
        match self.find_saved(name, version).await? {
            Ok(row) => {
                let outline = self.outlines.of(&row).await?;
                let versions = self.store.strategy_versions(name).await?;
                Ok((SavedStrategy { row, outline }, versions))
            }
            Err(unknown) => Err(not_found(name, &unknown)),
        }
    }

    /// Removes a saved strategy with all its versions.
    pub async fn delete_strategy(&self, name: &str, actor: &Actor) -> Result<(), RunnerError> {
        match self.find_saved(name, "").await? {
            Ok(row) => {
                self.store.by(actor, self.clock.now_ms()).delete_strategy(row.name).await?;
                Ok(())
            }
            Err(_) if self.catalog.find(name, "").is_ok() => {
                let mut violations = Violations::default();
                violations.add("name", format!("{name:?} is a strategy of the server itself"));
                Err(RunnerError::Invalid(violations))
            }
            Err(unknown) => Err(not_found(name, &unknown)),
        }
    }

    /// The text of that name and version, which no shipped strategy has.
    pub(super) async fn find_saved(
        &self,
        name: &str,
        version: &str,
    ) -> Result<Result<StrategyRow, UnknownStrategy>, RunnerError> {
        let newest =
            if is_name(name) { self.store.saved_strategy(name, None).await? } else { None };
        let Some(newest) = newest else {
            let saved = self.store.saved_strategies().await?;
            let saved: Vec<&str> = saved.iter().map(|row| row.name.as_str()).collect();
            return Ok(Err(self.catalog.unknown(name, &saved)));
        };
        if version.is_empty() {
            return Ok(Ok(newest));
        }
        // As a version is written, and no other way.
        let number = version.parse().ok().filter(|number: &u32| number.to_string() == version);
        if number.is_some()
            && let Some(row) = self.store.saved_strategy(name, number).await?
        {
            return Ok(Ok(row));
        }
        let (asked, at) = (excerpt(version), newest.version);
        let message = format!("{asked:?} is not saved; {name} is at \"{at}\"");
        Ok(Err(UnknownStrategy { version_only: true, message }))
    }

    fn name_fault(&self, name: &str) -> Option<String> {
        if !is_name(name) {
            let shown = excerpt(name);
            return Some(format!(
                "must be of a to z, 0 to 9 and _, begin with a letter and have at most \
                 {NAME_LENGTH_MAX} characters, but is {shown:?}"
            ));
        }
        let is_shipped = self.catalog.find(name, "").is_ok();
        is_shipped.then(|| format!("{name:?} is a strategy of the server itself; take another"))
    }
}

fn not_found(name: &str, unknown: &UnknownStrategy) -> RunnerError {
    let field = if unknown.version_only { "version" } else { "strategy" };
    let message = format!("{field} {}", unknown.message);
    RunnerError::StrategyNotFound { name: excerpt(name).into_owned(), message }
}

fn is_name(name: &str) -> bool {
    let rest = |char: u8| char.is_ascii_lowercase() || char.is_ascii_digit() || char == b'_';
    name.len() <= NAME_LENGTH_MAX
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_word_of_small_letters() {
        let longest = "a".repeat(NAME_LENGTH_MAX);
        for name in ["a", "my_cross_2", longest.as_str()] {
            assert!(is_name(name), "{name}");
        }
        let longer = "a".repeat(NAME_LENGTH_MAX + 1);
        for name in ["", "2a", "_a", "A", "a b", "a-b", "ä", "a/b", longer.as_str()] {
            assert!(!is_name(name), "{name}");
        }
    }
}
