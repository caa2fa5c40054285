//! What a trial came to in both parts of a window, and many of them as bytes: columns, compressed.

use super::trial::TrialState;

/// Trials of one part: whoever reads them has some megabytes at a time, however many there are.
const TRIALS_PER_PART: usize = 16_384;
/// Trials over all windows of a walk-forward that are kept one by one: some 300 MB. Of more, none
/// is.
pub const WINDOW_TRIALS_MAX: u64 = 20_000_000;
/// Between the fastest and the smallest, nearer the fastest.
const COMPRESSION_LEVEL: i32 = 3;
/// An index, what is there, and two values.
const TRIAL_BYTES: usize = 8 + 1 + 8 + 8;

/// A trial in both parts of a window.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WindowTrial {
    /// Which trial.
    pub trial_index: u64,
    /// What became of it in the days to choose by.
    pub state: TrialState,
    /// The objective over the days to choose by, where it is defined.
    pub in_sample: Option<f64>,
    /// The objective over the days after them, where it is defined.
    pub out_of_sample: Option<f64>,
}

impl WindowTrial {
    /// What became of it in two bits, and which of its values are there.
    fn flags(&self) -> u8 {
        let there = |value: Option<f64>, bit: u8| if value.is_some() { bit } else { 0 };
        self.state as u8 | there(self.in_sample, 4) | there(self.out_of_sample, 8)
    }
}

/// Trials of a window as parts, in their order.
///
/// # Errors
///
/// None that a caller could mend.
pub fn pack_window_trials(trials: &[WindowTrial]) -> std::io::Result<Vec<Vec<u8>>> {
    trials.chunks(TRIALS_PER_PART).map(pack_part).collect()
}

fn pack_part(trials: &[WindowTrial]) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(trials.len() * TRIAL_BYTES);
    for trial in trials {
        bytes.extend_from_slice(&trial.trial_index.to_le_bytes());
    }
    bytes.extend(trials.iter().map(WindowTrial::flags));
    for value in [|it: &WindowTrial| it.in_sample, |it: &WindowTrial| it.out_of_sample] {
        for trial in trials {
            bytes.extend_from_slice(&value(trial).unwrap_or(0.0).to_le_bytes());
        }
    }
    zstd::bulk::compress(&bytes, COMPRESSION_LEVEL)
}

/// The trials of a part; `None` if the bytes are no part.
pub fn unpack_window_trials(part: &[u8]) -> Option<Vec<WindowTrial>> {
    let bytes = zstd::bulk::decompress(part, TRIALS_PER_PART * TRIAL_BYTES).ok()?;
    if bytes.is_empty() || bytes.len() % TRIAL_BYTES != 0 {
        return None;
    }
    let count = bytes.len() / TRIAL_BYTES;
    let (indices, rest) = bytes.split_at(count * 8);
    let (flags, values) = rest.split_at(count);
    let word = |words: &[u8], place: usize| {
        let word: [u8; 8] = words.get(place * 8..place * 8 + 8)?.try_into().ok()?;
        Some(u64::from_le_bytes(word))
    };
    let value = |place: usize, is_there: bool| {
        let value = f64::from_bits(word(values, place)?);
        Some(Some(value).filter(|_| is_there))
    };
    let trial = |place: usize| {
        let flags = flags[place];
        Some(WindowTrial {
            trial_index: word(indices, place)?,
            state: TrialState::from_number(i64::from(flags & 3))?,
            in_sample: value(place, flags & 4 != 0)?,
            out_of_sample: value(count + place, flags & 8 != 0)?,
        })
    };
    (0..count).map(trial).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trials() -> impl Strategy<Value = Vec<WindowTrial>> {
        let state = prop::sample::select(vec![
            TrialState::Completed,
            TrialState::Failed,
            TrialState::Infeasible,
        ]);
        let value = || prop::option::of(prop::num::f64::NORMAL);
        let trial = (any::<u64>(), state, value(), value()).prop_map(
            |(trial_index, state, in_sample, out_of_sample)| WindowTrial {
                trial_index,
                state,
                in_sample,
                out_of_sample,
            },
        );
        prop::collection::vec(trial, 0..100)
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_out_as_it_was(trials in trials(), cut in 0_usize..40) {
            let parts = pack_window_trials(&trials).unwrap();
            let read = parts.iter().map(|part| unpack_window_trials(part).unwrap());
            prop_assert_eq!(read.flatten().collect::<Vec<_>>(), trials);
            for part in parts {
                // Cut off, it is no part, and nobody is told half of it.
                prop_assert_eq!(unpack_window_trials(&part[..cut.min(part.len() - 1)]), None);
            }
        }
    }

    #[test]
    fn many_trials_are_several_parts() {
        let trial = |trial_index| WindowTrial {
            trial_index,
            state: TrialState::Completed,
            in_sample: Some(trial_index as f64),
            out_of_sample: None,
        };
        let trials: Vec<WindowTrial> = (0..TRIALS_PER_PART as u64 + 3).map(trial).collect();
        let parts = pack_window_trials(&trials).unwrap();
        assert_eq!(parts.len(), 2);
        assert_eq!(unpack_window_trials(&parts[1]).unwrap(), trials[TRIALS_PER_PART..]);
    }
}
