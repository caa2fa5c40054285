//! The tokens of a server: looked up in memory, kept in the database by their hash.

#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::admitted::{Admitted, TokenError};
use super::certificate::Fingerprint;
use super::jwt::Issuer;
use super::known::{Known, NewToken};
use super::secret::Secret;
use super::sessions::{Sessions, Shown};
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
    /// Whose tokens count besides.
    issuer: Option<Arc<Issuer>>,
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
            issuer: None,
        })
    }

    /// The same, and those that this issuer has signed.
    #[must_use]
    pub fn with_issuer(self, issuer: Option<Arc<Issuer>>) -> Self {
        Self { issuer, ..self }
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
        Ok(self.look_at(text)?.0)
    }

    /// With what a session begun by it stands for.
    fn look_at(&self, text: &str) -> Result<(Admitted, Shown), TokenError> {
        if let Some(issuer) = self.issuer.as_ref().filter(|_| Issuer::is_signed(text)) {
            let now_ms = self.clock.now_ms();
            let signed = issuer.admit(text, now_ms)?;
            return Ok((signed.clone().admitted(now_ms)?, Shown::Signed(signed)));
        }
        let secret = Secret::parse(text)?;
        let is_known = |known: &Known| known.token.sha256 == secret.sha256();
        let admitted = self.admit_if(&secret.id, is_known)?;
        Ok((admitted, Shown::Token(secret.id)))
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
        let now_ms = self.clock.now_ms();
        match self.sessions.shown_of(name, now_ms).ok_or(TokenError::Missing)? {
            Shown::Token(id) => self.admit_if(&id, |_| true),
            Shown::Signed(signed) => signed.admitted(now_ms),
        }
    }

    /// Begins a session of who shows that token; its name.
    ///
    /// # Errors
    ///
    /// As of the token.
    pub fn sign_in(&self, text: &str) -> Result<String, TokenError> {
        let shown = self.look_at(text)?.1;
        Ok(self.sessions.begin(shown, self.clock.now_ms())?)
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
