//! What an answer may say at most, by what was asked: it is unpacked to no more than that, and
//! counted before there is room for any of it.

use prost::bytes::Buf as _;
use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};

use super::RowsError;
use crate::fleet::message::{PIECE_BYTES, PIECES_MAX};
use crate::metrics::{Metric, Metrics};
use crate::run::{TrialOutcome, TrialRow};

/// Bytes of a row: its numbers, and each metric with a bit of who has it.
const ROW_BYTES: usize = 40 + 9 * Metric::COUNT;
/// What the failures of a chunk may be told at, and each row of it more. Of one kind only the first
/// ten have a trace.
const TOLD_BYTES: usize = 4 << 20;
const TOLD_BYTES_OF_ROW: usize = 2 << 10;
/// Times that the trades of a backtest become longer: they are packed already.
const PACKED_TWICE: usize = 2;
/// Parts of trades that a backtest has: a quarter of a billion trades.
const PARTS_MAX: usize = 1 << 16;

/// What a chunk asks for.
#[derive(Clone, Debug)]
pub(in crate::fleet) struct Asked {
    /// The trials, in order.
    pub trials: Vec<u64>,
    /// How many of them have what only backtests have.
    pub details: usize,
}

impl Asked {
    /// What an answer of so many packed bytes may unpack to.
    pub(in crate::fleet) const fn bytes_max(&self, packed: usize) -> usize {
        let rows = self.trials.len().saturating_mul(ROW_BYTES + TOLD_BYTES_OF_ROW);
        let trades = if self.details > 0 { packed.saturating_mul(PACKED_TWICE) } else { 0 };
        rows.saturating_add(TOLD_BYTES).saturating_add(trades)
    }

    /// In how many pieces an answer may come: packed, a search is no longer than it is unpacked.
    pub(in crate::fleet) const fn pieces_max(&self) -> u32 {
        let pieces = self.bytes_max(0).div_ceil(PIECE_BYTES) as u32;
        if self.details == 0 && pieces < PIECES_MAX { pieces } else { PIECES_MAX }
    }

    /// What its rows take in memory, as a rule.
    pub(in crate::fleet) const fn memory(&self) -> usize {
        self.trials.len() * (size_of::<TrialRow>() + size_of::<Metrics>())
    }
}

/// What these rows take in memory.
pub(in crate::fleet) fn memory_of(rows: &[TrialRow]) -> usize {
    rows.iter().map(memory_of_row).sum()
}

fn memory_of_row(row: &TrialRow) -> usize {
    let outcome = match &row.outcome {
        TrialOutcome::Completed(_) | TrialOutcome::Infeasible(_) => size_of::<Metrics>(),
        TrialOutcome::Failed(failure) => {
            let metadata = failure.metadata.iter().map(|(key, value)| key.len() + value.len());
            let texts = failure.reason.len() + failure.message.len() + failure.stack_trace.len();
            texts + metadata.sum::<usize>()
        }
    };
    let detail = row.detail.as_ref().map_or(0, |detail| {
        let part = |part: &Vec<u8>| part.len() + size_of::<Vec<u8>>();
        detail.trade_parts.iter().map(part).sum::<usize>()
    });
    size_of::<TrialRow>() + outcome + detail
}

/// Counts what the message holds, without making room for it.
pub(super) fn count(message: &[u8], asked: &Asked) -> Result<(), RowsError> {
    const MANY: RowsError = RowsError::Malformed("it says more than was asked for");
    let rows = asked.trials.len();
    let (mut numbers, mut columns, mut failures, mut details) = ([0; 4], 0, 0, 0);
    each_field(message, |tag, field| {
        // The tags of `Packed`.
        let (counted, more, most) = match tag {
            1..=3 => (&mut numbers[tag as usize - 1], field.numbers(), rows),
            6 => (&mut numbers[3], field.numbers(), rows),
            4 => (&mut columns, 1, Metric::COUNT),
            5 => (&mut failures, 1, rows),
            7 => {
                field.parts(PARTS_MAX)?;
                (&mut details, 1, asked.details)
            }
            _ => return Ok(()),
        };
        *counted += more;
        if *counted > most { Err(MANY) } else { Ok(()) }
    })
}

/// What stands in a field.
enum Field<'a> {
    Number,
    Bytes(&'a [u8]),
    Other,
}

impl Field<'_> {
    /// How many numbers of variable length that are: each ends with a byte without the high bit.
    fn numbers(&self) -> usize {
        match self {
            Self::Bytes(packed) => packed.iter().filter(|byte| **byte < 0x80).count(),
            Self::Number | Self::Other => 1,
        }
    }

    /// Refuses more parts of trades than that.
    fn parts(&self, most: usize) -> Result<(), RowsError> {
        const PARTS: u32 = 3;
        let Self::Bytes(detail) = self else { return Ok(()) };
        let mut parts = 0;
        each_field(detail, |tag, _| {
            parts += usize::from(tag == PARTS);
            if parts > most {
                return Err(RowsError::Malformed("it has more trades than can be"));
            }
            Ok(())
        })
    }
}

fn each_field(
    mut message: &[u8],
    mut take: impl FnMut(u32, Field<'_>) -> Result<(), RowsError>,
) -> Result<(), RowsError> {
    while message.has_remaining() {
        let (tag, wire) = decode_key(&mut message)?;
        let field = match wire {
            WireType::Varint => {
                decode_varint(&mut message)?;
                Field::Number
            }
            WireType::LengthDelimited => {
                let length = decode_varint(&mut message)?;
                let length = usize::try_from(length).unwrap_or(usize::MAX);
                let short = || RowsError::Malformed("it ends too early");
                let (bytes, rest) = message.split_at_checked(length).ok_or_else(short)?;
                message = rest;
                Field::Bytes(bytes)
            }
            other => {
                skip_field(other, tag, &mut message, DecodeContext::default())?;
                Field::Other
            }
        };
        take(tag, field)?;
    }
    Ok(())
}
