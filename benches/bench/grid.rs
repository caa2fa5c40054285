//! The searches that are measured: in the engine's terms, and as a message to the server.

use tradeforge::market::{Decimal, Instrument, Series};
use tradeforge::pb::{self, axis, submit_request};
use tradeforge::rules::compile;
use tradeforge::strategy::{Catalog, ParamValue, Params, Rule, StrategyEntry};
use tradeforge::trading::{Simulation, Sizing};

use crate::host;

/// Values of a parameter: from, to, step.
#[derive(Clone, Copy)]
pub(crate) enum Axis {
    Whole(&'static str, [i64; 3]),
    Decimal(&'static str, [f64; 3]),
}

/// Every combination of some values, for one strategy.
#[derive(Clone, Copy)]
pub(crate) struct Grid {
    pub(crate) name: &'static str,
    pub(crate) strategy: &'static str,
    pub(crate) axes: &'static [Axis],
    /// The same as a text, with the parameters of the axes.
    pub(crate) text: &'static str,
}

pub(crate) const CASH: &str = "100000";
pub(crate) const COMMISSION_RATE: &str = "0.0005";

pub(crate) const SMA_130: Grid = Grid {
    name: "SMA, 130 cells",
    strategy: "sma_cross",
    axes: &[Axis::Whole("fast", [5, 50, 5]), Axis::Whole("slow", [60, 300, 20])],
    text: "param fast = 10\n\
           param slow = 60\n\
           enter long when crosses_above(sma(close, fast), sma(close, slow))\n\
           exit long when crosses_below(sma(close, fast), sma(close, slow))",
};
pub(crate) const SMA_100: Grid = Grid {
    name: "SMA, 100 cells",
    strategy: "sma_cross",
    axes: &[Axis::Whole("fast", [5, 95, 10]), Axis::Whole("slow", [110, 470, 40])],
    text: "",
};
pub(crate) const SMA_10_000: Grid = Grid {
    name: "SMA, 10,000 cells",
    strategy: "sma_cross",
    axes: &[Axis::Whole("fast", [5, 104, 1]), Axis::Whole("slow", [110, 506, 4])],
    text: "param fast = 10\n\
           param slow = 60\n\
           enter long when crosses_above(sma(close, fast), sma(close, slow))\n\
           exit long when crosses_below(sma(close, fast), sma(close, slow))",
};
pub(crate) const SMA_1_000_000: Grid = Grid {
    name: "SMA, 1M cells",
    strategy: "sma_cross",
    axes: &[Axis::Whole("fast", [2, 1_001, 1]), Axis::Whole("slow", [1_002, 2_001, 1])],
    text: "",
};
pub(crate) const EMA_130: Grid = Grid {
    name: "EMA, 130 cells",
    strategy: "ema_cross",
    axes: &[Axis::Whole("fast", [5, 50, 5]), Axis::Whole("slow", [60, 300, 20])],
    text: "param fast = 10\n\
           param slow = 60\n\
           enter long when crosses_above(ema(close, fast), ema(close, slow))\n\
           exit long when crosses_below(ema(close, fast), ema(close, slow))",
};
pub(crate) const RSI_42: Grid = Grid {
    name: "RSI, 42 cells",
    strategy: "rsi_reversion",
    axes: &[
        Axis::Whole("period", [6, 30, 4]),
        Axis::Decimal("oversold", [20.0, 30.0, 5.0]),
        Axis::Decimal("overbought", [65.0, 75.0, 10.0]),
    ],
    text: "param period = 14\n\
           param oversold = 30.0\n\
           param overbought = 70.0\n\
           enter long when rsi(close, period) < oversold\n\
           exit long when rsi(close, period) > overbought",
};
pub(crate) const BREAKOUT_100: Grid = Grid {
    name: "breakout with ATR stop, 100 cells",
    strategy: "donchian_breakout",
    axes: &[Axis::Whole("entry", [20, 110, 10]), Axis::Decimal("atr_stop", [1.5, 6.0, 0.5])],
    text: "param entry = 20\n\
           param atr_stop = 2.0\n\
           enter long when close > highest(high, entry)[1] and is_defined(atr(14))\n\
           exit long when close < lowest(low, 10)[1]\n\
           stop long at position.entry - atr_stop * atr(14)",
};

impl Axis {
    const fn name(self) -> &'static str {
        match self {
            Self::Whole(name, _) | Self::Decimal(name, _) => name,
        }
    }

    fn values(self) -> Vec<ParamValue> {
        match self {
            Self::Whole(_, [min, max, step]) => {
                (min..=max).step_by(step as usize).map(ParamValue::from).collect()
            }
            Self::Decimal(_, [min, max, step]) => {
                let count = ((max - min) / step).round() as u32;
                (0..=count).map(|index| (min + f64::from(index) * step).into()).collect()
            }
        }
    }

    fn message(self) -> pb::Axis {
        let domain = match self {
            Self::Whole(_, [min_value, max_value, step]) => {
                axis::Domain::IntRange(pb::IntDomain { min_value, max_value, step })
            }
            Self::Decimal(_, [min_value, max_value, step]) => {
                axis::Domain::DoubleRange(pb::DoubleDomain { min_value, max_value, step })
            }
        };
        pb::Axis { name: self.name().into(), domain: Some(domain) }
    }
}

impl Grid {
    /// What each of its trials does.
    pub(crate) fn rules(&self) -> Vec<Option<Rule>> {
        let catalog = Catalog::shipped();
        self.rules_of(catalog.find(self.strategy, "").expect("a shipped strategy"))
    }

