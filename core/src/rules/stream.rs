//! A graph bar by bar: this defines the values of a program.

use std::sync::Arc;

use super::graph::{Clock, Crossing, Graph, GraphOp, NO_NODE};
use super::kernel::{Constants, NONE, State};
use super::language::{Fact, Kernel, Source};
use super::moment::{Given, part_of};
use super::rows::Reader;
use crate::market::{Bar, TradingDays};

static UTC: TradingDays = TradingDays::UTC;

/// The values of a graph at the bars seen so far.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    nodes: Vec<Step>,
    values: Vec<f64>,
    clocks: Vec<Ticking>,
    /// Where the days of each market begin.
    days: Vec<Arc<TradingDays>>,
    /// What looks across instruments: before which stage, what, its node, and at what it looks.
    crossings: Vec<(u16, Crossing, u32, u32)>,
}

/// A node as it is computed.
#[derive(Clone, Debug)]
struct Step {
    op: StepOp,
    args: [u32; 3],
}

#[derive(Clone, Debug)]
enum StepOp {
    Constant,
    Source(Source),
    Fact(Fact),
    Rows(Reader),
    Held,
    /// A past that is taken in at the end of the bar, as it may be that of a later node.
    Own(State),
    Kernel(State),
}

/// A clock, the nodes that go by it, and the bar under way of a longer timeframe.
#[derive(Clone, Debug)]
struct Ticking {
    clock: Clock,
    steps: Vec<u32>,
    /// Where the steps of each stage end: one behind each look across instruments.
    stages: Vec<usize>,
    owned: Vec<u32>,
    bars: u64,
    bucket: Option<Bucket>,
}

/// A bar under way.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    end_ms: i64,
    bar: Bar,
    /// The first begins before the bars do, if it does: then it is no bar.
    is_whole: bool,
    /// It has ended, and was told.
    is_closed: bool,
}

impl Stream {
    /// One before its first bar; `texts` are those of the template.
    pub(super) fn new(
        graph: &Graph,
        clocks: &[Clock],
        texts: &[String],
        days: Vec<Arc<TradingDays>>,
    ) -> Self {
        let mut clocks: Vec<Ticking> = clocks
            .iter()
            .map(|clock| Ticking {
                clock: *clock,
                steps: Vec::new(),
                stages: Vec::new(),
                owned: Vec::new(),
                bars: 0,
                bucket: None,
            })
            .collect();
        let (mut nodes, mut values) = (Vec::new(), Vec::new());
        let (levels, mut crossings) = (levels(graph), Vec::new());
        for (place, node) in (0..).zip(&graph.nodes) {
            let ticking = &mut clocks[usize::from(node.clock)];
            let op = match node.op {
                GraphOp::Constant(_) => StepOp::Constant,
                GraphOp::Aux { series, column } => StepOp::Rows(Reader::new(series, column, texts)),
                GraphOp::Source(source) => StepOp::Source(source),
                GraphOp::Fact(fact) => StepOp::Fact(fact),
                GraphOp::Held(_) => StepOp::Held,
                GraphOp::Across(crossing) => {
                    crossings.push((levels[place as usize], crossing, place, node.args[0]));
                    StepOp::Constant
                }
                GraphOp::Own { back } => {
                    ticking.owned.push(place);
                    StepOp::Own(past(back))
                }
                GraphOp::Kernel(kernel, constants) => StepOp::Kernel(State::new(kernel, constants)),
            };
            if !matches!(op, StepOp::Constant) {
                ticking.steps.push(place);
            }
            values.push(if let GraphOp::Constant(value) = node.op { value } else { NONE });
            nodes.push(Step { op, args: node.args });
        }
        for ticking in &mut clocks {
            ticking.steps.sort_by_key(|place| levels[*place as usize]);
            let last = levels.iter().copied().max().unwrap_or(0);
            let end = |level| ticking.steps.partition_point(|it| levels[*it as usize] <= level);
            ticking.stages = (0..=last).map(end).collect();
        }
        Self { nodes, values, clocks, days, crossings }
    }

    /// Takes a bar of a market that ends at `end_ms`: first what of a longer timeframe ends with
    /// it, the shorter first, then the bar itself.
    pub(super) fn bar(&mut self, market: u8, bar: &Bar, end_ms: i64, given: &Given<'_>) {
        self.longer(market, bar, end_ms, given);
        for clock in 0..self.clocks.len() {
            if self.clocks[clock].clock == (Clock { market, timeframe: None }) {
                self.strike(clock, bar, end_ms, given);
            }
        }
    }

    /// Takes a bar of the traded market up to the first look across instruments.
    pub(super) fn open(&mut self, bar: &Bar, end_ms: i64, given: &Given<'_>) {
        self.longer(0, bar, end_ms, given);
        self.compute(0, 0, (bar, end_ms), given);
    }

    /// How many stages a bar has.
    pub(super) fn stages(&self) -> usize {
        self.clocks.first().map_or(0, |ticking| ticking.stages.len())
    }

    /// What looks across before that stage: what, its node, and the value at which it looks.
    pub(super) fn crossings(&self, stage: usize) -> impl Iterator<Item = (Crossing, u32, f64)> {
        let of = self.crossings.iter().filter(move |(before, ..)| usize::from(*before) == stage);
        of.map(|&(_, crossing, node, of)| (crossing, node, self.value(of)))
    }

    /// What a look across has found.
    pub(super) fn tell(&mut self, node: u32, value: f64) {
        self.values[node as usize] = value;
    }

