//! Random markets, accounts and strategies, for laws that must hold whatever happens.

use proptest::prelude::*;
use proptest::strategy::Strategy as Arbitrary;

use crate::market::{Bar, Calendar, Columns, Decimal, Series, TradingDays, Units};
use crate::strategy::{
    Catalog, Context, Domain, ParamSpec, ParamValue, Params, Rest, Strategy, StrategyEntry,
};
use crate::trading::{
    AtrDistance, BreakEven, Distance, EndOfRunPolicy, Entry, EntryBarPolicy, ExitTerms, Exits,
    FeeTerms, Level, MarginTerms, OrderId, PositionLimits, RangeFraction, Side, Simulation, Size,
    Sizing, TakeProfit, TrailingStop, Weight,
};

/// A walk of minute bars with gaps in price, and now and then one in time.
pub(super) fn markets() -> impl Arbitrary<Value = Series> + Clone {
    let step = (-6_i64..=6, -9_i64..=9, 0_i64..8, 0_i64..8, 0_u8..20);
    prop::collection::vec(step, 20..120).prop_map(|steps| {
        let (mut bars, mut close, mut open_time_ms) = (Columns::default(), 500_i64, 0);
        for (gap, change, above, below, pause) in steps {
            let open = (close + gap).max(20);
            close = (open + change).max(20);
            let (high, low) = (open.max(close) + above, open.min(close) - below);
            bars.push(Bar { open_time_ms, open, high, low, close, volume: 1.0 });
            open_time_ms += 60_000 * if pause == 0 { 5 } else { 1 };
        }
        Series {
            timeframe: "1m".parse().unwrap(),
            units: Units {
                price_tick: "0.01".parse().unwrap(),
                quantity_step: "0.001".parse().unwrap(),
            },
            calendar: Calendar::AlwaysOpen,
            days: TradingDays::UTC,
            bars,
        }
    })
}

/// Accounts of every policy, sizing and cost, some of them poor.
pub(super) fn simulations() -> impl Arbitrary<Value = Simulation> {
    let sizing = prop_oneof![
        Just(None),
        (1_i64..40)
            .prop_map(|tenths| Some(Sizing::EquityFraction(Decimal::new(tenths, 1).unwrap()))),
        (1_i64..5_000)
            .prop_map(|steps| Some(Sizing::FixedQuantity(Decimal::new(steps, 3).unwrap()))),
        (1_i64..2_000)
            .prop_map(|value| Some(Sizing::FixedNotional(Decimal::new(value, 1).unwrap()))),
        (1_i64..300).prop_map(|parts| Some(Sizing::RiskFraction(Decimal::new(parts, 3).unwrap()))),
        (1_i64..300, 1_u32..6).prop_map(|(parts, period)| {
            let fraction = Decimal::new(parts, 3).unwrap();
            Some(Sizing::RangeFraction(RangeFraction { fraction, period }))
        }),
    ];
    let policies = (any::<bool>(), any::<bool>());
    (1_i64..2_000, 0_i64..50, 0_u32..4, sizing, 1_i64..5, policies).prop_map(
        |(cash, rate, slippage_ticks, sizing, leverage, (waits, closes))| Simulation {
            commission_rate: Decimal::new(rate, 4).unwrap(),
            slippage_ticks,
            sizing,
            max_leverage: Decimal::new(leverage, 0).unwrap(),
            entry_bar_policy: if waits {
                EntryBarPolicy::NextBar
            } else {
                EntryBarPolicy::WorstCase
            },
            end_of_run_policy: if closes {
                EndOfRunPolicy::CloseAtLastClose
            } else {
                EndOfRunPolicy::MarkOpen
            },
            ..Simulation::with_cash(Decimal::new(cash, 0).unwrap())
        },
    )
}

