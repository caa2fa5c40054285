//! Every metric of METRICS_V2 by name: what it means, its unit, and which way is good.
//!
//! A metric has one home here, one column in the trials table, and one line where it is computed.

/// Which way a metric is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// More is better.
    Maximize,
    /// Less is better.
    Minimize,
}

/// What the number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// The account's currency.
    Money,
    /// A fraction: 0.1 is 10 %.
    Fraction,
    /// A number without unit.
    Ratio,
    /// A whole number of things.
    Count,
    /// Calendar days.
    Days,
    /// Bars.
    Bars,
}

impl Unit {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Money => "money",
            Self::Fraction => "fraction",
            Self::Ratio => "ratio",
            Self::Count => "count",
            Self::Days => "days",
            Self::Bars => "bars",
        }
    }
}

/// What is known of a metric before any run.
#[derive(Clone, Copy, Debug)]
pub struct MetricInfo {
    /// The name in results, filters and the database.
    pub name: &'static str,
    /// What a table shows.
    pub display_name: &'static str,
    /// One sentence.
    pub description: &'static str,
    /// What it counts.
    pub unit: Unit,
    /// Which way is better.
    pub goal: Goal,
}

macro_rules! metrics {
    ($(
        $variant:ident $name:literal $display:literal $unit:ident $goal:ident
        $description:literal
    )*) => {
        /// One metric of METRICS_V2.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub enum Metric {
            $(#[doc = $description] $variant,)*
        }

        impl Metric {
            /// Every metric, in the order of reports.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];
        }

        static INFOS: &[MetricInfo] = &[$(MetricInfo {
            name: $name,
            display_name: $display,
            description: $description,
            unit: Unit::$unit,
            goal: Goal::$goal,
        },)*];
    };
}

