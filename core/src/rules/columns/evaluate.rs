//! Some nodes of a graph over all bars: tile after tile, each node after its arguments.

use std::ops::Range;
use std::sync::Arc;

use super::super::graph::{Graph, GraphOp, NO_NODE};
use super::super::kernel::State;
use super::super::language::{Kernel, Source};
use super::super::moment::part_of;
use super::bits::{Bits, Shift, TILE_BARS, WORD_BARS};
use super::elementwise::{compared, is_defined, numbers};
use super::together::scheduled;
use crate::market::Series;
use crate::strategy::Line;

/// Values of a node on the bars of a tile.
pub(super) enum Buffer {
    Numbers(Box<[f64]>),
    Condition(Box<Bits>),
    /// Those of a line of numbers, from that bar on.
    Kept(Arc<Line>, usize),
}

/// How a node is computed.
pub(super) enum Means {
    /// It is there for all bars.
    Ready(Arc<Line>),
    Source(Source),
    Number(Kernel),
    Compared(Kernel),
    Logic(Kernel),
    IsDefined,
    /// A condition as a number.
    Counted,
    Shifted(Shift),
    Kernel(Box<State>),
    /// The same on every bar; its buffer holds it already.
    Constant,
}

pub(super) struct Step {
    pub(super) means: Means,
    /// Places of the arguments among the steps; the last stands for what is missing.
    pub(super) args: [usize; 3],
}

/// The steps to some nodes.
pub(super) struct Evaluation {
    pub(super) steps: Vec<Step>,
    pub(super) buffers: Vec<Buffer>,
    /// Where conditions are read as numbers.
    converted: [Box<[f64]>; 3],
    missing: Box<[f64]>,
    roots: Vec<usize>,
    /// The steps that are taken together, as they begin: how many.
    widths: Vec<usize>,
}

fn empty() -> Box<[f64]> {
    vec![f64::NAN; TILE_BARS].into()
}

impl Evaluation {
    /// Of those nodes, in the order of the graph; `ready` tells what is there.
    pub(super) fn new(
        graph: &Graph,
        order: &[u32],
        roots: &[u32],
        ready: impl Fn(u32) -> Option<Arc<Line>>,
    ) -> Self {
        let mut this = Self {
            steps: Vec::with_capacity(order.len()),
            buffers: Vec::with_capacity(order.len()),
            converted: [empty(), empty(), empty()],
            missing: empty(),
            roots: Vec::new(),
            widths: Vec::new(),
        };
        let mut places = vec![usize::MAX; graph.nodes.len()];
        for node in scheduled(graph, order, |node| ready(node).is_some()) {
            let args = graph.nodes[node as usize]
                .args
                .map(|arg| if arg == NO_NODE { usize::MAX } else { places[arg as usize] });
            places[node as usize] = this.steps.len();
            let (means, buffer) = match ready(node) {
                Some(line) => {
                    let buffer = match *line {
                        Line::Condition { .. } => blank(true),
                        Line::Numbers(_) => Buffer::Kept(Arc::clone(&line), 0),
                    };
                    (Means::Ready(line), buffer)
                }
                None => this.means(graph.nodes[node as usize].op, args),
            };
            this.steps.push(Step { means, args });
            this.buffers.push(buffer);
        }
        this.roots = roots.iter().map(|root| places[*root as usize]).collect();
        let mut place = 0;
        while place < this.steps.len() {
            let width = this.width(place);
            this.widths.push(width);
            place += width;
        }
        this
    }

