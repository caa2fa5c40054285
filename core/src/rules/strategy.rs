//! A program as a strategy: its parameters as a schema, its orders at each bar.

use std::sync::Arc;

use super::check::{Param, ParamKind, Program, Require, check};
use super::diagnostic::{Code, Diagnostic, Severity};
use super::filled::fill;
use super::graph::{Graph, Op, Setting, TrialError, TrialFault, build};
use super::language::Wanted;
use super::pace::Pace;
use super::ruled::Ruled;
use super::text::AmountKind;
use super::universe::Universe;
use super::watcher::Named;
use crate::digest::Digest;
use crate::market::{Decimal, Timeframe};
use crate::strategy::{
    ALL_IN, AuxNeed, Domain, NamedAux, ParamConflict, ParamSpec, ParamValue, Params, Scope,
    Strategy, StrategyEntry, WarmUp, building,
};
use crate::trading::Sizing;

/// The version of the language in keys and answers.
pub const LANGUAGE: &str = "rules/1";

/// What a text comes to.
pub struct Compiled {
    /// The strategy; absent if there is an error.
    pub entry: Option<StrategyEntry>,
    /// What it computes, as a hash; absent if there is an error.
    pub meaning: Option<Digest>,
    /// Errors and warnings by place.
    pub diagnostics: Vec<Diagnostic>,
    /// The longer timeframes that it goes by, shortest first.
    pub timeframes: Vec<Timeframe>,
    /// The same of each market, by the place of its subscription.
    pub longer: Vec<(usize, Timeframe)>,
    /// Nodes of its graph with the defaults of its parameters.
    pub node_count: usize,
    /// Bars before the first on which all that its orders read has a value, with the defaults of
    /// its parameters; windows of longer timeframes are not counted.
    pub warmup_bars: u32,
    /// What keeps a search from leaping over the bars of its trials, if something does.
    pub slowed_by: Option<String>,
    /// How a search computes its trials.
    pub pace: Pace,
    /// What has a value on every bar: definitions, then conditions of orders.
    pub named: Vec<Named>,
}

impl Program {
    /// The auxiliary series that it reads, with their columns.
    fn auxes(&self) -> Option<AuxNeed> {
        let template = &self.template;
        let columns = |place: usize| {
            let mut columns: Vec<String> = Vec::new();
            for node in &template.nodes {
                if let Op::Aux { series, column } = node.op
                    && usize::from(series) == place
                    && !columns.contains(&template.texts[usize::from(column)])
                {
                    columns.push(template.texts[usize::from(column)].clone());
                }
            }
            columns
        };
        let named = template.auxes.iter().enumerate();
        let named: Vec<NamedAux> = named
            .map(|(place, name)| NamedAux { name: name.clone(), columns: columns(place) })
            .collect();
        (!named.is_empty()).then_some(AuxNeed::Named(named))
    }
}

impl Compiled {
    fn faulty(diagnostics: Vec<Diagnostic>) -> Self {
        let timeframes = Vec::new();
        Self {
            entry: None,
            meaning: None,
            diagnostics,
            timeframes,
            longer: Vec::new(),
            node_count: 0,
            warmup_bars: 0,
            slowed_by: None,
            pace: Pace::Bars,
            named: Vec::new(),
        }
    }

    /// Only what keeps the text from being run.
    pub fn errors(&self) -> impl Iterator<Item = &Diagnostic> {
        self.diagnostics.iter().filter(|fault| fault.code.severity() == Severity::Error)
    }
}

