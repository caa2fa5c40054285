//! Series and bars between the wire and the domain.

use super::field::{Bound, choice, decimal};
use super::layout::bar_layout;
use super::submit::{subscription, ticker, timeframe};
use super::time::{Round, time_ms, time_range, timestamp};
use crate::data::{Chart, ChartRequest, DayTerms, ImportRequest, Preview, Terms, zone_name};
use crate::market::{Calendar, Instrument, Series, SyntheticSpec, TradingDays, Units};
use crate::pb;
use crate::run::limits::SERIES_COLUMNS_MAX;
use crate::run::{SubscriptionRequest, Violations};
use crate::storage::{SeriesRow, SeriesVersion};

const CALENDARS: [(i32, Option<Calendar>); 3] = [
    (pb::Calendar::Unspecified as i32, None),
    (pb::Calendar::AlwaysOpen as i32, Some(Calendar::AlwaysOpen)),
    (pb::Calendar::Sessions as i32, Some(Calendar::Sessions)),
];

/// 2020-01-01, where synthetic bars begin unless said otherwise.
const SYNTHETIC_START_MS: i64 = 1_577_836_800_000;
const SYNTHETIC_BARS_DEFAULT: u64 = 100_000;
const SYNTHETIC_BARS_MAX: u64 = 10_000_000;
const VOLATILITY_DEFAULT: f64 = 0.6;
const VOLATILITY_MAX: f64 = 10.0;
const DRIFT_DEFAULT: f64 = 0.1;
const DRIFT_MAX: f64 = 10.0;
const TREND_MAX: f64 = 10.0;
/// Bars of one answer: below a message of 1 MiB at 48 bytes a bar.
const BARS_MAX: usize = 20_000;

/// Reads which series is meant and what is declared of it.
pub(in crate::grpc) fn series_spec(
    wire: Option<&pb::SeriesSpec>,
    layout: Option<&pb::BarLayout>,
    path: &str,
    (replace, validate_only): (bool, bool),
    violations: &mut Violations,
) -> Option<ImportRequest> {
    let Some(wire) = wire else {
        violations.add(path, "is required");
        return None;
    };
    let field = |name: &str| format!("{path}.{name}");
    let exchange = ticker(&wire.exchange, &field("exchange"), violations);
    let symbol = ticker(&wire.symbol, &field("symbol"), violations);
    let timeframe = timeframe(&wire.timeframe, &field("timeframe"), violations);
    let mut step = |text: &str, name: &str| match text {
        "" => Some(None),
        text => decimal(text, field(name), Bound::Positive, None, violations).map(Some),
    };
    let price_tick = step(&wire.price_tick, "price_tick");
    let quantity_step = step(&wire.quantity_step, "quantity_step");
    let layout = bar_layout(layout, wire, &path.replace("series", "layout"), violations);
    let calendar = choice(wire.calendar, &field("calendar"), &CALENDARS, violations);
    violations.count_at_most(SERIES_COLUMNS_MAX, &field("columns"), wire.columns.len());
    let days = day_terms(wire, path, violations);
    let quote_currency = match wire.quote_currency.as_str() {
        "" => Some(None),
        code => violations.check(field("quote_currency"), code.parse()).map(Some),
    };
    Some(ImportRequest {
        instrument: Instrument { exchange: exchange?, symbol: symbol? },
        timeframe: timeframe?,
        terms: Terms {
            price_tick: price_tick?,
            quantity_step: quantity_step?,
            calendar: calendar?,
            days: days?,
            quote_currency: quote_currency?,
            replace,
        },
        validate_only,
        layout: layout?,
    })
}

/// Reads where the days of a series begin, so far as that is declared.
fn day_terms(wire: &pb::SeriesSpec, path: &str, violations: &mut Violations) -> Option<DayTerms> {
    let time_zone = match wire.time_zone.as_str() {
        "" => Some(None),
        text => {
            let name = zone_name(text).map_err(|error| format!("{text:?} {error}"));
            violations.check(format!("{path}.time_zone"), name).map(Some)
        }
    };
    let start_minute = match wire.day_start.as_str() {
        "" => Some(None),
        text => {
            let message = || format!("{text:?} is no time of day such as 09:30 or 17:00");
            let minute = minute_of_day(text).ok_or_else(message);
            violations.check(format!("{path}.day_start"), minute).map(Some)
        }
    };
    Some(DayTerms { time_zone: time_zone?, start_minute: start_minute? })
}

