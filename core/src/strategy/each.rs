//! A strategy that decides for one instrument, for each of several: as many of its kind as there
//! are instruments, each with the subscriptions of its own.

use super::context::Context;
use super::{
    AuxUse, Market, ParamConflict, Params, Scope, Strategy, StrategyEntry, ValueCount, Watch,
    Watched,
};
use crate::market::Bar;

/// Strategies side by side on one account.
struct Each {
    strategies: Vec<Box<dyn Strategy>>,
    /// Whose each subscription is, and which of its own it is to that strategy.
    places: Vec<(usize, usize)>,
    /// The subscriptions of each strategy, in their order.
    own: Vec<Vec<usize>>,
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
        let instruments = subscriptions.iter().max().map_or(1, |last| last + 1);
        if instruments == 1 || self.scope == Scope::Portfolio {
            return (self.build)(params);
        }
        let strategies: Result<Vec<_>, _> =
            (0..instruments).map(|_| (self.build)(params)).collect();
        Ok(Box::new(Each::new(strategies?, subscriptions)))
    }
}

impl Each {
    fn new(strategies: Vec<Box<dyn Strategy>>, subscriptions: &[usize]) -> Self {
        let mut own = vec![Vec::new(); strategies.len()];
        let mut places = Vec::with_capacity(subscriptions.len());
        for (subscription, &instrument) in subscriptions.iter().enumerate() {
            places.push((instrument, own[instrument].len()));
            own[instrument].push(subscription);
        }
        Self { strategies, places, own }
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
        let (instrument, place) = self.places[context.subscription];
        let mut own = context.within(place, &self.own[instrument]);
        self.strategies[instrument].on_bar(bar, &mut own);
    }

    fn on_moment(&mut self, context: &mut Context<'_>) {
        for (strategy, own) in self.strategies.iter_mut().zip(&self.own) {
            strategy.on_moment(&mut context.within(0, own));
        }
    }

    fn listens_to(&self, subscription: usize) -> bool {
        let (instrument, place) = self.places[subscription];
        self.strategies[instrument].listens_to(place)
    }

    fn lookback(&self, subscription: usize) -> usize {
        let (instrument, place) = self.places[subscription];
        self.strategies[instrument].lookback(place)
    }

    fn watch(&mut self, watch: &Watch) {
        for (instrument, strategy) in self.strategies.iter_mut().enumerate() {
            match watch {
                Watch::Values(wanted) if wanted.instrument != instrument => {}
                _ => strategy.watch(watch),
            }
        }
    }

    fn watched(&mut self) -> Watched {
        let mut all = Watched::default();
        for (instrument, strategy) in (0..).zip(&mut self.strategies) {
            let Watched { counts, times_ms, values } = strategy.watched();
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