/// Accounts whose terms leave positions and refuse entries besides.
pub(super) fn simulations_with_terms() -> impl Arbitrary<Value = Simulation> {
    let margin = prop::option::weighted(0.3, margins());
    (simulations_with_costs(), exits(), limits(), margin).prop_map(
        |(simulation, exits, limits, margin)| Simulation { exits, limits, margin, ..simulation },
    )
}

/// Some with fees and slippage in parts.
fn simulations_with_costs() -> impl Arbitrary<Value = Simulation> {
    let small = |most: i64, scale: u32| {
        (0..most).prop_map(move |count| Decimal::new(count, scale).unwrap())
    };
    let most = prop::option::of(small(50, 3));
    let fees = (small(50, 4), small(50, 4), small(50, 2), small(50, 3), small(50, 2), most);
    let fees =
        fees.prop_map(|(maker_rate, taker_rate, per_unit, per_fill, minimum, maximum_rate)| {
            FeeTerms { maker_rate, taker_rate, per_unit, per_fill, minimum, maximum_rate }
        });
    let rate = (1_i64..20).prop_map(|parts| Decimal::new(parts, 3).unwrap());
    let through = prop_oneof![2 => Just(0_u32), 1 => 1_u32..5];
    let range = (1_i64..20).prop_map(|parts| Decimal::new(parts, 2).unwrap());
    let slips = (prop::option::of(rate), prop::option::weighted(0.3, range), through);
    let costs = (prop::option::of(fees), slips);
    (simulations(), costs).prop_map(|(simulation, (fees, slips))| {
        let (slippage_rate, slippage_range, limit_through_ticks) = slips;
        Simulation { fees, slippage_rate, slippage_range, limit_through_ticks, ..simulation }
    })
}

fn margins() -> impl Arbitrary<Value = MarginTerms> {
    let initial =
        prop::option::of((1_i64..1_000).prop_map(|parts| Decimal::new(parts, 3).unwrap()));
    (initial, 0_i64..600, 0_i64..30).prop_map(|(initial_rate, maintenance, fee)| MarginTerms {
        initial_rate,
        maintenance_rate: Decimal::new(maintenance, 3).unwrap(),
        liquidation_fee_rate: Decimal::new(fee, 3).unwrap(),
    })
}

/// Accounts whose terms leave positions at prices alone; some have none.
pub(super) fn simulations_by_price() -> impl Arbitrary<Value = Simulation> {
    (simulations_with_costs(), prop::option::of(exits())).prop_map(|(simulation, exits)| {
        let mut exits = exits.unwrap_or_default();
        (exits.max_bars, exits.daily_exit_minute) = (0, None);
        if let Some(stop) = &mut exits.trailing_stop {
            stop.chandelier = false;
        }
        Simulation { exits, ..simulation }
    })
}

fn distances() -> impl Arbitrary<Value = Distance> + Clone {
    let atr = |(tenths, period): (i64, u32)| {
        Distance::Atr(AtrDistance { multiple: Decimal::new(tenths, 1).unwrap(), period })
    };
    prop_oneof![
        (0_i64..40).prop_map(|parts| Distance::Percent(Decimal::new(parts, 3).unwrap())),
        (0_u32..25).prop_map(Distance::Ticks),
        (0_i64..30, prop_oneof![5 => 1_u32..6, 1 => 15_u32..60]).prop_map(atr),
    ]
}

fn exits() -> impl Arbitrary<Value = ExitTerms> {
    let some = || prop::option::weighted(0.4, distances());
    let target = (distances(), 1_i64..11).prop_map(|(distance, tenths)| TakeProfit {
        distance,
        portion: Decimal::new(tenths, 1).unwrap(),
    });
    let trailing = prop::option::of((distances(), some(), any::<bool>()));
    let break_even = prop::option::weighted(0.3, (distances(), some()));
    let times =
        (prop_oneof![3 => Just(0_u32), 1 => 1_u32..9], prop::option::weighted(0.3, 0_u16..200));
    (some(), prop::collection::vec(target, 0..4), trailing, break_even, times).prop_map(
        |(stop_loss, take_profits, trailing, break_even, (max_bars, minute))| ExitTerms {
            stop_loss,
            take_profits,
            trailing_stop: trailing.map(|(distance, activation, chandelier)| TrailingStop {
                distance,
                activation,
                chandelier: chandelier && distance.period().is_some(),
            }),
            break_even: break_even.map(|(trigger, offset)| BreakEven { trigger, offset }),
            max_bars,
            daily_exit_minute: minute,
        },
    )
}

