//! Refusals that every client can read. Message and details travel in headers, and many clients
//! take 8 kB of them and no more: beyond that not one word of a refusal arrives.

use tonic::Status;

use crate::excerpt::cut;
use crate::run::{Violation, Violations};

/// The most that message and details take together, as sent.
pub(super) const SENT_BYTES_MAX: usize = 6_000;
/// The most bytes of a message that may stand four times in one refusal: as the message, in the
/// details as the same, and in two of their parts.
const MESSAGE_BYTES_MAX: usize = 1_000;
/// The most characters of one part of a refusal; halved until all fits.
const CHARS_MAX: usize = 2_048;

/// A message cut to what may stand in a refusal several times.
pub(super) fn brief(message: &impl std::fmt::Display) -> String {
    let message = message.to_string();
    let mut bytes = 0;
    let beyond = message.char_indices().find(|(_, char)| {
        bytes += char_bytes(*char);
        bytes > MESSAGE_BYTES_MAX
    });
    match beyond {
        Some((end, _)) => format!("{}…", &message[..end]),
        None => message,
    }
}

/// The refusal that tells as many of the faults as fit, whole; `make` gets those, the message that
/// names them, and how many more there are.
pub(super) fn as_many_as_fit(
    faults: &[Fault],
    more: usize,
    make: impl Fn(&[Fault], String, usize) -> Status,
) -> Status {
    let told = |count: usize| {
        let (shown, more) = (&faults[..count], more + faults.len() - count);
        make(shown, message_of(shown, more), more)
    };
    // The size rises with the count: the largest that fits is found by halving.
    let (mut fits, mut beyond) = (0, faults.len() + 1);
    while beyond - fits > 1 {
        let middle = fits.midpoint(beyond);
        if sent_bytes(&told(middle)) <= SENT_BYTES_MAX { fits = middle } else { beyond = middle }
    }
    if fits > 0 || faults.is_empty() {
        return told(fits);
    }
    let mut chars_max = CHARS_MAX;
    loop {
        let first = faults[0].cut_to(chars_max);
        let more = more + faults.len() - 1;
        let message = message_of(std::slice::from_ref(&first), more);
        let status = make(&[first], message, more);
        if sent_bytes(&status) <= SENT_BYTES_MAX || chars_max == 1 {
            return status;
        }
        chars_max /= 2;
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// The field, or what is missing.
    pub place: String,
    /// What would be valid.
    pub description: String,
    /// What the message says of it.
    pub sentence: String,
}

impl Fault {
    fn cut_to(&self, chars_max: usize) -> Self {
        let cut = |text: &str| cut(text, chars_max).into_owned();
        Self {
            place: cut(&self.place),
            description: cut(&self.description),
            sentence: cut(&self.sentence),
        }
    }
}

impl From<&Violation> for Fault {
    fn from(violation: &Violation) -> Self {
        Self {
            place: violation.field.clone(),
            description: violation.message.clone(),
            sentence: violation.to_string(),
        }
    }
}

/// All that is told of a request.
pub(super) fn faults_of(violations: &Violations) -> Vec<Fault> {
    violations.iter().map(Fault::from).collect()
}

fn message_of(faults: &[Fault], more: usize) -> String {
    let mut parts: Vec<String> = faults.iter().map(|fault| fault.sentence.clone()).collect();
    if more > 0 {
        parts.push(format!("and {more} more"));
    }
    parts.join("; ")
}

/// What message and details take in the headers: the one percent-encoded, the other as base64.
fn sent_bytes(status: &Status) -> usize {
    let message: usize = status.message().chars().map(char_bytes).sum();
    message + (status.details().len() * 4).div_ceil(3)
}

/// Bytes of one character of a message, as tonic encodes it.
const fn char_bytes(char: char) -> usize {
    match char {
        ' ' | '"' | '#' | '%' | '<' | '>' | '`' | '?' | '{' | '}' | '\0'..='\x1f' | '\x7f' => 3,
        '!'..='~' => 1,
        _ => 3 * char.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::status::invalid;
    use super::*;
    use proptest::prelude::*;

    fn sent(status: &Status) -> usize {
        let response = status.clone().into_http::<axum::body::Body>();
        let length = |name| response.headers().get(name).map_or(0, http::HeaderValue::len);
        length("grpc-message") + length("grpc-status-details-bin")
    }

    fn refusal(count: usize, message: &str) -> Status {
        let mut violations = Violations::default();
        for index in 0..count {
            violations.add(format!("optimization.axes[{index}].name"), message);
        }
        invalid(&violations)
    }

    #[test]
    fn the_first_faults_are_told_whole_and_the_others_counted() {
        let status = refusal(480, "\"wrong\" is no parameter of this strategy");
        let told = status.message().matches("axes[").count();
        assert!(told > 10, "{told}");
        let rest = format!("; and {} more", 480 - told);
        assert!(status.message().ends_with(&rest), "{}", status.message());
        let bad = tonic_types::StatusExt::get_details_bad_request(&status).unwrap();
        assert_eq!(bad.field_violations.len(), told);
    }

    #[test]
    fn few_faults_are_all_told() {
        assert!(!refusal(5, "is wrong").message().contains("more"));
        assert_eq!(refusal(1, "is wrong").message(), "optimization.axes[0].name: is wrong");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn no_refusal_is_larger_than_clients_read(
            count in 1_usize..300,
            message in "\\PC{0,400}",
            repeats in 1_usize..200,
        ) {
            let status = refusal(count, &message.repeat(repeats));
            prop_assert!(sent(&status) <= SENT_BYTES_MAX, "{}", sent(&status));
            prop_assert_eq!(sent(&status), sent_bytes(&status));
            let brief = brief(&message.repeat(repeats));
            prop_assert!(brief.chars().map(char_bytes).sum::<usize>() <= MESSAGE_BYTES_MAX + 9);
        }
    }
}
