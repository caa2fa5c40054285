//! When holding costs or brings something: rows of rates and amounts at their times, and days that
//! begin. A time inside a bar counts at its end, on what is held then.

use std::sync::Arc;

use super::ledger::Ledger;
use super::observer::Observer;
use crate::market::{AuxSeries, DAY_MS, Decimal, Instrument, Units};
use crate::trading::{Charge, ChargeKind, Fraction, Overflow, Simulation};

/// An auxiliary series of rates or amounts that a position is charged by.
#[derive(Clone, Debug)]
pub struct CarryFeed {
    /// The place of the instrument.
    pub instrument: u32,
    /// What they are.
    pub kind: ChargeKind,
    /// Its rows.
    pub series: Arc<AuxSeries>,
}

/// What a run charges, and when.
#[derive(Clone, Debug, Default)]
pub(super) struct Charges {
    /// By time, then by instrument and kind.
    rows: Vec<Row>,
    /// What a short of each instrument pays a year; empty where none does.
    borrow: Vec<Option<Fraction>>,
    /// What cash above zero earns a year.
    cash: Option<Fraction>,
    /// What cash below zero pays a year.
    debit: Option<Fraction>,
    /// The quantity step of each instrument.
    steps: Vec<Decimal>,
}

/// A rate or an amount, and when it is charged.
#[derive(Clone, Copy, Debug)]
struct Row {
    time_ms: i64,
    instrument: u32,
    kind: ChargeKind,
    value: Decimal,
}

/// How far a loop has come among the charges.
#[derive(Clone, Copy, Debug)]
pub(super) struct Due {
    /// The first row that was not charged.
    row: usize,
    /// The days of UTC begun by the last charge.
    day: i64,
    /// Nothing is due before.
    next_ms: i64,
}

const fn day_of(time_ms: i64) -> i64 {
    time_ms.div_euclid(DAY_MS)
}

impl Charges {
    /// The rates by days; `instruments` are those of the run, with their units.
    pub(super) fn new(simulation: &Simulation, instruments: &[(&Instrument, Units)]) -> Self {
        let fraction = |rate: Decimal| (rate != Decimal::ZERO).then(|| Fraction::from(rate));
        let borrow = |(instrument, _): &(&Instrument, Units)| {
            let own = simulation.instruments.iter().find(|own| own.instrument == **instrument);
            fraction(own.and_then(|own| own.borrow_rate).unwrap_or(simulation.carry.borrow_rate))
        };
        let borrow: Vec<_> = instruments.iter().map(borrow).collect();
        Self {
            rows: Vec::new(),
            borrow: if borrow.iter().any(Option::is_some) { borrow } else { Vec::new() },
            cash: fraction(simulation.carry.cash_rate),
            debit: fraction(simulation.carry.debit_rate),
            steps: instruments.iter().map(|(_, units)| units.quantity_step).collect(),
        }
    }

    /// Adds the rows of auxiliary series. A value that is absent, or has no decimal, is no charge.
    pub(super) fn add(&mut self, feeds: &[CarryFeed]) {
        for CarryFeed { instrument, kind, series } in feeds {
            let names = series.columns().iter().map(crate::market::AuxColumn::name);
            let Some(column) = kind.place(names) else { continue };
            let values = series.columns()[column].values();
            let rows = series.known_ms().iter().zip(values).filter_map(|(&time_ms, value)| {
                let value = Decimal::nearest(value?).filter(|value| *value != Decimal::ZERO)?;
                Some(Row { time_ms, instrument: *instrument, kind: *kind, value })
            });
            self.rows.extend(rows);
        }
        self.rows.sort_by_key(|row| (row.time_ms, row.instrument, row.kind));
    }

    /// Whether nothing is ever charged.
    pub(super) fn is_none(&self) -> bool {
        self.rows.is_empty() && !self.is_daily()
    }

    /// Whether something may be charged as a day begins.
    const fn is_daily(&self) -> bool {
        !self.borrow.is_empty() || self.cash.is_some() || self.debit.is_some()
    }

