//! What becomes of a position under the exits and limits of a run, told plainly and slowly: one
//! instrument, orders at the market alone. Prices are seen by a long: those of a short are negated.

use crate::market::{Bar, DAY_MS};
use crate::trading::{
    Distance, EntryBarPolicy, ExitReason, ExitTerms, PositionLimits, Side, Simulation,
};

/// What was decided at the end of a bar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Decided {
    Enter(Side),
    Leave,
}

/// What a run came to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// Bar, price and steps of each fill.
    pub fills: Vec<(usize, i64, i64)>,
    /// Why each trade ended, and its profit in ticks.
    pub trades: Vec<(ExitReason, i64)>,
    pub ambiguous: u64,
    pub difference: i64,
    pub doubtful: u64,
}

/// A distance with what it goes by at the decision.
#[derive(Clone, Copy, Debug)]
enum Far {
    Thousandths(i64),
    Ticks(i64),
    Ranges(f64),
}

#[derive(Clone, Debug)]
struct Held {
    side: Side,
    steps: i64,
    entries: u32,
    /// The bar that decided the first entry.
    decided: usize,
    entry_bar: usize,
    /// What the entries cost, in ticks.
    cost: i64,
    entered: i64,
    /// What all fills brought less what they cost.
    flows: i64,
    /// The best price.
    best: i64,
    stop: Option<(i64, ExitReason)>,
    fixed: Option<i64>,
    /// From which best price on it stands where.
    even: Option<(i64, i64)>,
    /// From which best price on it follows, and how far behind.
    trail: Option<(i64, Far)>,
    /// Where targets are that were not taken, and a thousand times their portions.
    targets: Vec<Option<(i64, i64)>>,
}

pub(super) struct Plain<'p> {
    pub bars: &'p [Bar],
    pub bar_ms: i64,
    pub simulation: &'p Simulation,
    /// Of each entry.
    pub steps: i64,
    pub decided: &'p [Option<Decided>],
    held: Option<Held>,
    /// The bar of the last exit that ended a trade, and whether it lost.
    last: Option<(usize, bool)>,
    told: Told,
}

/// The mean of the first ranges, then each newer one in place of a part.
fn average_range(bars: &[Bar], period: u32) -> Option<f64> {
    let length = period as usize;
    let range = |at: usize| {
        let before = if at == 0 { bars[0].low } else { bars[at - 1].close };
        (bars[at].high.max(before) - bars[at].low.min(before)) as f64
    };
    if bars.len() < length {
        return None;
    }
    let first = (0..length).map(range).sum::<f64>() / length as f64;
    let newer = |mean: f64, at| (mean * (length - 1) as f64 + range(at)) / length as f64;
    Some((length..bars.len()).fold(first, newer))
}

impl Far {
    /// The nearest tick so far up or down, half away from zero; of a price as a short sees it, too.
    fn from(self, seen: i64, side: Side, up: i64) -> i64 {
        let sign = side.sign();
        let (price, direction) = (seen * sign, up * sign);
        sign * match self {
            Self::Thousandths(part) => (price * (1_000 + direction * part) + 500).div_euclid(1_000),
            Self::Ticks(ticks) => price + direction * ticks,
            Self::Ranges(ticks) => (price as f64 + direction as f64 * ticks).round() as i64,
        }
    }
}

impl Held {
    fn stop_at(&self, best: i64) -> Option<(i64, ExitReason)> {
        let fixed = self.fixed.map(|level| (level, ExitReason::StopLoss));
        let even = self.even.filter(|(from, _)| best >= *from);
        let even = even.map(|(_, level)| (level, ExitReason::BreakEven));
        let trail = self.trail.filter(|(from, _)| best >= *from).map(|(_, far)| {
            (far.from(best, self.side, -1).min(best - 1), ExitReason::TrailingStop)
        });
        let all = [fixed, even, trail].into_iter().flatten();
        // Of equals the first named.
        all.reduce(|one, other| if other.0 > one.0 { other } else { one })
    }

    /// Where the stop would be had that price been reached: it never falls.
    fn raised(&self, price: i64) -> Option<(i64, ExitReason)> {
        let now = self.stop_at(self.best.max(price));
        match (now, self.stop) {
            (Some(now), Some(before)) if now.0 <= before.0 => Some(before),
            (now, before) => now.or(before),
        }
    }

    fn reach(&mut self, price: i64) {
        self.stop = self.raised(price);
        self.best = self.best.max(price);
    }
}

impl<'p> Plain<'p> {
    pub(super) fn new(
        (bars, bar_ms): (&'p [Bar], i64),
        simulation: &'p Simulation,
        steps: i64,
        decided: &'p [Option<Decided>],
    ) -> Self {
        let (held, last, told) = (None, None, Told::default());
        Self { bars, bar_ms, simulation, steps, decided, held, last, told }
    }

    fn exits(&self) -> &'p ExitTerms {
        &self.simulation.exits
    }

    fn slippage(&self) -> i64 {
        self.simulation.slippage_ticks.into()
    }