metrics! {
    FinalEquity "final_equity" "Final equity" Money Maximize
        "Cash and positions after the last bar."
    NetProfit "net_profit" "Net profit" Money Maximize
        "Final equity less initial cash."
    RealizedProfit "realized_profit" "Realized profit" Money Maximize
        "Net profit of the closed trades."
    OpenProfit "open_profit" "Open profit" Money Maximize
        "Profit of the trade still open, less the commissions it has paid."
    FeesPaid "fees_paid" "Fees paid" Money Minimize
        "All commissions."
    SlippageCost "slippage_cost" "Slippage cost" Money Minimize
        "What slippage took from the fills."
    TotalReturn "total_return" "Total return" Fraction Maximize
        "Final equity over initial cash, less one."
    Cagr "cagr" "CAGR" Fraction Maximize
        "Compound annual growth over years of 365.25 days."
    BuyHoldReturn "buy_hold_return" "Buy and hold return" Fraction Maximize
        "Last close over first open of the first subscription, less one, without costs."
    Volatility "volatility" "Volatility" Fraction Minimize
        "Annual standard deviation of daily returns."
    Sharpe "sharpe" "Sharpe ratio" Ratio Maximize
        "Annual mean of daily returns above the risk-free rate over their deviation."
    Sortino "sortino" "Sortino ratio" Ratio Maximize
        "As Sharpe, over the deviation of the losing days taken over all days."
    Calmar "calmar" "Calmar ratio" Ratio Maximize
        "CAGR over the maximum drawdown."
    UlcerIndex "ulcer_index" "Ulcer index" Fraction Minimize
        "Root mean square of the daily drawdowns."
    MaxDrawdown "max_drawdown" "Max drawdown" Fraction Minimize
        "The greatest loss from a running peak over all bar closes, as a fraction of that peak."
    MaxDrawdownDurationDays "max_drawdown_duration_days" "Longest drawdown" Days Minimize
        "Calendar days from the day of a peak to the last day below it, at most."
    SharpeBar "sharpe_bar" "Sharpe ratio (bars)" Ratio Maximize
        "Sharpe ratio of per-bar returns, to compare with other tools."
    VolatilityBar "volatility_bar" "Volatility (bars)" Fraction Minimize
        "Annual standard deviation of per-bar returns."
    Exposure "exposure" "Exposure" Fraction Maximize
        "Bars with a position at the close over all bars."
    TradeCount "trade_count" "Trades" Count Maximize
        "Closed round trips."
    WinRate "win_rate" "Win rate" Fraction Maximize
        "Closed trades with a net profit over all closed trades."
    ProfitFactor "profit_factor" "Profit factor" Ratio Maximize
        "Sum of net wins over the size of the sum of net losses."
    GrossProfit "gross_profit" "Gross profit" Money Maximize
        "Sum of the net wins."
    GrossLoss "gross_loss" "Gross loss" Money Maximize
        "Sum of the net losses, not above zero."
    AverageWin "average_win" "Average win" Money Maximize
        "Mean net profit of the winning trades."
    AverageLoss "average_loss" "Average loss" Money Maximize
        "Mean net profit of the losing trades, below zero."
    Expectancy "expectancy" "Expectancy" Money Maximize
        "Mean net profit of the closed trades."
    Sqn "sqn" "SQN" Ratio Maximize
        "System quality number: root of n times mean over deviation of the trades' net profits."
    LargestWin "largest_win" "Largest win" Money Maximize
        "Greatest net profit of a trade."
    LargestLoss "largest_loss" "Largest loss" Money Maximize
        "Greatest net loss of a trade, below zero."
    AverageBarsHeld "average_bars_held" "Average bars held" Bars Minimize
        "Mean of exit bar less entry bar."
    LongTradeCount "long_trade_count" "Long trades" Count Maximize
        "Closed long round trips."
    ShortTradeCount "short_trade_count" "Short trades" Count Maximize
        "Closed short round trips."
    FillCount "fill_count" "Fills" Count Maximize
        "Executions."
    OrderCount "order_count" "Orders" Count Maximize
        "Orders submitted."
    RejectedOrderCount "rejected_order_count" "Rejected orders" Count Minimize
        "Orders that the account could not carry or that came to nothing."
    AmbiguousExitCount "ambiguous_exit_count" "Ambiguous exits" Count Minimize
        "Exits on a bar that touched both the stop and the target."
    AmbiguousProfitDifference "ambiguous_profit_difference" "Ambiguous difference" Money Minimize
        "What the profit would gain had every ambiguous exit gone the other way."
    Bankrupt "bankrupt" "Bankrupt" Count Minimize
        "1 if the equity was used up and the run ended there, else 0."
    CarryCost "carry_cost" "Carry cost" Money Minimize
        "Funding, borrowing, dividends and interest paid, less what was received of them."
    TradedNotional "traded_notional" "Traded" Money Minimize
        "Sum of the notionals of all fills."
    BreakEvenCost "break_even_cost" "Break-even cost" Fraction Maximize
        "Cost per unit traded at which these fills would have earned nothing."
    Turnover "turnover" "Turnover" Ratio Minimize
        "Half of what was traded over the mean equity, per year of 365.25 days."
    ExposureLong "exposure_long" "Long exposure" Fraction Maximize
        "Bars with a long position at the close over all bars."
    ExposureShort "exposure_short" "Short exposure" Fraction Maximize
        "Bars with a short position at the close over all bars."
    AverageLeverage "average_leverage" "Average leverage" Ratio Minimize
        "Gross value of the positions over the equity, both summed over all closes."
    AverageTradeDays "average_trade_days" "Average trade length" Days Minimize
        "Mean time from entry to exit, in days."
    MaxConsecutiveLosses "max_consecutive_losses" "Longest losing streak" Count Minimize
        "Most trades with a net loss in a row."
    RecoveryFactor "recovery_factor" "Recovery factor" Ratio Maximize
        "Total return over the maximum drawdown."
    LiquidationCount "liquidation_count" "Liquidations" Count Minimize
        "Positions that were closed for want of margin."
    DoubtfulHoldCount "doubtful_hold_count" "Doubtful holds" Count Minimize
        "Bars that may have met a stop which they moved, and did not prove it."
    ExpiredOrderCount "expired_order_count" "Expired orders" Count Minimize
        "Orders that lapsed before they filled."
    VolumeShareMax "volume_share_max" "Greatest volume share" Fraction Minimize
        "Greatest quantity of a fill over the volume of its bar; bars without volume are left out."
    ReturnDays "return_days" "Days of returns" Count Maximize
        "Daily returns that the daily ratios are taken over."
    Alpha "alpha" "Alpha" Fraction Maximize
        "Annual return above the risk-free rate that beta times the benchmark's does not explain."
    Beta "beta" "Beta" Ratio Minimize
        "Covariance of the daily returns with the benchmark's over the variance of those."
    InformationRatio "information_ratio" "Information ratio" Ratio Maximize
        "Annual mean of the daily returns less the benchmark's over the deviation of that."
    Skewness "skewness" "Skewness" Ratio Maximize
        "Third moment of the daily returns over the cube of their deviation; 0 if symmetrical."
    Kurtosis "kurtosis" "Kurtosis" Ratio Minimize
        "Fourth moment of the daily returns over the square of their variance; 3 if normal."
    Autocorrelation "autocorrelation" "Autocorrelation" Ratio Minimize
        "Correlation of the daily returns with those of the day before."
    Psr "psr" "Probabilistic Sharpe ratio" Fraction Maximize
        "Probability that the true Sharpe ratio is above 0, of one set of parameters tried alone."
    MeanExposure "mean_exposure" "Mean exposure" Fraction Maximize
        "Mean over the days' ends of the positions' signed value over the equity."
    SharpeExcess "sharpe_excess" "Sharpe ratio above market" Ratio Maximize
        "Sharpe ratio of the daily returns less those of holding the mean exposure all the time."
}

