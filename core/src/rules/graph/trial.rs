//! A trial's graph: the template with every parameter given. Constants are folded, the branches of
//! constant conditions taken, and equal nodes are one.

use std::collections::HashMap;

use super::super::kernel::{NONE, scalar};
use super::super::language::{Kernel, Wanted, bounds};
use super::super::limits::{FOLD_TURNS_MAX, GRAPH_NODES_MAX, WINDOW_BYTES_MAX};
use super::super::place::Place;
use super::super::text::FoldKind;
use super::constant::over_ticks;
use super::filled::{Crossing, Graph, GraphOp, NO_NODE, mix};
use super::template::{Node, NodeId, Op, Template, Unit};
use crate::market::Decimal;

/// What a trial gives.
#[derive(Clone, Copy, Debug)]
pub(in crate::rules) struct Setting<'a> {
    /// The parameters in their order; conditions are 1 and 0, texts their place in the template.
    pub(in crate::rules) params: &'a [f64],
    /// The tick of each market.
    pub(in crate::rules) ticks: &'a [Decimal],
}

/// Why a template is no graph with these parameters.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) struct TrialError {
    pub(in crate::rules) fault: TrialFault,
    pub(in crate::rules) place: Place,
    /// Which parameters are to blame, a bit each; none if it is the text.
    pub(in crate::rules) params: u32,
}

#[derive(Clone, Debug, PartialEq)]
pub(in crate::rules) enum TrialFault {
    /// A length, a bound or a factor that is out of its bounds.
    OutOfBounds { name: &'static str, value: f64, bounds: Wanted },
    /// A size or a part that is not above zero, or above the most that it may be.
    NoAmount { name: &'static str, value: f64, most: f64 },
    /// A fold over too many or no values.
    Turns { from: f64, to: f64 },
    /// More nodes or memory than a trial may have.
    TooLarge(&'static str),
}

/// What a node of the template comes to.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Value {
    Constant(f64),
    Series(u32),
}

/// Fills in a template: the graph, and the node of each root.
///
/// # Errors
///
/// The first length, bound or limit that these parameters break.
pub(in crate::rules) fn build(
    template: &Template,
    setting: Setting<'_>,
    roots: impl Iterator<Item = NodeId>,
) -> Result<(Graph, Vec<u32>), TrialError> {
    let mut trial = Trial {
        template,
        setting,
        graph: Graph::default(),
        made: vec![None; template.nodes.len()],
        variables: HashMap::new(),
        turn: 0,
        turns: 0,
        owned: Vec::new(),
        bytes: 0,
    };
    let mut nodes = Vec::new();
    for root in roots {
        let value = trial.value(root)?;
        nodes.push(trial.node_of(value));
    }
    trial.close_pasts()?;
    Ok((trial.graph, nodes))
}

struct Trial<'a> {
    template: &'a Template,
    setting: Setting<'a>,
    graph: Graph,
    /// The value of each node, and in which turn of a fold it was made; 0 outside of folds.
    made: Vec<Option<(u32, Value)>>,
    variables: HashMap<u16, f64>,
    turn: u32,
    turns: u32,
    /// Own pasts whose definitions have still to be linked.
    owned: Vec<(u32, u16)>,
    bytes: usize,
}

type Made<T> = Result<T, TrialError>;

impl<'a> Trial<'a> {
    fn value(&mut self, id: NodeId) -> Made<Value> {
        let node = self.template.node(id);
        let turn = if node.variables.is_empty() { 0 } else { self.turn };
        if let Some((made, value)) = self.made[id.0 as usize]
            && made == turn
        {
            return Ok(value);
        }
        let value = match node.op {
            Op::Kernel(kernel) if kernel.is_across() => self.across(id, node, kernel)?,
            _ => self.make(node)?,
        };
        self.made[id.0 as usize] = Some((turn, value));
        if self.graph.nodes.len() > GRAPH_NODES_MAX {
            return Err(fault(node, TrialFault::TooLarge("nodes")));
        }
        Ok(value)
    }

    fn make(&mut self, node: &'a Node) -> Made<Value> {
        let clock = node.clock;
        let leaf =
            |trial: &mut Self, op| Ok(Value::Series(trial.graph.add(op, [NO_NODE; 3], clock, 0)));
        match node.op {
            Op::Number(bits) => Ok(Value::Constant(f64::from_bits(bits))),
            Op::Bool(value) => Ok(Value::Constant(f64::from(u8::from(value)))),
            Op::Text(text) => Ok(Value::Constant(f64::from(text))),
            Op::Undefined => Ok(Value::Constant(NONE)),
            Op::Param(index) => Ok(Value::Constant(self.setting.params[usize::from(index)])),
            Op::Variable(variable) => {
                Ok(Value::Constant(self.variables.get(&variable).copied().unwrap_or(NONE)))
            }
            Op::Tick => Ok(Value::Constant(1.0)),
            Op::Rescale { from, to } => self.rescale(node, from, to),
            Op::Source(source) => leaf(self, GraphOp::Source(source)),
            Op::Fact(fact) => leaf(self, GraphOp::Fact(fact)),
            Op::Aux { series, column } => leaf(self, GraphOp::Aux { series, column }),
            Op::Held(from) => match self.value(node.args[0])? {
                Value::Series(arg) => Ok(self.series(GraphOp::Held(from), &[arg], clock)),
                constant @ Value::Constant(_) => Ok(constant),
            },
            Op::Own(definition) => self.own(node, definition),
            Op::Fold(kind, variable) => self.fold(node, kind, variable),
            Op::Kernel(Kernel::If) => self.choice(node),
            Op::Kernel(kernel) => self.kernel(node, kernel),
        }
    }

