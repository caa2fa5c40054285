//! Fills as pictures: a line per bar, what is decided at its close, what fills in it.
//!
//! ```text
//! open high low close | decided at the close | what fills in the bar
//!  100  101  99   100 | buy limit 98 sl 90   |
//!   99  100  98    99 |                      | +10 @98 LimitAtPrice
//! ```
//!
//! Orders are `buy` or `sell`, at the market or with `limit P`, `stop P`, `stop-limit S L`, and
//! with `sl P` and `tp P [portion]`; also `exit [portion]`, `protect sl P tp P` and `cancel`, which
//! takes back the latest order. A fill that ends the trade names the reason, with `?` if it is
//! ambiguous. Every picture is also tried upside down, with buying and selling exchanged.

use std::fmt::Write;

use super::{Backtest, Meter, Observer, Report, Subscribed};
use crate::market::{
    Bar, Calendar, Columns, Decimal, Instrument, MoneyUnit, Series, TradingDays, Units,
};
use crate::metrics::Metric;
use crate::strategy::{Context, Strategy};
use crate::trading::{
    Entry, EntryBarPolicy, Exits, FeeTerms, Fill, Level, OrderId, OrderKind, Side, Simulation,
    Sizing, Trade,
};

/// Prices are mirrored around half of this.
const MIRROR: i64 = 200;

/// The account of a picture: ten steps an entry, no commission.
#[derive(Clone, Copy, Debug)]
struct Setting {
    slippage_ticks: u32,
    policy: EntryBarPolicy,
    fees: Option<FeeTerms>,
    limit_through_ticks: u32,
}

impl Setting {
    const fn slipping(slippage_ticks: u32, policy: EntryBarPolicy) -> Self {
        Self { slippage_ticks, policy, fees: None, limit_through_ticks: 0 }
    }
}

/// The picture holds without slippage, exits live on the bar of the entry.
#[track_caller]
pub(super) fn worst_case(picture: &str) -> [Report; 2] {
    holds(Setting::slipping(0, EntryBarPolicy::WorstCase), picture)
}

/// The picture holds without slippage, exits live from the bar after the entry.
#[track_caller]
pub(super) fn next_bar(picture: &str) -> [Report; 2] {
    holds(Setting::slipping(0, EntryBarPolicy::NextBar), picture)
}

/// The picture holds where the price must go two ticks through what waits for it.
#[track_caller]
pub(super) fn going_two_ticks_through(picture: &str) -> [Report; 2] {
    let setting = Setting::slipping(0, EntryBarPolicy::WorstCase);
    holds(Setting { limit_through_ticks: 2, ..setting }, picture)
}

/// The picture holds where every market and stop fill slips by two ticks.
#[track_caller]
pub(super) fn slipping_two_ticks(picture: &str) -> [Report; 2] {
    holds(Setting::slipping(2, EntryBarPolicy::WorstCase), picture)
}

/// The picture holds without slippage where those who take pay one in a hundred, and those who wait
/// nothing; tells what was paid each way up.
#[track_caller]
pub(super) fn takers_pay(picture: &str) -> [f64; 2] {
    let taker_rate = Decimal::new(1, 2).unwrap();
    let fees = FeeTerms { taker_rate, ..FeeTerms::rate(Decimal::ZERO) };
    let setting = Setting::slipping(0, EntryBarPolicy::WorstCase);
    let reports = holds(Setting { fees: Some(fees), ..setting }, picture);
    reports.map(|report| report.metrics.value(Metric::FeesPaid).unwrap())
}

/// The picture holds, and the least and the greatest profit of each trade are those, in ticks of a
/// step.
#[track_caller]
pub(super) fn excursions(picture: &str, expected: &[(i64, i64)]) {
    for (_, seen) in runs(Setting::slipping(0, EntryBarPolicy::WorstCase), picture) {
        assert_eq!(seen, expected, "{picture}");
    }
}

#[track_caller]
fn holds(setting: Setting, picture: &str) -> [Report; 2] {
    runs(setting, picture).map(|(report, _)| report)
}

