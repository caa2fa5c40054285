//! One pass over a run's equity and trades: everything that METRICS_V1 needs, and its report.

use super::bar_returns::BarReturns;
use super::catalog::{Metric, Metrics};
use super::days::Days;
use super::drawdown::Drawdown;
use super::trades::TradeStats;
use crate::market::{Calendar, DAY_MS, Decimal, MoneyUnit, Timeframe, TradingDays};
use crate::trading::{Overflow, Trade};

/// 365.25 days, the year of the compound growth rate.
const YEAR_MS: f64 = 365.25 * DAY_MS as f64;

/// What the metrics need to know beside equity and trades.
#[derive(Clone, Debug)]
pub struct Frame {
    /// What money is counted in.
    pub money: MoneyUnit,
    /// Cash before the first bar.
    pub initial_cash: i64,
    /// Which days count.
    pub calendar: Calendar,
    /// Days of returns in a year.
    pub days_per_year: u32,
    /// Yearly risk-free return.
    pub risk_free_rate: Decimal,
    /// The finest timeframe of the run.
    pub timeframe: Timeframe,
    /// What a day is.
    pub days: TradingDays,
}

/// What the account says at the end of the run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Closing {
    /// Profit of the trades still open, in money units.
    pub open_profit: i64,
    /// All commissions.
    pub fees_paid: i64,
    /// What slippage cost.
    pub slippage_cost: i64,
    /// Executions.
    pub fill_count: u64,
    /// Orders submitted.
    pub order_count: u64,
    /// Orders refused.
    pub rejected_order_count: u64,
    /// Exits on a bar that held both stop and target.
    pub ambiguous_exit_count: u64,
    /// What the profit would gain had they gone the other way, in money units.
    pub ambiguous_profit_difference: i64,
    /// Whether the equity was used up.
    pub bankrupt: bool,
    /// First open and last close of the first subscription, in ticks.
    pub buy_hold: Option<(i64, i64)>,
    /// Start of the first bar.
    pub start_ms: i64,
    /// End of the last bar.
    pub end_ms: i64,
}

/// The running sums of one run.
#[derive(Clone, Debug)]
pub struct Tally {
    pub(super) frame: Frame,
    pub(super) equity: i64,
    pub(super) bars: usize,
    pub(super) bars_held: usize,
    pub(super) returns: BarReturns,
    pub(super) drawdown: Drawdown,
    pub(super) days: Days,
    /// How many of the ends of days are behind, where bars are taken many at once.
    pub(super) day_ends: usize,
    tomorrow_ms: i64,
    pub(super) today: i64,
    trades: TradeStats,
}

impl Tally {
    /// Before the first bar.
    pub fn new(frame: Frame) -> Self {
        Self {
            equity: frame.initial_cash,
            bars: 0,
            bars_held: 0,
            returns: BarReturns::default(),
            drawdown: Drawdown::new(frame.initial_cash),
            days: Days::new(frame.calendar, frame.days.clone(), frame.initial_cash),
            day_ends: 0,
            tomorrow_ms: i64::MIN,
            today: 0,
            trades: TradeStats::default(),
            frame,
        }
    }

    /// Takes the equity at the close of the next bar, and whether a position was held there.
    #[inline]
    pub fn close_bar(&mut self, open_time_ms: i64, equity: i64, holding: bool) {
        if open_time_ms >= self.tomorrow_ms {
            self.end_day(open_time_ms);
        }
        // A bar without change adds nothing to the returns and cannot move the drawdown.
        if equity != self.equity {
            self.returns.add(self.bars, self.equity, equity);
            self.drawdown.add(equity);
            self.equity = equity;
        }
        self.bars += 1;
        self.bars_held += usize::from(holding);
    }

    fn end_day(&mut self, open_time_ms: i64) {
        if self.bars > 0 {
            self.days.add(self.today, self.equity);
        }
        self.today = self.frame.days.day(open_time_ms);
        self.tomorrow_ms = self.frame.days.day_start_ms(self.today + 1);
    }