/// Reads a text and makes a strategy of it.
pub fn compile(source: &str) -> Compiled {
    let checked = check(source);
    let Some(program) = checked.program else {
        return Compiled::faulty(checked.diagnostics);
    };
    let mut diagnostics = checked.diagnostics;
    let Size { node_count, warmup_bars, pace } = match size(&program) {
        Ok(size) => size,
        Err(fault) => {
            diagnostics.push(fault);
            diagnostics.sort_by_key(|fault| fault.place);
            return Compiled::faulty(diagnostics);
        }
    };
    diagnostics.extend(unfit_defaults(&program));
    diagnostics.sort_by_key(|fault| fault.place);
    let meaning = Some(program.meaning);
    let clocks = program.template.clocks.iter();
    let longer: Vec<_> =
        clocks.filter_map(|clock| Some((usize::from(clock.market), clock.timeframe?))).collect();
    let mut timeframes: Vec<_> = longer.iter().map(|(_, timeframe)| *timeframe).collect();
    timeframes.sort_unstable();
    timeframes.dedup();
    let slowed_by = match pace {
        Some(Pace::Bars | Pace::Rest) => Some(
            program.remembers().unwrap_or_else(|| "what the account says in a level".to_owned()),
        ),
        Some(Pace::Leap | Pace::Walk) => None,
        None => program.remembers(),
    };
    let pace = pace.or_else(|| slowed_by.is_some().then_some(Pace::Bars));
    let pace = pace.unwrap_or(Pace::Leap);
    let named = program.named();
    let entry = Some(entry(program));
    Compiled {
        entry,
        meaning,
        diagnostics,
        timeframes,
        longer,
        node_count,
        warmup_bars,
        slowed_by,
        pace,
        named,
    }
}

/// What a program comes to with the defaults of its parameters.
#[derive(Default)]
struct Size {
    node_count: usize,
    warmup_bars: u32,
    /// How a search computes it; unknown if the defaults do not fit one another.
    pace: Option<Pace>,
}

/// How large the program is with its defaults, or what is wrong with it whatever its parameters
/// are.
fn size(program: &Program) -> Result<Size, Diagnostic> {
    match fill(program, &program.defaults(), &[]) {
        Ok(filled) => {
            let of_level = |place: usize| program.template.node(program.orders.levels[place].level);
            if let Some(bent) = filled.levels.iter().position(|level| !level.is_known()) {
                let message = "a level is worked out as its entry fills: what looks at bars \
                               before, as windows and own pasts do, cannot be made of the price of \
                               that fill";
                return Err(Diagnostic::new(Code::Type, of_level(bent).place, message));
            }
            Ok(Size {
                node_count: filled.graph.nodes.len(),
                warmup_bars: filled.warmup_bars(),
                pace: Some(filled.pace()),
            })
        }
        // Parameters that fit one another are the user's to choose.
        Err(error) if error.params != 0 => Ok(Size::default()),
        Err(error) => Err(Diagnostic::new(Code::Range, error.place, fault_text(&error.fault))),
    }
}

fn fault_text(fault: &TrialFault) -> String {
    match fault {
        TrialFault::OutOfBounds { name, value, bounds } => {
            format!("{name} must be {}, but is {value}", shown(*bounds))
        }
        TrialFault::NoAmount { name, value, most } => {
            format!("{name} must be {}, but is {value}", above_zero(*most))
        }
        TrialFault::Turns { from, to } => {
            format!("a fold goes over 1 to 1000 whole numbers, but this is from {from} to {to}")
        }
        TrialFault::TooLarge(of) => format!("the text makes too many {of}"),
    }
}

fn entry(program: Program) -> StrategyEntry {
    let label = if program.label.is_empty() { LANGUAGE.to_owned() } else { program.label.clone() };
    // Who holds weights, or says more of each entry, sizes itself.
    let sizes_itself = program.orders.weight.is_some() || program.sizes_itself();
    let default_sizing = (!sizes_itself).then(|| sizing(&program));
    let params = program.params.iter().map(spec).collect();
    let description = program.description.clone();
    let program = Arc::new(program);
    StrategyEntry {
        name: label.clone().into(),
        version: LANGUAGE.into(),
        display_name: label.into(),
        description: description.into(),
        scope: if program.is_of_all() { Scope::Portfolio } else { Scope::Instrument },
        aux: program.auxes(),
        markets: program.markets.clone(),
        default_sizing,
        params,
        warm_up: warming_up(Arc::clone(&program)),
        build: building(move |params| ruled(&program, params)),
    }
}

