//! Trades as bytes: columns of little-endian integers, compressed.
//!
//! Codec 1 is the compressed columns alone, twelve of them. Later ones begin with their number and
//! with how many columns there are, so that a column is added behind the others without another
//! number: who reads less columns than he knows takes the trades as they are known.

use super::trade_row::{Course, TradeRow};
use crate::trading::{Exit, ExitReason, Side, Trade};

/// Trades of one part: a page of a list unpacks one or two parts, however many there are.
pub const TRADES_PER_PART: usize = 4_096;

/// What codec 1 has.
const COLUMNS_1: usize = 12;
const COLUMNS: usize = COLUMNS_1 + 6;
/// No compressed part begins with it.
const CODEC: u8 = 2;
/// Between the fastest and the smallest, nearer the fastest.
const COMPRESSION_LEVEL: i32 = 3;
/// Stands for the exit reason of a trade that is still open.
const OPEN: i64 = 0;

/// Why a trade ended, by number. Numbers are only ever added.
const REASONS: [(i64, ExitReason); 12] = [
    (1, ExitReason::Signal),
    (2, ExitReason::Reversal),
    (3, ExitReason::Bankruptcy),
    (4, ExitReason::EndOfRun),
    (5, ExitReason::StopLoss),
    (6, ExitReason::TakeProfit),
    (8, ExitReason::TrailingStop),
    (9, ExitReason::BreakEven),
    (10, ExitReason::TimeExit),
    (11, ExitReason::Liquidation),
    (12, ExitReason::SeriesEnd),
    (13, ExitReason::Handover),
];
/// Reasons of codec 1 that are ambiguous; since then that is a column of its own.
const AMBIGUOUS: [(i64, ExitReason); 3] =
    [(7, ExitReason::StopLoss), (14, ExitReason::TrailingStop), (15, ExitReason::BreakEven)];

/// Packs trades into parts of [`TRADES_PER_PART`].
pub(super) fn pack(trades: &[TradeRow]) -> std::io::Result<Vec<Vec<u8>>> {
    trades.chunks(TRADES_PER_PART).map(pack_part).collect()
}

/// Packs one part.
///
/// # Errors
///
/// None that a caller could mend.
pub fn pack_part(trades: &[TradeRow]) -> std::io::Result<Vec<u8>> {
    let rows: Vec<_> = trades.iter().map(fields).collect();
    let mut bytes = Vec::with_capacity(rows.len() * COLUMNS * size_of::<i64>());
    for column in 0..COLUMNS {
        for row in &rows {
            bytes.extend_from_slice(&row[column].to_le_bytes());
        }
    }
    let mut part = vec![CODEC, COLUMNS as u8];
    part.append(&mut zstd::bulk::compress(&bytes, COMPRESSION_LEVEL)?);
    Ok(part)
}

/// Unpacks a part; `None` if the bytes are no part.
pub fn unpack(part: &[u8]) -> Option<Vec<TradeRow>> {
    let (columns, packed) = match part {
        [CODEC, columns @ ..] => {
            let (&count, packed) = columns.split_first()?;
            ((COLUMNS_1..=COLUMNS).contains(&count.into()).then_some(usize::from(count))?, packed)
        }
        packed => (COLUMNS_1, packed),
    };
    let bytes_max = TRADES_PER_PART * columns * size_of::<i64>();
    let bytes = zstd::bulk::decompress(packed, bytes_max).ok()?;
    let integers: Vec<i64> = bytes
        .chunks_exact(size_of::<i64>())
        .map(|chunk| chunk.try_into().map(i64::from_le_bytes))
        .collect::<Result<_, _>>()
        .ok()?;
    let count = integers.len() / columns;
    let trade = |row: usize| {
        let mut fields = [0; COLUMNS];
        for (column, field) in fields[..columns].iter_mut().enumerate() {
            *field = integers[column * count + row];
        }
        trade_of(&fields[..columns])
    };
    (0..count).map(trade).collect()
}

fn fields(row: &TradeRow) -> [i64; COLUMNS] {
    let TradeRow { trade, profit, course } = row;
    let exit = trade.exit.as_ref();
    let reason = exit.and_then(|exit| REASONS.iter().find(|known| known.1 == exit.reason));
    let course = course.unwrap_or_default();
    [
        i64::from(trade.instrument),
        trade.side.sign(),
        trade.entry_time_ms,
        trade.entry_bar as i64,
        trade.quantity,
        trade.entry_notional,
        trade.exit_notional,
        trade.fees,
        exit.map_or(0, |exit| exit.time_ms),
        exit.map_or(0, |exit| exit.bar as i64),
        reason.map_or(OPEN, |(number, _)| *number),
        *profit,
        exit.is_some_and(|exit| exit.is_ambiguous).into(),
        course.slippage,
        course.entries.into(),
        course.worst,
        course.best,
        trade.carry,
    ]
}