    /// How far that is by what was known when a bar ended.
    fn far(&self, distance: Distance, decided: usize) -> Option<Far> {
        Some(match distance {
            Distance::Percent(part) => Far::Thousandths((part.to_f64() * 1_000.0).round() as i64),
            Distance::Ticks(ticks) => Far::Ticks(ticks.into()),
            Distance::Atr(atr) => {
                let range = average_range(&self.bars[..=decided], atr.period)?;
                Far::Ranges(atr.multiple.to_f64() * range)
            }
        })
    }

    pub(super) fn tell(mut self) -> Told {
        let mut waiting = None;
        for index in 0..self.bars.len() {
            self.open(index, waiting.take());
            let is_live = |held: &Held| {
                self.simulation.entry_bar_policy == EntryBarPolicy::WorstCase
                    || held.entry_bar < index
            };
            if self.held.as_ref().is_some_and(is_live) {
                self.go(index);
            }
            self.end(index);
            waiting = self.decided[index].filter(|decided| self.is_taken(*decided, index));
        }
        self.told
    }

    /// What is due at an open: what goes by time, then what was decided.
    fn open(&mut self, index: usize, waiting: Option<Decided>) {
        let Bar { open, open_time_ms, .. } = self.bars[index];
        let entry_bar = self.held.as_ref().map(|held| held.entry_bar);
        let max_bars = self.exits().max_bars as usize;
        let is_over = entry_bar.is_some_and(|entry| max_bars > 0 && index >= entry + max_bars);
        let has_struck = self.exits().daily_exit_minute.is_some_and(|minute| {
            let before_ms = self.bars[index.saturating_sub(1)].open_time_ms;
            let ended_ms = before_ms + self.bar_ms;
            let mut strike_ms = before_ms.div_euclid(DAY_MS) * DAY_MS + i64::from(minute) * 60_000;
            // At the end of the bar before it was heeded at its close.
            while strike_ms <= before_ms || strike_ms == ended_ms {
                strike_ms += DAY_MS;
            }
            strike_ms <= open_time_ms
        });
        if is_over || has_struck {
            self.leave_at(index, open, ExitReason::TimeExit);
        }
        match waiting {
            Some(Decided::Leave) => self.leave_at(index, open, ExitReason::Signal),
            Some(Decided::Enter(side)) => {
                if self.held.as_ref().is_some_and(|held| held.side != side) {
                    self.leave_at(index, open, ExitReason::Reversal);
                }
                self.enter(index, side);
            }
            None => {}
        }
    }

    /// All at a price of the market, as it is.
    fn leave_at(&mut self, index: usize, price: i64, reason: ExitReason) {
        if let Some(held) = &self.held {
            let (seen, steps) = (price * held.side.sign(), held.steps);
            self.close(index, seen - self.slippage(), steps, reason);
        }
    }

    fn close(&mut self, index: usize, seen: i64, steps: i64, reason: ExitReason) {
        let Some(held) = &mut self.held else { return };
        let sign = held.side.sign();
        self.told.fills.push((index, seen * sign, -sign * steps));
        held.steps -= steps;
        held.flows += seen * steps;
        if held.steps == 0 {
            self.told.trades.push((reason, held.flows));
            self.last = Some((index, held.flows < 0));
            self.held = None;
        }
    }

    fn enter(&mut self, index: usize, side: Side) {
        let PositionLimits { max_entries, .. } = self.simulation.limits;
        let before = self.held.take();
        let most = max_entries.max(1);
        if before.as_ref().is_some_and(|held| max_entries > 0 && held.entries >= most) {
            self.held = before;
            return;
        }
        let seen = self.bars[index].open * side.sign() + self.slippage();
        self.told.fills.push((index, seen * side.sign(), side.sign() * self.steps));
        let added = |of: fn(&Held) -> i64| before.as_ref().map_or(0, of);
        let entered = added(|held| held.entered) + self.steps;
        let cost = added(|held| held.cost) + seen * self.steps;
        // The nearest tick, half away from zero.
        let price = cost.signum() * ((2 * cost.abs() + entered) / (2 * entered));
        // Distances are those of the entry that opened it, from where its entries are on average.
        let decided = before.as_ref().map_or(index - 1, |held| held.decided);
        let far = |distance| self.far(distance, decided).unwrap();
        let beyond = |distance| far(distance).from(price, side, 1);
        let exits = self.exits();
        let targets = exits.take_profits.iter().map(|target| {
            Some((beyond(target.distance), (target.portion.to_f64() * 1_000.0).round() as i64))
        });
        let mut held = Held {
            side,
            steps: added(|held| held.steps) + self.steps,
            entries: before.as_ref().map_or(0, |held| held.entries) + 1,
            entry_bar: before.as_ref().map_or(index, |held| held.entry_bar),
            decided,
            cost,
            entered,
            flows: added(|held| held.flows) - seen * self.steps,
            // What an addition was filled at was seen as well.
            best: before.as_ref().map_or(price, |held| held.best.max(seen)),
            stop: before.as_ref().and_then(|held| held.stop),
            fixed: exits.stop_loss.map(|distance| far(distance).from(price, side, -1)),
            even: exits.break_even.map(|even| {
                let from = beyond(even.trigger);
                (from, even.offset.map_or(price, beyond).min(from))
            }),
            trail: exits.trailing_stop.map(|stop| {
                // A range that is taken anew at each bar's end is not taken anew by an addition.
                let latest = before.as_ref().and_then(|held| held.trail).map(|(_, far)| far);
                let far = latest.filter(|_| stop.chandelier).unwrap_or_else(|| far(stop.distance));
                (stop.activation.map_or(price, beyond), far)
            }),
            targets: targets.collect(),
        };
        // Targets that were taken stay taken.
        for (target, then) in held.targets.iter_mut().zip(before.iter().flat_map(|it| &it.targets))
        {
            *target = target.filter(|_| then.is_some());
        }
        held.reach(held.best);
        self.held = Some(held);
    }

