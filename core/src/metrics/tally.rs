//! One pass over a run's equity and trades: everything that METRICS_V2 needs, and its report.

use std::sync::Arc;

use super::bar_returns::BarReturns;
use super::benchmark::Beside;
use super::catalog::{Metric, Metrics};
use super::cuts::Cuts;
use super::days::{DailyReturns, Day, Days};
use super::drawdown::Drawdown;
use super::exposure::Exposure;
use super::frame::{Frame, Seen};
use super::report::DailyCourse;
use super::segments::Segments;
use super::trades::TradeStats;
use crate::market::DAY_MS;
use crate::trading::{Overflow, Standing, Trade};

/// What the account says at the end of the run.
#[derive(Clone, Copy, Debug, Default)]
pub struct Closing {
    /// Profit of the trades still open, in money units.
    pub open_profit: i64,
    /// All commissions.
    pub fees_paid: i64,
    /// What slippage cost.
    pub slippage_cost: i64,
    /// What holding cost beside commissions; negative if it earned.
    pub carry_cost: i64,
    /// Sum of the notionals of all fills.
    pub traded_notional: i128,
    /// Greatest quantity of a fill over the volume of its bar.
    pub volume_share_max: Option<f64>,
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
    /// Positions closed for want of margin.
    pub liquidation_count: u64,
    /// Bars that may have met a stop which they moved.
    pub doubtful_hold_count: u64,
    /// Orders that lapsed.
    pub expired_order_count: u64,
    /// Whether the equity was used up.
    pub bankrupt: bool,
    /// Whether the returns of the market are those of a benchmark that the run is measured against.
    pub has_benchmark: bool,
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
    /// The cash of it, as far as the end of a day needs it.
    pub(super) cash: i64,
    pub(super) bars: usize,
    pub(super) exposure: Exposure,
    pub(super) returns: BarReturns,
    pub(super) drawdown: Drawdown,
    pub(super) days: Days,
    /// How many of the ends of days are behind, where bars are taken many at once.
    pub(super) day_ends: usize,
    tomorrow_ms: i64,
    /// The equity with which today began.
    day_start: i64,
    pub(super) today: i64,
    pub(super) end_ms: i64,
    pub(super) trades: TradeStats,
    /// Where the run is cut into segments, if it is.
    pub(super) cuts: Option<Box<Cuts>>,
    /// The first day of the next segment, and when one begins that no trade was closed in.
    pub(super) next_border_day: i64,
    pub(super) next_border_ms: i64,
    /// The first bar of it, where bars are taken many at once; 0 until it is looked for.
    pub(super) next_border_bar: usize,
}

impl Tally {
    /// Before the first bar.
    pub fn new(frame: Frame) -> Self {
        Self {
            equity: frame.initial_cash,
            cash: frame.initial_cash,
            bars: 0,
            exposure: Exposure::default(),
            returns: BarReturns::default(),
            drawdown: Drawdown::new(frame.initial_cash),
            days: Days::new(frame.quiet_days(), frame.days.clone(), frame.initial_cash),
            day_ends: 0,
            tomorrow_ms: i64::MIN,
            day_start: frame.initial_cash,
            today: 0,
            end_ms: 0,
            trades: TradeStats::default(),
            cuts: None,
            next_border_day: i64::MAX,
            next_border_ms: i64::MAX,
            next_border_bar: usize::MAX,
            frame,
        }
    }

    /// Takes what the account holds at the close of the next bar. Of bars that end at the same
    /// time, the shortest says to which day that belongs; a day never comes back.
    #[expect(clippy::inline_always, reason = "most of what a bar costs is passing it on")]
    #[inline(always)]
    pub fn close_bar(&mut self, open_time_ms: i64, end_ms: i64, standing: &Standing) {
        if open_time_ms >= self.tomorrow_ms {
            self.end_day(open_time_ms);
        }
        let equity = standing.equity;
        // A bar without change adds nothing to the returns and cannot move the drawdown.
        if equity != self.equity {
            self.returns.add(self.bars, self.equity, equity);
            self.drawdown.add(equity);
            self.equity = equity;
        }
        (self.cash, self.end_ms) = (standing.cash, end_ms);
        self.bars += 1;
        self.exposure.add(standing);
    }

    fn end_day(&mut self, open_time_ms: i64) {
        if self.bars > 0 {
            self.days.add(self.last_day());
        }
        self.day_start = self.equity;
        self.today = self.frame.days.day(open_time_ms);
        self.tomorrow_ms = self.frame.days.day_start_ms(self.today + 1);
        if self.today >= self.next_border_day {
            self.cut_before(self.today);
        }
    }

