//! What shows that two programs compute the same: not their version, but what comes of it. And that
//! they say it in the same way: who would misread work hears of none.

use super::message::FORMAT;
use crate::digest::Encoder;
use crate::golden::golden;
use crate::strategy::Catalog;

/// Digits of it in the names of things.
const DIGITS: usize = 16;

/// A name for all that is computed here, to the bit, and how it is said: who has another is given
/// no work. It is part of what work and those who take it are called. Takes a second.
pub(super) fn proof(catalog: &Catalog) -> String {
    spoken(FORMAT, &bits(catalog))
}

/// What is computed, as it is said in that format.
fn spoken(format: u32, bits: &str) -> String {
    format!("{format}-{bits}")
}

fn bits(catalog: &Catalog) -> String {
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
    use crate::fleet::names::{Names, takers};

    #[test]
    fn equal_programs_have_one_proof() {
        let proof_here = proof(&Catalog::shipped());
        assert_eq!(proof_here, proof(&Catalog::shipped()));
        assert_eq!(proof_here, spoken(FORMAT, &bits(&Catalog::shipped())));
    }

    #[test]
    fn who_says_it_in_another_way_has_other_work_and_takes_none_of_this() {
        let names = Names::of("f");
        let [of, other] = [FORMAT, FORMAT + 1].map(|format| spoken(format, "0123456789abcdef"));
        assert_ne!(takers(&of), takers(&other));
        let work = names.work(&of, "g", "r", "t");
        let all_of = |proof: &str| names.work_of(proof).trim_end_matches('>').to_owned();
        assert!(work.starts_with(&all_of(&of)) && !work.starts_with(&all_of(&other)));
        assert!(work.starts_with(names.all_work().trim_end_matches('>')), "in one queue");
        assert!(!of.contains(['.', '*', '>', ' ']), "it is one word of a name");
    }
}
