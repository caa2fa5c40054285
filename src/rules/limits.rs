//! How much a text may ask for, in one place: each is told by the message that refuses more.

/// The longest text, in bytes.
pub(super) const SOURCE_BYTES_MAX: usize = 16 * 1024;
/// Statements of a text.
pub(super) const STATEMENTS_MAX: usize = 200;
/// Brackets, signs and conditions within one another, as they are written.
pub(super) const DEPTH_MAX: u16 = 64;
/// Levels of an expression as it is read: `1 + 1 + 1` has one for each sign.
pub(super) const LEVELS_MAX: u16 = 256;