    /// Nothing is due yet where the run begins.
    pub(super) fn due_from(&self, start_ms: i64) -> Due {
        let row = self.rows.partition_point(|row| row.time_ms <= start_ms);
        let mut due = Due { row, day: day_of(start_ms), next_ms: i64::MAX };
        due.find_next(self);
        due
    }
}

impl Due {
    /// Whether nothing is due at that time; asked at every moment.
    #[inline]
    pub(super) const fn is_later(&self, now_ms: i64) -> bool {
        now_ms < self.next_ms
    }

    fn find_next(&mut self, charges: &Charges) {
        let row_ms = charges.rows.get(self.row).map_or(i64::MAX, |row| row.time_ms);
        let day_ms = if charges.is_daily() { (self.day + 1) * DAY_MS } else { i64::MAX };
        self.next_ms = row_ms.min(day_ms);
    }
}

impl<O: Observer> Ledger<'_, O> {
    /// Charges all that is due by now; positions are valued at their last closes.
    #[cold]
    pub(super) fn charge_due(
        &mut self,
        charges: &Charges,
        due: &mut Due,
        now_ms: i64,
    ) -> Result<(), Overflow> {
        let behind = &charges.rows[due.row..];
        let rows = &behind[..behind.partition_point(|row| row.time_ms <= now_ms)];
        let days = day_of(now_ms) - due.day;
        due.row += rows.len();
        due.day = day_of(now_ms);
        due.find_next(charges);
        self.charge_rows(charges, rows, now_ms)?;
        self.charge_days(charges, days, now_ms)
    }

    /// Charges those rows.
    fn charge_rows(
        &mut self,
        charges: &Charges,
        rows: &[Row],
        now_ms: i64,
    ) -> Result<(), Overflow> {
        for row in rows {
            let position = &self.account.positions()[row.instrument as usize];
            if position.quantity() == 0 {
                continue;
            }
            let amount = if row.kind == ChargeKind::Dividends {
                let step = charges.steps[row.instrument as usize];
                let received = self.account.dividend(row.instrument, step, row.value)?;
                received.checked_neg().ok_or(Overflow)?
            } else {
                Fraction::from(row.value).share(position.value(), 1, 1)?
            };
            let instrument = Some(row.instrument);
            self.charge(Charge { kind: row.kind, instrument, amount }, now_ms)?;
        }
        Ok(())
    }

    /// Charges what goes by days, so many of which have begun.
    fn charge_days(&mut self, charges: &Charges, days: i64, now_ms: i64) -> Result<(), Overflow> {
        if days <= 0 {
            return Ok(());
        }
        for (instrument, rate) in (0..).zip(&charges.borrow) {
            let value = self.account.positions()[instrument as usize].value();
            if let (Some(rate), true) = (rate, value < 0) {
                let amount = rate.share(value.checked_neg().ok_or(Overflow)?, days, DAYS)?;
                let (kind, instrument) = (ChargeKind::Borrow, Some(instrument));
                self.charge(Charge { kind, instrument, amount }, now_ms)?;
            }
        }
        let cash = self.account.cash();
        let rate = if cash > 0 { charges.cash } else { charges.debit };
        if let Some(rate) = rate {
            let earned = rate.share(cash, days, DAYS)?;
            let amount = earned.checked_neg().ok_or(Overflow)?;
            let charge = Charge { kind: ChargeKind::Interest, instrument: None, amount };
            self.charge(charge, now_ms)?;
        }
        Ok(())
    }

    fn charge(&mut self, charge: Charge, now_ms: i64) -> Result<(), Overflow> {
        if charge.amount == 0 {
            return Ok(());
        }
        self.account.charge(&charge)?;
        self.observer.charge(now_ms, &charge);
        if let Some(instrument) = charge.instrument {
            let position = &self.account.positions()[instrument as usize];
            if let Some(price) = position.valued_at() {
                self.saw_fill(instrument, price);
            }
        }
        Ok(())
    }
}

/// The days of a year of rates.
const DAYS: i64 = 365;