/// Runs the picture both ways up; fails with what was expected beside what came.
#[track_caller]
fn runs(setting: Setting, picture: &str) -> [(Report, Vec<(i64, i64)>); 2] {
    [false, true].map(|mirrored| {
        let lines: Vec<Line> = picture
            .lines()
            .filter(|line| !line.trim().is_empty())
            .map(|line| Line::read(line, mirrored))
            .collect();
        let (seen, report) = run(setting, &lines);
        let expected: Vec<&str> = lines.iter().map(|line| line.fills.as_str()).collect();
        assert_eq!(seen.fills, expected, "mirrored: {mirrored}{picture}");
        (report, seen.excursions)
    })
}

struct Line {
    bar: Bar,
    decisions: Vec<String>,
    fills: String,
    mirrored: bool,
}

impl Line {
    fn read(text: &str, mirrored: bool) -> Self {
        let mut columns = text.split('|').map(str::trim);
        let (prices, decisions) = (columns.next().unwrap(), columns.next().unwrap_or(""));
        let prices: Vec<i64> = prices.split_whitespace().map(|p| p.parse().unwrap()).collect();
        let [open, mut high, mut low, close] = prices[..] else { panic!("four prices: {text}") };
        if mirrored {
            std::mem::swap(&mut high, &mut low);
        }
        let [open, high, low, close] = [open, high, low, close].map(|p| turned(p, mirrored));
        Self {
            bar: Bar { open_time_ms: 0, open, high, low, close, volume: 0.0 },
            decisions: decisions.split(';').map(|d| d.trim().to_owned()).collect(),
            fills: mirrored_fills(columns.next().unwrap_or(""), mirrored),
            mirrored,
        }
    }
}

fn turned(price: i64, mirrored: bool) -> i64 {
    if mirrored { MIRROR - price } else { price }
}

fn mirrored_fills(fills: &str, mirrored: bool) -> String {
    let word = |word: &str| match word.split_at_checked(1) {
        Some(("@", price)) => format!("@{}", turned(price.parse().unwrap(), mirrored)),
        Some(("+", quantity)) if mirrored => format!("-{quantity}"),
        Some(("-", quantity)) if mirrored => format!("+{quantity}"),
        _ => word.to_owned(),
    };
    fills.split_whitespace().map(word).collect::<Vec<_>>().join(" ")
}

struct Scripted<'l> {
    lines: std::slice::Iter<'l, Line>,
    latest: Option<OrderId>,
}

impl Strategy for Scripted<'_> {
    fn on_bar(&mut self, _bar: &Bar, context: &mut Context<'_>) {
        let line = self.lines.next().unwrap();
        for decision in &line.decisions {
            let words: Vec<&str> = decision.split_whitespace().collect();
            match words[..] {
                [] => {}
                ["exit"] => context.exit(),
                ["exit", portion] => context.exit_part(portion.parse().unwrap()),
                ["cancel"] => assert!(context.cancel(self.latest.unwrap())),
                ["protect", ref exits @ ..] => context.protect(exits_of(exits, line.mirrored)),
                ref entry => self.latest = Some(context.submit(entry_of(entry, line.mirrored))),
            }
        }
    }
}

fn entry_of(words: &[&str], mirrored: bool) -> Entry {
    let price = |word: &str| turned(word.parse().unwrap(), mirrored);
    let buys = (words[0] == "buy") != mirrored;
    let side = if buys { Side::Long } else { Side::Short };
    let (kind, rest) = match words[1..] {
        ["limit", limit, ref rest @ ..] => (OrderKind::Limit(price(limit)), rest),
        ["stop", stop, ref rest @ ..] => (OrderKind::Stop(price(stop)), rest),
        ["stop-limit", stop, limit, ref rest @ ..] => {
            (OrderKind::StopLimit { stop: price(stop), limit: price(limit) }, rest)
        }
        ref rest => (OrderKind::Market, rest),
    };
    Entry { kind, ..Entry::market(side) }.with(exits_of(rest, mirrored))
}

