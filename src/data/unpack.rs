//! How much a packed file may unpack to: bars come to some ten bytes a packed one, a bomb to a
//! thousand.

use std::cell::Cell;
use std::io::{self, Read};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;

/// The most bytes that one file may unpack to.
const UNPACKED_BYTES_MAX: u64 = 16 << 30;
/// The most bytes to one of the packed file.
const UNPACK_RATIO_MAX: u64 = 200;
/// Small files of very equal bars may be packed closer than that, up to here.
const UNPACKED_BYTES_SMALL: u64 = 16 << 20;

/// The most bytes that a packed file of that size may unpack to.
pub(super) fn unpacked_bytes_max(packed_bytes: u64) -> u64 {
    let in_ratio = packed_bytes.saturating_mul(UNPACK_RATIO_MAX).max(UNPACKED_BYTES_SMALL);
    in_ratio.min(UNPACKED_BYTES_MAX)
}

/// How many bytes all that is packed in one file may still unpack to, however deep it lies.
#[derive(Clone, Debug)]
pub(super) struct Budget {
    left: Rc<Cell<u64>>,
    limit: u64,
}

impl Budget {
    /// That of a packed file of that size.
    pub(super) fn of(packed_bytes: u64) -> Self {
        let limit = unpacked_bytes_max(packed_bytes);
        Self { left: Rc::new(Cell::new(limit)), limit }
    }

    /// Passes bytes on as long as there is room, and fails beyond it.
    pub(super) fn bound<R: Read>(&self, inner: R) -> Bounded<R> {
        Bounded { inner, budget: self.clone() }
    }

    /// Takes room for so many bytes.
    pub(super) fn take(&self, count: usize) -> io::Result<()> {
        let left = self.left.get().checked_sub(count as u64).ok_or_else(|| {
            let limit = self.limit;
            let message = format!("it unpacks to more than {limit} bytes, the most for its size");
            io::Error::new(io::ErrorKind::InvalidData, message)
        })?;
        self.left.set(left);
        Ok(())
    }
}

/// A stream of unpacked bytes under a [`Budget`].
pub(super) struct Bounded<R> {
    inner: R,
    budget: Budget,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // A decoder may panic at a file that was damaged: the file is at fault, and nobody else.
        let read = catch_unwind(AssertUnwindSafe(|| self.inner.read(buffer)));
        let damaged = || io::Error::new(io::ErrorKind::InvalidData, "it is damaged");
        let count = read.map_err(|_| damaged())??;
        self.budget.take(count)?;
        Ok(count)
    }
}
