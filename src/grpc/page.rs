//! Pages of lists: sizes, and tokens that hold for the list they were made for.

use tonic::Status;

use super::status::invalid_field;
use crate::digest::Digest;

/// A page ends here, so that clients with small limits can take it.
const PAGE_BYTES_MAX: usize = 1 << 20;
/// Made of a page before others may have the thread.
const BYTES_AT_ONCE: usize = 128 << 10;
/// Bytes of the argument hash in a token: enough to notice, short enough to paste.
const BINDING_LENGTH: usize = 8;

/// The size of a page: 0 is the default, more than the most is the most.
pub(super) fn size(requested: i32, default: usize, max: usize) -> Result<usize, Status> {
    match usize::try_from(requested) {
        Ok(0) => Ok(default.min(max)),
        Ok(size) => Ok(size.min(max)),
        Err(_) => {
            let message = format!("must be from 0 to {max}, but is {requested}");
            Err(invalid_field("page_size", message))
        }
    }
}

/// The items that one answer can hold: at least one, else as many as fit. Those beyond are not
/// even made, and after large ones others have the thread.
pub(super) async fn fitting<M: prost::Message>(items: impl Iterator<Item = M>) -> Vec<M> {
    let (mut fitting, mut bytes, mut since_pause) = (Vec::new(), 0, 0);
    for item in items {
        let length = item.encoded_len();
        bytes += length;
        if bytes > PAGE_BYTES_MAX && !fitting.is_empty() {
            break;
        }
        fitting.push(item);
        since_pause += length;
        if since_pause > BYTES_AT_ONCE {
            since_pause = 0;
            tokio::task::yield_now().await;
        }
    }
    fitting
}

/// The refusal of a token that was not made for this list.
pub(super) fn foreign_token() -> Status {
    invalid_field("page_token", "is no token of this list with these arguments")
}

/// Tokens of one list: bound to what else was asked, so that a token of another list is refused.
pub(super) struct Tokens {
    binding: [u8; BINDING_LENGTH],
}

impl Tokens {
    /// For the list that these arguments (without size and token) ask for.
    pub(super) fn bound_to(arguments: &[&str]) -> Self {
        let mut encoder = crate::digest::Encoder::new("tradeforge.page-token/1");
        for argument in arguments {
            encoder.text(argument);
        }
        let digest: Digest = encoder.finish();
        let mut binding = [0; BINDING_LENGTH];
        binding.copy_from_slice(&digest.as_bytes()[..BINDING_LENGTH]);
        Self { binding }
    }

    /// A token for the page that begins at `position`.
    pub(super) fn write(&self, position: &str) -> String {
        let mut bytes = self.binding.to_vec();
        bytes.extend_from_slice(position.as_bytes());
        hex::encode(bytes)
    }

    /// Where the page begins; `None` for the first.
    pub(super) fn read(&self, token: &str) -> Result<Option<String>, Status> {
        if token.is_empty() {
            return Ok(None);
        }
        let position = hex::decode(token).ok().and_then(|bytes| {
            let position = bytes.strip_prefix(&self.binding)?;
            String::from_utf8(position.to_vec()).ok()
        });
        position.map(Some).ok_or_else(foreign_token)
    }

    /// As [`Self::read`], for positions that are numbers.
    pub(super) fn read_number(&self, token: &str) -> Result<u64, Status> {
        let Some(position) = self.read(token)? else { return Ok(0) };
        position.parse().map_err(|_| foreign_token())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_holds_for_its_own_list_only() {
        let tokens = Tokens::bound_to(&["run", "filter"]);
        let token = tokens.write("100");
        assert_eq!(tokens.read_number(&token).unwrap(), 100);
        assert!(Tokens::bound_to(&["run", "other"]).read_number(&token).is_err());
        for forged in ["x", "00", "ffffffffffffffff31"] {
            assert!(tokens.read(forged).is_err(), "{forged}");
        }
    }

    #[test]
    fn sizes_are_defaulted_clamped_or_refused() {
        assert_eq!(size(0, 50, 1_000).unwrap(), 50);
        assert_eq!(size(9_999, 50, 1_000).unwrap(), 1_000);
        assert!(size(-1, 50, 1_000).is_err());
    }
}