fn limits() -> impl Arbitrary<Value = PositionLimits> {
    let counts = (0_u32..3, 0_u32..4, 0_u32..4, any::<bool>());
    let share = (1_i64..100).prop_map(|parts| Decimal::new(parts, 2).unwrap());
    let limits = (counts, prop::option::weighted(0.1, share));
    limits.prop_map(|((positions, entries, bars, losses), max_volume_share)| PositionLimits {
        max_positions: positions,
        max_entries: entries,
        cool_down_bars: bars,
        cool_down_after_loss_only: losses,
        close_after_days_without_bars: 0,
        max_volume_share,
    })
}

/// Every shipped strategy in turn with parameters of its schema, drawn from a seed; and after
/// them one that gives every kind of order at random.
pub(super) fn strategy_of(pick: usize, seed: u64) -> Box<dyn Strategy> {
    let catalog = Catalog::shipped();
    let shipped: Vec<&StrategyEntry> =
        catalog.entries().iter().filter(|entry| entry.name != "gate").collect();
    let Some(entry) = shipped.get(pick % (shipped.len() + 2)) else {
        return Box::new(Chaos { dice: Dice(seed), orders: Vec::new() });
    };
    let mut dice = Dice(seed);
    loop {
        let given = entry.params.iter().map(|spec| (spec.name.to_string(), draw(spec, &mut dice)));
        let params = Params::resolve(&entry.params, &given.collect()).unwrap();
        if let Ok(strategy) = (entry.build)(&params) {
            return strategy;
        }
    }
}

/// How many different picks there are.
pub(super) fn picks() -> usize {
    Catalog::shipped().entries().len() + 1
}

/// A value near the low end of the domain, so that indicators warm up on a short market.
fn draw(spec: &ParamSpec, dice: &mut Dice) -> ParamValue {
    match spec.domain {
        Domain::Int { min, max, .. } => (min + dice.below(12) as i64).min(max).into(),
        Domain::Double { min, max, .. } if max > 1.0 => {
            (dice.below(60) as f64 + 1.0).min(max).max(min).into()
        }
        Domain::Double { .. } => (dice.below(20) as f64 * 0.002 + 0.001).into(),
        Domain::Bool => (dice.below(2) == 0).into(),
        Domain::Choice(ref words) => (&*words[dice.below(words.len() as u64) as usize]).into(),
    }
}

/// Numbers that follow from a seed.
pub(super) struct Dice(pub u64);

impl Dice {
    pub(super) fn below(&mut self, bound: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    fn near(&mut self, price: i64) -> i64 {
        price + self.below(41) as i64 - 20
    }
}

/// Gives orders of every kind on every subscription, as the dice fall.
struct Chaos {
    dice: Dice,
    orders: Vec<OrderId>,
}

impl Chaos {
    fn level(&mut self, bar: &Bar) -> Level {
        match self.dice.below(2) {
            0 => Level::Price(self.dice.near(bar.close)),
            _ => Level::Away(self.dice.below(40) as f64 / 2.0),
        }
    }

    fn exits(&mut self, bar: &Bar) -> Exits {
        let mut exits = Exits::NONE;
        if self.dice.below(2) == 0 {
            exits = Exits::stop(self.level(bar));
        }
        for _ in 0..self.dice.below(4) {
            let portion = Decimal::new(self.dice.below(10) as i64 + 1, 1).unwrap();
            exits = exits.and_target(self.level(bar), portion);
        }
        exits
    }

