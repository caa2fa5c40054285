//! Typed parameters: what a strategy takes, and the values a run gives it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::excerpt::excerpt;
use crate::spelling::did_you_mean;

/// One value of a parameter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum ParamValue {
    /// True or false.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A finite double.
    Double(f64),
    /// One of a list of words.
    Text(String),
}

impl ParamValue {
    /// What kind of value it is, for messages.
    const fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "true or false",
            Self::Int(_) => "a whole number",
            Self::Double(_) => "a decimal number",
            Self::Text(_) => "a text",
        }
    }
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
            Self::Text(value) => write!(f, "{:?}", excerpt(value)),
        }
    }
}

impl From<i64> for ParamValue {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}

impl From<f64> for ParamValue {
    fn from(value: f64) -> Self {
        Self::Double(value)
    }
}

impl From<bool> for ParamValue {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<&str> for ParamValue {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// Which values a parameter takes. Bounds are inclusive; the step is a hint for forms.
#[derive(Clone, Debug, PartialEq)]
pub enum Domain {
    /// Whole numbers.
    Int {
        /// Least.
        min: i64,
        /// Greatest.
        max: i64,
        /// A sensible step.
        step: i64,
    },
    /// Finite doubles.
    Double {
        /// Least.
        min: f64,
        /// Greatest.
        max: f64,
        /// A sensible step.
        step: f64,
    },
    /// True or false.
    Bool,
    /// One of these words.
    Choice(Arc<[Cow<'static, str>]>),
}

/// The least value of a parameter that must be above zero: bounds are inclusive, and no form
/// offers less.
pub const POSITIVE_MIN: f64 = 0.0001;

/// One parameter of a strategy: enough to draw a form and to check a value.
#[derive(Clone, Debug)]
pub struct ParamSpec {
    /// The name in requests.
    pub name: Cow<'static, str>,
    /// What a form shows.
    pub display_name: Cow<'static, str>,
    /// One sentence.
    pub description: Cow<'static, str>,
    /// "bars", "RSI points"; empty where there is none.
    pub unit: Cow<'static, str>,
    /// The value when none is given.
    pub default: ParamValue,
    /// Which values it takes.
    pub domain: Domain,
    /// A grid to start from, within the domain.
    pub suggested: Domain,
}

impl ParamSpec {
    /// A parameter that counts bars: 1 to 10,000.
    pub fn length(name: &'static str, default: i64) -> Self {
        let domain = Domain::Int { min: 1, max: 10_000, step: 1 };
        Self {
            name: name.into(),
            display_name: name.into(),
            description: "".into(),
            unit: "bars".into(),
            default: default.into(),
            suggested: domain.clone(),
            domain,
        }
    }

    /// Brings a value into the parameter's type; an integer given for a double is taken.
    ///
    /// # Errors
    ///
    /// What would be valid, as a sentence without the parameter's name.
    pub fn check(&self, value: ParamValue) -> Result<ParamValue, String> {
        match (&self.domain, value) {
            (Domain::Int { min, max, .. }, ParamValue::Int(value)) => {
                in_range(value, *min, *max).map(ParamValue::Int)
            }
            (Domain::Double { min, max, .. }, ParamValue::Double(value)) => {
                in_range(value, *min, *max).map(|value| ParamValue::Double(value + 0.0))
            }
            (Domain::Double { min, max, .. }, ParamValue::Int(value)) => {
                in_range(value as f64, *min, *max).map(ParamValue::Double)
            }
            (Domain::Bool, ParamValue::Bool(value)) => Ok(ParamValue::Bool(value)),
            (Domain::Choice(words), ParamValue::Text(value)) => one_of(words, value),
            (domain, value) => {
                Err(format!("must be {}, but {value} is {}", domain.wanted(), value.kind()))
            }
        }
    }
}

impl Domain {
    /// One of these words.
    pub fn choice(words: &[&'static str]) -> Self {
        Self::Choice(words.iter().map(|word| Cow::Borrowed(*word)).collect())
    }

    const fn wanted(&self) -> &'static str {
        match self {
            Self::Int { .. } => "a whole number",
            Self::Double { .. } => "a number",
            Self::Bool => "true or false",
            Self::Choice(_) => "a text",
        }
    }
}

fn in_range<T: PartialOrd + fmt::Display + Copy>(value: T, min: T, max: T) -> Result<T, String> {
    // Written so that NaN is out of every range.
    if value >= min && value <= max {
        Ok(value)
    } else {
        Err(format!("must be from {min} to {max}, but is {value}"))
    }
}

fn one_of(words: &[Cow<'static, str>], value: String) -> Result<ParamValue, String> {
    if words.iter().any(|word| *word == value) {
        return Ok(ParamValue::Text(value));
    }
    let hint = did_you_mean(&value, words.iter().map(|word| &**word));
    let (known, found) = (words.join(", "), excerpt(&value));
    Err(format!("must be one of {known}, but is {found:?}{hint}"))
}

/// The parameters of one run: a value of the right type for each of the schema.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Params(BTreeMap<String, ParamValue>);

/// A parameter that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamError {
    /// Its name as given.
    pub name: String,
    /// What would be valid.
    pub message: String,
}

impl Params {
    /// Checks what was given against the schema and fills in the defaults.
    ///
    /// # Errors
    ///
    /// Every parameter that is unknown, of the wrong type or out of range.
    pub fn resolve(
        schema: &[ParamSpec],
        given: &BTreeMap<String, ParamValue>,
    ) -> Result<Self, Vec<ParamError>> {
        let mut errors: Vec<ParamError> = unknown(schema, given).collect();
        let mut values = BTreeMap::new();
        for spec in schema {
            let value = given.get(&*spec.name).unwrap_or(&spec.default).clone();
            match spec.check(value) {
                Ok(value) => _ = values.insert(spec.name.clone().into_owned(), value),
                Err(message) => {
                    errors.push(ParamError { name: spec.name.clone().into_owned(), message });
                }
            }
        }
        if errors.is_empty() { Ok(Self(values)) } else { Err(errors) }
    }

    /// Sets a parameter of the schema to a value that passed it.
    pub fn set(&mut self, name: &str, value: ParamValue) {
        if let Some(slot) = self.0.get_mut(name) {
            *slot = value;
        }
    }

    /// Puts a value beside those of the schema, where a trial is told by more than them.
    pub fn insert(&mut self, name: &str, value: ParamValue) {
        self.0.insert(name.to_owned(), value);
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&ParamValue> {
        self.0.get(name)
    }

    /// All values by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &ParamValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// A length or count, for a parameter whose schema is a non-negative `Int`.
    ///
    /// # Panics
    ///
    /// If the schema has no such parameter: a mistake in the strategy, found by its first test.
    pub fn length(&self, name: &str) -> usize {
        match self.0.get(name) {
            Some(ParamValue::Int(value)) => usize::try_from(*value).unwrap_or(0),
            other => panic!("parameter {name} is no whole number: {other:?}"),
        }
    }

    /// The value of a parameter whose schema is `Double`.
    ///
    /// # Panics
    ///
    /// If the schema has no such parameter.
    pub fn double(&self, name: &str) -> f64 {
        match self.0.get(name) {
            Some(ParamValue::Double(value)) => *value,
            other => panic!("parameter {name} is no double: {other:?}"),
        }
    }

    /// The word of a parameter whose schema is `Choice`.
    ///
    /// # Panics
    ///
    /// If the schema has no such parameter.
    pub fn choice(&self, name: &str) -> &str {
        match self.0.get(name) {
            Some(ParamValue::Text(word)) => word,
            other => panic!("parameter {name} is no choice: {other:?}"),
        }
    }
}

fn unknown(
    schema: &[ParamSpec],
    given: &BTreeMap<String, ParamValue>,
) -> impl Iterator<Item = ParamError> {
    let is_known = |name: &str| schema.iter().any(|spec| spec.name == name);
    given.keys().filter(move |name| !is_known(name)).map(|name| {
        let hint = did_you_mean(name, schema.iter().map(|spec| &*spec.name));
        let known: Vec<_> = schema.iter().map(|spec| &*spec.name).collect();
        let message = if known.is_empty() {
            "is no parameter of this strategy, which takes none".to_owned()
        } else {
            format!("is no parameter of this strategy{hint}; it takes {}", known.join(", "))
        };
        ParamError { name: excerpt(name).into_owned(), message }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(name: &'static str, default: ParamValue, domain: Domain) -> ParamSpec {
        let (suggested, unit) = (domain.clone(), "".into());
        ParamSpec { unit, default, domain, suggested, ..ParamSpec::length(name, 1) }
    }

    fn schema() -> Vec<ParamSpec> {
        vec![
            spec("fast", 10.into(), Domain::Int { min: 1, max: 100, step: 1 }),
            spec("level", 30.0.into(), Domain::Double { min: 0.0, max: 100.0, step: 1.0 }),
            spec("direction", "both".into(), Domain::choice(&["long_only", "both"])),
        ]
    }

    fn resolve(given: &[(&str, ParamValue)]) -> Result<Params, Vec<ParamError>> {
        let given = given.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        Params::resolve(&schema(), &given.collect())
    }

    #[test]
    fn defaults_are_filled_in_and_integers_serve_for_doubles() {
        let params = resolve(&[("level", 20.into())]).unwrap();
        assert_eq!(params.length("fast"), 10);
        assert_eq!(params.double("level").to_bits(), 20.0_f64.to_bits());
        assert_eq!(params.choice("direction"), "both");
    }

    #[test]
    fn every_bad_parameter_is_named_with_what_would_be_valid() {
        let errors = resolve(&[
            ("fats", 3.into()),
            ("fast", 101.into()),
            ("level", f64::NAN.into()),
            ("direction", "long_onyl".into()),
        ])
        .unwrap_err();
        let text: Vec<_> = errors.iter().map(|e| format!("{} {}", e.name, e.message)).collect();
        assert_eq!(
            text,
            [
                "fats is no parameter of this strategy (did you mean \"fast\"?); it takes fast, \
                 level, direction",
                "fast must be from 1 to 100, but is 101",
                "level must be from 0 to 100, but is NaN",
                "direction must be one of long_only, both, but is \"long_onyl\" (did you mean \
                 \"long_only\"?)",
            ]
        );
    }

    #[test]
    fn a_double_for_a_whole_number_is_a_type_error() {
        let errors = resolve(&[("fast", 10.0.into())]).unwrap_err();
        assert_eq!(errors[0].message, "must be a whole number, but 10 is a decimal number");
    }
}
