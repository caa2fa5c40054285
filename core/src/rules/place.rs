//! Where in a text something stands.

/// A stretch of one line, counted in characters from 1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// Its first character.
    pub column: u32,
    /// How many characters; 0 where something is missing.
    pub length: u32,
}

impl Place {
    /// From the start of this one to the end of the other; where that is on another line, this one.
    #[must_use]
    pub fn to(self, end: Self) -> Self {
        if self.line != end.line || end.column < self.column {
            return self;
        }
        Self { length: end.column + end.length - self.column, ..self }
    }
}