/// How many bars pass until a first signal; of windows over longer timeframes or bars of other
/// markets nobody knows how many bars they are.
fn warming_up(program: Arc<Program>) -> WarmUp {
    // The first clock is that of the traded market.
    let reads_longer = program.template.clocks.len() > 1;
    Arc::new(move |params| {
        let filled = fill(&program, &values(&program, params), &[]).ok()?;
        (!reads_longer).then(|| filled.warmup_bars() as usize + 1)
    })
}

/// A number for each parameter.
fn values(program: &Program, params: &Params) -> Vec<f64> {
    let value =
        |param: &Param| params.get(&param.name).map_or(f64::NAN, |value| program.constant(value));
    program.params.iter().map(value).collect()
}

/// What `size` says, all of the equity if nothing.
fn sizing(program: &Program) -> Sizing {
    let Some(order) = program.orders.sizes.first() else { return ALL_IN };
    let setting = Setting { params: &[], ticks: &[] };
    let value = build(&program.template, setting, std::iter::once(order.value));
    let value = value.ok().and_then(|(graph, nodes)| Decimal::nearest(graph.constant(nodes[0])?));
    match (order.kind, value) {
        (AmountKind::Equity, Some(value)) => Sizing::EquityFraction(value),
        (AmountKind::Notional, Some(value)) => Sizing::FixedNotional(value),
        (AmountKind::Quantity, Some(value)) => Sizing::FixedQuantity(value),
        _ => ALL_IN,
    }
}

fn spec(param: &Param) -> ParamSpec {
    let (default, domain, suggested) = match &param.kind {
        ParamKind::Int { default, range } => {
            let any = Domain::Int { min: -INT_MAX, max: INT_MAX, step: 1 };
            let axis = range.map(|(min, max, step)| Domain::Int { min, max, step });
            (
                ParamValue::Int(*default),
                axis.clone().unwrap_or_else(|| any.clone()),
                axis.unwrap_or(any),
            )
        }
        ParamKind::Double { default, range } => {
            let any = Domain::Double { min: f64::MIN, max: f64::MAX, step: 1.0 };
            let axis = range.map(|(min, max, step)| {
                let step = step.unwrap_or((max - min) / 10.0);
                Domain::Double { min, max, step }
            });
            (
                ParamValue::Double(*default),
                axis.clone().unwrap_or_else(|| any.clone()),
                axis.unwrap_or(any),
            )
        }
        ParamKind::Bool { default } => (ParamValue::Bool(*default), Domain::Bool, Domain::Bool),
        ParamKind::Choice { default, words } => {
            let words = Domain::Choice(words.iter().map(|word| word.clone().into()).collect());
            (ParamValue::Text(default.clone()), words.clone(), words)
        }
    };
    ParamSpec {
        name: param.name.clone().into(),
        display_name: param.name.clone().into(),
        description: param.description.clone().into(),
        unit: param.unit.clone().into(),
        default,
        domain,
        suggested,
    }
}

/// Whole numbers that doubles hold exactly.
const INT_MAX: i64 = 9_007_199_254_740_992;

fn ruled(program: &Arc<Program>, params: &Params) -> Result<Box<dyn Strategy>, ParamConflict> {
    let values = values(program, params);
    let filled = fill(program, &values, &[]).map_err(|error| conflict(program, &error, params))?;
    check_requires(program, &values, params)?;
    if program.is_of_all() {
        return Ok(Box::new(Universe::new(Arc::clone(program), values, filled)));
    }
    Ok(Box::new(Ruled::new(program, values, &filled)))
}

