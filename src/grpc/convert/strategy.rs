//! Strategies and their schemas on their way to the wire.

use super::time::timestamp;
use crate::metrics::{Goal, Metric};
use crate::pb;
use crate::rules::said_again;
use crate::runner::{SavedStrategy, Saving};
use crate::strategy::{Domain, ParamSpec, StrategyEntry};

impl From<&StrategyEntry> for pb::Strategy {
    fn from(entry: &StrategyEntry) -> Self {
        Self {
            name: entry.name.clone().into_owned(),
            version: entry.version.clone().into_owned(),
            display_name: entry.display_name.clone().into_owned(),
            description: entry.description.clone().into_owned(),
            params: entry.params.iter().map(Into::into).collect(),
            metrics: metrics(),
            warmup_bars: entry.warm_up_by_default().map(|bars| bars as i64),
            origin: pb::StrategyOrigin::Shipped.into(),
            has_text: said_again(&entry.name).is_some(),
            sizes_itself: entry.sizes_itself(),
            ..Self::default()
        }
    }
}

/// Without its text, as lists show it.
impl From<&SavedStrategy> for pb::Strategy {
    fn from(saved: &SavedStrategy) -> Self {
        let SavedStrategy { row, outline } = saved;
        let unreadable = || {
            let language = &row.language;
            format!("Cannot be run: this server does not read it as the {language} that it is.")
        };
        let description = outline.as_ref().map(|outline| outline.description.clone());
        let display_name = outline.as_ref().map(|outline| outline.display_name.clone());
        let params = outline.iter().flat_map(|outline| &outline.params);
        Self {
            name: row.name.clone(),
            version: row.version.to_string(),
            display_name: display_name.unwrap_or_else(|| row.name.clone()),
            description: description.unwrap_or_else(unreadable),
            params: params.map(Into::into).collect(),
            metrics: metrics(),
            origin: pb::StrategyOrigin::Saved.into(),
            has_text: true,
            sizes_itself: outline.as_ref().is_some_and(|outline| outline.sizes_itself),
            rule_sha256: outline.as_ref().map_or_else(String::new, |_| row.meaning.to_string()),
            source: String::new(),
            create_time: Some(timestamp(row.create_ms)),
            // A text's warm-up is told where it is checked.
            warmup_bars: None,
        }
    }
}

fn metrics() -> Vec<pb::MetricSpec> {
    Metric::ALL.iter().map(|&metric| metric.into()).collect()
}

/// One saved strategy, with its text.
pub(in crate::grpc) fn with_source(saved: &SavedStrategy) -> pb::Strategy {
    pb::Strategy { source: saved.row.source.clone(), ..saved.into() }
}

/// One shipped strategy, with the text that says it again.
pub(in crate::grpc) fn shipped(entry: &StrategyEntry) -> pb::Strategy {
    let source = said_again(&entry.name).unwrap_or_default().to_owned();
    pb::Strategy { source, ..entry.into() }
}

impl From<&Saving> for pb::SaveStrategyResponse {
    fn from(saving: &Saving) -> Self {
        Self {
            strategy: Some(with_source(&saving.strategy)),
            is_new: saving.is_new,
            warnings: saving.warnings.iter().map(Into::into).collect(),
        }
    }
}

impl From<&ParamSpec> for pb::ParamSpec {
    fn from(spec: &ParamSpec) -> Self {
        Self {
            name: spec.name.clone().into_owned(),
            display_name: spec.display_name.clone().into_owned(),
            description: spec.description.clone().into_owned(),
            unit: spec.unit.clone().into_owned(),
            default_value: Some((&spec.default).into()),
            domain: Some(param_domain(&spec.domain)),
            suggested_axis: Some(pb::Axis {
                name: spec.name.clone().into_owned(),
                domain: Some(axis_domain(&spec.suggested)),
            }),
        }
    }
}

fn param_domain(domain: &Domain) -> pb::param_spec::Domain {
    use pb::param_spec::Domain as Wire;
    match *domain {
        Domain::Int { min, max, step } => Wire::IntDomain(int_domain(min, max, step)),
        Domain::Double { min, max, step } => Wire::DoubleDomain(double_domain(min, max, step)),
        Domain::Bool => Wire::BoolDomain(pb::BoolDomain {}),
        Domain::Choice(ref words) => Wire::ChoiceDomain(pb::ChoiceDomain {
            values: words.iter().map(|word| word.clone().into_owned()).collect(),
        }),
    }
}

fn axis_domain(domain: &Domain) -> pb::axis::Domain {
    use pb::axis::Domain as Wire;
    use pb::param_value::Kind;
    let values = |kinds: Vec<Kind>| {
        let values = kinds.into_iter().map(|kind| pb::ParamValue { kind: Some(kind) }).collect();
        Wire::Values(pb::ValueList { values })
    };
    match *domain {
        Domain::Int { min, max, step } => Wire::IntRange(int_domain(min, max, step)),
        Domain::Double { min, max, step } => Wire::DoubleRange(double_domain(min, max, step)),
        Domain::Bool => values(vec![Kind::BoolValue(false), Kind::BoolValue(true)]),
        Domain::Choice(ref words) => {
            let words = words.iter().map(|word| Kind::StringValue(word.clone().into_owned()));
            values(words.collect())
        }
    }
}

const fn int_domain(min_value: i64, max_value: i64, step: i64) -> pb::IntDomain {
    pb::IntDomain { min_value, max_value, step }
}

const fn double_domain(min_value: f64, max_value: f64, step: f64) -> pb::DoubleDomain {
    pb::DoubleDomain { min_value, max_value, step }
}

impl From<Metric> for pb::MetricSpec {
    fn from(metric: Metric) -> Self {
        let info = metric.info();
        Self {
            name: info.name.to_owned(),
            display_name: info.display_name.to_owned(),
            description: info.description.to_owned(),
            unit: info.unit.as_str().to_owned(),
            natural_goal: match info.goal {
                Goal::Maximize => pb::Goal::Maximize,
                Goal::Minimize => pb::Goal::Minimize,
            }
            .into(),
        }
    }
}
