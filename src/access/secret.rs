//! What a token looks like: `tf_`, a public id, a secret of 256 bits, and a checksum by which a
//! mistyped one is told, and by which those who search for leaked secrets know it.

use std::fmt;

use crate::digest::Digest;

const PREFIX: &str = "tf_";
/// Digits that nobody mistakes for others (Crockford).
const ID_DIGITS: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
const ID_LENGTH: usize = 8;
const SECRET_BYTES: usize = 32;
const CHECK_LENGTH: usize = 6;

/// A whole token. It is never shown but where it is made.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret {
    /// The public part.
    pub id: String,
    text: String,
}

/// Why a text is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SecretError {
    /// It looks otherwise.
    #[error("is no token: one looks like {PREFIX}8d0c4k2m_…, with 70 digits at its end")]
    Form,
    /// It was mistyped or cut.
    #[error("is mistyped: its last {CHECK_LENGTH} digits do not fit the others")]
    Check,
}

impl Secret {
    /// A new one, out of what the system holds to be random.
    ///
    /// # Errors
    ///
    /// If the system has nothing random.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; SECRET_BYTES];
        getrandom::fill(&mut bytes)?;
        let mut id = [0; ID_LENGTH];
        getrandom::fill(&mut id)?;
        let id: String =
            id.map(|byte| char::from(ID_DIGITS[usize::from(byte) % 32])).iter().collect();
        let body = format!("{PREFIX}{id}_{}", hex::encode(bytes));
        let text = format!("{body}{}", check_of(&body));
        Ok(Self { id, text })
    }

    /// Of a text that somebody sent.
    pub fn parse(text: &str) -> Result<Self, SecretError> {
        let rest = text.strip_prefix(PREFIX).ok_or(SecretError::Form)?;
        let (id, digits) = rest.split_once('_').ok_or(SecretError::Form)?;
        let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let has_form = id.len() == ID_LENGTH
            && id.bytes().all(|byte| ID_DIGITS.contains(&byte))
            && digits.len() == 2 * SECRET_BYTES + CHECK_LENGTH
            && digits.bytes().all(is_hex);
        if !has_form {
            return Err(SecretError::Form);
        }
        let (body, check) = text.split_at(text.len() - CHECK_LENGTH);
        if check_of(body) != check {
            return Err(SecretError::Check);
        }
        Ok(Self { id: id.to_owned(), text: text.to_owned() })
    }

    /// What is kept of it. A secret of 256 bits needs no slow hash: there is nothing to guess.
    pub fn sha256(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }

    /// The text itself, for whoever it was made for.
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

fn check_of(body: &str) -> String {
    let mut digits = Digest::of(body.as_bytes()).to_string();
    digits.truncate(CHECK_LENGTH);
    digits
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Secret({}…)", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_as_it_was_made_and_no_two_are_alike() {
        let (one, two) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_ne!(one, two);
        assert_eq!(Secret::parse(one.reveal()), Ok(one.clone()));
        assert_eq!(Secret::parse(one.reveal()).unwrap().sha256(), one.sha256());
        assert_ne!(one.sha256(), two.sha256());
    }

    #[test]
    fn a_token_is_not_shown_by_what_is_logged_of_it() {
        let secret = Secret::random().unwrap();
        let shown = format!("{secret:?}");
        assert!(shown.contains(&secret.id) && shown.len() < 20, "{shown}");
    }

    #[test]
    fn every_digit_that_is_mistyped_is_told() {
        let secret = Secret::random().unwrap();
        let text = secret.reveal();
        let start = PREFIX.len() + ID_LENGTH + 1;
        for place in start..text.len() {
            let other = if &text[place..=place] == "0" { "1" } else { "0" };
            let mistyped = format!("{}{other}{}", &text[..place], &text[place + 1..]);
            assert_eq!(Secret::parse(&mistyped), Err(SecretError::Check), "{place}");
        }
    }

    #[test]
    fn what_looks_otherwise_is_no_token() {
        let secret = Secret::random().unwrap();
        let text = secret.reveal();
        let (cut, more) = (&text[..text.len() - 1], format!("{text}0"));
        for other in ["", "tf_", "hunter2", "tf_abc_def", cut, &more, &text.to_uppercase()] {
            assert_eq!(Secret::parse(other), Err(SecretError::Form), "{other}");
        }
    }
}
