//! What gateway and workers say to each other, as protobuf. Unknown fields are passed over; a
//! higher format is refused, so that builds of different days may share a broker.

use std::fmt;

use prost::Message;

/// Of all messages. Raised when an older build would misread one.
pub(super) const FORMAT: u32 = 1;
/// Bytes of an answer's body or of a file in one message; brokers take up to a megabyte.
pub(super) const PIECE_BYTES: usize = 512 << 10;
/// Bytes of what a worker says of itself, each.
pub(super) const NAME_BYTES_MAX: usize = 256;
/// Pieces of one answer at most: 64 MiB.
pub(super) const PIECES_MAX: u32 = 128;

/// The right to answer for a chunk: 128 random bits, made for each time that it is handed out.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Ticket([u8; 16]);

impl Ticket {
    /// One that nobody can guess.
    pub(super) fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    #[cfg(test)]
    pub(super) fn of(number: u64) -> Self {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Self(bytes)
    }

    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    pub(super) fn bytes(self) -> Vec<u8> {
        self.0.to_vec()
    }
}

impl fmt::Display for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for Ticket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A chunk, as it lies in the queue.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Work {
    #[prost(uint32, tag = "1")]
    pub format: u32,
    /// Whom to answer.
    #[prost(string, tag = "2")]
    pub gateway: String,
    #[prost(bytes = "vec", tag = "3")]
    pub ticket: Vec<u8>,
    #[prost(bytes = "vec", tag = "4")]
    pub run_id: Vec<u8>,
    #[prost(uint32, tag = "5")]
    pub attempt: u32,
    /// The places.
    #[prost(uint64, tag = "6")]
    pub start: u64,
    #[prost(uint64, tag = "7")]
    pub end: u64,
    /// Of their trials these only, if that is not all.
    #[prost(message, optional, tag = "8")]
    pub only: Option<Indices>,
    /// Over which span, where it is not that of the run.
    #[prost(message, optional, tag = "9")]
    pub span: Option<WireSpan>,
    /// Names what the trials have in common; to be asked for by whoever does not have it.
    #[prost(bytes = "vec", tag = "10")]
    pub job_sha256: Vec<u8>,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Indices {
    #[prost(uint64, repeated, tag = "1")]
    pub trials: Vec<u64>,
}

#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(super) struct WireSpan {
    #[prost(sint64, tag = "1")]
    pub start_ms: i64,
    #[prost(sint64, tag = "2")]
    pub end_ms: i64,
}

/// What a worker made of a chunk, or a piece of that.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Answer {
    #[prost(uint32, tag = "1")]
    pub format: u32,
    #[prost(bytes = "vec", tag = "2")]
    pub ticket: Vec<u8>,
    #[prost(string, tag = "3")]
    pub worker: String,
    #[prost(uint32, tag = "4")]
    pub piece: u32,
    #[prost(uint32, tag = "5")]
    pub pieces: u32,
    /// Packed rows.
    #[prost(bytes = "vec", tag = "6")]
    pub body: Vec<u8>,
    /// Why there are none, instead.
    #[prost(enumeration = "Refusal", optional, tag = "7")]
    pub refusal: Option<i32>,
    #[prost(string, tag = "8")]
    pub text: String,
    /// Bars gone through.
    #[prost(uint64, tag = "9")]
    pub bars: u64,
}

/// Why a worker does not compute a chunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(super) enum Refusal {
    /// It does not understand it, or cannot say what came of it.
    Job = 0,
    /// It has not got the bars, and cannot get them.
    Data = 1,
    /// The chunk took down the thread that computed it.
    Poisoned = 2,
}

/// What the gateway says to an answer.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
pub(super) struct Receipt {
    #[prost(enumeration = "Verdict", tag = "1")]
    pub verdict: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(super) enum Verdict {
    /// Nobody waits for it.
    Unwanted = 0,
    /// It is there.
    Taken = 1,
    /// There is no room for it at the moment.
    Later = 2,
}

/// That a worker is there; every two seconds.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Hello {
    #[prost(uint32, tag = "1")]
    pub format: u32,
    /// Random for each process.
    #[prost(string, tag = "2")]
    pub worker: String,
    #[prost(string, tag = "3")]
    pub host: String,
    /// What it computes, as a proof of equal bits.
    #[prost(string, tag = "4")]
    pub proof: String,
    #[prost(string, tag = "5")]
    pub version: String,
    #[prost(string, tag = "6")]
    pub revision: String,
    #[prost(string, tag = "7")]
    pub arch: String,
    #[prost(uint32, tag = "8")]
    pub slots: u32,
    #[prost(uint32, tag = "9")]
    pub busy: u32,
    #[prost(uint64, tag = "10")]
    pub chunks: u64,
    #[prost(uint64, tag = "11")]
    pub rows: u64,
    /// It takes nothing more, and ends soon.
    #[prost(bool, tag = "12")]
    pub is_leaving: bool,
    /// What the broker knows it as; empty where it has no name.
    #[prost(string, tag = "13")]
    pub known_as: String,
    /// Why it can take no work at the moment; empty if it can.
    #[prost(string, tag = "14")]
    pub problem: String,
}

/// What a worker holds of one gateway; every second, and before it begins with a chunk.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Beat {
    #[prost(string, tag = "1")]
    pub worker: String,
    #[prost(message, repeated, tag = "2")]
    pub held: Vec<Held>,
    /// Whether that is all it holds.
    #[prost(bool, tag = "3")]
    pub is_all: bool,
}

#[derive(Clone, PartialEq, Message)]
pub(super) struct Held {
    #[prost(bytes = "vec", tag = "1")]
    pub ticket: Vec<u8>,
    #[prost(bool, tag = "2")]
    pub is_computing: bool,
    #[prost(uint64, tag = "3")]
    pub bars: u64,
}

/// Which of them nobody wants any more.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Unwanted {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub tickets: Vec<Vec<u8>>,
    /// Why nothing is taken from that worker any more; empty where something is.
    #[prost(string, tag = "2")]
    pub aside: String,
}

/// A question for a piece of what the gateway has. Only who holds a ticket has an answer.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Want {
    #[prost(bytes = "vec", tag = "1")]
    pub ticket: Vec<u8>,
    #[prost(enumeration = "Kind", tag = "2")]
    pub kind: i32,
    #[prost(bytes = "vec", tag = "3")]
    pub sha256: Vec<u8>,
    /// From which byte on.
    #[prost(uint64, tag = "4")]
    pub offset: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, prost::Enumeration)]
#[repr(i32)]
pub(super) enum Kind {
    /// What the trials of a run have in common, as JSON.
    Job = 0,
    /// A series of bars.
    Bars = 1,
    /// An auxiliary series.
    Aux = 2,
}

/// A piece of it, packed by zstd.
#[derive(Clone, PartialEq, Message)]
pub(super) struct Piece {
    /// Whether the gateway has it, and gives it to this ticket.
    #[prost(bool, tag = "1")]
    pub is_there: bool,
    /// Bytes of the whole.
    #[prost(uint64, tag = "2")]
    pub total: u64,
    #[prost(bytes = "vec", tag = "3")]
    pub packed: Vec<u8>,
    /// Bytes of this piece, unpacked.
    #[prost(uint64, tag = "4")]
    pub bytes: u64,
}
