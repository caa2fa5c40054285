//! One strategy with other parameters from a moment on, and what becomes of the position then.
//!
//! As many of its kind as there are sets of parameters see every bar, so that each is warm when its
//! time comes. One of them has the account; to the others it is as before the run begins: nothing
//! is held, and orders are thrown away.

use serde::{Deserialize, Serialize};

use super::adopted::Adopted;
use super::context::Context;
use super::views::LastTrade;
use super::{AuxUse, Market, Strategy, Watch, Watched};
use crate::market::Bar;
use crate::trading::{Account, Goal, Intent, Order, Orders, Target, Weight};

/// What a change of parameters does with what is held.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handover {
    /// It is closed at the next open, and the new parameters begin with nothing.
    #[default]
    Close,
    /// The old parameters may only leave it; the new ones begin when nothing is held.
    RunOff,
    /// It stays as it is with its exits, and the new parameters decide from then on.
    Keep,
    /// The account takes on what the new parameters hold where they traded alone.
    Adopt,
}

/// From that moment on the account belongs to that strategy, or to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Every decision at or after it, UTC milliseconds.
    pub from_ms: i64,
    /// Which of the strategies; `None` holds nothing.
    pub to: Option<usize>,
}

/// Strategies that take turns.
pub struct Scheduled {
    strategies: Vec<Box<dyn Strategy>>,
    /// In the order of time.
    changes: Vec<Change>,
    handover: Handover,
    /// The changes whose time has come.
    reached: usize,
    /// Whose the account is.
    current: Option<usize>,
    /// Whose it shall be.
    wanted: Option<usize>,
    /// Whether the position was told to close for the one that comes.
    is_closing: bool,
    aside: Option<Aside>,
    /// What each of the strategies holds elsewhere, until its time has come; nothing of one that
    /// begins here.
    elsewhere: Vec<Option<Adopted>>,
    /// When the current one took over, having decided then already.
    adopted_ms: Option<i64>,
}

/// An account that never trades, for those who wait.
struct Aside {
    account: Account,
    orders: Orders,
    last_trades: Vec<Option<LastTrade>>,
}

/// The number of the first order that is thrown away.
const NAMES_ASIDE: u64 = 1 << 62;

impl Scheduled {
    /// Begins with the first of the strategies; changes rise in time.
    pub fn new(
        strategies: Vec<Box<dyn Strategy>>,
        changes: Vec<Change>,
        handover: Handover,
    ) -> Self {
        let elsewhere = strategies.iter().map(|_| None).collect();
        Self {
            strategies,
            changes,
            handover,
            reached: 0,
            current: Some(0),
            wanted: Some(0),
            is_closing: false,
            aside: None,
            elsewhere,
            adopted_ms: None,
        }
    }

    /// Begins with that one; each of the others has traded alone up to the change to it, which is
    /// to its place behind the first.
    pub fn adopting(
        first: Box<dyn Strategy>,
        others: Vec<(Box<dyn Strategy>, Adopted)>,
        changes: Vec<Change>,
    ) -> Self {
        let (mut strategies, mut elsewhere) = (vec![first], vec![None]);
        for (strategy, adopted) in others {
            strategies.push(strategy);
            elsewhere.push(Some(adopted));
        }
        Self { elsewhere, ..Self::new(strategies, changes, Handover::Adopt) }
    }

    /// Sees everything, and never trades.
    pub(crate) fn resting(strategy: Box<dyn Strategy>) -> Self {
        let resting = Self::new(vec![strategy], Vec::new(), Handover::Close);
        Self { current: None, wanted: None, ..resting }
    }

    /// The first of them, as it is by now.
    pub(crate) fn into_first(self) -> Option<Box<dyn Strategy>> {
        self.strategies.into_iter().next()
    }

    /// Lets the account change hands if it is time.
    fn turn(&mut self, context: &mut Context<'_>) {
        self.aside.get_or_insert_with(|| Aside::of(context));
        while let Some(change) = self.changes.get(self.reached)
            && change.from_ms <= context.now_ms
        {
            self.wanted = change.to;
            self.reached += 1;
        }
        if self.wanted == self.current {
            self.is_closing = false;
            return;
        }
        if self.handover == Handover::Adopt
            && let Some(adopted) = self.wanted.and_then(|next| self.elsewhere[next].take())
        {
            adopted.take_on(context);
            (self.current, self.adopted_ms) = (self.wanted, Some(context.now_ms));
            self.is_closing = false;
            return;
        }
        let keeps = self.handover == Handover::Keep && self.wanted.is_some();
        if !keeps {
            take_back(context);
        }
        if keeps || !is_holding(context) {
            self.current = self.wanted;
            self.is_closing = false;
        } else if self.handover != Handover::RunOff && !self.is_closing {
            self.is_closing = true;
            for instrument in 0..context.instruments() as u32 {
                let mut desk = context.on(instrument);
                match (desk.side, self.handover) {
                    (None, _) => {}
                    (Some(_), Handover::Adopt) => desk.hand_over(),
                    (Some(_), _) => desk.exit(),
                }
            }
        }
    }

    /// Those that are not elsewhere.
    fn here(&mut self) -> impl Iterator<Item = &mut Box<dyn Strategy>> {
        let all = self.strategies.iter_mut().zip(&self.elsewhere);
        all.filter(|(_, elsewhere)| elsewhere.is_none()).map(|(strategy, _)| strategy)
    }

    /// Whether that one's word counts.
    fn is_in_charge(&self, strategy: usize) -> bool {
        self.current == Some(strategy) && !self.is_closing
    }

