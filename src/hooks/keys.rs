//! The keys of all hooks, made of one secret of the server's: a file of its own, so that neither
//! the database nor a backup holds what signs.

use std::io;
use std::path::PathBuf;

use ring::hmac;
use tokio::io::AsyncWriteExt as _;
use tokio::sync::Mutex;

use super::signature::HookKey;
use crate::run::RunId;
use crate::system::file_for_owner;

const LENGTH: usize = 32;

/// The keys of a server.
pub struct Keys {
    path: PathBuf,
    secret: Mutex<Option<[u8; LENGTH]>>,
}

impl Keys {
    /// Of the secret in that file. It is read when it is first needed, and made for the first hook.
    pub fn at(path: PathBuf) -> Self {
        Self { path, secret: Mutex::new(None) }
    }

    /// The key of that hook; `None` if the secret that it is made of is not there.
    pub(super) async fn of(&self, hook_id: RunId) -> io::Result<Option<HookKey>> {
        let mut secret = self.secret.lock().await;
        if secret.is_none() {
            *secret = self.read().await?;
        }
        Ok(secret.map(|secret| derived(&secret, hook_id)))
    }

    /// The key of a new hook.
    pub(super) async fn make(&self, hook_id: RunId) -> io::Result<HookKey> {
        if let Some(key) = self.of(hook_id).await? {
            return Ok(key);
        }
        let mut secret = self.secret.lock().await;
        let secret = match *secret {
            Some(secret) => secret,
            None => *secret.insert(self.write().await?),
        };
        Ok(derived(&secret, hook_id))
    }

    async fn read(&self) -> io::Result<Option<[u8; LENGTH]>> {
        match tokio::fs::read(&self.path).await {
            Ok(bytes) => bytes.try_into().map(Some).map_err(|bytes: Vec<u8>| {
                let (path, length) = (self.path.display(), bytes.len());
                io::Error::other(format!("{path} must have {LENGTH} bytes, but has {length}"))
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whole or not at all: half a secret would be another one after a crash.
    async fn write(&self) -> io::Result<[u8; LENGTH]> {
        let mut secret = [0; LENGTH];
        getrandom::fill(&mut secret).map_err(io::Error::other)?;
        let new = self.path.with_extension("new");
        let mut options = file_for_owner();
        options.create(true).truncate(true);
        let mut file = tokio::fs::OpenOptions::from(options).open(&new).await?;
        file.write_all(&secret).await?;
        file.sync_all().await?;
        tokio::fs::rename(&new, &self.path).await?;
        if let Some(folder) = self.path.parent() {
            tokio::fs::File::open(folder).await?.sync_all().await?;
        }
        Ok(secret)
    }
}

fn derived(secret: &[u8; LENGTH], hook_id: RunId) -> HookKey {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
    context.update(b"tradeforge.hook/1");
    context.update(hook_id.as_bytes());
    let mut key = [0; LENGTH];
    key.copy_from_slice(context.sign().as_ref());
    HookKey::new(key)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[tokio::test]
    async fn keys_are_the_same_after_a_restart_and_others_for_other_hooks_and_servers() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("server.key");
        let (one, two) = (RunId::new(1), RunId::new(2));
        let keys = Keys::at(path.clone());
        assert!(keys.of(one).await.unwrap().is_none(), "nothing is made by looking");
        let made = keys.make(one).await.unwrap().reveal();
        assert_ne!(keys.make(two).await.unwrap().reveal(), made);
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = Keys::at(path.clone());
        assert_eq!(again.of(one).await.unwrap().unwrap().reveal(), made);
        let other = Keys::at(folder.path().join("other.key"));
        assert_ne!(other.make(one).await.unwrap().reveal(), made);
        std::fs::write(&path, b"short").unwrap();
        let refused = Keys::at(path).make(one).await.unwrap_err().to_string();
        assert!(refused.contains("must have 32 bytes, but has 5"), "{refused}");
    }
}