    /// What each of them does that the text says.
    pub(crate) fn rules_of_text(&self) -> Vec<Option<Rule>> {
        self.rules_of(&compile(self.text).entry.expect("a text without mistakes"))
    }

    fn rules_of(&self, entry: &StrategyEntry) -> Vec<Option<Rule>> {
        let mut rows = vec![Vec::new()];
        for axis in self.axes {
            let values = axis.values();
            let longer = |row: Vec<(String, ParamValue)>| {
                let with = |value: &ParamValue| {
                    let last = (axis.name().to_owned(), value.clone());
                    row.iter().cloned().chain([last]).collect::<Vec<_>>()
                };
                values.iter().map(with).collect::<Vec<_>>()
            };
            rows = rows.into_iter().flat_map(longer).collect();
        }
        let rule = |row: Vec<_>| {
            let params = Params::resolve(&entry.params, &row.into_iter().collect());
            let strategy = (entry.build)(&params.expect("values of the domain"));
            strategy.expect("parameters that make sense").rule()
        };
        rows.into_iter().map(rule).collect()
    }

    /// How many trials there are.
    pub(crate) fn cells(&self) -> usize {
        self.axes.iter().map(|axis| axis.values().len()).product()
    }

    /// A search of the server's, always a run of its own.
    pub(crate) fn request(&self, symbol: &str) -> pb::SubmitRequest {
        let mut base = host::backtest(self.strategy, symbol);
        let simulation = pb::Simulation {
            initial_cash: CASH.into(),
            commission_rate: COMMISSION_RATE.into(),
            ..Default::default()
        };
        base.simulation = Some(simulation);
        let axes = self.axes.iter().map(|axis| axis.message()).collect();
        let spec = pb::OptimizationSpec { base: Some(base), axes, ..Default::default() };
        host::always_new(submit_request::Spec::Optimization(spec))
    }
}

/// The account of every trial: all of the equity, long or flat.
pub(crate) fn simulation() -> Simulation {
    let number = |text: &str| text.parse::<Decimal>().expect("a number");
    Simulation {
        commission_rate: number(COMMISSION_RATE),
        sizing: Some(Sizing::EquityFraction(Decimal::ONE)),
        ..Simulation::with_cash(number(CASH))
    }
}

pub(crate) fn instrument() -> Instrument {
    Instrument::new("SYN", "BENCH").expect("a name")
}

/// The first bars of a series.
pub(crate) fn first(series: &Series, bars: usize) -> Series {
    let mut columns = tradeforge::market::Columns::default();
    (0..bars).for_each(|bar| columns.push(series.bars.bar(bar)));
    Series { bars: columns, ..series.clone() }
}