    const fn last_day(&self) -> Day {
        Day { number: self.today, end_ms: self.end_ms, equity: self.equity, cash: self.cash }
    }

    /// Takes a closed trade, and tells its profit.
    #[expect(clippy::inline_always, reason = "most of what a trade costs is passing it on")]
    #[inline(always)]
    pub fn close_trade(&mut self, trade: &Trade) -> Result<i64, Overflow> {
        if trade.exit.is_some_and(|exit| exit.time_ms >= self.next_border_ms) {
            self.trades_before(trade.exit.map_or(i64::MIN, |exit| exit.time_ms));
        }
        self.trades.add(trade)
    }

    /// Equity at the last close, in money units.
    pub const fn equity(&self) -> i64 {
        self.equity
    }

    /// The equity with which the day began in which the next bar opened, taken bar by bar: that of
    /// the last close of the day before, or the cash before the first bar.
    #[inline]
    pub const fn day_start_equity(&self, open_time_ms: i64) -> i64 {
        if open_time_ms >= self.tomorrow_ms { self.equity } else { self.day_start }
    }

    /// Bars so far.
    pub const fn bars(&self) -> usize {
        self.bars
    }

    /// Ends the last day; needed once, before the report.
    pub fn finish_days(&mut self) {
        if self.bars > 0 {
            self.days.add(self.last_day());
        }
    }

    /// When the last bar of each day that counts ended.
    pub fn days_ms(&self) -> Vec<i64> {
        self.days.iter().map(|day| day.end_ms).collect()
    }

    /// The returns of the days, which are finished.
    pub fn daily(&self, closing: &Closing) -> DailyReturns {
        self.days.daily(self.days_per_year(closing))
    }