fn trade_of(fields: &[i64]) -> Option<TradeRow> {
    let (known, later) = fields.split_at_checked(COLUMNS_1)?;
    let [instrument, sign, entry_time_ms, entry_bar, quantity, ..] = *known else { return None };
    let [.., entry_notional, exit_notional, fees, time_ms, bar, number, profit] = *known else {
        return None;
    };
    let is_of = |known: &&(i64, ExitReason)| known.0 == number;
    let old = AMBIGUOUS.iter().find(is_of);
    let reason = match old.or_else(|| REASONS.iter().find(is_of)) {
        Some((_, reason)) => Some(*reason),
        None if number == OPEN => None,
        None => return None,
    };
    let is_ambiguous = old.is_some() || later.first().is_some_and(|ambiguous| *ambiguous != 0);
    let exit = reason.map(|reason| Exit { time_ms, bar: bar as u64, reason, is_ambiguous });
    let trade = Trade {
        instrument: u32::try_from(instrument).ok()?,
        side: if sign > 0 { Side::Long } else { Side::Short },
        entry_time_ms,
        entry_bar: entry_bar as u64,
        quantity,
        entry_notional,
        exit_notional,
        fees,
        // Nothing was charged for holding before there was a column of it.
        carry: later.get(5).copied().unwrap_or(0),
        exit,
    };
    Some(TradeRow { trade, profit, course: course_of(later) })
}

/// The course, of codecs that have it.
fn course_of(later: &[i64]) -> Option<Course> {
    let &[_, slippage, entries, worst, best, ..] = later else { return None };
    let entries = u32::try_from(entries).ok()?;
    Some(Course { slippage, entries, worst, best })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(index: i64, exit: Option<(ExitReason, bool)>) -> TradeRow {
        let time_ms = index + 9;
        let exit =
            exit.map(|(reason, is_ambiguous)| Exit { time_ms, bar: 7, reason, is_ambiguous });
        let trade = Trade {
            instrument: 1,
            side: if index % 2 == 0 { Side::Long } else { Side::Short },
            entry_time_ms: index,
            entry_bar: 3,
            quantity: 4,
            entry_notional: 5,
            exit_notional: -6,
            fees: 1,
            carry: index % 3 - 1,
            exit,
        };
        let course = Course { slippage: index, entries: 2, worst: -index - 5, best: 3 };
        TradeRow { trade, profit: -index, course: Some(course) }
    }

    #[test]
    fn trades_survive_their_bytes() {
        let reasons = REASONS.iter().flat_map(|known| [(known.1, false), (known.1, true)]);
        let exits = reasons.map(Some).chain([None]);
        let trades: Vec<_> = exits.enumerate().map(|(i, exit)| trade(i as i64, exit)).collect();
        let many: Vec<_> = trades.iter().copied().cycle().take(TRADES_PER_PART + 1).collect();
        let parts = pack(&many).unwrap();
        assert_eq!(parts.len(), 2);
        let unpacked: Vec<_> = parts.iter().flat_map(|part| unpack(part).unwrap()).collect();
        assert_eq!(unpacked, many);
    }

    /// Packed by the first codec: numbers 1 to 15 of the reasons that it knew, and an open trade.
    #[test]
    fn trades_of_the_first_codec_are_read_without_their_course() {
        let numbers = [1_i64, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 14, 15, OPEN];
        let count = numbers.len() as i64;
        let columns: [Vec<i64>; COLUMNS_1] = [
            vec![1; numbers.len()],
            (0..count).map(|index| if index % 2 == 0 { 1 } else { -1 }).collect(),
            (0..count).collect(),
            vec![3; numbers.len()],
            vec![4; numbers.len()],
            vec![5; numbers.len()],
            vec![-6; numbers.len()],
            vec![1; numbers.len()],
            (0..count).map(|index| if index == count - 1 { 0 } else { index + 9 }).collect(),
            vec![7; numbers.len()],
            numbers.to_vec(),
            (0..count).map(|index| -index).collect(),
        ];
        let bytes: Vec<u8> =
            columns.concat().iter().flat_map(|value| value.to_le_bytes()).collect();
        let unpacked = unpack(&zstd::bulk::compress(&bytes, COMPRESSION_LEVEL).unwrap()).unwrap();
        let reason = |number: &i64| {
            let is_of = |known: &&(i64, ExitReason)| known.0 == *number;
            let plain = REASONS.iter().find(is_of).map(|known| (known.1, false));
            plain.or_else(|| AMBIGUOUS.iter().find(is_of).map(|known| (known.1, true)))
        };
        let expected: Vec<_> = (0..)
            .zip(&numbers)
            .map(|(index, number)| {
                let row = trade(index, reason(number));
                TradeRow { trade: Trade { carry: 0, ..row.trade }, course: None, ..row }
            })
            .collect();
        assert_eq!(unpacked, expected);
    }

    #[test]
    fn bytes_that_are_no_part_are_refused() {
        assert_eq!(unpack(b"no zstd"), None);
        let part = pack_part(&[trade(1, None)]).unwrap();
        assert_eq!(unpack(&part[..1]), None);
        // A column that nobody knows yet.
        let later = [&[CODEC, COLUMNS as u8 + 1], &part[2..]].concat();
        assert_eq!(unpack(&later), None);
    }
}