    /// The targets that a price reaches, in order, each its portion of what is left.
    fn take(&mut self, index: usize, reached: i64, at: Option<i64>) {
        let through = i64::from(self.simulation.limit_through_ticks);
        let first = self.bars[index].open;
        for place in 0..self.exits().take_profits.len() {
            let Some(held) = &mut self.held else { return };
            let target = held.targets[place].filter(|(price, _)| reached >= price + through);
            if let Some((price, portion)) = target {
                held.targets[place] = None;
                let steps = (held.steps * portion / 1_000).clamp(1, held.steps);
                let inside = price.max(first * held.side.sign());
                self.close(index, at.unwrap_or(inside), steps, ExitReason::TakeProfit);
            }
        }
    }

    /// The four rules of a way through a bar.
    fn go(&mut self, index: usize) {
        let Some(held) = &self.held else { return };
        let (bar, sign, slippage) = (self.bars[index], held.side.sign(), self.slippage());
        let (first, last) = (bar.open * sign, bar.close * sign);
        let (high, low) = (bar.high.max(bar.low), bar.low.min(bar.high));
        let (high, low) = if sign > 0 { (high, low) } else { (-low, -high) };
        if let Some((_, reason)) = held.stop.filter(|stop| first <= stop.0) {
            return self.leave_at(index, bar.open, reason);
        }
        self.take(index, first, Some(first));
        let Some(held) = &self.held else { return };
        let moved = held.raised(high);
        if let Some((level, reason)) = held.stop.filter(|stop| low <= stop.0) {
            let through = i64::from(self.simulation.limit_through_ticks);
            let is_touched = held.targets.iter().flatten().any(|(at, _)| high >= at + through);
            let higher = moved.map_or(level, |moved| moved.0);
            if is_touched || higher > level {
                let (mut left, mut otherwise) = (held.steps, 0);
                for (at, portion) in held.targets.iter().flatten() {
                    if left > 0 && high >= at + through {
                        let steps = (left * portion / 1_000).clamp(1, left);
                        otherwise += steps * at.max(&first);
                        left -= steps;
                    }
                }
                otherwise += left * (higher - slippage);
                self.told.ambiguous += 1;
                self.told.difference += otherwise - held.steps * (level - slippage);
            }
            let steps = held.steps;
            return self.close(index, level - slippage, steps, reason);
        }
        self.take(index, high, None);
        let Some(held) = &mut self.held else { return };
        if let Some((level, reason)) = moved.filter(|_| moved != held.stop) {
            if last <= level {
                let steps = held.steps;
                return self.close(index, level - slippage, steps, reason);
            }
            self.told.doubtful += u64::from(low <= level);
        }
        held.reach(high);
    }

    /// A clock that strikes as the bar ends, and a distance that is taken anew.
    fn end(&mut self, index: usize) {
        let Bar { open_time_ms, close, .. } = self.bars[index];
        let end_ms = (open_time_ms + self.bar_ms).rem_euclid(DAY_MS);
        if self.exits().daily_exit_minute.is_some_and(|it| i64::from(it) * 60_000 == end_ms) {
            self.leave_at(index, close, ExitReason::TimeExit);
        }
        let Some(stop) = self.exits().trailing_stop.filter(|stop| stop.chandelier) else { return };
        let far = self.far(stop.distance, index);
        if let (Some(held), Some(far)) = (&mut self.held, far) {
            held.trail = held.trail.map(|(from, _)| (from, far));
            held.reach(held.best);
        }
    }

    /// Whether what was decided at the end of a bar becomes an order.
    fn is_taken(&self, decided: Decided, index: usize) -> bool {
        let limits = &self.simulation.limits;
        let cools_down = self.last.is_some_and(|(bar, has_lost)| {
            index - bar < limits.cool_down_bars as usize
                && (has_lost || !limits.cool_down_after_loss_only)
        });
        let exits = self.exits();
        let is_known = exits.distances().all(|distance| self.far(distance, index).is_some());
        match decided {
            Decided::Leave => self.held.is_some(),
            Decided::Enter(_) => !cools_down && is_known,
        }
    }
}
