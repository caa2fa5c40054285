//! Levels that wait for the price of the fill: a line over it, or one of two by which of two others
//! is higher there, whose slopes and heights are values of the bar that decides. What else a
//! position has is known before it is there: no bars, no profit. What is no such line is worked out
//! as the entry fills.

use super::asked::asked;
use super::graph::{Graph, GraphOp, NO_NODE};
use super::kernel::{NONE, scalar};
use super::language::{Fact, Kernel};
use crate::trading::{Either, Level, Line, Side, nearest_tick};

/// A level over the fill, with the steps that make it: that of the last one.
#[derive(Clone, Debug)]
pub(super) struct Affine {
    steps: Vec<Step>,
    kind: Kind,
}

/// What can be said of a level before the fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// What it is over any fill.
    Line,
    /// How it is worked out from it.
    Asked,
    /// Nothing: windows and own pasts know of no fill.
    Unknown,
}

/// Of earlier steps, by their places: what is used twice is computed once.
#[derive(Clone, Copy, Debug)]
enum Step {
    /// A node that does not know the fill.
    Value(u32),
    /// The fill.
    Fill,
    /// What a position that was just entered has.
    Fixed(f64),
    /// Its entries.
    Entries,
    /// Of others; a place that is none stands for what is missing.
    Kernel(Kernel, [usize; 3]),
    /// Nothing that can be said before the fill.
    Bent,
}

/// What a step comes to by the values of a bar.
#[derive(Clone, Copy, Debug)]
enum Over {
    Line(Line),
    Either(Either),
    /// A condition: whether one line is below another at the fill, or whether it is not.
    Below {
        less: Line,
        than: Line,
        holds: bool,
    },
}

/// What can be known of a step before there are values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// The same for any fill.
    Flat,
    Line,
    Either,
    Below,
    Bent,
}

/// Steps of most levels; those of longer ones take room of their own.
const SHORT: usize = 12;
const NOTHING: Over = Over::Line(flat(NONE));

const fn flat(height: f64) -> Line {
    Line { scale: 0.0, offset: height }
}

/// What a node is over the price of the fill of an entry of that side.
pub(super) fn affine(graph: &Graph, node: u32, side: Side) -> Affine {
    let knows = knowing(graph);
    let (mut needed, mut waiting) = (vec![false; graph.nodes.len()], vec![node]);
    while let Some(place) = waiting.pop() {
        let is_new = !std::mem::replace(&mut needed[place as usize], true);
        if is_new && knows[place as usize] {
            waiting.extend(graph.nodes[place as usize].args.iter().filter(|arg| **arg != NO_NODE));
        }
    }
    let (mut steps, mut shapes) = (Vec::new(), Vec::new());
    let mut places = vec![0; graph.nodes.len()];
    for (place, node) in graph.nodes.iter().enumerate().filter(|(place, _)| needed[*place]) {
        let at = node.args.map(|arg| places.get(arg as usize).copied().unwrap_or(usize::MAX));
        let step = match node.op {
            _ if !knows[place] => Step::Value(place as u32),
            GraphOp::Fact(fact) => entered(fact, side),
            GraphOp::Kernel(kernel, _) if kernel.is_elementwise() => Step::Kernel(kernel, at),
            _ => Step::Bent,
        };
        places[place] = steps.len();
        shapes.push(step.shape(&shapes));
        steps.push(step);
    }
    // How many entries there are is known as one fills.
    let counts = steps.iter().any(|step| matches!(step, Step::Entries));
    let kind = match shapes.last() {
        _ if steps.iter().any(|step| matches!(step, Step::Bent)) => Kind::Unknown,
        Some(Shape::Flat | Shape::Line | Shape::Either) if !counts => Kind::Line,
        _ => Kind::Asked,
    };
    Affine { steps, kind }
}

/// Which nodes are made of what only a position has.
fn knowing(graph: &Graph) -> Vec<bool> {
    let mut knows = vec![false; graph.nodes.len()];
    for (place, node) in graph.nodes.iter().enumerate() {
        knows[place] = match node.op {
            GraphOp::Fact(fact) => fact.is_of_the_entry(),
            // What it is the past of may come later.
            GraphOp::Own { .. } => {
                graph.fact_below(vec![place as u32], Fact::is_of_the_entry).is_some()
            }
            _ => node.args.iter().any(|arg| knows.get(*arg as usize).is_some_and(|knows| *knows)),
        };
    }
    knows
}

