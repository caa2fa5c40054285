//! Parameters: their type, their values, and the axis that they suggest.

use super::super::diagnostic::{Code, Diagnostic};
use super::super::graph::Type;
use super::super::place::Place;
use super::super::text::{self, Expr, ExprKind, ParamRange, UnaryOp};
use super::checker::Checker;

/// What a parameter takes, as it is written.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum ParamKind {
    /// Whole numbers.
    Int {
        default: i64,
        range: Option<(i64, i64, i64)>,
    },
    /// Numbers.
    Double {
        default: f64,
        range: Option<(f64, f64, Option<f64>)>,
    },
    Bool {
        default: bool,
    },
    Choice {
        default: String,
        words: Vec<String>,
    },
}

/// One parameter of a text.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct Param {
    pub(in crate::rules) name: String,
    pub(in crate::rules) kind: ParamKind,
    pub(in crate::rules) unit: String,
    pub(in crate::rules) description: String,
}

/// The greatest whole number of a parameter: doubles hold it exactly.
const WHOLE_MAX: f64 = 9_007_199_254_740_992.0;

impl ParamKind {
    /// As the hash of a text calls it.
    pub(super) const fn word(&self) -> &'static str {
        match self {
            Self::Int { .. } => "int",
            Self::Double { .. } => "double",
            Self::Bool { .. } => "bool",
            Self::Choice { .. } => "choice",
        }
    }

    const fn type_of(&self) -> Type {
        match self {
            Self::Int { .. } | Self::Double { .. } => Type::PLAIN,
            Self::Bool { .. } => Type::Condition,
            Self::Choice { .. } => Type::Text,
        }
    }
}

/// A number as a parameter states it, and whether it was written whole.
struct Stated {
    value: f64,
    is_whole: bool,
    place: Place,
}

impl Checker<'_> {
    /// What a parameter of the text is; read before any expression is.
    pub(super) fn param_kind(&self, index: usize) -> Type {
        let known = self.params.get(index).filter(|_| !self.unread_params.contains(&index));
        known.map_or(Type::Any, |param| param.kind.type_of())
    }

    /// Reads a parameter; what is wrong with it is told, and it stands for whatever fits.
    pub(super) fn param(&mut self, param: &text::Param) -> Param {
        let kind = self.param_values(param).unwrap_or_else(|| {
            self.unread_params.push(self.params.len());
            ParamKind::Int { default: 0, range: None }
        });
        Param {
            name: param.name.text.clone(),
            kind,
            unit: param.unit.as_ref().map_or_else(String::new, |unit| unit.text.clone()),
            description: param.description.clone().unwrap_or_default(),
        }
    }

    fn param_values(&mut self, param: &text::Param) -> Option<ParamKind> {
        match &param.default.kind {
            ExprKind::Bool(default) => {
                self.without_range(param, "true or false")?;
                Some(ParamKind::Bool { default: *default })
            }
            ExprKind::Text(default) => self.choice_values(param, default),
            _ => {
                let default =
                    self.stated(&param.default, "a default is a number, true, false or a text")?;
                match &param.range {
                    ParamRange::Words(words) => {
                        let place = words.first().map_or(param.name.place, |word| word.place);
                        let message =
                            format!("{} is a number; words belong to a text", param.name.text);
                        self.fault(Diagnostic::new(Code::Type, place, message));
                        None
                    }
                    ParamRange::Any => Some(number_without_range(&default)),
                    ParamRange::Numbers { from, to, step } => {
                        let wanted = "from, to and step are numbers";
                        let (from, to) = (self.stated(from, wanted)?, self.stated(to, wanted)?);
                        let step = match step {
                            Some(step) => Some(self.stated(step, wanted)?),
                            None => None,
                        };
                        self.number_values(&default, &from, &to, step.as_ref())
                    }
                }
            }
        }
    }

    fn without_range(&mut self, param: &text::Param, kind: &str) -> Option<()> {
        if param.range == ParamRange::Any {
            return Some(());
        }
        let message = format!("{} is {kind} and has no range", param.name.text);
        self.fault(Diagnostic::new(Code::Type, param.name.place, message));
        None
    }

    fn choice_values(&mut self, param: &text::Param, default: &str) -> Option<ParamKind> {
        let ParamRange::Words(words) = &param.range else {
            let message = format!("{} is a text: its words stand behind of", param.name.text);
            self.fault(Diagnostic::new(Code::Range, param.name.place, message));
            return None;
        };
        let all: Vec<String> = words.iter().map(|word| word.text.clone()).collect();
        for (index, word) in words.iter().enumerate() {
            if all[..index].contains(&word.text) {
                let message = format!("{:?} stands twice", word.text);
                self.fault(Diagnostic::new(Code::Duplicate, word.place, message));
            }
        }
        if !all.iter().any(|word| word == default) {
            let message = format!("{default:?} is none of {}", all.join(", "));
            self.fault(Diagnostic::new(Code::Range, param.default.place, message));
        }
        for word in &all {
            self.template.text(word);
        }
        Some(ParamKind::Choice { default: default.to_owned(), words: all })
    }

    fn number_values(
        &mut self,
        default: &Stated,
        from: &Stated,
        to: &Stated,
        step: Option<&Stated>,
    ) -> Option<ParamKind> {
        if from.value > to.value {
            let message = format!("from {} is above to {}", from.value, to.value);
            self.fault(Diagnostic::new(Code::Range, from.place.to(to.place), message));
            return None;
        }
        if let Some(step) = step.filter(|step| step.value <= 0.0) {
            let message = format!("a step is above 0, but this is {}", step.value);
            self.fault(Diagnostic::new(Code::Range, step.place, message));
            return None;
        }
        if !(from.value..=to.value).contains(&default.value) {
            let message =
                format!("the default {} is not from {} to {}", default.value, from.value, to.value);
            self.fault(Diagnostic::new(Code::Range, default.place, message));
        }
        let is_whole = [Some(default), Some(from), Some(to), step]
            .into_iter()
            .flatten()
            .all(|stated| stated.is_whole);
        let step_value = step.map(|step| step.value);
        Some(if is_whole {
            let range =
                (from.value as i64, to.value as i64, step_value.map_or(1, |step| step as i64));
            ParamKind::Int { default: default.value as i64, range: Some(range) }
        } else {
            let range = (from.value, to.value, step_value);
            ParamKind::Double { default: default.value, range: Some(range) }
        })
    }

    /// A number that is written down, with a sign or without.
    fn stated(&mut self, expr: &Expr, wanted: &str) -> Option<Stated> {
        let (literal, sign) = match &expr.kind {
            ExprKind::Number(literal) => (literal, 1.0),
            ExprKind::Unary(UnaryOp::Negate, inner) => match &inner.kind {
                ExprKind::Number(literal) => (literal, -1.0),
                _ => return self.not_stated(expr, wanted),
            },
            _ => return self.not_stated(expr, wanted),
        };
        let value = sign * literal.value();
        let is_whole = literal.is_whole() && value.abs() <= WHOLE_MAX;
        Some(Stated { value: value + 0.0, is_whole, place: expr.place })
    }

    fn not_stated(&mut self, expr: &Expr, wanted: &str) -> Option<Stated> {
        self.fault(Diagnostic::new(Code::Type, expr.place, wanted));
        None
    }
}

fn number_without_range(default: &Stated) -> ParamKind {
    if default.is_whole {
        ParamKind::Int { default: default.value as i64, range: None }
    } else {
        ParamKind::Double { default: default.value, range: None }
    }
}
