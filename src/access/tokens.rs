//! The tokens of a server: looked up in memory, kept in the database by their hash.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::admitted::{Admitted, TokenError};
use super::certificate::Fingerprint;
use super::known::{Known, NewToken};
use super::secret::Secret;
use super::sessions::Sessions;
use crate::clock::Clock;
use crate::digest::Digest;
use crate::run::{Actor, Caller, Role};
use crate::storage::{Store, StoreError, StoredToken};
use crate::telemetry;

/// Tokens that are kept, ended ones included: what a list can tell in one message.
pub(super) const TOKENS_MAX: usize = 5_000;
/// How exactly the last use is noted.
const USE_NOTED_EVERY_MS: i64 = 60_000;

/// A token as it is told, without its secret.
pub type TokenInfo = StoredToken;

/// Those of a server.
pub struct Tokens {
    store: Store,
    clock: Arc<dyn Clock>,
    known: Mutex<HashMap<String, Known>>,
    /// The file of the first one, until that is used.
    first: Mutex<Option<(String, PathBuf)>>,
    sessions: Sessions,
}

impl Tokens {
    /// Those that the database knows.
    pub async fn open(store: Store, clock: Arc<dyn Clock>) -> Result<Self, StoreError> {
        let known = store.tokens().await?.into_iter();
        let known = known.map(|token| (token.id.clone(), Known::of(token))).collect();
        Ok(Self {
            store,
            clock,
            known: Mutex::new(known),
            first: Mutex::default(),
            sessions: Sessions::default(),
        })
    }

    fn known(&self) -> MutexGuard<'_, HashMap<String, Known>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether anybody can make a token.
    pub fn has_admin(&self) -> bool {
        let now_ms = self.clock.now_ms();
        self.known().values().any(|it| it.token.role == Role::Admin && it.holds(now_ms))
    }

    /// Lets in who shows that text.
    ///
    /// # Errors
    ///
    /// Why not. Whether a token expired or was revoked is told to who has its secret alone.
    pub fn admit(&self, text: &str) -> Result<Admitted, TokenError> {
        let secret = Secret::parse(text)?;
        let is_known = |known: &Known| known.token.sha256 == secret.sha256();
        self.admit_if(&secret.id, is_known)
    }

    /// Lets in whose connection was made with that certificate.
    ///
    /// # Errors
    ///
    /// `UnknownCertificate` where nobody said whose it is, else as of a token.
    pub fn admit_certificate(&self, certificate: Fingerprint) -> Result<Admitted, TokenError> {
        let is_known = |known: &Known| known.token.sha256 == certificate.sha256();
        self.admit_if(&certificate.id(), is_known).map_err(|error| match error {
            TokenError::Unknown => TokenError::UnknownCertificate(certificate),
            error => error,
        })
    }

    /// Lets in who has signed in.
    ///
    /// # Errors
    ///
    /// As of the token that was shown then; `Missing` where the session is over.
    pub fn admit_session(&self, name: &str) -> Result<Admitted, TokenError> {
        let id = self.sessions.token_of(name, self.clock.now_ms()).ok_or(TokenError::Missing)?;
        self.admit_if(&id, |_| true)
    }

    /// Begins a session of who shows that token; its name.
    ///
    /// # Errors
    ///
    /// As of the token.
    pub fn sign_in(&self, text: &str) -> Result<String, TokenError> {
        let caller = self.admit(text)?.caller;
        Ok(self.sessions.begin(&caller.token_id, self.clock.now_ms())?)
    }

    /// Ends a session.
    pub fn sign_out(&self, name: &str) {
        self.sessions.end(name);
    }