impl From<Metric> for String {
    fn from(metric: Metric) -> Self {
        metric.name().to_owned()
    }
}

impl TryFrom<String> for Metric {
    type Error = String;

    fn try_from(name: String) -> Result<Self, String> {
        Self::named(&name).ok_or_else(|| format!("{name:?} is no metric"))
    }
}

impl Metric {
    /// How many metrics there are.
    pub const COUNT: usize = Self::ALL.len();

    /// What is known of it.
    pub fn info(self) -> &'static MetricInfo {
        &INFOS[self as usize]
    }

    /// The name in results, filters and the database.
    pub fn name(self) -> &'static str {
        self.info().name
    }

    /// The metric of that name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|metric| metric.name() == name)
    }
}

/// A value as metrics tell it: what is not finite is undefined, and -0 is 0.
pub(super) fn defined(value: Option<f64>) -> Option<f64> {
    value.filter(|value| value.is_finite()).map(|value| value + 0.0)
}

/// The metrics of one run. An undefined metric is absent, never NaN, infinite or a sentinel.
#[derive(Clone, Debug, PartialEq)]
pub struct Metrics([Option<f64>; Metric::COUNT]);

impl Default for Metrics {
    fn default() -> Self {
        Self([None; Metric::COUNT])
    }
}

impl Metrics {
    /// The value, if it is defined.
    pub fn value(&self, metric: Metric) -> Option<f64> {
        self.0[metric as usize]
    }

    /// Sets a value. What is not finite counts as undefined, and -0 becomes 0.
    pub fn set(&mut self, metric: Metric, value: impl Into<Option<f64>>) {
        self.0[metric as usize] = defined(value.into());
    }

    /// The defined metrics, in the order of reports.
    pub fn defined(&self) -> impl Iterator<Item = (Metric, f64)> + '_ {
        Metric::ALL.iter().filter_map(|&metric| Some((metric, self.value(metric)?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_metric_is_found_by_its_name() {
        for &metric in Metric::ALL {
            assert_eq!(Metric::named(metric.name()), Some(metric));
        }
        assert_eq!(Metric::named("sharp"), None);
    }

    #[test]
    fn what_is_not_finite_is_absent_and_zero_has_no_sign() {
        let mut metrics = Metrics::default();
        metrics.set(Metric::Sharpe, f64::INFINITY);
        metrics.set(Metric::Sortino, f64::NAN);
        metrics.set(Metric::NetProfit, -0.0);
        assert_eq!(metrics.defined().count(), 1);
        assert_eq!(metrics.value(Metric::NetProfit).unwrap().to_bits(), 0);
    }
}
