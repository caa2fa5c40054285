//! Why the broker does not let us in. The client tells it in passing; whoever asks later would only
//! hear that there is no connection.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use async_nats::{Auth, AuthError, ClientError, Event, ServerError};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use nkeys::KeyPair;

use super::broker::{Broker, seed};

/// What is said where nothing better is known.
const NOT_THERE: &str = "the broker is not there";

/// What the broker last said of whoever wants to come in.
#[derive(Clone)]
pub(super) struct Door {
    said: Arc<Mutex<Option<Said>>>,
    papers: Papers,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Said {
    /// It knows us, but not like that.
    No(String),
    /// It is not reached.
    Unreached(String),
}

/// By what we are known.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Papers {
    None,
    Key(PathBuf),
    Credentials(PathBuf),
}

impl Door {
    pub(super) fn of(broker: &Broker) -> Self {
        let papers = match (&broker.credentials, &broker.key) {
            (Some(path), _) => Papers::Credentials(path.clone()),
            (None, Some(path)) => Papers::Key(path.clone()),
            (None, None) => Papers::None,
        };
        Self { said: Arc::default(), papers }
    }

    /// Hears what happens.
    pub(super) fn hear(&self, event: &Event) {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        let next = match event {
            Event::Connected => None,
            Event::ServerError(ServerError::AuthorizationViolation) => {
                Some(Said::No("authorization violation".to_owned()))
            }
            // As in "user authentication expired", "account authentication revoked".
            Event::ServerError(ServerError::Other(text)) if text.contains("uthentication") => {
                Some(Said::No(text.clone()))
            }
            Event::ClientError(ClientError::Other(text)) => {
                let is_refused = text.contains("authorization") || text.contains("nonce");
                match &*said {
                    // What it said first says more.
                    Some(Said::No(_)) if is_refused => return,
                    _ if is_refused => Some(Said::No(text.clone())),
                    // It may be away now for whatever reason.
                    _ => Some(Said::Unreached(text.clone())),
                }
            }
            _ => return,
        };
        *said = next;
    }

    /// Why there is no connection, in words. Reads the file of the credentials.
    pub(super) fn problem(&self) -> String {
        let said = self.said.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match said {
            None => NOT_THERE.to_owned(),
            Some(Said::Unreached(text)) if text.contains("IO error") => NOT_THERE.to_owned(),
            Some(Said::Unreached(text)) => format!("{NOT_THERE}: {text}"),
            Some(Said::No(text)) => format!("the broker lets nobody in {}: {text}", self.papers),
        }
    }
}

impl fmt::Display for Papers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("without a key (nats-key) or credentials (nats-creds)"),
            Self::Key(path) => write!(f, "with the key of {}", path.display()),
            Self::Credentials(path) => {
                let path_told = path.display();
                let text = std::fs::read_to_string(path).unwrap_or_default();
                match jwt_of(&text).and_then(expiry) {
                    Some(end) if end <= Timestamp::now() => {
                        write!(f, "with the credentials of {path_told}, which expired on {end}")
                    }
                    _ => write!(f, "with the credentials of {path_told}"),
                }
            }
        }
    }
}

/// Shows who we are, as the file says at the moment: one that is written anew is taken the next
/// time.
pub(super) async fn show(path: PathBuf, nonce: Vec<u8>) -> Result<Auth, AuthError> {
    let shown = tokio::task::spawn_blocking(move || {
        let text = std::fs::read_to_string(&path).map_err(|error| error.to_string())?;
        let jwt = jwt_of(&text).ok_or("no line of it is a token, as eyJ…")?.to_owned();
        let seed = seed(&path).map_err(|error| error.to_string())?;
        let pair = KeyPair::from_seed(&seed).map_err(|error| error.to_string())?;
        let signature = pair.sign(&nonce).map_err(|error| error.to_string())?;
        let mut auth = Auth::new();
        (auth.jwt, auth.signature) = (Some(jwt), Some(signature));
        Ok::<_, String>(auth)
    });
    shown.await.map_err(|error| error.to_string()).flatten().map_err(AuthError::new)
}

/// The token in a file of credentials.
pub(super) fn jwt_of(text: &str) -> Option<&str> {
    text.lines().map(str::trim).find(|line| line.starts_with("eyJ"))
}

/// When that token ends, if it does.
fn expiry(jwt: &str) -> Option<Timestamp> {
    let claims = URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1)?).ok()?;
    let claims: serde_json::Value = serde_json::from_slice(&claims).ok()?;
    Timestamp::from_second(claims.get("exp")?.as_i64()?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn door(papers: Papers) -> Door {
        Door { said: Arc::default(), papers }
    }

    fn client(text: &str) -> Event {
        Event::ClientError(ClientError::Other(text.to_owned()))
    }

    #[test]
    fn a_broker_that_says_no_is_not_one_that_is_not_there() {
        let door = door(Papers::Key("w1.nk".into()));
        assert_eq!(door.problem(), NOT_THERE);
        door.hear(&client("IO error"));
        assert_eq!(door.problem(), NOT_THERE);
        door.hear(&client("authorization violation"));
        let told = door.problem();
        assert!(told.contains("w1.nk") && told.contains("authorization violation"), "{told}");
        door.hear(&Event::Disconnected);
        assert_eq!(door.problem(), told);
        door.hear(&client("TLS error"));
        assert_eq!(door.problem(), format!("{NOT_THERE}: TLS error"));
        door.hear(&Event::ServerError(ServerError::Other("user authentication expired".into())));
        door.hear(&client("authorization violation"));
        assert!(door.problem().contains("expired"), "{}", door.problem());
        door.hear(&Event::Connected);
        assert_eq!(door.problem(), NOT_THERE);
    }

    fn credentials(end: i64) -> String {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::json!({ "exp": end }).to_string());
        format!("-----BEGIN NATS USER JWT-----\neyJ0.{claims}.x\n------END NATS USER JWT------\n")
    }

    #[test]
    fn credentials_that_have_expired_are_said_to_have() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("w1.creds");
        let door = door(Papers::Credentials(path.clone()));
        door.hear(&client("authorization violation"));
        std::fs::write(&path, credentials(1_700_000_000)).unwrap();
        let told = door.problem();
        assert!(told.contains("w1.creds, which expired on 2023-11-14"), "{told}");
        for still in [credentials(9_999_999_999), String::new()] {
            std::fs::write(&path, still).unwrap();
            let told = door.problem();
            assert!(told.contains("w1.creds: auth") && !told.contains("expired"), "{told}");
        }
    }
}