    fn admit_if(
        &self,
        id: &str,
        is_known: impl FnOnce(&Known) -> bool,
    ) -> Result<Admitted, TokenError> {
        let now_ms = self.clock.now_ms();
        let mut known = self.known();
        let found = known.get_mut(id).ok_or(TokenError::Unknown)?;
        if !is_known(found) {
            return Err(TokenError::Unknown);
        }
        if found.token.revoke_ms.is_some() {
            return Err(TokenError::Revoked);
        }
        if !found.holds(now_ms) {
            return Err(TokenError::Expired);
        }
        if found.token.last_use_ms.is_none_or(|last| now_ms - last >= USE_NOTED_EVERY_MS) {
            found.token.last_use_ms = Some(now_ms);
            self.note_use(id, now_ms);
        }
        let StoredToken { owner, role, expire_ms, .. } = found.token.clone();
        let holds = expire_ms.map(|end| Duration::from_millis((end - now_ms).unsigned_abs()));
        let caller = Caller { owner, role, token_id: id.to_owned(), expire_ms };
        Ok(Admitted::new(caller, found.revoked.clone(), holds))
    }

    /// Nobody waits for it.
    fn note_use(&self, id: &str, now_ms: i64) {
        let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, path)) = first.take_if(|(first, _)| first == id) {
            // It is known to somebody now; the file would only be found by others.
            _ = fs::remove_file(path);
        }
        let (store, id) = (self.store.clone(), id.to_owned());
        telemetry::spawn(async move {
            if let Err(error) = store.note_token_use(id, now_ms).await {
                tracing::warn!(%error, "the last use of a token is not noted");
            }
        });
    }

    /// Makes one. Its secret is in the answer and nowhere else.
    ///
    /// # Errors
    ///
    /// If there are too many, or it cannot be kept.
    pub async fn create(
        &self,
        new: NewToken,
        actor: &Actor,
    ) -> Result<(Secret, TokenInfo), TokenError> {
        let secret = Secret::random()?;
        let token = self.keep(new, secret.id.clone(), secret.sha256(), actor).await?;
        Ok((secret, token))
    }

    /// Says whose a certificate is, as a token that only its holder has.
    ///
    /// # Errors
    ///
    /// As above; `KnownCertificate` if it is somebody's, also where it holds no more.
    pub async fn register(
        &self,
        new: NewToken,
        certificate: Fingerprint,
        actor: &Actor,
    ) -> Result<TokenInfo, TokenError> {
        self.keep(new, certificate.id(), certificate.sha256(), actor).await
    }

    async fn keep(
        &self,
        new: NewToken,
        id: String,
        sha256: Digest,
        actor: &Actor,
    ) -> Result<TokenInfo, TokenError> {
        if self.known().contains_key(&id) {
            return Err(TokenError::KnownCertificate(id));
        }
        if self.known().len() >= TOKENS_MAX {
            return Err(TokenError::TooMany);
        }
        let create_ms = self.clock.now_ms();
        let token = StoredToken {
            id,
            sha256,
            owner: new.owner,
            role: new.role,
            description: new.description,
            create_ms,
            expire_ms: new.ttl.map(|ttl| create_ms.saturating_add(ttl.as_millis() as i64)),
            last_use_ms: None,
            revoke_ms: None,
        };
        // Whoever registers it at the same moment has passed that check as well.
        if !self.store.by(actor, create_ms).keep_token(token.clone()).await? {
            return Err(TokenError::KnownCertificate(token.id));
        }
        self.known().insert(token.id.clone(), Known::of(token.clone()));
        tracing::info!(token = token.id, owner = token.owner, role = %token.role, "token made");
        Ok(token)
    }

    /// All that are kept, the newest first; of one owner if one is named.
    pub fn list(&self, owner: &str) -> Vec<TokenInfo> {
        let known = self.known();
        let tokens = known.values().map(|known| &known.token);
        let of_owner = tokens.filter(|token| owner.is_empty() || token.owner == owner);
        let mut tokens: Vec<_> = of_owner.cloned().collect();
        tokens.sort_by(|a, b| b.create_ms.cmp(&a.create_ms).then_with(|| a.id.cmp(&b.id)));
        tokens
    }

    /// Ends one, and every stream that was opened with it; `None` if there is none of that id. A
    /// second time changes nothing.
    ///
    /// # Errors
    ///
    /// If that cannot be kept; then it goes on.
    pub async fn revoke(&self, id: &str, actor: &Actor) -> Result<Option<TokenInfo>, StoreError> {
        if !self.known().contains_key(id) {
            return Ok(None);
        }
        let now_ms = self.clock.now_ms();
        self.store.by(actor, self.clock.now_ms()).revoke_token(id.to_owned(), now_ms).await?;
        let mut known = self.known();
        let Some(found) = known.get_mut(id) else { return Ok(None) };
        found.token.revoke_ms.get_or_insert(now_ms);
        found.revoked.cancel();
        tracing::info!(token = id, owner = found.token.owner, "token revoked");
        Ok(Some(found.token.clone()))
    }

    /// Takes the token in that file for the first one: the file goes when it is used.
    pub fn expect_first(&self, path: &Path) {
        let text = fs::read_to_string(path).unwrap_or_default();
        if let Ok(secret) = Secret::parse(text.trim()) {
            let mut first = self.first.lock().unwrap_or_else(PoisonError::into_inner);
            *first = Some((secret.id, path.to_owned()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::AuditQuery;
    use std::sync::atomic::{AtomicI64, Ordering};

    struct SetClock(AtomicI64);

    impl Clock for SetClock {
        fn now_ms(&self) -> i64 {
            self.0.load(Ordering::Relaxed)
        }
    }

    const HOUR: Duration = Duration::from_hours(1);

    struct Scene {
        tokens: Tokens,
        clock: Arc<SetClock>,
        folder: tempfile::TempDir,
    }

    async fn scene() -> Scene {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tradeforge.db")).await.unwrap();
        let clock = Arc::new(SetClock(AtomicI64::new(1_000)));
        let tokens = Tokens::open(store, Arc::clone(&clock) as Arc<dyn Clock>).await.unwrap();
        Scene { tokens, clock, folder }
    }

    fn new(owner: &str, role: Role, ttl: Option<Duration>) -> NewToken {
        NewToken { owner: owner.to_owned(), role, description: "a test".to_owned(), ttl }
    }

    #[tokio::test]
    async fn a_token_lets_in_its_owner_until_it_expires_also_after_a_restart() {
        let Scene { tokens, clock, .. } = scene().await;
        let (secret, info) =
            tokens.create(new("ann", Role::Submitter, Some(HOUR)), &Actor::server()).await.unwrap();
        let caller = tokens.admit(secret.reveal()).unwrap().caller;
        assert_eq!((caller.owner.as_str(), caller.role), ("ann", Role::Submitter));
        assert_eq!((caller.token_id, caller.expire_ms), (info.id, Some(3_601_000)));
        let clock_again = Arc::clone(&clock) as Arc<dyn Clock>;
        let again = Tokens::open(tokens.store.clone(), clock_again).await.unwrap();
        assert!(again.admit(secret.reveal()).is_ok());
        clock.0.store(3_601_000, Ordering::Relaxed);
        for tokens in [&tokens, &again] {
            assert!(matches!(tokens.admit(secret.reveal()), Err(TokenError::Expired)));
        }
    }

    #[tokio::test]
    async fn what_is_revoked_lets_nobody_in_and_ends_what_was_let_in() {
        let Scene { tokens, .. } = scene().await;
        let (secret, info) =
            tokens.create(new("ann", Role::Viewer, None), &Actor::server()).await.unwrap();
        let admitted = tokens.admit(secret.reveal()).unwrap();
        assert!(tokens.revoke("nobodys0", &Actor::server()).await.unwrap().is_none());
        let ended = tokens.revoke(&info.id, &Actor::server()).await.unwrap().unwrap();
        assert_eq!(ended.revoke_ms, Some(1_000));
        admitted.ended().await;
        assert!(matches!(tokens.admit(secret.reveal()), Err(TokenError::Revoked)));
        assert_eq!(
            tokens.revoke(&info.id, &Actor::server()).await.unwrap().unwrap().revoke_ms,
            Some(1_000)
        );
        assert_eq!(tokens.store.tokens().await.unwrap()[0].revoke_ms, Some(1_000));
    }

    #[tokio::test]
    async fn of_many_who_register_one_certificate_at_a_time_one_does_and_the_others_are_told() {
        let Scene { tokens, .. } = scene().await;
        let ann = Fingerprint::of_pem(include_str!("../../tests/it/certificates/ann.pem")).unwrap();
        let mut admin = Actor::server();
        admin.caller.token_id = "8d0c4k2m".to_owned();
        let register = ["ann", "bob", "eve", "ann"]
            .map(|it| tokens.register(new(it, Role::Viewer, None), ann, &admin));
        let made = futures_util::future::join_all(register).await;
        let (made, refused): (Vec<_>, Vec<_>) = made.into_iter().partition(Result::is_ok);
        assert_eq!(refused.len(), 3);
        let is_told = |it| matches!(it, Err(TokenError::KnownCertificate(id)) if id == ann.id());
        assert!(refused.into_iter().all(is_told));
        let kept = made.into_iter().next().unwrap().unwrap().owner;
        assert_eq!(tokens.admit_certificate(ann).unwrap().caller.owner, kept);
        assert_eq!(tokens.store.tokens().await.unwrap().len(), 1);
        let lines = AuditQuery::new("").unwrap();
        assert_eq!(tokens.store.audit(&lines, None, 10).await.unwrap().len(), 1);
    }

    #[tokio::test]
    async fn a_session_ends_with_its_token_and_when_it_is_told_to() {
        let Scene { tokens, .. } = scene().await;
        let (secret, info) =
            tokens.create(new("ann", Role::Viewer, None), &Actor::server()).await.unwrap();
        let session = tokens.sign_in(secret.reveal()).unwrap();
        assert_eq!(tokens.admit_session(&session).unwrap().caller.owner, "ann");
        let other = tokens.sign_in(secret.reveal()).unwrap();
        tokens.sign_out(&other);
        assert!(matches!(tokens.admit_session(&other), Err(TokenError::Missing)));
        tokens.revoke(&info.id, &Actor::server()).await.unwrap();
        assert!(matches!(tokens.admit_session(&session), Err(TokenError::Revoked)));
        assert!(matches!(tokens.sign_in(secret.reveal()), Err(TokenError::Revoked)));
    }

    #[tokio::test]
    async fn the_secret_of_another_token_under_a_known_id_is_unknown() {
        let Scene { tokens, .. } = scene().await;
        let (_, info) =
            tokens.create(new("ann", Role::Viewer, None), &Actor::server()).await.unwrap();
        let other = Secret::random().unwrap();
        assert!(matches!(tokens.admit(other.reveal()), Err(TokenError::Unknown)));
        let kept = tokens.store.tokens().await.unwrap();
        assert_eq!(kept.iter().map(|token| &token.id).collect::<Vec<_>>(), [&info.id]);
    }

    #[tokio::test]
    async fn no_secret_is_in_any_file_of_the_database() {
        let Scene { tokens, folder, .. } = scene().await;
        let (secret, _) =
            tokens.create(new("ann", Role::Admin, None), &Actor::server()).await.unwrap();
        let digits = secret.reveal().rsplit('_').next().unwrap().as_bytes();
        for entry in fs::read_dir(folder.path()).unwrap() {
            let bytes = fs::read(entry.unwrap().path()).unwrap();
            assert!(!bytes.windows(16).any(|part| part == &digits[..16]));
        }
    }

    #[tokio::test]
    async fn the_file_of_the_first_token_goes_when_that_is_used() {
        let Scene { tokens, folder, .. } = scene().await;
        assert!(!tokens.has_admin());
        let (first, _) =
            tokens.create(new("admin", Role::Admin, None), &Actor::server()).await.unwrap();
        let (other, _) =
            tokens.create(new("ann", Role::Viewer, None), &Actor::server()).await.unwrap();
        assert!(tokens.has_admin());
        let path = folder.path().join("first");
        fs::write(&path, format!("{}\n", first.reveal())).unwrap();
        tokens.expect_first(&path);
        tokens.admit(other.reveal()).unwrap();
        assert!(path.exists());
        tokens.admit(first.reveal()).unwrap();
        assert!(!path.exists());
    }
}
