//! Which column of a table is which: as a request says, else as the headings say, else as the first
//! rows show. Reads no row after those.

use std::collections::BTreeMap;

use super::declared::BarLayout;
use super::dialect::Headings;
use super::headerless;
use super::headings::{BarColumn, COLUMN_COUNT, nearest, normal, unbracketed};
use super::symbols::chosen;
use super::time::{StatedTimes, TimeForm};
use super::vocabulary::{MAYBE_TRADED, OVER, SIZES};
use crate::data::import_error::ImportProblem;
use crate::market::Decimal;

/// The header of the format whose prices are counts of ticks.
const TICK_HEADINGS: [&str; 6] = ["ts", "o", "h", "l", "c", "vol"];
/// Headings that only one vendor writes, whose prices are counts of billionths or plain.
const BILLIONTHS: [&str; 2] = ["rtype", "publisherid"];

/// Where each column stands in a table's rows.
#[derive(Debug)]
pub(in crate::data) struct Layout {
    headings: Vec<String>,
    pub(super) positions: [Option<usize>; COLUMN_COUNT],
    /// Whether prices are counts of ticks and volumes are hundredfold.
    pub(super) is_in_ticks: bool,
    /// What the heading of the times states.
    pub(super) stated_times: Option<StatedTimes>,
    /// Whether rows are trades, of which bars are to be made.
    pub(super) is_trades: bool,
    /// What a price of the file is multiplied by.
    pub(super) scale: Option<Decimal>,
    /// The rest of the volume, where a table parts it in two.
    pub(super) other_volume: Option<usize>,
    /// Where rows say whether their bar is over.
    pub(super) over: Option<usize>,
    /// What was decided, in a few words each.
    pub(super) told: Vec<String>,
}

impl Layout {
    /// Tells the columns of a table from its headings, its first rows and what is declared.
    pub(super) fn detect(
        headings: Option<&Headings>,
        sample: &[Vec<String>],
        declared: &BarLayout,
    ) -> Result<Self, ImportProblem> {
        check_names(&declared.columns)?;
        match headings {
            Some(headings) => Self::by_headings(headings, sample, declared),
            None => Self::by_rows(sample, declared),
        }
    }

    fn by_headings(
        headings: &Headings,
        sample: &[Vec<String>],
        declared: &BarLayout,
    ) -> Result<Self, ImportProblem> {
        let Headings { names, tickers } = headings;
        let usable = chosen(tickers, declared.symbol.as_deref())?;
        let names: Vec<&str> = names
            .iter()
            .enumerate()
            .map(|(at, name)| if usable.as_ref().is_none_or(|it| it[at]) { name } else { "\0" })
            .collect();
        let mut layout = Self::empty(headings.names.clone());
        layout.is_in_ticks = declared.columns.is_empty()
            && declared.scale.is_none()
            && names == TICK_HEADINGS
            && !sample.iter().flatten().any(|field| field.contains(['.', ',']));
        for column in BarColumn::ALL {
            let position = match declared.columns.get(column.name()) {
                Some(given) => mapped(column, given, &names)?,
                None if column == BarColumn::OpenTime => continue,
                None if column == BarColumn::TimeOfDay => continue,
                None => told(column, &names)?,
            };
            layout.positions[column as usize] = position;
        }
        let is_open = |column: BarColumn| !declared.columns.contains_key(column.name());
        if is_open(BarColumn::OpenTime) {
            layout.tell_times(&names, sample)?;
        } else if is_open(BarColumn::TimeOfDay) {
            layout.join_clock(&names, sample)?;
        }
        if is_open(BarColumn::Volume) && layout.position(BarColumn::Volume).is_none() {
            layout.add_up_volume(&names)?;
        }
        layout.tell_trades(&names, sample, declared)?;
        layout.check_complete()?;
        let time = normal(layout.heading(BarColumn::OpenTime));
        let is_stated = time == "timestampms" || layout.is_in_ticks;
        layout.stated_times = is_stated.then_some(StatedTimes::Counts(TimeForm::Milliseconds));
        let all: Vec<String> = names.iter().map(|name| normal(name)).collect();
        let is_of_vendor = BILLIONTHS.iter().all(|it| all.iter().any(|name| name == it));
        if declared.scale.is_none() && is_of_vendor && layout.are_counts(sample) {
            layout.scale = Decimal::power_of_ten(9);
        }
        if !layout.is_trades {
            layout.over = all.iter().position(|name| OVER.contains(&&**name));
        }
        layout.prefer_real_volume(&all, sample, declared);
        layout.tell(&all);
        if let Some(symbol) = declared.symbol.as_ref().filter(|_| usable.is_some()) {
            layout.told.push(format!("columns of {symbol}"));
        }
        Ok(layout)
    }

