//! A whole column of times becomes moments: the order of dates, the unit of counts and the zone of
//! wall clocks are decided here, each with a word on what was decided.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::counts::{are_day_numbers, as_days_of_years, ms_of_day_number, ms_of_seconds};
use super::dates::Packed;
use super::written::{DAY_MS, clock_of_digits};
use super::zone_guess::Offsets;
use super::zones::{Mark, moment};
use super::{Kept, TimeColumn, TimeError, TimeForm, TimeFormat};
use crate::data::reading::grid::{Edge, Grid};
use crate::data::spill::WordColumn;
use crate::market::OPEN_TIMES_MS;

/// The times of all rows, in the order of the file.
#[derive(Debug)]
pub(in crate::data::reading) struct Settled {
    /// When each bar opens, UTC milliseconds.
    pub(in crate::data::reading) times_ms: WordColumn,
    /// Whether most rows are before the row above them.
    pub(in crate::data::reading) is_falling: bool,
    /// What was decided, in a few words each.
    pub(in crate::data::reading) told: Vec<String>,
    /// Whether all are days without a time of day.
    pub(in crate::data::reading) are_days: bool,
    /// Whether they are what clocks showed, of a zone that nobody has said.
    pub(in crate::data::reading) are_bare_clocks: bool,
    /// What is declared and moves nothing, in a sentence.
    pub(in crate::data::reading) doubt: Option<String>,
}

/// A row that has no time, and why.
type RowFault = (usize, TimeError);

impl TimeColumn {
    /// Decides what all rows together tell.
    pub(in crate::data::reading) fn settle(mut self, grid: &Grid) -> Result<Settled, RowFault> {
        let rows = std::mem::take(&mut self.rows);
        match self.kept {
            Some(Kept::Written | Kept::Typed { .. }) => {
                let (walls, told) = self.walls(rows)?;
                self.placed(walls, told, grid)
            }
            Some(Kept::Small) if self.are_day_numbers(&rows, grid) => {
                self.are_no_days_of_years(&rows)?;
                let mut walls = rows;
                walls.update(|_, small| Ok(ms_of_day_number(small)))?;
                self.zones.note(0, Mark::Absent);
                self.has_clock = walls.iter().any(|wall| wall % i64::from(DAY_MS) != 0);
                self.placed(walls, vec![TimeForm::DayNumbers.to_string()], grid)
            }
            Some(Kept::Small) => {
                let mut times = rows;
                times.update(|row, count| ms_of_seconds(count).map_err(|error| (row, error)))?;
                self.counted(times, "unix seconds".to_owned(), grid)
            }
            Some(Kept::Counts { declared: Some(unit) }) => {
                self.counted(rows, format!("unix {unit}"), grid)
            }
            _ => {
                let mut times = rows;
                let (unit, by_size) = self.units.settle(&mut times, grid)?;
                let why = if by_size { "" } else { ", told by all rows" };
                self.counted(times, format!("unix {unit}{why}"), grid)
            }
        }
    }

    /// Refuses day numbers that may be days of years as well, unless they are declared.
    fn are_no_days_of_years(&self, rows: &WordColumn) -> Result<(), RowFault> {
        let open = as_days_of_years(rows).filter(|_| self.terms.format.is_none());
        let Some(((year, day), first)) = open.zip(rows.first()) else { return Ok(()) };
        let of_spreadsheet = Timestamp::from_millisecond(ms_of_day_number(first))
            .map_or_else(|_| String::new(), |time| time.strftime("%Y-%m-%d").to_string());
        Err((0, TimeError::OpenDayNumber { of_spreadsheet, day, year }))
    }

    fn are_day_numbers(&self, rows: &WordColumn, grid: &Grid) -> bool {
        let is_declared = self.terms.format == Some(TimeFormat::Unit(TimeForm::DayNumbers));
        is_declared || are_day_numbers(rows, grid)
    }

