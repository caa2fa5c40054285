//! What a series' integers mean: as declared, as stored, or as the files show; never two at once.

use super::import_error::{ImportError, ImportProblem};
use super::market_days::DayTerms;
use super::parsed_bars::{ParsedBars, greatest_price};
use super::spill::LongSeries;
use crate::market::{Calendar, Currency, DayRule, Decimal, Timeframe, Units};
use crate::storage::Inferred;

/// What a request says about the whole series; `None` takes what is stored, else what is found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The smallest price step; else the one that the prices lie on.
    pub price_tick: Option<Decimal>,
    /// The smallest quantity step; else as [`Units::for_prices`].
    pub quantity_step: Option<Decimal>,
    /// When the market is open; else as [`Calendar::infer`].
    pub calendar: Option<Calendar>,
    /// Where its days begin; else at midnight of UTC.
    pub days: DayTerms,
    /// What its prices are in, of all series of the instrument; else as those tell.
    pub quote_currency: Option<Currency>,
    /// Whether a bar replaces another one of its time, rather than being refused.
    pub replace: bool,
}

/// A stored series that files are merged into, and what of it nobody declared.
#[derive(Clone, Copy, Debug)]
pub struct Known<'a> {
    /// The series.
    pub series: &'a LongSeries,
    /// What further bars may settle anew.
    pub inferred: Inferred,
}

impl Terms {
    /// The declared, else the stored, else the default units. What was only inferred is inferred
    /// again, from all bars: the order of imports then makes no difference.
    pub(super) fn units(
        &self,
        parts: &[ParsedBars],
        known: Option<Known<'_>>,
    ) -> Result<Units, ImportError> {
        let stored = known.map(|known| known.series.head.units);
        let fixed_tick = stored.filter(|_| known.is_some_and(|known| !known.inferred.price_tick));
        let stored_scale = stored.map_or(0, |units| units.price_tick.scale());
        let finest = parts.iter().map(|part| part.price_unit.scale()).max().unwrap_or(0);
        let declared =
            settled_step("price_tick", self.price_tick, fixed_tick.map(|units| units.price_tick))?;
        let inferred = || Decimal::power_of_ten(finest.max(stored_scale));
        let price_tick = declared.or_else(inferred).unwrap_or(Decimal::ONE);
        if self.price_tick.is_none() && price_tick.scale() < finest {
            let fine = parts.iter().find(|part| part.price_unit.scale() == finest);
            let finest = Decimal::power_of_ten(finest).unwrap_or(Decimal::ONE);
            let problem = ImportProblem::FinerThanStored { finest, tick: price_tick };
            return Err(ImportError {
                source_name: fine.map(|part| part.source_name.clone()),
                ..ImportError::of_request(problem)
            });
        }
        let fixed_step =
            stored.filter(|_| known.is_some_and(|known| !known.inferred.quantity_step));
        let stored_step = fixed_step.map(|units| units.quantity_step);
        let declared = settled_step("quantity_step", self.quantity_step, stored_step)?;
        let default_step = || {
            let known = known.map(|known| known.series);
            let stored = known.map(|it| greatest_price(&it.bars, it.head.units.price_tick));
            let all = parts.iter().map(ParsedBars::greatest_price).chain(stored);
            let greatest = all.max_by(|left, right| left.to_f64().total_cmp(&right.to_f64()));
            Units::for_prices(price_tick, greatest.unwrap_or(Decimal::ZERO)).quantity_step
        };
        Ok(Units { price_tick, quantity_step: declared.unwrap_or_else(default_step) })
    }

    /// The declared, else the stored calendar, unless that was inferred.
    pub(super) fn calendar(
        &self,
        known: Option<Known<'_>>,
    ) -> Result<Option<Calendar>, ImportError> {
        let name = |calendar| match calendar {
            Calendar::AlwaysOpen => "always open",
            Calendar::Sessions => "sessions",
        };
        let fixed = known.filter(|known| !known.inferred.calendar);
        let stored = fixed.map(|known| known.series.head.calendar);
        match (self.calendar, stored) {
            (Some(declared), Some(stored)) if declared != stored => {
                Err(differs("calendar", &name(declared), &name(stored)))
            }
            (declared, stored) => Ok(declared.or(stored)),
        }
    }

    /// Whether the bars may say when days begin: nobody else has.
    pub(super) fn finds_start(&self, known: Option<Known<'_>>) -> bool {
        known.is_none() && self.days.start_minute.is_none()
    }

    /// The declared, else the stored days: a stored series has no others ever.
    pub(super) fn day_rule(&self, known: Option<Known<'_>>) -> Result<DayRule, ImportError> {
        let DayTerms { time_zone, start_minute } = &self.days;
        let Some(stored) = known.map(|known| known.series.head.days.rule()) else {
            let plain = DayRule::default();
            return Ok(DayRule {
                time_zone: time_zone.clone().unwrap_or(plain.time_zone),
                start_minute: start_minute.unwrap_or(plain.start_minute),
            });
        };
        let declared = DayRule {
            time_zone: time_zone.clone().unwrap_or_else(|| stored.time_zone.clone()),
            start_minute: start_minute.unwrap_or(stored.start_minute),
        };
        if declared == stored {
            return Ok(stored);
        }
        let (name, given) = match start_minute {
            Some(_) if declared.time_zone == stored.time_zone => ("day_start", declared.start()),
            _ => ("time_zone", declared.time_zone),
        };
        let advice = "to change them, remove the series and import all of it again";
        Err(differs(name, &given, &format!("days of {stored}; {advice}")))
    }