    fn by_rows(sample: &[Vec<String>], declared: &BarLayout) -> Result<Self, ImportProblem> {
        let width = sample.iter().map(Vec::len).max().unwrap_or(0);
        if width == 0 {
            return Err(ImportProblem::NoBars);
        }
        let numbered = (1..=width).map(|number| format!("column {number}"));
        let mut layout = Self::empty(numbered.collect());
        let whole: Vec<Vec<String>> =
            sample.iter().filter(|row| row.len() == width).cloned().collect();
        let places = headerless::places(&whole).or_else(|| headerless::trades(&whole));
        for (column, position) in places.unwrap_or_default() {
            layout.positions[column as usize] = Some(position);
        }
        let names: Vec<&str> = layout.headings.iter().map(String::as_str).collect();
        for column in BarColumn::ALL {
            if let Some(given) = declared.columns.get(column.name()) {
                layout.positions[column as usize] = mapped(column, given, &names)?;
            }
        }
        if declared.scale.is_none()
            && let Some(first) = headerless::first_of_lean(&whole)
        {
            return Err(ImportProblem::ScaleRequired { first });
        }
        if layout.position(BarColumn::Price).is_some() {
            layout.take_trades();
        }
        if layout.check_complete().is_err() {
            if let Some(first) = headerless::first_of_lean_day(&whole) {
                return Err(ImportProblem::DayMissing(first));
            }
            let first = sample.first().cloned().unwrap_or_default();
            return Err(ImportProblem::UnknownLayout { first });
        }
        layout.told.push("no header".to_owned());
        layout.tell(&[]);
        Ok(layout)
    }

    const fn empty(headings: Vec<String>) -> Self {
        Self {
            headings,
            positions: [None; COLUMN_COUNT],
            is_in_ticks: false,
            stated_times: None,
            is_trades: false,
            scale: None,
            other_volume: None,
            over: None,
            told: Vec::new(),
        }
    }

    /// Where the column stands; `None` if the table lacks it.
    pub(super) const fn position(&self, column: BarColumn) -> Option<usize> {
        self.positions[column as usize]
    }

    /// The columns of a row's four prices, which of a trade are one.
    pub(super) const fn price_columns(&self) -> [BarColumn; 4] {
        if self.is_trades { [BarColumn::Price; 4] } else { BarColumn::PRICES }
    }

    /// The table's heading of the column, or our name for one that it lacks or does not name.
    pub(in crate::data) fn heading(&self, column: BarColumn) -> &str {
        let heading = self.position(column).map(|position| self.headings[position].as_str());
        heading.filter(|heading| !heading.is_empty()).unwrap_or(column.name())
    }

    /// How many fields every row has.
    pub(super) const fn field_count(&self) -> usize {
        self.headings.len()
    }

    /// Whether the headings from that position on are empty, and no column of bars.
    pub(super) fn is_unnamed_from(&self, position: usize) -> bool {
        let is_needed = |taken: &Option<usize>| taken.is_some_and(|taken| taken >= position);
        !self.positions.iter().any(is_needed)
            && self.headings[position..].iter().all(String::is_empty)
    }

    /// Whether the first prices are counts and not plain: digits alone.
    fn are_counts(&self, sample: &[Vec<String>]) -> bool {
        let columns = self.price_columns().map(|column| self.position(column));
        let mut prices = sample
            .iter()
            .flat_map(|row| columns.iter().flatten().filter_map(|at| row.get(*at)))
            .filter(|field| !field.is_empty());
        prices.all(|price| price.bytes().all(|byte| byte.is_ascii_digit()))
    }

