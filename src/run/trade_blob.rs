//! Trades as bytes: columns of little-endian integers, compressed.

use super::result::TradeRow;
use crate::trading::{Exit, ExitReason, Side, Trade};

/// Trades of one part: a page of a list unpacks one or two parts, however many there are.
pub const TRADES_PER_PART: usize = 4_096;

const COLUMNS: usize = 12;
/// Between the fastest and the smallest, nearer the fastest.
const COMPRESSION_LEVEL: i32 = 3;
/// Stands for the exit reason of a trade that is still open.
const OPEN: i64 = 0;

/// Why a trade ended and whether that is ambiguous, by number. Numbers are only ever added.
const REASONS: [(i64, ExitReason, bool); 13] = [
    (1, ExitReason::Signal, false),
    (2, ExitReason::Reversal, false),
    (3, ExitReason::Bankruptcy, false),
    (4, ExitReason::EndOfRun, false),
    (5, ExitReason::StopLoss, false),
    (6, ExitReason::TakeProfit, false),
    // Only a stop can have been taken to come first.
    (7, ExitReason::StopLoss, true),
    (8, ExitReason::TrailingStop, false),
    (9, ExitReason::BreakEven, false),
    (10, ExitReason::TimeExit, false),
    (12, ExitReason::SeriesEnd, false),
    (14, ExitReason::TrailingStop, true),
    (15, ExitReason::BreakEven, true),
];

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
    zstd::bulk::compress(&bytes, COMPRESSION_LEVEL)
}

/// Unpacks a part; `None` if the bytes are no part.
pub fn unpack(part: &[u8]) -> Option<Vec<TradeRow>> {
    const BYTES_MAX: usize = TRADES_PER_PART * COLUMNS * size_of::<i64>();
    let bytes = zstd::bulk::decompress(part, BYTES_MAX).ok()?;
    let integers: Vec<i64> = bytes
        .chunks_exact(size_of::<i64>())
        .map(|chunk| chunk.try_into().map(i64::from_le_bytes))
        .collect::<Result<_, _>>()
        .ok()?;
    let count = integers.len() / COLUMNS;
    (0..count)
        .map(|row| trade_of(&std::array::from_fn(|column| integers[column * count + row])))
        .collect()
}

fn fields(row: &TradeRow) -> [i64; COLUMNS] {
    let TradeRow { trade, profit } = row;
    let exit = trade.exit.as_ref();
    let is_of = |exit: &Exit, known: &(i64, ExitReason, bool)| {
        (known.1, known.2) == (exit.reason, exit.is_ambiguous)
    };
    let reason = exit.and_then(|exit| REASONS.iter().find(|known| is_of(exit, known)));
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
        reason.map_or(OPEN, |(number, ..)| *number),
        *profit,
    ]
}

fn trade_of(fields: &[i64; COLUMNS]) -> Option<TradeRow> {
    let [instrument, sign, entry_time_ms, entry_bar, quantity, ..] = *fields;
    let [.., entry_notional, exit_notional, fees, time_ms, bar, number, profit] = *fields;
    let exit = match number {
        OPEN => None,
        number => {
            let (_, reason, is_ambiguous) = *REASONS.iter().find(|known| known.0 == number)?;
            Some(Exit { time_ms, bar: bar as u64, reason, is_ambiguous })
        }
    };
    let trade = Trade {
        instrument: u32::try_from(instrument).ok()?,
        side: if sign > 0 { Side::Long } else { Side::Short },
        entry_time_ms,
        entry_bar: entry_bar as u64,
        quantity,
        entry_notional,
        exit_notional,
        fees,
        exit,
    };
    Some(TradeRow { trade, profit })
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
            exit,
        };
        TradeRow { trade, profit: -index }
    }

    #[test]
    fn trades_survive_their_bytes() {
        let reasons = REASONS.iter().map(|known| Some((known.1, known.2))).chain([None]);
        let trades: Vec<_> = reasons.enumerate().map(|(i, exit)| trade(i as i64, exit)).collect();
        let many: Vec<_> = trades.iter().copied().cycle().take(TRADES_PER_PART + 1).collect();
        let parts = pack(&many).unwrap();
        assert_eq!(parts.len(), 2);
        let unpacked: Vec<_> = parts.iter().flat_map(|part| unpack(part).unwrap()).collect();
        assert_eq!(unpacked, many);
    }

    #[test]
    fn bytes_that_are_no_part_are_refused() {
        assert_eq!(unpack(b"no zstd"), None);
    }
}