    fn series(&mut self, op: GraphOp, args: &[u32], clock: u8) -> Value {
        let mut all = [NO_NODE; 3];
        for (slot, arg) in all.iter_mut().zip(args) {
            *slot = *arg;
        }
        Value::Series(self.graph.add(op, all, clock, 0))
    }

    fn node_of(&mut self, value: Value) -> u32 {
        match value {
            Value::Series(node) => node,
            Value::Constant(value) => self.graph.add(GraphOp::Constant(value), [NO_NODE; 3], 0, 0),
        }
    }

    fn rescale(&mut self, node: &'a Node, from: Unit, to: Unit) -> Made<Value> {
        let value = self.value(node.args[0])?;
        let (market, power) = match (from, to) {
            (Unit::Plain, Unit::Ticks { market, power }) => (market, i32::from(power)),
            (Unit::Ticks { market, power }, _) => (market, -i32::from(power)),
            (Unit::Plain, Unit::Plain) => return Ok(value),
        };
        let tick = self.setting.ticks.get(usize::from(market)).copied().unwrap_or(Decimal::ONE);
        match value {
            Value::Constant(value) => Ok(Value::Constant(over_ticks(value, tick, power))),
            Value::Series(series) => {
                let factor = self.node_of(Value::Constant(over_ticks(1.0, tick, power)));
                let multiply = GraphOp::Kernel(Kernel::Multiply, [0.0; 4]);
                Ok(self.series(multiply, &[series, factor], node.clock))
            }
        }
    }

    /// Only the branch that a constant condition takes is made.
    fn choice(&mut self, node: &'a Node) -> Made<Value> {
        let [condition, yes, no] = node.args[..] else { return Ok(Value::Constant(NONE)) };
        match self.value(condition)? {
            Value::Constant(1.0) => self.value(yes),
            Value::Constant(0.0) => self.value(no),
            Value::Constant(_) => Ok(Value::Constant(NONE)),
            Value::Series(condition) => {
                let (yes, no) = (self.value(yes)?, self.value(no)?);
                let args = [condition, self.node_of(yes), self.node_of(no)];
                Ok(self.series(GraphOp::Kernel(Kernel::If, [0.0; 4]), &args, node.clock))
            }
        }
    }

    fn kernel(&mut self, node: &'a Node, kernel: Kernel) -> Made<Value> {
        let mut values = [Value::Constant(NONE); 6];
        for (value, arg) in values.iter_mut().zip(&node.args) {
            *value = self.value(*arg)?;
        }
        let values = &values[..node.args.len()];
        if kernel.is_elementwise() {
            return Ok(self.elementwise(node, kernel, values));
        }
        let mut constants = [0.0; 4];
        let (mut args, mut series) = ([NO_NODE; 3], 0);
        let mut filled = 0;
        for (place, wanted) in bounds(kernel).iter().enumerate() {
            match (values[place], wanted) {
                (Value::Constant(value), (name, Some(bounds))) => {
                    constants[filled] = within(node, name, value, *bounds)?;
                    filled += 1;
                }
                (value, _) => {
                    args[series] = self.node_of(value);
                    series += 1;
                }
            }
        }
        if kernel == Kernel::Past && (constants[0] == 0.0 || is_constant(values[0])) {
            return Ok(values[0]);
        }
        self.bytes += window_bytes(kernel, constants);
        if self.bytes > WINDOW_BYTES_MAX {
            return Err(fault(node, TrialFault::TooLarge("bytes of windows")));
        }
        Ok(self.series(GraphOp::Kernel(kernel, constants), &args[..series], node.clock))
    }

    fn elementwise(&mut self, node: &'a Node, kernel: Kernel, values: &[Value]) -> Value {
        let constant = |place: usize| match values.get(place) {
            Some(Value::Constant(value)) => Some(*value),
            Some(Value::Series(_)) => None,
            None => Some(NONE),
        };
        if let (Some(a), Some(b), Some(c)) = (constant(0), constant(1), constant(2)) {
            return Value::Constant(scalar(kernel, a, b, c));
        }
        let mut args = [NO_NODE; 3];
        for (arg, value) in args.iter_mut().zip(values) {
            *arg = self.node_of(*value);
        }
        let op = GraphOp::Kernel(kernel, [0.0; 4]);
        Value::Series(self.graph.add(op, args, node.clock, 0))
    }

