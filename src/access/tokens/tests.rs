//! Tokens that are made, known again, used and revoked.

use super::*;
use crate::access::jwt::JwtError;
use crate::access::jwt::tests::{Signer, claims_from, issuer_of, keys_of};
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
    let ann = Fingerprint::of_pem(include_str!("../../../tests/it/certificates/ann.pem")).unwrap();
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
    let (_, info) = tokens.create(new("ann", Role::Viewer, None), &Actor::server()).await.unwrap();
    let other = Secret::random().unwrap();
    assert!(matches!(tokens.admit(other.reveal()), Err(TokenError::Unknown)));
    let kept = tokens.store.tokens().await.unwrap();
    assert_eq!(kept.iter().map(|token| &token.id).collect::<Vec<_>>(), [&info.id]);
}

#[tokio::test]
async fn no_secret_is_in_any_file_of_the_database() {
    let Scene { tokens, folder, .. } = scene().await;
    let (secret, _) = tokens.create(new("ann", Role::Admin, None), &Actor::server()).await.unwrap();
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
    let (other, _) = tokens.create(new("ann", Role::Viewer, None), &Actor::server()).await.unwrap();
    assert!(tokens.has_admin());
    let path = folder.path().join("first");
    fs::write(&path, format!("{}\n", first.reveal())).unwrap();
    tokens.expect_first(&path);
    tokens.admit(other.reveal()).unwrap();
    assert!(path.exists());
    tokens.admit(first.reveal()).unwrap();
    assert!(!path.exists());
}

#[tokio::test]
async fn a_session_by_a_signed_token_ends_with_that_and_with_the_key_of_it() {
    let (signer, other) = (Signer::new("one"), Signer::new("two"));
    let Scene { tokens, clock, .. } = scene().await;
    let issuer = Arc::new(issuer_of(&[&signer, &other]));
    let tokens = tokens.with_issuer(Some(Arc::clone(&issuer)));
    let session = |it: &Signer| tokens.sign_in(&it.sign(&claims_from(1))).unwrap();
    let (hers, his) = (session(&signer), session(&other));
    let caller = tokens.admit_session(&hers).unwrap().caller;
    assert_eq!((caller.owner.as_str(), caller.role), ("ann", Role::Submitter));
    issuer.renew(keys_of(&[&signer]));
    assert!(tokens.admit_session(&hers).is_ok());
    assert!(matches!(tokens.admit_session(&his), Err(TokenError::Signed(JwtError::Key))));
    clock.0.store(661_000, Ordering::Relaxed);
    assert!(matches!(tokens.admit_session(&hers), Err(TokenError::Signed(JwtError::Expired))));
    // Tokens of the server's own count as before, and nothing is kept of others.
    let (secret, _) =
        tokens.create(new("ann", Role::Viewer, None), &Actor::server()).await.unwrap();
    assert_eq!(tokens.admit(secret.reveal()).unwrap().caller.role, Role::Viewer);
    assert_eq!(tokens.store.tokens().await.unwrap().len(), 1);
}

#[tokio::test]
async fn without_an_issuer_a_signed_token_is_no_token() {
    let Scene { tokens, .. } = scene().await;
    let token = Signer::new("one").sign(&claims_from(1));
    assert!(matches!(tokens.admit(&token), Err(TokenError::Malformed(_))));
}