fn exits_of(words: &[&str], mirrored: bool) -> Exits {
    let price = |word: &str| Level::Price(turned(word.parse().unwrap(), mirrored));
    match *words {
        [] => Exits::NONE,
        ["sl", stop, ref rest @ ..] => {
            let targets = targets_of(rest);
            targets.fold(Exits::stop(price(stop)), |exits, (p, q)| exits.and_target(price(p), q))
        }
        _ => targets_of(words).fold(Exits::NONE, |exits, (p, q)| exits.and_target(price(p), q)),
    }
}

/// Each `tp P [portion]` as its price and portion.
fn targets_of<'w>(words: &'w [&'w str]) -> impl Iterator<Item = (&'w str, Decimal)> {
    words.split(|word| *word == "tp").skip(1).map(|target| {
        let portion = target.get(1).map_or(Decimal::ONE, |text| text.parse().unwrap());
        (target[0], portion)
    })
}

/// What fills in each bar, in the words of the picture.
struct Seen {
    fills: Vec<String>,
    /// The least and the greatest profit of each trade that is over.
    excursions: Vec<(i64, i64)>,
    /// Of the one under way.
    under_way: (i64, i64),
    tick_value: i64,
}

impl Observer for Seen {
    const EXCURSIONS: bool = true;

    fn open_profit(&mut self, _instrument: u32, profit: i64) {
        let (profit, (worst, best)) = (profit / self.tick_value, self.under_way);
        self.under_way = (worst.min(profit), best.max(profit));
    }

    fn fill(&mut self, fill: &Fill) {
        let text = &mut self.fills[fill.bar as usize];
        let gap = if text.is_empty() { "" } else { " " };
        write!(text, "{gap}{:+} @{} {:?}", fill.quantity, fill.price, fill.rule).unwrap();
    }

    fn trade(&mut self, trade: &Trade, profit: i64) {
        self.open_profit(trade.instrument, profit);
        if let Some(exit) = trade.exit {
            self.excursions.push(std::mem::take(&mut self.under_way));
            let mark = if exit.is_ambiguous { "?" } else { "" };
            write!(self.fills[exit.bar as usize], " {}{mark}", exit.reason.as_str()).unwrap();
        }
    }
}

fn run(setting: Setting, lines: &[Line]) -> (Seen, Report) {
    let timeframe: crate::market::Timeframe = "1m".parse().unwrap();
    let mut bars = Columns::default();
    for (index, line) in lines.iter().enumerate() {
        let open_time_ms = index as i64 * 60_000;
        bars.push(Bar { open_time_ms, ..line.bar });
    }
    let units = Units { price_tick: Decimal::ONE, quantity_step: Decimal::ONE };
    let (calendar, days) = (Calendar::AlwaysOpen, TradingDays::UTC);
    let series = Series { timeframe, units, calendar, days, bars };
    let instrument = Instrument::new("TEST", "PICTURE").unwrap();
    let range = 0..lines.len();
    let subscribed = [Subscribed { instrument: &instrument, series: &series, range }];
    let simulation = Simulation {
        slippage_ticks: setting.slippage_ticks,
        fees: setting.fees,
        limit_through_ticks: setting.limit_through_ticks,
        sizing: Some(Sizing::FixedQuantity("10".parse().unwrap())),
        max_leverage: "100".parse().unwrap(),
        entry_bar_policy: setting.policy,
        ..Simulation::with_cash("1000000".parse().unwrap())
    };
    let mut seen = Seen {
        fills: vec![String::new(); lines.len()],
        excursions: Vec::new(),
        under_way: (0, 0),
        tick_value: MoneyUnit::for_units([units]).tick_value(units).unwrap(),
    };
    let mut strategy = Scripted { lines: lines.iter(), latest: None };
    let backtest = Backtest::new(&simulation, &subscribed).unwrap();
    let report = backtest.run(&mut strategy, &Meter::default(), &mut seen).unwrap();
    (seen, report)
}