    /// Takes the bar through the next stage.
    pub(super) fn go_on(&mut self, stage: usize, bar: &Bar) {
        self.compute(0, stage, (bar, 0), &Given::NOTHING);
    }

    /// Ends the bar of the traded market.
    pub(super) fn end(&mut self) {
        self.end_bar(0);
    }

    /// First what of a longer timeframe ends with a bar, the shorter first.
    fn longer(&mut self, market: u8, bar: &Bar, end_ms: i64, given: &Given<'_>) {
        for clock in 0..self.clocks.len() {
            let Clock { market: own, timeframe: Some(_) } = self.clocks[clock].clock else {
                continue;
            };
            if own == market {
                self.lengthen(clock, bar, end_ms, given);
            }
        }
    }

    /// The value of a node at the last bar of its clock.
    pub(super) fn value(&self, node: u32) -> f64 {
        self.values.get(node as usize).copied().unwrap_or(NONE)
    }

    /// Takes a bar into the longer one under way.
    fn lengthen(&mut self, clock: usize, bar: &Bar, end_ms: i64, given: &Given<'_>) {
        let Clock { market, timeframe: Some(frame) } = self.clocks[clock].clock else { return };
        let before = self.clocks[clock].bucket;
        let bucket = if let Some(bucket) = before.filter(|under| bar.open_time_ms < under.end_ms) {
            bucket.with(bar)
        } else {
            self.close(clock, before, given);
            let days = self.days.get(usize::from(market)).cloned().unwrap_or_default();
            let times = days.bucket(frame, bar.open_time_ms);
            let is_whole = before.is_some() || times.start == bar.open_time_ms;
            let bar = Bar { open_time_ms: times.start, ..*bar };
            Bucket { end_ms: times.end, bar, is_whole, is_closed: false }
        };
        self.clocks[clock].bucket = Some(bucket);
        if end_ms >= bucket.end_ms {
            self.close(clock, Some(bucket), given);
            self.clocks[clock].bucket = Some(Bucket { is_closed: true, ..bucket });
        }
    }

    fn close(&mut self, clock: usize, bucket: Option<Bucket>, given: &Given<'_>) {
        if let Some(bucket) = bucket.filter(|bucket| bucket.is_whole && !bucket.is_closed) {
            self.strike(clock, &bucket.bar, bucket.end_ms, given);
        }
    }

    /// All nodes of a clock at its next bar, which ends at that time.
    fn strike(&mut self, clock: usize, bar: &Bar, end_ms: i64, given: &Given<'_>) {
        for stage in 0..self.clocks[clock].stages.len() {
            self.compute(clock, stage, (bar, end_ms), given);
        }
        self.end_bar(clock);
    }

    /// The nodes of a stage.
    fn compute(
        &mut self,
        clock: usize,
        stage: usize,
        (bar, end_ms): (&Bar, i64),
        given: &Given<'_>,
    ) {
        let Self { nodes, values, clocks, days, .. } = self;
        let ticking = &mut clocks[clock];
        let days = days.get(usize::from(ticking.clock.market)).map_or(&UTC, AsRef::as_ref);
        let first = stage.checked_sub(1).map_or(0, |before| ticking.stages[before]);
        let Some(&last) = ticking.stages.get(stage) else { return };
        for place in &ticking.steps[first..last] {
            let Step { op, args } = &mut nodes[*place as usize];
            let [a, b, c] = *args;
            values[*place as usize] = match op {
                StepOp::Constant => continue,
                StepOp::Source(source) => part_of(*source, bar, ticking.bars, days),
                StepOp::Fact(fact) => given.facts.value(*fact),
                StepOp::Rows(reader) => reader.at(end_ms, given.rows),
                StepOp::Held => read(values, a),
                StepOp::Own(State::Past(past)) => past.value(),
                StepOp::Own(_) => NONE,
                StepOp::Kernel(state) => {
                    state.step(read(values, a), read(values, b), read(values, c))
                }
            };
        }
    }

    /// Takes in the pasts of definitions by themselves.
    fn end_bar(&mut self, clock: usize) {
        let Self { nodes, values, clocks, .. } = self;
        let ticking = &mut clocks[clock];
        for place in &ticking.owned {
            let Step { op, args } = &mut nodes[*place as usize];
            if let StepOp::Own(State::Past(past)) = op {
                past.push(read(values, args[0]));
            }
        }
        ticking.bars += 1;
    }
}

#[inline]
fn read(values: &[f64], arg: u32) -> f64 {
    if arg == NO_NODE { NONE } else { values[arg as usize] }
}

/// How many looks across instruments lie below each node.
fn levels(graph: &Graph) -> Vec<u16> {
    let mut levels: Vec<u16> = Vec::with_capacity(graph.nodes.len());
    for node in &graph.nodes {
        // A past of its own comes before what it is the past of, and is that of another bar.
        let below = node.args.iter().filter_map(|arg| levels.get(*arg as usize).copied());
        let below =
            if matches!(node.op, GraphOp::Own { .. }) { 0 } else { below.max().unwrap_or(0) };
        levels.push(below + u16::from(matches!(node.op, GraphOp::Across(_))));
    }
    levels
}

fn past(back: u32) -> State {
    let constants: Constants = [f64::from(back), 0.0, 0.0, 0.0];
    State::new(Kernel::Past, constants)
}

impl Bucket {
    fn with(mut self, bar: &Bar) -> Self {
        self.bar.high = self.bar.high.max(bar.high);
        self.bar.low = self.bar.low.min(bar.low);
        self.bar.close = bar.close;
        self.bar.volume += bar.volume;
        self
    }
}