/// What a fact of the position is as its entry fills.
fn entered(fact: Fact, side: Side) -> Step {
    match fact {
        // As the entry fills, its price is also the highest and the lowest since.
        Fact::PositionEntry | Fact::PositionHigh | Fact::PositionLow => Step::Fill,
        Fact::PositionSide => Step::Fixed(side.sign() as f64),
        Fact::PositionEntries => Step::Entries,
        _ => Step::Fixed(0.0),
    }
}

impl Affine {
    /// Whether it can be said at all.
    pub(super) fn is_known(&self) -> bool {
        self.kind != Kind::Unknown
    }

    /// Whether it is worked out at the fill.
    pub(super) fn is_asked(&self) -> bool {
        self.kind == Kind::Asked
    }

    /// The nodes that it reads.
    pub(super) fn leaves(&self, all: &mut Vec<u32>) {
        all.extend(self.steps.iter().filter_map(|step| match step {
            Step::Value(node) => Some(*node),
            _ => None,
        }));
    }

    /// The level by the values of a bar; `None` if anything of it is none.
    pub(super) fn at(&self, value: &dyn Fn(u32) -> f64) -> Option<Level> {
        if self.is_asked() {
            return Some(asked(self, value));
        }
        let (mut short, mut long) = ([NOTHING; SHORT], Vec::new());
        let overs: &mut [Over] = if self.steps.len() <= SHORT {
            &mut short
        } else {
            long.resize(self.steps.len(), NOTHING);
            &mut long
        };
        for (place, step) in self.steps.iter().enumerate() {
            overs[place] = match *step {
                Step::Value(node) => Over::Line(flat(value(node))),
                Step::Fill => Over::Line(Line { scale: 1.0, offset: 0.0 }),
                Step::Fixed(value) => Over::Line(flat(value)),
                Step::Kernel(kernel, at) => {
                    over(kernel, at.map(|at| overs.get(at).copied().unwrap_or(NOTHING)))
                }
                Step::Entries | Step::Bent => NOTHING,
            };
        }
        match *overs.get(self.steps.len().checked_sub(1)?)? {
            Over::Line(line) => is_there(line).then(|| level_of(line)),
            Over::Either(either) => {
                let Either { less, than, yes, no } = either;
                [less, than, yes, no].into_iter().all(is_there).then_some(Level::Either(either))
            }
            Over::Below { .. } => None,
        }
    }
}

/// The level at a fill that makes the position have so many entries, by the values of its leaves
/// in their order; none if it is none there.
pub(super) fn worked_out(affine: &Affine, known: &[f64], entries: u32, fill: f64) -> f64 {
    let mut known = known.iter();
    let mut values: Vec<f64> = Vec::with_capacity(affine.steps.len());
    for step in &affine.steps {
        let value = match *step {
            Step::Value(_) => known.next().copied().unwrap_or(NONE),
            Step::Fill => fill,
            Step::Fixed(value) => value,
            Step::Entries => f64::from(entries),
            Step::Kernel(kernel, at) => {
                let [a, b, c] = at.map(|at| values.get(at).copied().unwrap_or(NONE));
                scalar(kernel, a, b, c)
            }
            Step::Bent => NONE,
        };
        values.push(value);
    }
    values.last().copied().unwrap_or(NONE)
}

/// What is the same for any fill is a price.
fn level_of(line: Line) -> Level {
    if line.scale == 0.0 { Level::Price(nearest_tick(line.offset)) } else { Level::Line(line) }
}

const fn is_there(Line { scale, offset }: Line) -> bool {
    scale.is_finite() && offset.is_finite()
}

impl Step {
    fn shape(self, before: &[Shape]) -> Shape {
        use Shape::{Below, Bent, Either, Flat, Line};
        let Self::Kernel(kernel, at) = self else {
            return match self {
                Self::Fill => Line,
                Self::Bent => Bent,
                _ => Flat,
            };
        };
        let at = at.map(|at| before.get(at).copied().unwrap_or(Flat));
        if at == [Flat; 3] {
            return Flat;
        }
        match (kernel, at) {
            (Kernel::Add | Kernel::Subtract, [Line | Flat, Line | Flat, _])
            | (Kernel::Multiply, [Line, Flat, _] | [Flat, Line, _])
            | (Kernel::Divide, [Line, Flat, _])
            | (Kernel::Negate, [Line, ..])
            | (Kernel::If, [Flat, Line | Flat, Line | Flat]) => Line,
            (
                Kernel::Add | Kernel::Subtract,
                [Either, Line | Flat, _] | [Line | Flat, Either, _],
            )
            | (Kernel::Multiply, [Either, Flat, _] | [Flat, Either, _])
            | (Kernel::Divide, [Either, Flat, _])
            | (Kernel::Negate, [Either, ..])
            | (Kernel::Minimum | Kernel::Maximum, [Line | Flat, Line | Flat, _])
            | (
                Kernel::If,
                [Flat, Line | Flat | Either, Line | Flat | Either]
                | [Below, Line | Flat, Line | Flat],
            ) => Either,
            (Kernel::Less, [Line | Flat, Line | Flat, _])
            | (Kernel::Not, [Below, ..])
            | (Kernel::And | Kernel::Or, [Below, Flat, _] | [Flat, Below, _]) => Below,
            _ => Bent,
        }
    }
}

