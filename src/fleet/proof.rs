//! What shows that two programs compute the same: not their version, but what comes of it.

use crate::digest::Encoder;
use crate::golden::golden;
use crate::strategy::Catalog;

/// Digits of it in the names of things.
const DIGITS: usize = 16;

/// A name for all that is computed here, to the bit: who has another is given no work. Takes a
/// second.
pub(super) fn proof(catalog: &Catalog) -> String {
    let mut encoder = Encoder::new("tradeforge.fleet-proof/1");
    for each in golden() {
        encoder.text(&each.name).bytes(each.digest.as_bytes());
    }
    for entry in catalog.entries() {
        encoder.text(&entry.name).text(&entry.version);
    }
    encoder.finish().to_string()[..DIGITS].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_programs_have_one_proof() {
        let proof_here = proof(&Catalog::shipped());
        assert_eq!(proof_here, proof(&Catalog::shipped()));
        assert_eq!(proof_here.len(), DIGITS);
    }
}