    /// Takes a closed trade.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub fn close_trade(&mut self, trade: &Trade) -> Result<(), Overflow> {
        self.trades.add(trade)
    }

    /// Equity at the last close, in money units.
    pub const fn equity(&self) -> i64 {
        self.equity
    }

    /// Bars so far.
    pub const fn bars(&self) -> usize {
        self.bars
    }

    /// The metrics of the finished run.
    pub fn report(mut self, closing: &Closing) -> Result<Metrics, Overflow> {
        if self.bars > 0 {
            self.days.add(self.today, self.equity);
        }
        let mut metrics = Metrics::default();
        self.trades.report(self.frame.money, &mut metrics)?;
        self.report_money(closing, &mut metrics)?;
        self.report_bars(&mut metrics);
        self.report_growth(closing, &mut metrics);
        let difference = self.frame.money.amount(closing.ambiguous_profit_difference);
        metrics.set(Metric::AmbiguousProfitDifference, difference);
        self.report_days(&mut metrics);
        report_counts(closing, &mut metrics);
        Ok(metrics)
    }

    fn report_money(&self, closing: &Closing, metrics: &mut Metrics) -> Result<(), Overflow> {
        let amount = |value: i64| self.frame.money.amount(value);
        let net = self.equity.checked_sub(self.frame.initial_cash).ok_or(Overflow)?;
        metrics.set(Metric::FinalEquity, amount(self.equity));
        metrics.set(Metric::NetProfit, amount(net));
        metrics.set(Metric::OpenProfit, amount(closing.open_profit));
        metrics.set(Metric::FeesPaid, amount(closing.fees_paid));
        metrics.set(Metric::SlippageCost, amount(closing.slippage_cost));
        metrics.set(Metric::TotalReturn, net as f64 / self.frame.initial_cash as f64);
        Ok(())
    }

    fn report_bars(&self, metrics: &mut Metrics) {
        let per_year = self.bars_per_year();
        let risk_free = self.frame.risk_free_rate.to_f64() / per_year;
        let year = libm::sqrt(per_year);
        let moments = self.returns.moments(self.bars);
        let sharpe = moments.map(|m| (m.mean - risk_free) / m.deviation * year);
        metrics.set(Metric::SharpeBar, sharpe);
        metrics.set(Metric::VolatilityBar, moments.map(|m| m.deviation * year));
        metrics.set(Metric::Exposure, self.bars_held as f64 / self.bars as f64);
    }

    /// Always open: days times the bars of a full day. Sessions: days times the bars of a day
    /// as it was seen.
    fn bars_per_year(&self) -> f64 {
        let days = f64::from(self.frame.days_per_year);
        match self.frame.calendar {
            Calendar::AlwaysOpen => days * self.frame.timeframe.bars_per_day(),
            Calendar::Sessions => days * (self.bars as f64 / self.days.count() as f64),
        }
    }

    fn report_growth(&self, closing: &Closing, metrics: &mut Metrics) {
        let span_ms = closing.end_ms - closing.start_ms;
        let growth = self.equity as f64 / self.frame.initial_cash as f64;
        let defined = span_ms >= DAY_MS && self.equity > 0;
        let cagr = defined.then(|| libm::pow(growth, YEAR_MS / span_ms as f64) - 1.0);
        let deepest = self.drawdown.deepest();
        metrics.set(Metric::Cagr, cagr);
        metrics.set(Metric::MaxDrawdown, deepest);
        metrics.set(Metric::Calmar, cagr.filter(|_| deepest > 0.0).map(|cagr| cagr / deepest));
        let buy_hold = closing.buy_hold.map(|(first, last)| (last - first) as f64 / first as f64);
        metrics.set(Metric::BuyHoldReturn, buy_hold);
    }

    fn report_days(self, metrics: &mut Metrics) {
        let risk_free = self.frame.risk_free_rate.to_f64();
        let figures = self.days.figures(risk_free, f64::from(self.frame.days_per_year));
        metrics.set(Metric::Volatility, figures.volatility);
        metrics.set(Metric::Sharpe, figures.sharpe);
        metrics.set(Metric::Sortino, figures.sortino);
        metrics.set(Metric::UlcerIndex, figures.ulcer_index);
        let longest = figures.longest_drawdown_days.map(|days| days as f64);
        metrics.set(Metric::MaxDrawdownDurationDays, longest);
    }
}

fn report_counts(closing: &Closing, metrics: &mut Metrics) {
    metrics.set(Metric::FillCount, closing.fill_count as f64);
    metrics.set(Metric::OrderCount, closing.order_count as f64);
    metrics.set(Metric::RejectedOrderCount, closing.rejected_order_count as f64);
    metrics.set(Metric::Bankrupt, f64::from(u8::from(closing.bankrupt)));
    metrics.set(Metric::AmbiguousExitCount, closing.ambiguous_exit_count as f64);
}