    /// Never one with another of the text: two that are alike on one instrument may be two on
    /// another.
    fn across(&mut self, id: NodeId, node: &'a Node, kernel: Kernel) -> Made<Value> {
        let of = self.value(node.args[0])?;
        let count = match (node.args.get(1), bounds(kernel).get(1)) {
            (Some(count), Some((name, Some(bounds)))) => match self.value(*count)? {
                Value::Constant(count) => within(node, name, count, *bounds)?,
                Value::Series(_) => NONE,
            },
            _ => 0.0,
        };
        let turns = node.variables.iter().filter_map(|variable| self.variables.get(variable));
        let place = turns.fold(u128::from(id.0), |place, turn| mix(place, turn.to_bits()));
        let crossing = Crossing { kernel, count: count as u32, place: place as u64 };
        let of = self.node_of(of);
        Ok(self.series(GraphOp::Across(crossing), &[of], node.clock))
    }

    fn own(&mut self, node: &'a Node, definition: u16) -> Made<Value> {
        let bounds = Wanted::Bars { min: 1, max: 10_000 };
        let back = match self.value(node.args[0])? {
            Value::Constant(back) => within(node, "the index of an own past", back, bounds)?,
            Value::Series(_) => 1.0,
        };
        // What a past depends on is not known before its definition is: its key tells the
        // definition and all parameters of the trial.
        let salt = self
            .setting
            .params
            .iter()
            .fold(u128::from(definition) + 1, |salt, value| mix(salt, value.to_bits()));
        let op = GraphOp::Own { back: back as u32 };
        let before = self.graph.nodes.len();
        let past = self.graph.add(op, [NO_NODE; 3], node.clock, salt as u64);
        if self.graph.nodes.len() > before {
            self.owned.push((past, definition));
            self.bytes += back as usize * 8;
        }
        Ok(Value::Series(past))
    }

    /// Links own pasts with their definitions, which may have pasts of their own.
    fn close_pasts(&mut self) -> Made<()> {
        while let Some((past, definition)) = self.owned.pop() {
            let value = self.value(self.template.owned[usize::from(definition)])?;
            let node = self.node_of(value);
            self.graph.nodes[past as usize].args[0] = node;
        }
        Ok(())
    }

    fn fold(&mut self, node: &'a Node, kind: FoldKind, variable: u16) -> Made<Value> {
        let [from, to, of] = node.args[..] else { return Ok(Value::Constant(NONE)) };
        let (from, to) = match (self.value(from)?, self.value(to)?) {
            (Value::Constant(from), Value::Constant(to)) => (from, to),
            _ => (NONE, NONE),
        };
        let turns = to - from + 1.0;
        let is_whole = from.fract() == 0.0 && to.fract() == 0.0;
        if !is_whole || !(1.0..=FOLD_TURNS_MAX as f64).contains(&turns) {
            return Err(fault(node, TrialFault::Turns { from, to }));
        }
        let (outer, kernel) = (self.turn, joined_by(kind));
        let mut all: Option<Value> = None;
        for turn in 0..turns as u32 {
            self.variables.insert(variable, from + f64::from(turn));
            self.turns += 1;
            self.turn = self.turns;
            let mut value = self.value(of)?;
            if kind == FoldKind::Count {
                value = self.elementwise(node, Kernel::Number, &[value]);
            }
            all = Some(match all {
                None => value,
                Some(before) => self.elementwise(node, kernel, &[before, value]),
            });
        }
        self.turn = outer;
        Ok(all.unwrap_or(Value::Constant(NONE)))
    }
}

const fn joined_by(kind: FoldKind) -> Kernel {
    match kind {
        FoldKind::Sum | FoldKind::Count => Kernel::Add,
        FoldKind::Product => Kernel::Multiply,
        FoldKind::Min => Kernel::Minimum,
        FoldKind::Max => Kernel::Maximum,
        FoldKind::All => Kernel::And,
        FoldKind::Any => Kernel::Or,
    }
}

const fn is_constant(value: Value) -> bool {
    matches!(value, Value::Constant(_))
}

fn fault(node: &Node, fault: TrialFault) -> TrialError {
    TrialError { fault, place: node.place, params: node.params }
}

fn within(node: &Node, name: &'static str, value: f64, bounds: Wanted) -> Made<f64> {
    let holds = match bounds {
        Wanted::Bars { min, max } => {
            value.fract() == 0.0 && (f64::from(min)..=f64::from(max)).contains(&value)
        }
        Wanted::Constant { min, max } => (min..=max).contains(&value),
        _ => true,
    };
    if holds {
        Ok(value)
    } else {
        Err(fault(node, TrialFault::OutOfBounds { name, value, bounds }))
    }
}

/// What a kernel remembers, roughly.
fn window_bytes(kernel: Kernel, constants: [f64; 4]) -> usize {
    let length = constants[0] as usize;
    match kernel {
        Kernel::Sum | Kernel::Product | Kernel::Past => length * 8,
        Kernel::Wma | Kernel::Variance | Kernel::Covariance | Kernel::Kama => length * 24,
        Kernel::Highest
        | Kernel::Lowest
        | Kernel::BarsFromHighest
        | Kernel::BarsFromLowest
        | Kernel::Quantile
        | Kernel::PercentRank
        | Kernel::MeanDeviation => length * 16,
        Kernel::Count => length,
        _ => 0,
    }
}