    /// Lets the one in charge decide, and the others see the same.
    fn each(
        &mut self,
        context: &mut Context<'_>,
        mut see: impl FnMut(&mut dyn Strategy, &mut Context<'_>),
    ) {
        self.turn(context);
        let runs_off = self.wanted != self.current;
        let has_decided = self.adopted_ms == Some(context.now_ms);
        for place in 0..self.strategies.len() {
            let is_in_charge = self.is_in_charge(place);
            // One that is elsewhere has seen all up to its change there.
            if self.elsewhere[place].is_some() || is_in_charge && has_decided {
                continue;
            }
            let strategy = self.strategies[place].as_mut();
            if is_in_charge {
                see(strategy, context);
                if runs_off {
                    drop_entries(context);
                }
            } else if let Some(aside) = &mut self.aside {
                aside.show(context, |context| see(strategy, context));
            }
        }
    }
}

impl Aside {
    fn of(context: &Context<'_>) -> Self {
        let instruments = context.instruments();
        let mut orders = Orders::new(instruments);
        // Whoever remembers one of them finds none of its name on the account.
        orders.number_from(NAMES_ASIDE);
        Self {
            account: Account::new(context.account.terms().clone()),
            orders,
            last_trades: vec![None; instruments],
        }
    }

    fn show(&mut self, context: &Context<'_>, see: impl FnOnce(&mut Context<'_>)) {
        see(&mut Context {
            subscription: context.subscription,
            instrument: context.instrument,
            now_ms: context.now_ms,
            side: None,
            is_warming_up: true,
            own: context.own,
            entries_max: context.entries_max,
            bars: context.bars,
            aux: context.aux,
            account: &self.account,
            day_start_equity: self.account.cash(),
            last_trades: &self.last_trades,
            reached: &[],
            orders: &mut self.orders,
            stop: context.stop,
        });
        self.orders.throw_away();
    }
}

fn is_holding(context: &Context<'_>) -> bool {
    (0..context.instruments() as u32).any(|it| context.position(it).side.is_some())
}

/// Takes back what waits for a price or for the next open.
fn take_back(context: &mut Context<'_>) {
    for instrument in 0..context.instruments() as u32 {
        let waiting = context.orders(instrument).filter(|order| opens(order));
        let waiting: Vec<_> = waiting.map(|order| order.id).collect();
        for id in waiting {
            context.cancel(id);
        }
    }
}

/// Removes what was just said that is more than to leave.
fn drop_entries(context: &mut Context<'_>) {
    let now_ms = context.now_ms;
    for instrument in 0..context.instruments() as u32 {
        let orders = context.orders.of_mut(instrument);
        orders.retain(|order| order.decided_ms != now_ms || !opens(order));
    }
}

/// Whether an order may do more than to leave a position.
fn opens(order: &Order) -> bool {
    match order.intent {
        Intent::Open(_) => true,
        Intent::Target(Target { goal, .. }) => {
            goal != Goal::Steps(0) && goal != Goal::Weight(Weight::ZERO)
        }
        Intent::Close { .. } | Intent::Protect { .. } => false,
    }
}

impl Strategy for Scheduled {
    fn begin(&mut self, markets: &[Market]) {
        for strategy in self.here() {
            strategy.begin(markets);
        }
    }

    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        let subscription = context.subscription;
        self.each(context, |strategy, context| {
            if strategy.listens_to(subscription) {
                strategy.on_bar(bar, context);
            }
        });
    }

    fn on_moment(&mut self, context: &mut Context<'_>) {
        self.each(context, |strategy, context| strategy.on_moment(context));
    }

    fn listens_to(&self, subscription: usize) -> bool {
        self.strategies.iter().any(|strategy| strategy.listens_to(subscription))
    }

    fn lookback(&self, subscription: usize) -> usize {
        let lookbacks = self.strategies.iter().map(|strategy| strategy.lookback(subscription));
        lookbacks.max().unwrap_or(1)
    }

    fn reads_extremes(&self) -> bool {
        self.strategies.iter().any(|strategy| strategy.reads_extremes())
    }

    fn watch(&mut self, watch: &Watch) {
        // How often something was true says little where parameters take turns.
        if let Watch::Values(_) = watch {
            self.here().for_each(|strategy| strategy.watch(watch));
        }
    }

    fn watched(&mut self) -> Watched {
        let all: Vec<Watched> = self.strategies.iter_mut().map(|it| it.watched()).collect();
        let Some(first) = all.first() else { return Watched::default() };
        let times_ms = first.times_ms.clone();
        // On each bar those of the parameters whose turn it was when it opened.
        let turns = times_ms.iter().map(|time_ms| {
            let begun = self.changes.partition_point(|change| change.from_ms <= *time_ms);
            begun.checked_sub(1).map_or(Some(0), |last| self.changes[last].to)
        });
        let turns: Vec<Option<usize>> = turns.collect();
        let value = |name: usize, bar: usize| {
            let seen = turns[bar].and_then(|turn| all[turn].values.get(name)?.get(bar));
            seen.copied().unwrap_or(f64::NAN)
        };
        let column = |name| (0..times_ms.len()).map(|bar| value(name, bar)).collect();
        let values = (0..first.values.len()).map(column).collect();
        Watched { counts: Vec::new(), times_ms, values }
    }

    fn uses_aux(&self) -> Option<AuxUse> {
        // All of them follow the same rows; the one whose parameters came first tells of them.
        self.strategies.first().and_then(|strategy| strategy.uses_aux())
    }
}