fn conflict(program: &Program, error: &TrialError, params: &Params) -> ParamConflict {
    let message = match &error.fault {
        TrialFault::OutOfBounds { name, bounds, .. } => {
            format!("line {}: {name} must be {}", error.place.line, shown(*bounds))
        }
        TrialFault::NoAmount { name, most, .. } => {
            format!("line {}: {name} must be {}", error.place.line, above_zero(*most))
        }
        TrialFault::Turns { .. } => {
            format!("line {}: a fold goes over 1 to 1000 whole numbers", error.place.line)
        }
        TrialFault::TooLarge(of) => format!("the text makes too many {of}"),
    };
    let first = (0..).zip(&program.params).find(|(index, _)| error.params >> index & 1 == 1);
    let param = first.map_or_else(String::new, |(_, param)| param.name.clone());
    ParamConflict::new(param, message, params)
}

fn above_zero(most: f64) -> String {
    if most.is_finite() { format!("above 0 and at most {most}") } else { "above 0".to_owned() }
}

fn shown(bounds: Wanted) -> String {
    match bounds {
        Wanted::Bars { min, max } => format!("a whole number from {min} to {max}"),
        Wanted::Constant { min, max } => format!("from {min} to {max}"),
        _ => "a constant".to_owned(),
    }
}

fn check_requires(program: &Program, values: &[f64], params: &Params) -> Result<(), ParamConflict> {
    let Some(require) = program.broken_requires(values).next() else { return Ok(()) };
    let named = program.template.node(require.condition).params;
    let first = (0..).zip(&program.params).find(|(index, _)| named >> index & 1 == 1);
    let param = first.map_or_else(String::new, |(_, param)| param.name.clone());
    Err(ParamConflict::new(param, require.message.clone(), params))
}

/// What a run with the defaults would be refused for. With other parameters the text can be run.
fn unfit_defaults(program: &Program) -> Vec<Diagnostic> {
    let values = program.defaults();
    let told = |place, why: &str| {
        Diagnostic::new(Code::Defaults, place, format!("the defaults do not fit: {why}"))
    };
    let unfilled = fill(program, &values, &[]).err();
    let unfilled = unfilled.map(|error| told(error.place, &fault_text(&error.fault)));
    let broken = program.broken_requires(&values).map(|it| told(it.place, &it.message));
    broken.chain(unfilled).collect()
}

impl Program {
    /// The default of each parameter, as a constant of the template.
    fn defaults(&self) -> Vec<f64> {
        self.params.iter().map(|param| self.constant(&spec(param).default)).collect()
    }

    /// The rules that these parameters break.
    fn broken_requires<'p>(&'p self, values: &'p [f64]) -> impl Iterator<Item = &'p Require> {
        let setting = Setting { params: values, ticks: &[Decimal::ONE] };
        self.requires.iter().filter(move |require| {
            let made = build(&self.template, setting, std::iter::once(require.condition));
            !made.is_ok_and(|(graph, nodes)| graph.constant(nodes[0]) == Some(1.0))
        })
    }

    /// A value of a parameter as a constant of the template.
    fn constant(&self, value: &ParamValue) -> f64 {
        match value {
            ParamValue::Bool(value) => f64::from(u8::from(*value)),
            ParamValue::Int(value) => *value as f64,
            ParamValue::Double(value) => *value,
            ParamValue::Text(word) => {
                let place = self.template.texts.iter().position(|text| text == word);
                place.map_or(f64::NAN, |place| place as f64)
            }
        }
    }

    /// The text that a constant stands for.
    pub(super) fn word(&self, constant: f64) -> Option<&str> {
        self.template.texts.get(constant as usize).map(String::as_str)
    }
}

impl Graph {
    /// The value of a node that is the same on every bar.
    pub(super) fn constant(&self, node: u32) -> Option<f64> {
        match self.nodes.get(node as usize)?.op {
            super::graph::GraphOp::Constant(value) => Some(value),
            _ => None,
        }
    }
}