    /// Some programs part the volume into that of rising and that of falling ticks.
    fn add_up_volume(&mut self, names: &[&str]) -> Result<(), ImportProblem> {
        let place = |name| only(BarColumn::Volume, name, names);
        if let (Some(up), Some(down)) = (place("up")?, place("down")?) {
            self.positions[BarColumn::Volume as usize] = Some(up);
            self.other_volume = Some(down);
        }
        Ok(())
    }

    /// Of real volumes and counts of ticks, the former, unless they are all zero.
    fn prefer_real_volume(&mut self, all: &[String], sample: &[Vec<String>], declared: &BarLayout) {
        if declared.columns.contains_key(BarColumn::Volume.name()) {
            return;
        }
        let place = |names: [&str; 2]| all.iter().position(|name| names.contains(&&**name));
        let (real, ticks) = (place(["vol", "volume"]), place(["tickvol", "tickvolume"]));
        let (Some(real), Some(ticks)) = (real, ticks) else { return };
        let is_zero = |row: &Vec<String>| row.get(real).is_none_or(|it| it == "0" || it.is_empty());
        if sample.iter().all(is_zero) {
            self.positions[BarColumn::Volume as usize] = Some(ticks);
        }
    }

    /// Prices with neither open, high nor low beside them, each at a time of day, are of trades.
    fn tell_trades(
        &mut self,
        names: &[&str],
        sample: &[Vec<String>],
        declared: &BarLayout,
    ) -> Result<(), ImportProblem> {
        let range = [BarColumn::Open, BarColumn::High, BarColumn::Low];
        let is_declared = declared.columns.contains_key(BarColumn::Price.name());
        if !is_declared {
            if range.into_iter().any(|column| self.position(column).is_some()) {
                self.positions[BarColumn::Price as usize] = None;
                return Ok(());
            }
            let close = self.position(BarColumn::Close);
            let maybe = close.filter(|at| MAYBE_TRADED.contains(&&*normal(names[*at])));
            let price = self.position(BarColumn::Price).or(maybe);
            self.positions[BarColumn::Price as usize] = price.filter(|_| self.has_clock(sample));
        }
        if self.position(BarColumn::Price).is_none() {
            return Ok(());
        }
        if !declared.columns.contains_key(BarColumn::Volume.name()) {
            let volume = self.position(BarColumn::Volume);
            let sizes = SIZES.iter().map(|usual| only(BarColumn::Volume, usual, names));
            let sizes: Vec<Option<usize>> = sizes.collect::<Result<_, _>>()?;
            let size = sizes.into_iter().flatten().next();
            self.positions[BarColumn::Volume as usize] = size.or(volume);
        }
        self.take_trades();
        Ok(())
    }

    /// From here on a row has one price.
    fn take_trades(&mut self) {
        self.is_trades = true;
        for column in BarColumn::PRICES {
            self.positions[column as usize] = None;
        }
    }

    fn check_complete(&self) -> Result<(), ImportProblem> {
        let needed: &[BarColumn] = if self.is_trades {
            &[BarColumn::OpenTime, BarColumn::Price]
        } else {
            &BarColumn::NEEDED
        };
        let missing = needed.iter().copied().filter(|it| self.position(*it).is_none());
        let missing: Vec<_> = missing.map(BarColumn::name).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(ImportProblem::MissingColumns { missing, found: self.headings.clone() })
    }

