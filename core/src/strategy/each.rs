//! A strategy that decides for one instrument, for each of several: as many of its kind as there
//! are instruments, each with the subscriptions of its own.

use std::ops::Range;

use super::context::Context;
use super::{
    AuxUse, Market, ParamConflict, Params, Scope, Strategy, StrategyEntry, ValueCount, Watch,
    Watched,
};
use crate::market::Bar;

/// Strategies side by side on one account.
struct Each {
    strategies: Vec<Box<dyn Strategy>>,
    /// Who hears of the bars of each subscription: which strategy, and which of its own it is to
    /// that one.
    routes: Vec<Vec<(usize, usize)>>,
    /// The subscriptions of each strategy, in their order.
    own: Vec<Vec<usize>>,
    /// The place in the run of the instrument that each decides for.
    instruments: Vec<usize>,
}

impl StrategyEntry {
    /// Makes the strategy of a run with these subscriptions, each given by its instrument's place.
    ///
    /// # Errors
    ///
    /// Parameters that make no sense together.
    pub fn for_instruments(
        &self,
        params: &Params,
        subscriptions: &[usize],
    ) -> Result<Box<dyn Strategy>, ParamConflict> {
        let read_only = self.read_only(subscriptions.len());
        let traded = |place: &usize| !read_only.contains(place);
        let mut instruments: Vec<usize> = Vec::new();
        for place in (0..subscriptions.len()).filter(traded) {
            if !instruments.contains(&subscriptions[place]) {
                instruments.push(subscriptions[place]);
            }
        }
        let is_alone = instruments.len() <= 1 && read_only.is_empty();
        if is_alone || self.scope == Scope::Portfolio {
            return (self.build)(params);
        }
        let strategies: Result<Vec<_>, _> =
            instruments.iter().map(|_| (self.build)(params)).collect();
        let own = instruments.iter().map(|instrument| {
            let mut own = (0..subscriptions.len())
                .filter(traded)
                .filter(|place| subscriptions[*place] == *instrument);
            let first = own.next();
            first.into_iter().chain(read_only.clone()).chain(own).collect()
        });
        let (strategies, own) = (strategies?, own.collect());
        Ok(Box::new(Each::new(strategies, own, instruments, subscriptions.len())))
    }

    /// Of so many subscriptions those that are only read: to each strategy they come behind its
    /// first.
    pub fn read_only(&self, subscriptions: usize) -> Range<usize> {
        1..(1 + self.markets.len()).min(subscriptions).max(1)
    }
}

impl Each {
    fn new(
        strategies: Vec<Box<dyn Strategy>>,
        own: Vec<Vec<usize>>,
        instruments: Vec<usize>,
        subscriptions: usize,
    ) -> Self {
        let mut routes = vec![Vec::new(); subscriptions];
        for (strategy, own) in own.iter().enumerate() {
            for (place, subscription) in own.iter().enumerate() {
                if strategies[strategy].listens_to(place) {
                    routes[*subscription].push((strategy, place));
                }
            }
        }
        Self { strategies, routes, own, instruments }
    }
}

impl Strategy for Each {
    fn begin(&mut self, markets: &[Market]) {
        for (strategy, own) in self.strategies.iter_mut().zip(&self.own) {
            let own: Vec<Market> = own.iter().map(|&place| markets[place].clone()).collect();
            strategy.begin(&own);
        }
    }

    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        for &(strategy, place) in &self.routes[context.subscription] {
            let mut own = context.within(place, &self.own[strategy]);
            self.strategies[strategy].on_bar(bar, &mut own);
        }
    }

    fn on_moment(&mut self, context: &mut Context<'_>) {
        for (strategy, own) in self.strategies.iter_mut().zip(&self.own) {
            strategy.on_moment(&mut context.within(0, own));
        }
    }

    fn listens_to(&self, subscription: usize) -> bool {
        !self.routes[subscription].is_empty()
    }

    fn lookback(&self, subscription: usize) -> usize {
        let of = |&(strategy, place): &(usize, usize)| self.strategies[strategy].lookback(place);
        self.routes[subscription].iter().map(of).max().unwrap_or(1)
    }

    fn reads_extremes(&self) -> bool {
        self.strategies.iter().any(|strategy| strategy.reads_extremes())
    }

    fn watch(&mut self, watch: &Watch) {
        for (&instrument, strategy) in self.instruments.iter().zip(&mut self.strategies) {
            match watch {
                Watch::Values(wanted) if wanted.instrument != instrument => {}
                _ => strategy.watch(watch),
            }
        }
    }

    fn watched(&mut self) -> Watched {
        let mut all = Watched::default();
        for (&instrument, strategy) in self.instruments.iter().zip(&mut self.strategies) {
            let Watched { counts, times_ms, values } = strategy.watched();
            let instrument = instrument as u32;
            let own = counts.into_iter().map(|count| ValueCount { instrument, ..count });
            all.counts.extend(own);
            if !values.is_empty() {
                (all.times_ms, all.values) = (times_ms, values);
            }
        }
        all
    }

    fn uses_aux(&self) -> Option<AuxUse> {
        let uses = self.strategies.iter().map(|strategy| strategy.uses_aux());
        uses.reduce(|one, other| Some(one?.and(other?))).flatten()
    }
}