    fn means(&self, op: GraphOp, args: [usize; 3]) -> (Means, Buffer) {
        let is_condition =
            |arg: usize| matches!(self.buffers.get(args[arg]), Some(Buffer::Condition(_)));
        let (means, makes_condition) = match op {
            GraphOp::Constant(value) => {
                let buffer = Buffer::Numbers(vec![value; TILE_BARS].into());
                return (Means::Constant, buffer);
            }
            GraphOp::Source(source) => (Means::Source(source), false),
            GraphOp::Kernel(kernel, constants) => match kernel {
                Kernel::Less | Kernel::Equal => (Means::Compared(kernel), true),
                Kernel::And | Kernel::Or | Kernel::Not => (Means::Logic(kernel), true),
                Kernel::IsDefined => (Means::IsDefined, true),
                Kernel::Number => (Means::Counted, false),
                Kernel::If if is_condition(1) && is_condition(2) => (Means::Logic(kernel), true),
                Kernel::Default if is_condition(0) && is_condition(1) => {
                    (Means::Logic(kernel), true)
                }
                Kernel::Past if is_condition(0) && constants[0] <= WORD_BARS as f64 => {
                    (Means::Shifted(Shift::new(constants[0] as usize)), true)
                }
                _ if kernel.is_elementwise() => (Means::Number(kernel), false),
                _ => (Means::Kernel(Box::new(State::new(kernel, constants))), false),
            },
            // Facts and what looks across instruments are of no study; what is held, of an own
            // past or of rows is ready.
            GraphOp::Fact(_)
            | GraphOp::Aux { .. }
            | GraphOp::Own { .. }
            | GraphOp::Held(_)
            | GraphOp::Across(_) => (Means::Constant, false),
        };
        (means, blank(makes_condition))
    }

    /// The values of the roots on all bars of the range.
    pub(super) fn run(mut self, series: &Series, range: &Range<usize>) -> Vec<Line> {
        let mut lines: Vec<Line> =
            self.roots.iter().map(|root| self.buffers[*root].line(range.len())).collect();
        for start in range.clone().step_by(TILE_BARS) {
            let bars = start..range.end.min(start + TILE_BARS);
            let tile = Tile { series, origin: range.start, bars };
            let mut first = 0;
            for batch in 0..self.widths.len() {
                let width = self.widths[batch];
                if width == 1 || !self.step_together(first, width, &tile) {
                    (first..first + width).for_each(|place| self.step(place, &tile));
                }
                first += width;
            }
            for (line, root) in lines.iter_mut().zip(&self.roots) {
                self.buffers[*root].append_to(line, tile.bars.len());
            }
        }
        lines
    }

    fn step(&mut self, place: usize, tile: &Tile<'_>) {
        let Self { steps, buffers, converted, missing, .. } = self;
        let Step { means, args } = &mut steps[place];
        let bars = tile.bars.len();
        let (before, rest) = buffers.split_at_mut(place);
        match (&mut rest[0], means) {
            (_, Means::Constant) => {}
            (buffer, Means::Ready(line)) => buffer.read(line, tile),
            (Buffer::Numbers(out), Means::Source(source)) => tile.source(*source, out),
            (Buffer::Condition(out), Means::Logic(kernel)) => {
                let [a, b, c] = args.map(|arg| before.get(arg).map(|part| part.bits(bars)));
                let [a, b, c] = [a, b, c].map(|part| part.unwrap_or(Bits::NONE));
                **out = match kernel {
                    Kernel::And => a.and(&b),
                    Kernel::Or => a.or(&b),
                    Kernel::Not => a.not(),
                    Kernel::Default => a.default(&b),
                    _ => a.choice(&b, &c),
                };
            }
            (Buffer::Condition(out), Means::Shifted(shift)) => {
                let of = before.get(args[0]).map_or(Bits::NONE, |part| part.bits(bars));
                **out = shift.take(&of);
            }
            (Buffer::Condition(out), Means::IsDefined) => {
                **out = match before.get(args[0]) {
                    Some(Buffer::Condition(bits)) => bits.is_defined(bars),
                    Some(buffer) => is_defined(buffer.numbers(bars)),
                    None => Bits::NONE,
                };
            }
            (buffer, means) => {
                let [one, two, three] = converted;
                let a = as_numbers(before.get(args[0]), bars, one, missing);
                let b = as_numbers(before.get(args[1]), bars, two, missing);
                let c = as_numbers(before.get(args[2]), bars, three, missing);
                match (buffer, means) {
                    (Buffer::Condition(out), Means::Compared(kernel)) => {
                        **out = compared(*kernel, a, b);
                    }
                    (Buffer::Numbers(out), Means::Number(kernel)) => {
                        numbers(*kernel, [a, b, c], &mut out[..bars]);
                    }
                    (Buffer::Numbers(out), Means::Counted) => out[..bars].copy_from_slice(a),
                    (Buffer::Numbers(out), Means::Kernel(state)) => {
                        state.run(a, b, c, &mut out[..bars]);
                    }
                    // No node is of another kind than its buffer.
                    _ => {}
                }
            }
        }
    }
}

