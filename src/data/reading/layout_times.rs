//! Which columns of a table hold its times: one, or dates with their times of day beside them.

use super::headerless;
use super::headings::{BarColumn, is_weak_time, normal};
use super::layout::{Layout, only, told};
use super::time::{is_clock, is_short_day, written_with_clock};
use super::vocabulary::DATES;
use crate::data::import_error::ImportProblem;

impl Layout {
    /// The column of times, and that of times of day if dates stand alone.
    pub(super) fn tell_times(
        &mut self,
        names: &[&str],
        sample: &[Vec<String>],
    ) -> Result<(), ImportProblem> {
        let all = |position: usize, is_so: &dyn Fn(&str) -> bool| all_are(sample, position, is_so);
        let mut dates = names.iter().map(|name| normal(name));
        let date = dates.position(|name| DATES.contains(&&*name));
        let clock =
            told(BarColumn::TimeOfDay, names)?.filter(|clock| all(*clock, &is_clock_of_day));
        let is_short = |date: usize| clock.is_some() && all(date, &is_short_date);
        let date = date.filter(|date| all(*date, &is_date) || is_short(*date));
        for usual in BarColumn::OpenTime.usual() {
            let Some(position) = only(BarColumn::OpenTime, usual, names)? else { continue };
            let is_other = date.is_some() && Some(position) == clock;
            let is_none = is_weak_time(usual) && !all(position, &headerless::is_time);
            if is_other || is_none {
                continue;
            }
            self.positions[BarColumn::OpenTime as usize] = Some(position);
            break;
        }
        if self.position(BarColumn::OpenTime).is_none() {
            let unnamed = names.iter().position(|name| name.is_empty());
            let unnamed = unnamed.filter(|position| all(*position, &headerless::is_time));
            self.positions[BarColumn::OpenTime as usize] = unnamed;
        }
        if date.is_some() && self.position(BarColumn::OpenTime) == date {
            self.positions[BarColumn::TimeOfDay as usize] = clock;
        }
        Ok(())
    }

    /// Dates that a request names have their times of day beside them, if it names no others.
    pub(super) fn join_clock(
        &mut self,
        names: &[&str],
        sample: &[Vec<String>],
    ) -> Result<(), ImportProblem> {
        let time = self.position(BarColumn::OpenTime);
        let are_dates =
            |time: usize| all_are(sample, time, &is_date) || all_are(sample, time, &is_short_date);
        if time.is_some_and(are_dates) {
            let clock = told(BarColumn::TimeOfDay, names)?.filter(|clock| Some(*clock) != time);
            let clock = clock.filter(|clock| all_are(sample, *clock, &is_clock_of_day));
            self.positions[BarColumn::TimeOfDay as usize] = clock;
        }
        Ok(())
    }

    /// Whether the first rows have a time of day, or a count, which has one too.
    pub(super) fn has_clock(&self, sample: &[Vec<String>]) -> bool {
        let Some(time) = self.position(BarColumn::OpenTime) else { return false };
        let mut fields = sample.iter().filter_map(|row| row.get(time)).peekable();
        self.position(BarColumn::TimeOfDay).is_some()
            || fields.peek().is_some()
                && fields.all(|field| written_with_clock(field.as_bytes()) != Some(false))
    }
}

/// Whether the first rows have something in that column, and all of it is so.
fn all_are(sample: &[Vec<String>], position: usize, is_so: &dyn Fn(&str) -> bool) -> bool {
    let fields = sample.iter().filter_map(|row| row.get(position));
    let mut fields = fields.filter(|field| !field.is_empty()).peekable();
    fields.peek().is_some() && fields.all(|field| is_so(field))
}

fn is_clock_of_day(field: &str) -> bool {
    is_clock(field.as_bytes())
}

fn is_date(field: &str) -> bool {
    written_with_clock(field.as_bytes()) == Some(false)
}

fn is_short_date(field: &str) -> bool {
    is_short_day(field.as_bytes())
}
