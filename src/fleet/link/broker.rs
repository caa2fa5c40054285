//! Where the broker is and how it knows us, and which of that may go over a network.

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use async_nats::ServerAddr;

use super::LinkError;

/// How to come to the broker.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Broker {
    /// Its addresses, separated by commas.
    pub addresses: String,
    /// A file with a seed of an nkey.
    pub key: Option<PathBuf>,
    /// A file with credentials.
    pub credentials: Option<PathBuf>,
    /// Whom to trust besides those that the machine trusts, in PEM.
    pub authority: Option<PathBuf>,
}

impl Broker {
    /// Whether it can be spoken to like that.
    ///
    /// # Errors
    ///
    /// What is wrong, and what would be right.
    pub fn check(&self, is_insecure_allowed: bool) -> Result<(), String> {
        let is_known = self.key.is_some() || self.credentials.is_some();
        for text in self.addresses.split(',').map(str::trim) {
            let address: ServerAddr = text.parse().map_err(|_| {
                format!("nats must be as nats://host:4222 or tls://host:4222, not {text:?}")
            })?;
            if address.has_user_pass() {
                return Err(
                    "a password in nats would stand in logs: use nats-creds or nats-key".to_owned()
                );
            }
            let is_here = address.host() == "localhost"
                || address.host().parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
            let is_safe = is_here || is_known || address.scheme() == "tls";
            if !is_safe && !is_insecure_allowed {
                return Err(format!(
                    "{text} is another machine, and whoever reaches it could read bars and make \
                     up results: use tls:// and nats-key or nats-creds, or say \
                     allow-insecure-nats if the network is yours"
                ));
            }
        }
        Ok(())
    }
}

/// The seed in that file. Comments and the public key may stand beside it.
pub(super) fn seed(path: &Path) -> Result<String, LinkError> {
    let text = std::fs::read_to_string(path).map_err(unreadable(path))?;
    let mut lines = text.lines().map(str::trim);
    let seed = lines.rfind(|line| line.starts_with('S')).map(str::to_owned);
    seed.ok_or_else(|| odd(path, "no line of it is a seed, as SU…"))
}

pub(super) fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> LinkError {
    move |source| LinkError::File { path: path.to_owned(), source }
}

/// The file is there and holds something else.
pub(super) fn odd(path: &Path, why: &str) -> LinkError {
    unreadable(path)(io::Error::new(io::ErrorKind::InvalidData, why))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(addresses: &str, change: impl FnOnce(&mut Broker)) -> Result<(), String> {
        let mut broker = Broker { addresses: addresses.to_owned(), ..Broker::default() };
        change(&mut broker);
        broker.check(false)
    }

    #[test]
    fn other_machines_are_spoken_to_by_somebody_or_in_secret() {
        for fine in ["nats://127.0.0.1:4222", "localhost", "[::1]:4222", "tls://broker.example"] {
            assert_eq!(check(fine, |_| ()), Ok(()), "{fine}");
        }
        let refused = check("127.0.0.1, nats://10.0.0.5:4222", |_| ()).unwrap_err();
        assert!(
            refused.contains("10.0.0.5") && refused.contains("allow-insecure-nats"),
            "{refused}"
        );
        assert_eq!(check("10.0.0.5", |broker| broker.key = Some("key".into())), Ok(()));
        let open = Broker { addresses: "10.0.0.5".to_owned(), ..Broker::default() };
        assert_eq!(open.check(true), Ok(()));
        assert!(check("nats://me:secret@127.0.0.1", |_| ()).unwrap_err().contains("nats-creds"));
        assert!(check("http://127.0.0.1", |_| ()).is_err());
        assert!(check("", |_| ()).is_err());
    }

    #[test]
    fn a_key_is_found_among_its_comments_and_a_file_without_one_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        std::fs::write(&path, "# of w1\nUABC\n SUXYZ \n").unwrap();
        assert_eq!(seed(&path).unwrap(), "SUXYZ");
        for wrong in ["", "UABC\n"] {
            std::fs::write(&path, wrong).unwrap();
            let refused = seed(&path).unwrap_err().to_string();
            assert!(refused.contains("key") && refused.contains("seed"), "{refused}");
        }
        assert!(seed(&folder.path().join("none")).is_err());
    }
}