/// The minute of the day that `HH:MM` is.
fn minute_of_day(text: &str) -> Option<u16> {
    let (hour, minute) = text.split_once(':')?;
    let number = |digits: &str, limit: u16| {
        let is_number = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
        digits.parse::<u16>().ok().filter(|number| is_number && *number < limit)
    };
    Some(number(hour, 24)? * 60 + number(minute, 60)?)
}

/// Reads what synthetic bars are wanted; 0 or absent takes the default.
pub(in crate::grpc) fn synthetic_spec(
    wire: &pb::SyntheticBars,
    series: &ImportRequest,
    path: &str,
    violations: &mut Violations,
) -> Option<SyntheticSpec> {
    let bar_count = match u64::try_from(wire.bar_count) {
        Ok(0) => Some(SYNTHETIC_BARS_DEFAULT),
        Ok(count) if count <= SYNTHETIC_BARS_MAX => Some(count),
        _ => {
            let message = format!("must be from 1 to {SYNTHETIC_BARS_MAX}, or 0");
            violations.add(format!("{path}.bar_count"), message);
            None
        }
    };
    let mut rate = |value: f64, name: &str, default: f64, range: std::ops::RangeInclusive<f64>| {
        if value == 0.0 {
            return Some(default);
        }
        let (least, most) = (range.start(), range.end());
        let message = if least == most {
            format!("must be {most} where trend_strength is 0, which makes noise alone")
        } else {
            format!("must be from {least} to {most}")
        };
        let valid = range.contains(&value).then_some(value);
        violations.check(format!("{path}.{name}"), valid.ok_or(message))
    };
    let volatility =
        rate(wire.annual_volatility, "annual_volatility", VOLATILITY_DEFAULT, 0.0..=VOLATILITY_MAX);
    let is_noise = wire.trend_strength == Some(0.0);
    let (usual, most) = if is_noise { (0.0, 0.0) } else { (DRIFT_DEFAULT, DRIFT_MAX) };
    let drift = rate(wire.annual_drift, "annual_drift", usual, -most..=most);
    let trend_strength = match wire.trend_strength {
        // Zero is a strength of its own, which `rate` takes for one that is not given.
        None | Some(0.0) => Some(wire.trend_strength.unwrap_or(1.0)),
        Some(strength) => rate(strength, "trend_strength", 1.0, 0.0..=TREND_MAX),
    };
    if series.validate_only {
        violations.add("validate_only", "is for imported bars: made up ones are always in order");
    }
    if series.terms.days != DayTerms::default() {
        let message =
            "time_zone and day_start are for imported bars: made up ones have days of UTC";
        violations.add("series.time_zone", message);
    }
    let start_ms = match &wire.start_time {
        Some(time) => {
            let read = time_ms(time, Round::Up).ok_or("is no time of the years 1 to 9999");
            violations.check(format!("{path}.start_time"), read)
        }
        None => Some(SYNTHETIC_START_MS),
    };
    let cents = "0.01".parse().ok()?;
    let mut units = Units::with_default_step(series.terms.price_tick.unwrap_or(cents));
    units.quantity_step = series.terms.quantity_step.unwrap_or(units.quantity_step);
    Some(SyntheticSpec {
        bar_count: bar_count?,
        seed: wire.seed,
        annual_volatility: volatility?,
        annual_drift: drift?,
        trend_strength: trend_strength?,
        // The first bar opens on the grid.
        start_ms: TradingDays::UTC.bucket(series.timeframe, start_ms?).start,
        timeframe: series.timeframe,
        units,
        calendar: series.terms.calendar,
    })
}