/// What is the same for any fill; `None` of others.
fn height(over: Over) -> Option<f64> {
    match over {
        Over::Line(Line { scale: 0.0, offset }) => Some(offset),
        _ => None,
    }
}

/// A kernel over what its arguments are, by the shapes that there are.
fn over(kernel: Kernel, [a, b, c]: [Over; 3]) -> Over {
    if let (Some(a), Some(b), Some(c)) = (height(a), height(b), height(c)) {
        return Over::Line(flat(scalar(kernel, a, b, c)));
    }
    match (kernel, a, b) {
        (Kernel::If, condition, _) => chosen(condition, b, c),
        (Kernel::Minimum, Over::Line(a), Over::Line(b)) => {
            Over::Either(Either { less: b, than: a, yes: b, no: a })
        }
        (Kernel::Maximum, Over::Line(a), Over::Line(b)) => {
            Over::Either(Either { less: a, than: b, yes: b, no: a })
        }
        (Kernel::Less, Over::Line(less), Over::Line(than)) => {
            Over::Below { less, than, holds: true }
        }
        (Kernel::Not, Over::Below { less, than, holds }, _) => {
            Over::Below { less, than, holds: !holds }
        }
        (Kernel::And | Kernel::Or, Over::Below { .. }, known) => joined(kernel, a, height(known)),
        (Kernel::And | Kernel::Or, known, Over::Below { .. }) => joined(kernel, b, height(known)),
        (_, Over::Line(a), Over::Line(b)) => Over::Line(of_lines(kernel, a, b)),
        (_, Over::Either(either), Over::Line(line)) => {
            each(either, |own| of_lines(kernel, own, line))
        }
        (_, Over::Line(line), Over::Either(either)) => {
            each(either, |own| of_lines(kernel, line, own))
        }
        _ => NOTHING,
    }
}

fn each(either: Either, of: impl Fn(Line) -> Line) -> Over {
    let Either { less, than, yes, no } = either;
    Over::Either(Either { less, than, yes: of(yes), no: of(no) })
}

/// Of two lines at most one has a slope where they are multiplied, and only the first where they
/// are divided.
fn of_lines(kernel: Kernel, a: Line, b: Line) -> Line {
    let line = |scale, offset| Line { scale, offset };
    let made = match kernel {
        Kernel::Add => line(a.scale + b.scale, a.offset + b.offset),
        Kernel::Subtract => line(a.scale - b.scale, a.offset - b.offset),
        Kernel::Multiply if a.scale == 0.0 => line(a.offset * b.scale, a.offset * b.offset),
        Kernel::Multiply => line(a.scale * b.offset, a.offset * b.offset),
        Kernel::Divide => line(a.scale / b.offset, a.offset / b.offset),
        Kernel::Negate => line(-a.scale, -a.offset),
        _ => flat(NONE),
    };
    if is_there(made) { made } else { flat(NONE) }
}

/// A condition beside one that is known: the known one decides, or says nothing.
fn joined(kernel: Kernel, below: Over, known: Option<f64>) -> Over {
    let decides = if kernel == Kernel::And { 0.0 } else { 1.0 };
    match known {
        Some(known) if known == decides => Over::Line(flat(known)),
        Some(known) if !known.is_nan() => below,
        _ => NOTHING,
    }
}

fn chosen(condition: Over, yes: Over, no: Over) -> Over {
    match (condition, yes, no) {
        (Over::Line(Line { offset: 1.0, .. }), ..) => yes,
        (Over::Line(Line { offset: 0.0, .. }), ..) => no,
        (Over::Below { less, than, holds }, Over::Line(yes), Over::Line(no)) => {
            let (yes, no) = if holds { (yes, no) } else { (no, yes) };
            Over::Either(Either { less, than, yes, no })
        }
        _ => NOTHING,
    }
}