    /// Puts into words which columns were taken.
    fn tell(&mut self, all: &[String]) {
        let place = |column: BarColumn| {
            self.position(column).map(|position| {
                let name = &self.headings[position];
                let is_named = !name.is_empty() && !all.is_empty();
                let name = if is_named { format!(" ({name})") } else { String::new() };
                format!("column {}{name}", position + 1)
            })
        };
        let time = place(BarColumn::OpenTime).unwrap_or_default();
        let clock = place(BarColumn::TimeOfDay).map(|it| format!(" and {it}")).unwrap_or_default();
        let prices = BarColumn::PRICES.map(|column| {
            self.position(column).map_or_else(String::new, |it| (it + 1).to_string())
        });
        let prices = match place(BarColumn::Price) {
            Some(price) => format!("trades, their price: {price}"),
            None => format!("open, high, low, close: columns {}", prices.join(", ")),
        };
        let mut told = vec![format!("time: {time}{clock}"), prices];
        told.extend(place(BarColumn::Volume).map(|it| match self.other_volume {
            Some(other) => {
                format!("volume: {it} and column {} ({}) added up", other + 1, self.headings[other])
            }
            None => format!("volume: {it}"),
        }));
        let adjusted = all.iter().any(|name| name == "adjclose");
        if adjusted && normal(self.heading(BarColumn::Close)) != "adjclose" {
            told.push("prices as traded, those adjusted are left out".to_owned());
        }
        if let Some(scale) = self.scale {
            told.push(format!("prices are counts of {scale}"));
        }
        self.told.extend(told);
    }
}

fn check_names(columns: &BTreeMap<String, String>) -> Result<(), ImportProblem> {
    let known = BarColumn::ALL.map(BarColumn::name);
    match columns.keys().find(|given| !known.contains(&given.as_str())) {
        Some(given) => Err(ImportProblem::UnknownName {
            given: given.clone(),
            nearest: nearest(given, known),
            known: known.into(),
        }),
        None => Ok(()),
    }
}

/// The position of the heading or the number that the request names; `None` for no column.
fn mapped(column: BarColumn, given: &str, names: &[&str]) -> Result<Option<usize>, ImportProblem> {
    // An empty name means no column, save that of the times, which frames leave without a name.
    let is_named = !given.is_empty() || column == BarColumn::OpenTime;
    if let Some(position) = names.iter().position(|name| is_named && *name == given) {
        return Ok(Some(position));
    }
    if given.is_empty() || given.eq_ignore_ascii_case("none") {
        return Ok(None);
    }
    if let Some(position) = only(column, &normal(given), names)? {
        return Ok(Some(position));
    }
    let number = given.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let position = number.filter(|position| *position < names.len());
    position.map(Some).ok_or_else(|| ImportProblem::UnknownHeading {
        name: column.name(),
        given: given.to_owned(),
        nearest: nearest(given, names.iter().copied()),
        found: names.iter().map(|name| (*name).to_owned()).collect(),
    })
}

/// The position of the first of the column's usual headings that the table has.
pub(super) fn told(column: BarColumn, names: &[&str]) -> Result<Option<usize>, ImportProblem> {
    for usual in column.usual() {
        if let Some(position) = only(column, usual, names)? {
            return Ok(Some(position));
        }
    }
    let with_unit = |usual: &&str| {
        let is_it = |name: &&str| unbracketed(name) == **usual;
        names.iter().position(is_it)
    };
    let with_currency = || {
        let begins = |name: &&str| normal(name).starts_with("volume");
        names.iter().position(begins).filter(|_| column == BarColumn::Volume)
    };
    Ok(column.usual().iter().find_map(with_unit).or_else(with_currency))
}

/// The position of the one heading that reads `wanted`; refused if there are two.
pub(super) fn only(
    column: BarColumn,
    wanted: &str,
    names: &[&str],
) -> Result<Option<usize>, ImportProblem> {
    if wanted.is_empty() {
        return Ok(None);
    }
    let mut positions = (0..names.len()).filter(|&position| normal(names[position]) == wanted);
    let first = positions.next();
    // Of `t` and `T` the small one is meant: the other ends a bar that `t` begins.
    if wanted.len() == 1
        && let Some(position) = names.iter().position(|name| *name == wanted)
    {
        return Ok(Some(position));
    }
    match positions.next() {
        Some(second) => Err(ImportProblem::AmbiguousColumn {
            name: column.name(),
            heading: names[second].to_owned(),
        }),
        None => Ok(first),
    }
}