fn blank(is_condition: bool) -> Buffer {
    if is_condition { Buffer::Condition(Box::new(Bits::NONE)) } else { Buffer::Numbers(empty()) }
}

fn as_numbers<'v>(
    buffer: Option<&'v Buffer>,
    bars: usize,
    room: &'v mut [f64],
    missing: &'v [f64],
) -> &'v [f64] {
    match buffer {
        Some(Buffer::Condition(bits)) => {
            bits.write(&mut room[..bars]);
            &room[..bars]
        }
        Some(buffer) => buffer.numbers(bars),
        None => &missing[..bars],
    }
}

impl Buffer {
    /// Its numbers on that many bars; none of a condition.
    pub(super) fn numbers(&self, bars: usize) -> &[f64] {
        match self {
            Self::Numbers(values) => &values[..bars],
            Self::Kept(line, first) => match &**line {
                Line::Numbers(values) => &values[*first..*first + bars],
                Line::Condition { .. } => &[],
            },
            Self::Condition(_) => &[],
        }
    }

    fn bits(&self, bars: usize) -> Bits {
        match self {
            Self::Condition(bits) => **bits,
            _ => Bits::of(self.numbers(bars)),
        }
    }

    /// A line to append to.
    fn line(&self, bars: usize) -> Line {
        let words = || Vec::with_capacity(bars.div_ceil(WORD_BARS));
        match self {
            Self::Numbers(_) | Self::Kept(..) => Line::Numbers(Vec::with_capacity(bars)),
            Self::Condition(_) => Line::Condition { holds: words(), fails: words() },
        }
    }

    fn append_to(&self, line: &mut Line, bars: usize) {
        match (self, line) {
            (own, Line::Numbers(values)) => values.extend_from_slice(own.numbers(bars)),
            (Self::Condition(bits), Line::Condition { holds, fails }) => {
                let words = bars.div_ceil(WORD_BARS);
                holds.extend_from_slice(&bits.holds[..words]);
                fails.extend_from_slice(&bits.fails[..words]);
                // What was shifted reaches beyond the last bar.
                let over = words * WORD_BARS - bars;
                for words in [holds, fails] {
                    if let Some(last) = words.last_mut() {
                        *last = *last << over >> over;
                    }
                }
            }
            _ => {}
        }
    }

    /// The part of a line that lies in the tile.
    fn read(&mut self, line: &Line, tile: &Tile<'_>) {
        let first = tile.bars.start - tile.origin;
        match (self, line) {
            (Self::Kept(_, own), Line::Numbers(_)) => *own = first,
            (Self::Condition(out), Line::Condition { holds, fails }) => {
                let words = first / WORD_BARS..(first + tile.bars.len()).div_ceil(WORD_BARS);
                **out = Bits::NONE;
                out.holds[..words.len()].copy_from_slice(&holds[words.clone()]);
                out.fails[..words.len()].copy_from_slice(&fails[words]);
            }
            _ => {}
        }
    }
}

pub(super) struct Tile<'a> {
    series: &'a Series,
    /// The first bar of the run.
    origin: usize,
    pub(super) bars: Range<usize>,
}

impl Tile<'_> {
    fn source(&self, source: Source, out: &mut [f64]) {
        let columns = &self.series.bars;
        let prices = match source {
            Source::Open => &columns.open,
            Source::High => &columns.high,
            Source::Low => &columns.low,
            Source::Close => &columns.close,
            _ => {
                for (out, bar) in out.iter_mut().zip(self.bars.clone()) {
                    let index = (bar - self.origin) as u64;
                    *out = part_of(source, &columns.bar(bar), index, &self.series.days);
                }
                return;
            }
        };
        for (out, price) in out.iter_mut().zip(&prices[self.bars.clone()]) {
            *out = *price as f64;
        }
    }
}
