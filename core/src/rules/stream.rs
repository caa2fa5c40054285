//! A graph bar by bar: this defines the values of a program.

use std::sync::Arc;

use super::batch::{Batch, Ended, batches};
use super::demand::Demand;
use super::graph::{Clock, Crossing, Graph, GraphOp};
use super::kernel::{NONE, Past, read};
use super::moment::Given;
use crate::market::{Bar, TradingDays};

static UTC: TradingDays = TradingDays::UTC;

/// The values of a graph at the bars seen so far.
#[derive(Clone, Debug)]
pub(super) struct Stream {
    /// Of every node that does not wait until it is asked for, by its place in the graph.
    values: Vec<f64>,
    demand: Demand,
    clocks: Vec<Ticking>,
    /// Where the days of each market begin.
    days: Vec<Arc<TradingDays>>,
    /// What looks across instruments: before which stage, what, its node, and at what it looks.
    crossings: Vec<(u16, Crossing, u32, u32)>,
}

/// A clock, the nodes that go by it, and the bar under way of a longer timeframe.
#[derive(Clone, Debug)]
struct Ticking {
    clock: Clock,
    /// The batches of each stage: one behind each look across instruments.
    stages: Vec<Vec<Batch>>,
    owned: Vec<Own>,
    bars: u64,
    bucket: Option<Bucket>,
}

/// A past of a definition by itself: there before all others of its bar, and taken in at the end
/// of it, as it may be that of a later node.
#[derive(Clone, Debug)]
struct Own {
    past: Past,
    of: u32,
    out: u32,
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
        let levels = levels(graph);
        let stage_count = levels.iter().copied().max().unwrap_or(0) + 1;
        let (mut values, mut crossings) = (Vec::with_capacity(graph.nodes.len()), Vec::new());
        for ((place, node), level) in (0..).zip(&graph.nodes).zip(&levels) {
            if let GraphOp::Across(crossing) = node.op {
                crossings.push((*level, crossing, place, node.args[0]));
            }
            values.push(if let GraphOp::Constant(value) = node.op { value } else { NONE });
        }
        let demand = Demand::of(graph);
        let ticking = |(index, clock): (usize, &Clock)| {
            let own = (0..).zip(&graph.nodes).filter(move |(_, it)| usize::from(it.clock) == index);
            let stage = |stage: u16| {
                let at = own.clone().map(|(place, _)| place);
                let is_now = |place: &u32| levels[*place as usize] == stage;
                batches(graph, at.filter(|it| is_now(it) && !demand.waits(*it)), texts)
            };
            let stages = (0..stage_count).map(stage).collect();
            let owned = own.clone().filter_map(|(out, node)| match node.op {
                GraphOp::Own { back } => {
                    Some(Own { past: Past::new(back as usize), of: node.args[0], out })
                }
                _ => None,
            });
            Ticking { clock: *clock, stages, owned: owned.collect(), bars: 0, bucket: None }
        };
        let clocks = clocks.iter().enumerate().map(ticking).collect();
        Self { values, demand, clocks, days, crossings }
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
        let bars = self.clocks.first().map_or(0, |ticking| ticking.bars);
        self.demand.value(node, &self.values, bars)
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
        let Self { values, clocks, days, .. } = self;
        let Ticking { clock, stages, owned, bars, .. } = &mut clocks[clock];
        let days = days.get(usize::from(clock.market)).map_or(&UTC, AsRef::as_ref);
        let Some(batches) = stages.get_mut(stage) else { return };
        if stage == 0 {
            for Own { past, out, .. } in owned {
                values[*out as usize] = past.value();
            }
        }
        let ended = Ended { bar, end_ms, index: *bars, days, given };
        for batch in batches {
            batch.step(values, &ended);
        }
    }

    /// Takes in the pasts of definitions by themselves.
    fn end_bar(&mut self, clock: usize) {
        let Self { values, demand, clocks, .. } = self;
        let ticking = &mut clocks[clock];
        if clock == 0 {
            demand.take(values);
        }
        for Own { past, of, .. } in &mut ticking.owned {
            past.push(read(values, *of));
        }
        ticking.bars += 1;
    }
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

impl Bucket {
    fn with(mut self, bar: &Bar) -> Self {
        self.bar.high = self.bar.high.max(bar.high);
        self.bar.low = self.bar.low.min(bar.low);
        self.bar.close = bar.close;
        self.bar.volume += bar.volume;
        self
    }
}