    /// The days of the finished run, which are finished, for whoever tells of them one by one.
    pub fn course(&self, closing: &Closing) -> DailyCourse<'_> {
        DailyCourse {
            days: &self.days,
            days_per_year: self.days_per_year(closing),
            risk_free_rate: self.frame.risk_free_rate.to_f64(),
        }
    }

    /// How many daily returns a year has.
    pub(super) fn days_per_year(&self, closing: &Closing) -> f64 {
        self.frame.days_per_year(self.seen(closing))
    }

    fn seen(&self, closing: &Closing) -> Seen {
        Seen {
            bars: self.bars,
            days: self.days.count(),
            span_ms: closing.end_ms - closing.start_ms,
        }
    }

    /// The metrics of the finished run, whose days are finished, and its segments if it is cut;
    /// `market` has the return of each of its days of what is traded.
    pub fn report(
        self,
        closing: &Closing,
        market: &Arc<[f64]>,
    ) -> Result<(Metrics, Option<Segments>), Overflow> {
        let returns = self.days.returns();
        let mut metrics = Metrics::default();
        let seen = self.seen(closing);
        self.trades.report(self.frame.money, &mut metrics)?;
        self.report_money(closing, &mut metrics)?;
        self.exposure.report(self.bars, &mut metrics);
        self.report_bars(seen, &mut metrics);
        self.report_growth(closing, seen, &mut metrics);
        self.report_costs(closing, seen, &mut metrics);
        self.report_days(seen, (&returns, market), &mut metrics);
        if closing.has_benchmark {
            self.report_beside(seen, (&returns, market), &mut metrics);
        }
        report_counts(closing, &mut metrics);
        Ok((metrics, self.segments(closing, returns, market)))
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
        let difference = amount(closing.ambiguous_profit_difference);
        metrics.set(Metric::AmbiguousProfitDifference, difference);
        metrics.set(Metric::CarryCost, amount(closing.carry_cost));
        Ok(())
    }

    /// What trading cost, and what it could have cost.
    fn report_costs(&self, closing: &Closing, seen: Seen, metrics: &mut Metrics) {
        let traded = closing.traded_notional;
        metrics.set(Metric::TradedNotional, self.frame.money.wide_amount(traded));
        let kept = i128::from(self.equity) - i128::from(self.frame.initial_cash);
        let earned = kept + i128::from(closing.fees_paid) + i128::from(closing.slippage_cost);
        metrics.set(Metric::BreakEvenCost, (traded > 0).then(|| earned as f64 / traded as f64));
        let mean_equity = self.exposure.mean_equity(self.bars);
        let is_known = seen.span_ms >= DAY_MS && mean_equity > 0.0;
        let turnover = is_known.then(|| traded as f64 / 2.0 / mean_equity * seen.per_year());
        metrics.set(Metric::Turnover, turnover);
        metrics.set(Metric::VolumeShareMax, closing.volume_share_max);
    }

    fn report_bars(&self, seen: Seen, metrics: &mut Metrics) {
        let per_year = self.frame.bars_per_year(seen);
        let risk_free = self.frame.risk_free_rate.to_f64() / per_year;
        let year = libm::sqrt(per_year);
        let moments = self.returns.moments(self.bars);
        let spread = moments.filter(|m| m.deviation > 0.0);
        metrics.set(Metric::SharpeBar, spread.map(|m| (m.mean - risk_free) / m.deviation * year));
        metrics.set(Metric::VolatilityBar, moments.map(|m| m.deviation * year));
    }

    fn report_growth(&self, closing: &Closing, seen: Seen, metrics: &mut Metrics) {
        let growth = self.equity as f64 / self.frame.initial_cash as f64;
        let defined = seen.span_ms >= DAY_MS && self.equity > 0;
        let cagr = defined.then(|| libm::pow(growth, seen.per_year()) - 1.0);
        let deepest = self.deepest();
        let over_deepest = |value: f64| (deepest > 0.0).then(|| value / deepest);
        metrics.set(Metric::Cagr, cagr);
        metrics.set(Metric::MaxDrawdown, deepest);
        metrics.set(Metric::Calmar, cagr.and_then(over_deepest));
        let total_return = metrics.value(Metric::TotalReturn);
        metrics.set(Metric::RecoveryFactor, total_return.and_then(over_deepest));
        let buy_hold = closing.buy_hold.map(|(first, last)| (last - first) as f64 / first as f64);
        metrics.set(Metric::BuyHoldReturn, buy_hold);
    }

    fn report_days(&self, seen: Seen, lines: (&[f64], &[f64]), metrics: &mut Metrics) {
        let (returns, market) = lines;
        let year = (self.frame.risk_free_rate.to_f64(), self.frame.days_per_year(seen));
        let figures = self.days.figures(returns, year, market);
        metrics.set(Metric::Volatility, figures.volatility);
        metrics.set(Metric::Sharpe, figures.sharpe);
        metrics.set(Metric::Sortino, figures.sortino);
        metrics.set(Metric::UlcerIndex, figures.ulcer_index);
        let longest = figures.longest_drawdown_days.map(|days| days as f64);
        metrics.set(Metric::MaxDrawdownDurationDays, longest);
        metrics.set(Metric::ReturnDays, figures.return_days as f64);
        metrics.set(Metric::Skewness, figures.skewness);
        metrics.set(Metric::Kurtosis, figures.kurtosis);
        metrics.set(Metric::Autocorrelation, figures.autocorrelation);
        metrics.set(Metric::Psr, figures.psr);
        metrics.set(Metric::MeanExposure, figures.mean_exposure);
        metrics.set(Metric::SharpeExcess, figures.sharpe_excess);
    }

    fn report_beside(&self, seen: Seen, lines: (&[f64], &[f64]), metrics: &mut Metrics) {
        let (returns, benchmark) = lines;
        let year = (self.frame.risk_free_rate.to_f64(), self.frame.days_per_year(seen));
        let Beside { alpha, beta, information_ratio } = Beside::of(returns, benchmark, year);
        metrics.set(Metric::Alpha, alpha);
        metrics.set(Metric::Beta, beta);
        metrics.set(Metric::InformationRatio, information_ratio);
    }
}

fn report_counts(closing: &Closing, metrics: &mut Metrics) {
    metrics.set(Metric::FillCount, closing.fill_count as f64);
    metrics.set(Metric::OrderCount, closing.order_count as f64);
    metrics.set(Metric::RejectedOrderCount, closing.rejected_order_count as f64);
    metrics.set(Metric::Bankrupt, f64::from(u8::from(closing.bankrupt)));
    metrics.set(Metric::AmbiguousExitCount, closing.ambiguous_exit_count as f64);
    metrics.set(Metric::LiquidationCount, closing.liquidation_count as f64);
    metrics.set(Metric::DoubtfulHoldCount, closing.doubtful_hold_count as f64);
    metrics.set(Metric::ExpiredOrderCount, closing.expired_order_count as f64);
}