    fn somewhere(&mut self, context: &Context<'_>) -> u32 {
        self.dice.below(context.instruments() as u64) as u32
    }

    fn weight(&mut self) -> Weight {
        Weight::nearest(self.dice.below(21) as f64 / 10.0 - 1.0).unwrap()
    }

    /// Something of everything that is told of the account and of other instruments.
    fn seen_of_account(context: &Context<'_>) -> u64 {
        let account = context.account();
        let mut seen = account.cash ^ account.equity.rotate_left(9) ^ account.gross;
        for instrument in 0..context.instruments() as u32 {
            let position = context.position(instrument);
            seen = seen.rotate_left(7) ^ position.quantity ^ position.open_profit;
            seen ^= context.last_trade(instrument).map_or(1, |trade| trade.profit);
            let subscription = context.first_subscription(instrument);
            seen ^= context.bar(subscription).map_or(3, |bar| bar.close);
            seen ^= context.ended_ms(subscription).unwrap_or(5);
            seen ^= context.bars_since_entry(subscription).map_or(7, |bars| bars as i64);
        }
        seen.cast_unsigned()
    }

    fn entry(&mut self, bar: &Bar) -> Entry {
        let side = if self.dice.below(2) == 0 { Side::Long } else { Side::Short };
        let (price, other) = (self.dice.near(bar.close), self.dice.near(bar.close));
        let entry = match self.dice.below(4) {
            0 => Entry::market(side),
            1 => Entry::limit(side, price),
            2 => Entry::stop(side, price),
            _ => Entry::stop_limit(side, price, other),
        };
        let fraction = Decimal::new(self.dice.below(20) as i64 + 1, 2).unwrap();
        let amount = match self.dice.below(4) {
            0 => Size::Steps(self.dice.below(500) as i64),
            1 => Size::Value(self.dice.below(1 << 32) as i64),
            2 => Size::Equity(fraction.into()),
            _ => Size::Risk(fraction.into()),
        };
        entry.sized(amount).with(self.exits(bar))
    }
}

impl Strategy for Chaos {
    fn on_bar(&mut self, bar: &Bar, context: &mut Context<'_>) {
        // What it sees of the market and of its account shall matter.
        self.dice.0 ^= (bar.close * 31 + bar.high).cast_unsigned() ^ context.now_ms.cast_unsigned();
        self.dice.0 ^= context.side.map_or(7, |side| 11 * side.sign()).cast_unsigned();
        self.dice.0 ^= Self::seen_of_account(context);
        match self.dice.below(16) {
            0..4 => {
                let entry = self.entry(bar);
                self.orders.push(context.submit(entry));
            }
            4 => context.exit(),
            5 => context.exit_part(Decimal::new(self.dice.below(10) as i64 + 1, 1).unwrap()),
            6 => {
                let entry = self.entry(bar);
                self.orders.push(context.reverse(entry));
            }
            7 => {
                let exits = self.exits(bar);
                context.protect(exits);
            }
            8 => _ = self.orders.pop().map(|order| context.cancel(order)),
            9 => {
                let steps = self.dice.below(1_000) as i64 - 500;
                context.on(self.somewhere(context)).target_steps(steps);
            }
            10 => {
                let (weight, band) = (self.weight(), Weight::nearest(0.02).unwrap());
                context.on(self.somewhere(context)).target_weight(weight, band);
            }
            11 => {
                let all = 0..context.instruments() as u32;
                let targets: Vec<_> = all.map(|place| (place, self.weight())).collect();
                let rest = if self.dice.below(2) == 0 { Rest::Keep } else { Rest::Close };
                context.rebalance(&targets[1..], rest, Weight::ZERO);
            }
            _ => {}
        }
    }

    fn listens_to(&self, _subscription: usize) -> bool {
        true
    }
}