    /// The declared, else the stored currency: an instrument has one.
    pub(super) fn currency(
        &self,
        stored: Option<&Currency>,
    ) -> Result<Option<Currency>, ImportError> {
        match (&self.quote_currency, stored) {
            (Some(declared), Some(stored)) if declared != stored => {
                let stored = format!("{stored}; to change it, remove all series of the instrument");
                Err(differs("quote_currency", declared, &stored))
            }
            (declared, stored) => Ok(declared.as_ref().or(stored).cloned()),
        }
    }

    /// What is inferred of the series that these terms and the stored series make.
    pub(super) fn inferred(&self, known: Option<Known<'_>>) -> Inferred {
        let before = known
            .map_or(Inferred { price_tick: true, quantity_step: true, calendar: true }, |known| {
                known.inferred
            });
        Inferred {
            price_tick: before.price_tick && self.price_tick.is_none(),
            quantity_step: before.quantity_step && self.quantity_step.is_none(),
            calendar: before.calendar && self.calendar.is_none(),
        }
    }
}

/// The one timeframe of all files and of what is stored.
pub(super) fn settled_timeframe(
    parts: &[ParsedBars],
    known: Option<Known<'_>>,
) -> Result<Timeframe, ImportError> {
    let no_bars = || ImportError::of_request(ImportProblem::NoBars);
    let first = parts.first().ok_or_else(no_bars)?.timeframe;
    let stored = known.map_or(first, |known| known.series.head.timeframe);
    match parts.iter().find(|part| part.timeframe != stored) {
        Some(part) => Err(differs("timeframe", &part.timeframe, &stored)),
        None => Ok(stored),
    }
}

/// The declared step, which must be one and may not differ from the stored one; else that.
fn settled_step(
    name: &'static str,
    declared: Option<Decimal>,
    stored: Option<Decimal>,
) -> Result<Option<Decimal>, ImportError> {
    match (declared, stored) {
        (Some(value), _) if !value.is_positive() => {
            Err(ImportError::of_request(ImportProblem::UnitNotPositive { name, value }))
        }
        (Some(declared), Some(stored)) if declared != stored => {
            Err(differs(name, &declared, &stored))
        }
        _ => Ok(declared.or(stored)),
    }
}

fn differs(name: &'static str, given: &impl ToString, stored: &impl ToString) -> ImportError {
    let (given, stored) = (given.to_string(), stored.to_string());
    ImportError::of_request(ImportProblem::DiffersFromStored { name, given, stored })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{Declared, read_csv};
    use crate::market::{Columns, Series, TradingDays};

    fn parsed(price: &str) -> ParsedBars {
        let timeframe = "1m".parse().unwrap();
        let declared = Declared::of(timeframe);
        let text =
            format!("time,open,high,low,close,volume\n60,{price},{price},{price},{price},1\n");
        read_csv("a.csv", text.as_bytes(), &declared).unwrap()
    }

    fn stored(tick: &str) -> LongSeries {
        let series = Series {
            timeframe: "1m".parse().unwrap(),
            units: Units::with_default_step(tick.parse().unwrap()),
            calendar: Calendar::AlwaysOpen,
            days: TradingDays::UTC,
            bars: Columns::default(),
        };
        series.into()
    }

    fn declared_series(series: &LongSeries) -> Known<'_> {
        Known { series, inferred: Inferred::default() }
    }

    fn declared(tick: &str) -> Terms {
        Terms { price_tick: Some(tick.parse().unwrap()), ..Terms::default() }
    }

    fn tick(terms: &Terms, price: &str, known: Option<&LongSeries>) -> Result<String, String> {
        match terms.units(&[parsed(price)], known.map(declared_series)) {
            Ok(units) => Ok(units.price_tick.to_string()),
            Err(error) => Err(error.to_string()),
        }
    }

    #[test]
    fn the_tick_is_the_declared_the_stored_or_the_finest() {
        let known = stored("0.05");
        assert_eq!(tick(&Terms::default(), "1.125", None), Ok("0.001".into()));
        assert_eq!(tick(&Terms::default(), "1.1", Some(&known)), Ok("0.05".into()));
        assert_eq!(tick(&declared("0.25"), "1.5", None), Ok("0.25".into()));
        assert_eq!(tick(&declared("0.05"), "1.5", Some(&known)), Ok("0.05".into()));
    }

    #[test]
    fn contradictions_name_both_sides() {
        let known = stored("0.05");
        let refused = [
            (
                tick(&declared("0.01"), "1.5", Some(&known)),
                "price_tick 0.01 differs from the stored series, which has 0.05",
            ),
            (tick(&declared("0"), "1.5", None), "price_tick 0 is not above zero"),
            (
                tick(&Terms::default(), "1.125", Some(&known)),
                "a.csv: has prices as fine as 0.001, but the stored series has price_tick 0.05: \
                 round them, or delete the series and import all of it again",
            ),
        ];
        for (said, message) in refused {
            assert_eq!(said, Err(message.to_owned()));
        }
        let terms = Terms { quantity_step: Some("-1".parse().unwrap()), ..Terms::default() };
        let said = tick(&terms, "1", None);
        assert_eq!(said, Err("quantity_step -1 is not above zero".into()));
        let terms = Terms { calendar: Some(Calendar::Sessions), ..Terms::default() };
        let said = terms.calendar(Some(declared_series(&known))).unwrap_err().to_string();
        assert_eq!(said, "calendar sessions differs from the stored series, which has always open");
    }

    #[test]
    fn timeframes_must_be_one() {
        let mut hourly = stored("1");
        hourly.head.timeframe = "1h".parse().unwrap();
        let said = settled_timeframe(&[parsed("1")], Some(declared_series(&hourly)))
            .unwrap_err()
            .to_string();
        assert_eq!(said, "timeframe 1m differs from the stored series, which has 1h");
        assert!(settled_timeframe(&[], Some(declared_series(&hourly))).is_err());
    }
}
