//! What a run of the corpus comes to, as one line of text.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tradeforge::digest::{Digest, Encoder};
use tradeforge::engine::{Backtest, Meter, Observer, Report, Subscribed};
use tradeforge::metrics::Metric;
use tradeforge::run::Recorder;
use tradeforge::trading::{Fill, Trade};

use super::case::Case;
use super::fault::Fault;

/// The metrics of version 1, in the order in which its results hashed them.
pub(super) const METRICS: [&str; 39] = [
    "final_equity",
    "net_profit",
    "realized_profit",
    "open_profit",
    "fees_paid",
    "slippage_cost",
    "total_return",
    "cagr",
    "buy_hold_return",
    "volatility",
    "sharpe",
    "sortino",
    "calmar",
    "ulcer_index",
    "max_drawdown",
    "max_drawdown_duration_days",
    "sharpe_bar",
    "volatility_bar",
    "exposure",
    "trade_count",
    "win_rate",
    "profit_factor",
    "gross_profit",
    "gross_loss",
    "average_win",
    "average_loss",
    "expectancy",
    "sqn",
    "largest_win",
    "largest_loss",
    "average_bars_held",
    "long_trade_count",
    "short_trade_count",
    "fill_count",
    "order_count",
    "rejected_order_count",
    "ambiguous_exit_count",
    "ambiguous_profit_difference",
    "bankrupt",
];

/// One line of the corpus.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Record {
    /// The specification in words.
    pub about: String,
    pub faults: BTreeSet<Fault>,
    /// Trades that ended, for the eye.
    pub trades: u64,
    /// Over all fills, trades, refusals and points of equity.
    pub money: String,
    /// The result's hash as version 1 takes it: fills and the metrics of then.
    pub result: Digest,
    /// The bits of each of [`METRICS`], cut short; `-` where it is undefined.
    pub metrics: Vec<String>,
}

/// Hashes everything that a run tells, and takes down what the result's hash needs.
struct Witness {
    money: Encoder,
    fills: Encoder,
    recorder: Recorder,
}

impl Observer for Witness {
    fn fill(&mut self, fill: &Fill) {
        self.recorder.fill(fill);
        for part in [i64::from(fill.instrument), fill.time_ms, fill.price, fill.quantity] {
            self.fills.integer(part);
            self.money.integer(part);
        }
        self.fills.integer(fill.commission);
        self.money.integer(fill.commission).integer(fill.slippage).integer(fill.bar as i64);
        self.money.text(&format!("{:?}", fill.rule));
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        self.recorder.trade(trade, profit);
        let entry = [trade.entry_time_ms, trade.entry_bar as i64, trade.side.sign()];
        let sums = [trade.quantity, trade.entry_notional, trade.exit_notional, trade.fees, profit];
        for part in entry.into_iter().chain(sums) {
            self.money.integer(part);
        }
        if let Some(exit) = trade.exit {
            self.money.integer(exit.time_ms).integer(exit.bar as i64).text(exit.reason.as_str());
            self.money.integer(exit.is_ambiguous.into());
        }
    }

    fn equity(&mut self, time_ms: i64, equity: i64) {
        self.money.integer(time_ms).integer(equity);
    }
}

impl Record {
    pub(super) fn of(case: &Case) -> Self {
        let subscribed: Vec<_> = case
            .series
            .iter()
            .map(|series| Subscribed {
                instrument: &case.instrument,
                series,
                range: 0..series.bars.len(),
            })
            .collect();
        let backtest = Backtest::new(&case.simulation, &subscribed).unwrap();
        let mut witness = Witness {
            money: Encoder::new("tradeforge.corpus/1"),
            fills: Encoder::new("tradeforge.backtest-result/1"),
            recorder: Recorder::default(),
        };
        let report = backtest.run(case.build().as_mut(), &Meter::default(), &mut witness).unwrap();
        let Witness { mut money, mut fills, recorder } = witness;
        for (reason, count) in &report.rejections {
            money.text(reason.as_str()).integer(*count as i64);
        }
        for name in METRICS {
            if let Some(value) = value(&report, name) {
                fills.text(name).double(value);
            }
        }
        let (faults, metrics) = (Fault::of(case, &report), metrics(&report));
        let (result, _) = recorder.finish(report);
        let hash = fills.finish();
        if tradeforge::engine::ENGINE_VERSION == "1" {
            assert_eq!(result.result_sha256, hash, "the recorded hash is that of results");
        }
        Self {
            about: about(case),
            faults,
            trades: result.trade_count,
            money: money.finish().to_string()[..24].to_owned(),
            result: hash,
            metrics,
        }
    }

    /// The line, without its end.
    pub(super) fn line(&self) -> String {
        let Self { about, faults, trades, money, result, metrics } = self;
        let mut line = format!("{about} trades={trades} money={money} result={result} faults=");
        let names: Vec<_> = faults.iter().map(|fault| fault.name()).collect();
        write!(line, "{} metrics={}", names.join(","), metrics.join(",")).unwrap();
        line
    }

    pub(super) fn read(line: &str) -> Self {
        let (about, rest) = line.split_once(" trades=").unwrap();
        let field = |name: &str| {
            let rest = format!(" trades={rest}");
            let (_, after) = rest.split_once(&format!(" {name}=")).unwrap();
            after.split(' ').next().unwrap().to_owned()
        };
        let list = |name: &str| -> Vec<String> {
            field(name).split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        Self {
            about: about.to_owned(),
            faults: list("faults").iter().map(|name| Fault::named(name)).collect(),
            trades: field("trades").parse().unwrap(),
            money: field("money"),
            result: field("result").parse().unwrap(),
            metrics: list("metrics"),
        }
    }
}

fn about(case: &Case) -> String {
    format!("{} {} {} {}", case.number, case.strategy, case.kind.name, case.feed.join(","))
}

pub(super) fn value(report: &Report, name: &str) -> Option<f64> {
    report.metrics.value(Metric::named(name).unwrap())
}

/// Enough of the bits of each metric to see that one has changed.
fn metrics(report: &Report) -> Vec<String> {
    METRICS
        .iter()
        .map(|name| match value(report, name) {
            Some(value) => Digest::of(&value.to_bits().to_le_bytes()).to_string()[..4].to_owned(),
            None => "-".to_owned(),
        })
        .collect()
}
