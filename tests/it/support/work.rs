//! Backtests to submit, said in a few words.

use tradeforge::pb;
use tradeforge::pb::param_value::Kind;
use tradeforge::pb::sizing;
use uuid::Uuid;

use super::market::{MINUTE_MS, START_MS};

/// A submission under construction: one unit of `TEST:BARS@1m` for an account of 100,000.
#[derive(Clone)]
pub(crate) struct Work {
    request: pb::SubmitRequest,
    backtest: pb::BacktestSpec,
}

/// That strategy with its defaults.
pub(crate) fn work(name: &str) -> Work {
    let simulation = pb::Simulation {
        initial_cash: "100000".into(),
        sizing: Some(pb::Sizing { kind: Some(sizing::Kind::FixedQuantity("1".into())) }),
        ..pb::Simulation::default()
    };
    let backtest = pb::BacktestSpec {
        strategy: Some(pb::StrategyRef { name: name.into(), ..Default::default() }),
        simulation: Some(simulation),
        ..pb::BacktestSpec::default()
    };
    Work { request: pb::SubmitRequest::default(), backtest }.on("BARS")
}

pub(crate) fn buy_and_hold() -> Work {
    work("buy_and_hold")
}

pub(crate) fn sma_cross(fast: i64, slow: i64) -> Work {
    work("sma_cross").param("fast", int(fast)).param("slow", int(slow))
}

pub(crate) fn rsi_reversion(oversold: f64, overbought: f64) -> Work {
    work("rsi_reversion")
        .param("oversold", double(oversold))
        .param("overbought", double(overbought))
}

/// Stands still after its first bar until the gate `key` of its server is open.
pub(crate) fn gate(key: i64) -> Work {
    work("gate").param("bars", int(1)).param("key", int(key))
}

pub(crate) const fn int(value: i64) -> pb::ParamValue {
    pb::ParamValue { kind: Some(Kind::IntValue(value)) }
}

pub(crate) const fn double(value: f64) -> pb::ParamValue {
    pb::ParamValue { kind: Some(Kind::DoubleValue(value)) }
}

pub(crate) fn text(value: &str) -> pb::ParamValue {
    pb::ParamValue { kind: Some(Kind::StringValue(value.into())) }
}

impl Work {
    pub(crate) fn strategy(mut self, name: &str) -> Self {
        self.backtest.strategy = Some(pb::StrategyRef { name: name.into(), ..Default::default() });
        self
    }

    /// By a strategy as text.
    pub(crate) fn rules(mut self, source: &str) -> Self {
        self.backtest.strategy =
            Some(pb::StrategyRef { source: source.into(), ..Default::default() });
        self.backtest.params.clear();
        self
    }

    pub(crate) fn param(mut self, name: &str, value: pb::ParamValue) -> Self {
        self.backtest.params.insert(name.into(), value);
        self
    }

    /// On this symbol alone.
    pub(crate) fn on(mut self, symbol: &str) -> Self {
        self.backtest.subscriptions.clear();
        self.also_on(symbol)
    }

    pub(crate) fn also_on(mut self, symbol: &str) -> Self {
        self.backtest.subscriptions.push(pb::Subscription {
            exchange: "TEST".into(),
            symbol: symbol.into(),
            timeframe: "1m".into(),
            data_sha256: String::new(),
        });
        self
    }

    /// Following that auxiliary series.
    pub(crate) fn following(mut self, aux: &pb::AuxSpec) -> Self {
        self.backtest.aux.push(pb::AuxSubscription {
            name: aux.name.clone(),
            exchange: aux.exchange.clone(),
            symbol: aux.symbol.clone(),
            data_sha256: String::new(),
        });
        self
    }

    /// Following that version of it alone.
    pub(crate) fn following_version(self, aux: &pb::AuxSeries) -> Self {
        let mut work = self.following(aux.spec.as_ref().expect("a spec"));
        if let Some(last) = work.backtest.aux.last_mut() {
            last.data_sha256.clone_from(&aux.data_sha256);
        }
        work
    }

    /// On that version of its data.
    pub(crate) fn pinned(mut self, data_sha256: &str) -> Self {
        for subscription in &mut self.backtest.subscriptions {
            subscription.data_sha256 = data_sha256.into();
        }
        self
    }

    /// In bars of that length.
    pub(crate) fn timeframe(mut self, timeframe: &str) -> Self {
        for subscription in &mut self.backtest.subscriptions {
            subscription.timeframe = timeframe.into();
        }
        self
    }

    pub(crate) fn on_nothing(mut self) -> Self {
        self.backtest.subscriptions.clear();
        self
    }

    /// From that minute of the market on, up to the other.
    pub(crate) fn minutes(mut self, range: std::ops::Range<i64>) -> Self {
        let time = |minute: i64| {
            let ms = START_MS + minute * MINUTE_MS;
            Some(prost_types::Timestamp { seconds: ms.div_euclid(1_000), nanos: 0 })
        };
        self.backtest.time_range =
            Some(pb::TimeRange { start_time: time(range.start), end_time: time(range.end) });
        self
    }

    /// Warmed up by that many bars before.
    pub(crate) fn warmed(mut self, bars: i64) -> Self {
        self.backtest.warmup_bars = bars;
        self
    }

    pub(crate) fn cash(self, cash: &str) -> Self {
        self.simulation(|simulation| simulation.initial_cash = cash.into())
    }

    pub(crate) fn commission(self, rate: &str) -> Self {
        self.simulation(|simulation| simulation.commission_rate = rate.into())
    }

    pub(crate) fn quantity(self, quantity: &str) -> Self {
        self.sizing(sizing::Kind::FixedQuantity(quantity.into()))
    }

    pub(crate) fn notional(self, notional: &str) -> Self {
        self.sizing(sizing::Kind::FixedNotional(notional.into()))
    }

    pub(crate) fn all_in(self) -> Self {
        self.sizing(sizing::Kind::EquityFraction("1".into()))
    }

    fn sizing(self, kind: sizing::Kind) -> Self {
        self.simulation(|simulation| simulation.sizing = Some(pb::Sizing { kind: Some(kind) }))
    }

    /// Any other change of the account.
    pub(crate) fn simulation(mut self, change: impl FnOnce(&mut pb::Simulation)) -> Self {
        change(self.backtest.simulation.get_or_insert_default());
        self
    }

    pub(crate) fn always_new(self) -> Self {
        self.reuse(pb::ReusePolicy::AlwaysNew)
    }

    pub(crate) fn reuse_completed(self) -> Self {
        self.reuse(pb::ReusePolicy::ReuseCompleted)
    }

    pub(crate) fn reuse(self, policy: pb::ReusePolicy) -> Self {
        self.request(|request| request.reuse_policy = policy.into())
    }

    /// Names this submission; the answer is kept under that name.
    pub(crate) fn request_id(self, id: Uuid) -> Self {
        self.request(|request| request.request_id = id.to_string())
    }

    pub(crate) fn validate_only(self) -> Self {
        self.request(|request| request.validate_only = true)
    }

    /// Any other change of the submission.
    pub(crate) fn request(mut self, change: impl FnOnce(&mut pb::SubmitRequest)) -> Self {
        change(&mut self.request);
        self
    }
}

impl From<Work> for pb::SubmitRequest {
    fn from(work: Work) -> Self {
        let spec = pb::submit_request::Spec::Backtest(work.backtest);
        Self { spec: Some(spec), ..work.request }
    }
}
