//! Thrift's compact protocol, so far as it takes to find the whole numbers of a structure and its
//! end. Makes room for nothing that is not there.

/// Structures and lists within each other.
const DEPTH_MAX: usize = 16;

/// Reads a structure from its beginning.
pub(super) struct Skim<'b> {
    bytes: &'b [u8],
    position: usize,
}

/// The whole numbers of a structure, each under the fields that lead to it.
#[derive(Debug, Default)]
pub(super) struct Structure(Vec<(Vec<i16>, i64)>);

impl Structure {
    /// All numbers of that place: several, where a list leads there.
    pub(super) fn numbers(&self, path: &[i16]) -> impl Iterator<Item = i64> {
        self.0.iter().filter(move |(found, _)| found == path).map(|(_, number)| *number)
    }
}

impl<'b> Skim<'b> {
    pub(super) const fn over(bytes: &'b [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// How many bytes were read.
    pub(super) const fn position(&self) -> usize {
        self.position
    }

    /// The next structure; `None` if it is none, or goes on behind the last byte.
    pub(super) fn structure(&mut self) -> Option<Structure> {
        let mut found = Structure::default();
        self.fields(&mut Vec::new(), 0, &mut found)?;
        Some(found)
    }

    fn fields(&mut self, path: &mut Vec<i16>, depth: usize, found: &mut Structure) -> Option<()> {
        let mut id = 0_i16;
        loop {
            let head = self.byte()?;
            if head == 0 {
                return Some(());
            }
            id = match head >> 4 {
                0 => i16::try_from(self.zigzag()?).ok()?,
                step => id.checked_add(i16::from(step))?,
            };
            path.push(id);
            match head & 0x0f {
                // A boolean is its own type.
                1 | 2 => {}
                kind => self.value(kind, path, depth + 1, found)?,
            }
            path.pop();
        }
    }

    fn value(
        &mut self,
        kind: u8,
        path: &mut Vec<i16>,
        depth: usize,
        found: &mut Structure,
    ) -> Option<()> {
        if depth > DEPTH_MAX {
            return None;
        }
        match kind {
            1..=3 => self.skip(1),
            4..=6 => {
                let number = self.zigzag()?;
                found.0.push((path.clone(), number));
                Some(())
            }
            7 => self.skip(8),
            8 => {
                let length = self.varint()?;
                self.skip(length)
            }
            9 | 10 => {
                let head = self.byte()?;
                let length = match head >> 4 {
                    15 => self.varint()?,
                    length => u64::from(length),
                };
                (0..length).try_for_each(|_| self.value(head & 0x0f, path, depth + 1, found))
            }
            11 => match self.varint()? {
                0 => Some(()),
                length => {
                    let kinds = self.byte()?;
                    (0..length).try_for_each(|_| {
                        self.value(kinds >> 4, path, depth + 1, found)?;
                        self.value(kinds & 0x0f, path, depth + 1, found)
                    })
                }
            },
            12 => self.fields(path, depth, found),
            _ => None,
        }
    }

    fn byte(&mut self) -> Option<u8> {
        let byte = *self.bytes.get(self.position)?;
        self.position += 1;
        Some(byte)
    }

    fn skip(&mut self, length: u64) -> Option<()> {
        let left = self.bytes.len() - self.position;
        let length = usize::try_from(length).ok().filter(|length| *length <= left)?;
        self.position += length;
        Some(())
    }

    fn varint(&mut self) -> Option<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }

    fn zigzag(&mut self) -> Option<i64> {
        let number = self.varint()?;
        Some((number >> 1) as i64 ^ -((number & 1) as i64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn numbers_are_found_under_their_fields_and_the_end_is_where_it_is() {
        // 1: i32 -1, 3: binary "ab", 5: { 1: i64 300 }, 6: [ { 2: i32 7 }, { 2: i32 8 } ]
        let bytes = [
            0x15, 0x01, 0x28, 0x02, b'a', b'b', 0x2c, 0x16, 0xd8, 0x04, 0x00, 0x19, 0x2c, 0x25,
            0x0e, 0x00, 0x25, 0x10, 0x00, 0x00, 0xff,
        ];
        let mut skim = Skim::over(&bytes);
        let found = skim.structure().unwrap();
        let numbers = |path: &[i16]| found.numbers(path).collect::<Vec<_>>();
        assert_eq!((numbers(&[1]), numbers(&[5, 1])), (vec![-1], vec![300]));
        assert_eq!((numbers(&[6, 2]), skim.position()), (vec![7, 8], bytes.len() - 1));
    }

    #[test]
    fn lists_within_lists_without_end_are_none() {
        let nested = [&[0x19][..], &[0x19; 1_000]].concat();
        assert!(Skim::over(&nested).structure().is_none());
    }

    proptest! {
        #[test]
        fn whatever_comes_it_ends_within_the_bytes(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
        ) {
            let mut skim = Skim::over(&bytes);
            _ = skim.structure();
            prop_assert!(skim.position() <= bytes.len());
        }
    }
}
