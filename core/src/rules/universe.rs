//! A program over all instruments of a run together: one copy for each, and what looks across them
//! between the stages of their bars.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::across::across;
use super::check::Program;
use super::filled::Filled;
use super::graph::Crossing;
use super::kernel::NONE;
use super::pace::reads_extremes;
use super::ruled::Ruled;
use crate::market::Bar;
use crate::strategy::{Context, Market, Rest, Strategy, ValueCount, Watch, Watched};
use crate::trading::Weight;

/// Copies of a program with the same parameters.
pub(super) struct Universe {
    program: Arc<Program>,
    params: Vec<f64>,
    filled: Filled,
    markets: Vec<Market>,
    /// By instrument, each from its first bar on.
    members: Vec<Option<Member>>,
    watch: Option<Watch>,
}

/// The copy of one instrument.
struct Member {
    ruled: Ruled,
    /// Its subscription, and those of the markets that all read.
    own: Vec<usize>,
    /// The bar of it that ends now.
    bar: Option<Bar>,
}

impl Universe {
    /// With parameters that the program can be filled in with.
    pub(super) fn new(program: Arc<Program>, params: Vec<f64>, filled: Filled) -> Self {
        let (markets, members) = (Vec::new(), Vec::new());
        Self { program, params, filled, markets, members, watch: None }
    }

    /// The copy of that instrument, made with its first bar.
    fn member(&mut self, instrument: usize, subscription: usize) -> &mut Member {
        if self.members.len() <= instrument {
            self.members.resize_with(instrument + 1, || None);
        }
        let Self { program, params, filled, markets, watch, members } = self;
        members[instrument].get_or_insert_with(|| {
            let mut ruled = Ruled::new(program, params.clone(), filled);
            // All copies have the same values, of which others may look at each.
            if let Some(watch) = watch {
                ruled.watch(watch);
            }
            let own: Vec<usize> =
                [subscription].into_iter().chain(1..=program.markets.len()).collect();
            let begun: Vec<Market> =
                own.iter().filter_map(|place| markets.get(*place)).cloned().collect();
            ruled.begin(&begun);
            Member { ruled, own, bar: None }
        })
    }

    /// Whether a subscription is that of a market, which is read and never traded.
    fn is_read(&self, subscription: usize) -> bool {
        (1..=self.program.markets.len()).contains(&subscription)
    }

    /// The copies of all that are traded, where they read others: those go on before the first bar
    /// of some.
    fn make_all(&mut self, context: &Context<'_>) {
        if self.program.markets.is_empty() || !self.members.is_empty() {
            return;
        }
        for subscription in 0..self.markets.len() {
            let instrument = context.instrument_of(subscription) as usize;
            let is_made = matches!(self.members.get(instrument), Some(Some(_)));
            if !self.is_read(subscription) && !is_made {
                self.member(instrument, subscription);
            }
        }
    }

    /// All that looks across at a stage, and then what needs it.
    fn look_across(&mut self, stage: usize) {
        let mut all: BTreeMap<Crossing, Vec<(usize, u32, f64)>> = BTreeMap::new();
        let ended =
            |member: &Option<Member>| member.as_ref().is_some_and(|member| member.bar.is_some());
        for (place, member) in self.members.iter().enumerate().filter(|(_, it)| ended(it)) {
            for (crossing, node, value) in member.iter().flat_map(|it| it.ruled.crossings(stage)) {
                all.entry(crossing).or_default().push((place, node, value));
            }
        }
        for (crossing, asked) in all {
            let defined = || asked.iter().filter(|(_, _, value)| !value.is_nan());
            let values: Vec<f64> = defined().map(|(_, _, value)| *value).collect();
            let mut found = across(crossing.kernel, crossing.count, &values).into_iter();
            for (place, node, value) in &asked {
                let told = if value.is_nan() { None } else { found.next() };
                if let Some(member) = &mut self.members[*place] {
                    member.ruled.tell(*node, told.unwrap_or(NONE));
                }
            }
        }
        for Member { ruled, bar, .. } in self.members.iter_mut().flatten() {
            if let Some(bar) = bar {
                ruled.go_on(stage, bar);
            }
        }
    }
}

impl Strategy for Universe {
    fn begin(&mut self, markets: &[Market]) {
        self.markets = markets.to_vec();
    }

    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        self.make_all(context);
        let (instrument, subscription) = (context.instrument(), context.subscription);
        if self.is_read(subscription) {
            for Member { ruled, own, .. } in self.members.iter_mut().flatten() {
                ruled.on_bar(bar, &mut context.within(subscription, own));
            }
            return;
        }
        // Others of the same instrument serve to fill its orders.
        let known = self.members.get(instrument as usize).and_then(Option::as_ref);
        let first =
            known.map_or_else(|| context.first_subscription(instrument), |member| member.own[0]);
        if first == subscription {
            self.member(instrument as usize, subscription).bar = Some(*bar);
        }
    }

    fn on_moment(&mut self, context: &mut Context<'_>) {
        let mut stages = 0;
        for Member { ruled, own, bar } in self.members.iter_mut().flatten() {
            if let Some(bar) = bar {
                ruled.take(bar, &context.within(0, own));
                stages = stages.max(ruled.stages());
            }
        }
        for stage in 1..stages {
            self.look_across(stage);
        }
        let mut targets: Vec<(u32, Weight)> = Vec::new();
        for (instrument, member) in (0..).zip(&mut self.members) {
            let Some(Member { ruled, own, bar }) = member else { continue };
            let Some(bar) = bar.take() else { continue };
            let mut own = context.within(0, own);
            ruled.end(&bar);
            if let Some(weight) = ruled.weight() {
                targets.push((instrument, weight));
            } else {
                ruled.act(&mut own);
            }
        }
        if !targets.is_empty() && !context.is_warming_up {
            context.rebalance(&targets, Rest::Keep, Weight::ZERO);
        }
    }

    fn listens_to(&self, _subscription: usize) -> bool {
        true
    }

    fn reads_extremes(&self) -> bool {
        // What is watched may read more than the orders do.
        self.watch.is_some() || reads_extremes(&self.filled.graph)
    }

    fn watch(&mut self, watch: &Watch) {
        self.watch = Some(watch.clone());
    }

    fn watched(&mut self) -> Watched {
        let mut all = Watched::default();
        for (instrument, member) in (0_u32..).zip(&mut self.members) {
            let is_told = match &self.watch {
                Some(Watch::Values(wanted)) => wanted.instrument == instrument as usize,
                _ => true,
            };
            let Some(member) = member.as_mut().filter(|_| is_told) else { continue };
            let Watched { counts, times_ms, values } = member.ruled.watched();
            let own = counts.into_iter().map(|count| ValueCount { instrument, ..count });
            all.counts.extend(own);
            if !values.is_empty() {
                (all.times_ms, all.values) = (times_ms, values);
            }
        }
        all
    }
}
