//! A run as it is kept: what it computes, how it goes, and what its owner calls it.

use std::collections::BTreeMap;

use super::allowance::{Allowance, AllowanceChange};
use super::id::RunId;
use super::origin::Origin;
use super::snapshot::Snapshot;
use super::spec::RunSpec;
use crate::digest::{Digest, Encoder};

/// Enough that no two of them are ever taken for each other.
const ETAG_DIGITS: usize = 16;

/// Everything that is known of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct RunRecord {
    /// How it goes.
    pub snapshot: Snapshot,
    /// What it computes.
    pub spec: RunSpec,
    /// Equal for equal work.
    pub run_key: Digest,
    /// The engine that computes it.
    pub engine_version: String,
    /// What its owner says of it.
    pub tags: Tags,
    /// How long it may take.
    pub allowance: Allowance,
    /// How long it has computed, over all of its former attempts.
    pub spent_ms: i64,
    /// The run that it goes on from.
    pub continues: Option<Continuation>,
    /// Where it was computed; `None` for here.
    pub origin: Option<Origin>,
}

/// From which search that was stopped another goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Continuation {
    /// The one that was stopped.
    pub run_id: RunId,
    /// Whether trials that failed there are tried again.
    pub retries_failed: bool,
}

/// What a run's owner says of it; not part of the work.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    /// A name to show.
    pub display_name: String,
    /// What people want to remember of it.
    pub notes: String,
    /// Free labels.
    pub labels: BTreeMap<String, String>,
    /// Higher goes first.
    pub priority: i32,
    /// Who submitted it; empty until there are accounts.
    pub owner: String,
}

/// A change of what people say of a run; what is `None` stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TagsChange {
    /// Another name.
    pub display_name: Option<String>,
    /// Other notes.
    pub notes: Option<String>,
    /// Other labels instead of all that there are.
    pub labels: Option<BTreeMap<String, String>>,
    /// Other values of single labels; without one, the label goes.
    pub each_label: BTreeMap<String, Option<String>>,
    /// How long it may take from now on.
    pub allowance: AllowanceChange,
}

impl TagsChange {
    /// What it changes, as the contract says it.
    pub fn named(&self) -> String {
        let fields = [
            ("display_name", self.display_name.is_some()),
            ("notes", self.notes.is_some()),
            ("labels", self.labels.is_some()),
            ("deadline", self.allowance.deadline.is_some()),
            ("compute_budget", self.allowance.budget.is_some()),
        ];
        let fields = fields.into_iter().filter(|(_, is_changed)| *is_changed);
        let labels = self.each_label.keys().map(|label| format!("labels.{label}"));
        fields.map(|(field, _)| field.to_owned()).chain(labels).collect::<Vec<_>>().join(", ")
    }
}

impl Tags {
    /// Another whenever what people say of the run is.
    pub fn etag(&self) -> String {
        let mut encoder = Encoder::new("tradeforge.run-tags/1");
        encoder.text(&self.display_name).text(&self.notes);
        for (label, value) in &self.labels {
            encoder.text(label).text(value);
        }
        encoder.finish().to_string()[..ETAG_DIGITS].to_owned()
    }

    /// What they are after that change.
    #[must_use]
    pub fn changed(mut self, change: TagsChange) -> Self {
        let TagsChange { display_name, notes, labels, each_label, .. } = change;
        self.display_name = display_name.unwrap_or(self.display_name);
        self.notes = notes.unwrap_or(self.notes);
        self.labels = labels.unwrap_or(self.labels);
        for (label, value) in each_label {
            match value {
                Some(value) => _ = self.labels.insert(label, value),
                None => _ = self.labels.remove(&label),
            }
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
    }

    #[test]
    fn a_change_touches_what_it_names_and_nothing_else() {
        let labels = labels(&[("desk", "fx"), ("tier", "a")]);
        let tags = Tags { display_name: "one".into(), labels, ..Tags::default() };
        let same = tags.clone().changed(TagsChange::default());
        assert_eq!((&same, same.etag()), (&tags, tags.etag()));
        let each_label = BTreeMap::from([
            ("tier".to_owned(), None),
            ("none".to_owned(), None),
            ("new".to_owned(), Some("x".to_owned())),
        ]);
        let notes = Some("seen".to_owned());
        let change = TagsChange { notes, each_label, ..TagsChange::default() };
        let changed = tags.clone().changed(change);
        assert_eq!(changed.labels, self::labels(&[("desk", "fx"), ("new", "x")]));
        assert_eq!((changed.display_name.as_str(), changed.notes.as_str()), ("one", "seen"));
        assert_ne!(changed.etag(), tags.etag());
    }

    #[test]
    fn no_two_ways_to_say_a_thing_share_an_etag() {
        let named = |display_name: &str, notes: &str| Tags {
            display_name: display_name.into(),
            notes: notes.into(),
            ..Tags::default()
        };
        assert_ne!(named("ab", "c").etag(), named("a", "bc").etag());
        let labelled =
            |pairs: &[(&str, &str)]| Tags { labels: labels(pairs), ..Tags::default() }.etag();
        assert_ne!(labelled(&[("a", "b")]), labelled(&[("ab", "")]));
        assert_ne!(labelled(&[]), labelled(&[("", "")]));
        // Priority and owner are nothing that people say of it.
        assert_eq!(Tags { priority: 3, ..named("a", "") }.etag(), named("a", "").etag());
    }
}