impl From<&SeriesRow> for pb::Series {
    fn from(row: &SeriesRow) -> Self {
        let is_utc = row.days.is_utc();
        Self {
            spec: Some(pb::SeriesSpec {
                exchange: row.instrument.exchange.to_string(),
                symbol: row.instrument.symbol.to_string(),
                timeframe: row.timeframe.to_string(),
                price_tick: row.units.price_tick.to_string(),
                quantity_step: row.units.quantity_step.to_string(),
                calendar: match row.calendar {
                    Calendar::AlwaysOpen => pb::Calendar::AlwaysOpen,
                    Calendar::Sessions => pb::Calendar::Sessions,
                }
                .into(),
                columns: std::collections::BTreeMap::new(),
                quote_currency: row
                    .quote_currency
                    .as_ref()
                    .map_or_else(String::new, ToString::to_string),
                time_zone: if is_utc { String::new() } else { row.days.time_zone.clone() },
                day_start: if is_utc { String::new() } else { row.days.start() },
            }),
            data_sha256: row.data.to_string(),
            bar_count: row.bar_count as i64,
            first_bar_time: Some(timestamp(row.first_open_ms)),
            end_time: Some(timestamp(row.end_ms)),
            gap_count: row.gap_count as i64,
            size_bytes: row.size_bytes as i64,
            import_time: Some(timestamp(row.import_ms)),
            source: row.source.clone(),
            is_newest: true,
        }
    }
}

impl From<&SeriesVersion> for pb::Series {
    fn from(version: &SeriesVersion) -> Self {
        Self { is_newest: version.is_newest, ..(&version.row).into() }
    }
}

/// Reads which bars a chart wants.
pub(in crate::grpc) fn chart_request(
    wire: &pb::GetBarsRequest,
    violations: &mut Violations,
) -> Option<ChartRequest> {
    if wire.max_bars < 0 {
        violations.add("max_bars", "must not be negative");
    }
    let bars_max = match usize::try_from(wire.max_bars).unwrap_or(0) {
        0 => BARS_MAX,
        limit => limit.min(BARS_MAX),
    };
    let (start_ms, end_ms) = time_range(wire.time_range.as_ref(), "time_range", violations);
    let Some(wire) = &wire.subscription else {
        violations.add("subscription", "is required");
        return None;
    };
    let SubscriptionRequest { instrument, timeframe, pinned } =
        subscription(wire, "subscription", violations)?;
    Some(ChartRequest { instrument, timeframe, pinned, start_ms, end_ms, bars_max })
}

/// The bars by column, prices as the doubles nearest to them.
pub(in crate::grpc) fn bars_response(chart: &Chart) -> pb::GetBarsResponse {
    let Chart { series, range, gaps } = chart;
    columns(series, range.clone(), gaps)
}

/// What an import would store.
pub(in crate::grpc) fn bar_preview(preview: &Preview) -> pb::BarPreview {
    let whole = |series: &Series| Some(columns(series, 0..series.bars.len(), &[]));
    pb::BarPreview {
        first: whole(&preview.first),
        last: whole(&preview.last),
        chart: whole(&preview.chart),
    }
}

fn columns(
    series: &Series,
    range: std::ops::Range<usize>,
    gaps: &[std::ops::Range<i64>],
) -> pb::GetBarsResponse {
    let gap = |gap: &std::ops::Range<i64>| pb::TimeRange {
        start_time: Some(timestamp(gap.start)),
        end_time: Some(timestamp(gap.end)),
    };
    let prices = |ticks: &[i64]| {
        ticks[range.clone()].iter().map(|&ticks| series.units.price(ticks)).collect()
    };
    pb::GetBarsResponse {
        time_unix_ms: series.bars.open_time_ms[range.clone()].to_vec(),
        open: prices(&series.bars.open),
        high: prices(&series.bars.high),
        low: prices(&series.bars.low),
        close: prices(&series.bars.close),
        volume: series.bars.volume[range.clone()].to_vec(),
        gaps: gaps.iter().map(gap).collect(),
        timeframe: series.timeframe.to_string(),
    }
}