    fn counted(
        &self,
        mut times_ms: WordColumn,
        unit: String,
        grid: &Grid,
    ) -> Result<Settled, RowFault> {
        let is_falling = is_falling(&times_ms);
        let doubt = times_ms.first().and_then(|first| self.contradicted(first, Mark::Offset(0)));
        times_ms.update(|row, time| {
            let open = self.opened(time, self.is_declared_close(), grid);
            open.and_then(in_range).map_err(|error| (row, error))
        })?;
        let told = [Some(unit), self.edge().map(str::to_owned)].into_iter().flatten().collect();
        let doubt = doubt.map(|declared| {
            format!("times_in {declared} moves no time: they are counts, which are UTC")
        });
        let (are_days, are_bare_clocks) = (false, false);
        Ok(Settled { times_ms, is_falling, told, are_days, are_bare_clocks, doubt })
    }

    /// Which edge of a bar times are; those of trades are none.
    const fn edge(&self) -> Option<&'static str> {
        match (self.is_cut, self.is_declared_close()) {
            (true, _) => None,
            (false, true) => Some("a time is its bar's close"),
            (false, false) => Some("a time is its bar's open"),
        }
    }

    /// What a wall clock shows in each row, in milliseconds as if it were UTC.
    fn walls(&self, rows: WordColumn) -> Result<(WordColumn, Vec<String>), RowFault> {
        let order = match &self.evidence {
            Some(evidence) => Some((evidence.settle()?, evidence.is_short())),
            None => None,
        };
        if self.clock_digits.is_some_and(|(most, longest)| longest < 3 && (1..24).contains(&most)) {
            return Err((0, TimeError::OpenClock));
        }
        let has_seconds = self.clock_digits.map(|(most, longest)| most > 2359 || longest > 4);
        let mut walls = rows;
        walls.update(|row, kept| {
            let packed = Packed(kept);
            let day = match order {
                None => packed.epoch_day(),
                Some((order, is_short)) => {
                    let date = order.date(packed.triple(), is_short);
                    super::epoch_day(date.ok_or((row, TimeError::NoDateOrder))?)
                }
            };
            let clock = match has_seconds {
                None => Some(packed.clock()),
                Some(has_seconds) => clock_of_digits(packed.clock(), has_seconds),
            };
            let clock = clock.ok_or((row, TimeError::Malformed))?;
            Ok(day * i64::from(DAY_MS) + i64::from(clock))
        })?;
        let told = match order {
            Some((order, _)) => format!("days {}", order.spelling()),
            None => "dates".to_owned(),
        };
        Ok((walls, vec![told]))
    }

    /// The moments that wall clocks show; a day of bars of days is that day, whatever its offset.
    fn placed(
        &self,
        walls: WordColumn,
        mut told: Vec<String>,
        grid: &Grid,
    ) -> Result<Settled, RowFault> {
        let is_falling = is_falling(&walls);
        let zone = self.terms.zone.clone().or_else(|| grid.zone());
        let mut times_ms = walls;
        let mut before = None;
        let (mut days, mut doubt, rows) = (0, None, times_ms.len());
        let mut offsets = Offsets::default();
        let mut place = |row: usize, mark: Mark, wall: i64| {
            offsets.note(wall, mark);
            let is_day = grid.is_of_days() && wall % i64::from(DAY_MS) == 0;
            days += usize::from(is_day);
            let time = if is_day {
                self.of_day(wall, grid)
            } else {
                self.moment(wall, mark, zone.as_ref(), before).and_then(|time| {
                    before = Some(time);
                    if doubt.is_none() {
                        doubt = self.contradicted(time, mark);
                    }
                    self.opened(time, self.is_close(), grid)
                })
            };
            time.and_then(in_range).map_err(|error| (row, error))
        };
        let mut marks = self.zones.marks(rows).map(|(_, mark)| mark);
        if is_falling {
            let mut marks = marks.rev();
            times_ms
                .update_back(|row, wall| place(row, marks.next().unwrap_or(Mark::Absent), wall))?;
        } else {
            times_ms.update(|row, wall| place(row, marks.next().unwrap_or(Mark::Absent), wall))?;
        }
        let are_all_days = days == rows;
        told.extend(self.zone_told(zone.as_ref(), are_all_days));
        if let Some(zone) = offsets.zone().filter(|_| grid.zone().is_none()) {
            told.push(format!(
                "offsets as {zone} has them: with time_zone (--time-zone {zone}) its days would be \
                 those of the series"
            ));
        }
        if self.has_clock && !are_all_days {
            told.extend(self.edge().map(str::to_owned));
        }
        let doubt = doubt.map(|declared| {
            format!(
                "times_in {declared} moves only times without a zone: these have theirs, and it is \
                 another"
            )
        });
        let are_days = !self.has_clock;
        let are_bare_clocks = zone.is_none() && self.zones.is_absent_somewhere();
        Ok(Settled { times_ms, is_falling, told, are_days, are_bare_clocks, doubt })
    }

    fn moment(
        &self,
        wall: i64,
        mark: Mark,
        zone: Option<&TimeZone>,
        before: Option<i64>,
    ) -> Result<i64, TimeError> {
        match (mark, zone) {
            (Mark::Offset(seconds), _) => Ok(wall - i64::from(seconds) * 1000),
            (Mark::Named(place), _) => moment(self.zones.zone(place), wall, before),
            (Mark::Absent, Some(zone)) => moment(zone, wall, before),
            (Mark::Absent, None) => Ok(wall),
        }
    }

    /// The zone that is declared of times without one, if that moment bears another offset.
    fn contradicted(&self, time_ms: i64, mark: Mark) -> Option<String> {
        let declared = self.terms.zone.as_ref().filter(|_| mark != Mark::Absent)?;
        let time = Timestamp::from_millisecond(time_ms).ok()?;
        let offset = match mark {
            Mark::Absent => return None,
            Mark::Offset(seconds) => seconds,
            Mark::Named(place) => self.zones.zone(place).to_offset(time).seconds(),
        };
        let is_other = declared.to_offset(time).seconds() != offset;
        is_other.then(|| declared.iana_name().unwrap_or("UTC").to_owned())
    }

    /// The open of the bar of that day; a midnight that is written as an end ends the day before.
    fn of_day(&self, midnight_ms: i64, grid: &Grid) -> Result<i64, TimeError> {
        if !self.is_close() {
            return grid.of_day(midnight_ms, self.terms.edge);
        }
        let day = grid.of_day(midnight_ms - i64::from(DAY_MS), self.terms.edge)?;
        Ok(grid.bucket(day).start)
    }

    fn opened(&self, time_ms: i64, is_close: bool, grid: &Grid) -> Result<i64, TimeError> {
        if is_close {
            Ok(grid.closing_at(time_ms))
        } else {
            grid.of_moment(time_ms, self.terms.edge)
        }
    }

    /// Whether times are the ends of bars; a mere day has none.
    const fn is_close(&self) -> bool {
        self.is_declared_close() && self.has_clock
    }

    const fn is_declared_close(&self) -> bool {
        matches!(self.terms.edge, Some(Edge::Close))
    }

    fn zone_told(&self, zone: Option<&TimeZone>, are_all_days: bool) -> Option<String> {
        if let Some(written) = self.zones.told() {
            return Some(written).filter(|_| !are_all_days);
        }
        if !self.zones.is_absent_somewhere() || are_all_days {
            return None;
        }
        let name = zone.and_then(TimeZone::iana_name);
        Some(match name {
            Some(name) => format!("times have no zone: taken as of {name}"),
            None => "times have no zone: taken as UTC".to_owned(),
        })
    }
}

fn in_range(time_ms: i64) -> Result<i64, TimeError> {
    OPEN_TIMES_MS.contains(&time_ms).then_some(time_ms).ok_or(TimeError::OutOfRange)
}

fn is_falling(times: &WordColumn) -> bool {
    times.steps().map(i64::signum).sum::<i64>() < 0
}
