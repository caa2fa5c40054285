//! Browsers that are signed in: each has a random name, kept by its hash, that stands for a token
//! as long as that holds. In memory only: after a restart people sign in again.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::jwt::Signed;
use crate::digest::Digest;

const HOUR_MS: i64 = 3_600_000;
/// Without a request.
const IDLE_MAX_MS: i64 = 12 * HOUR_MS;
const AGE_MAX_MS: i64 = 7 * 24 * HOUR_MS;
/// Above it the one that was idle for longest ends.
const SESSIONS_MAX: usize = 10_000;
const NAME_BYTES: usize = 32;

#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<Digest, Session>>);

/// What a session stands for.
#[derive(Clone)]
pub(super) enum Shown {
    /// A token of the server's own, by its id.
    Token(String),
    /// One of an issuer, which is kept nowhere else.
    Signed(Signed),
}

struct Session {
    shown: Shown,
    began_ms: i64,
    used_ms: i64,
}

impl Session {
    fn holds(&self, now_ms: i64) -> bool {
        now_ms - self.used_ms < IDLE_MAX_MS && now_ms - self.began_ms < AGE_MAX_MS
    }
}

impl Sessions {
    fn lock(&self) -> MutexGuard<'_, HashMap<Digest, Session>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Begins one for that token; its name.
    pub(super) fn begin(&self, shown: Shown, now_ms: i64) -> Result<String, getrandom::Error> {
        let mut bytes = [0; NAME_BYTES];
        getrandom::fill(&mut bytes)?;
        let name = hex::encode(bytes);
        let mut sessions = self.lock();
        sessions.retain(|_, session| session.holds(now_ms));
        if sessions.len() >= SESSIONS_MAX {
            let idlest = sessions.iter().min_by_key(|(_, session)| session.used_ms);
            if let Some(idlest) = idlest.map(|(name, _)| *name) {
                sessions.remove(&idlest);
            }
        }
        let session = Session { shown, began_ms: now_ms, used_ms: now_ms };
        sessions.insert(Digest::of(name.as_bytes()), session);
        Ok(name)
    }

    /// The token that it stands for; it is used now.
    pub(super) fn shown_of(&self, name: &str, now_ms: i64) -> Option<Shown> {
        let mut sessions = self.lock();
        let session = sessions.get_mut(&Digest::of(name.as_bytes()))?;
        if !session.holds(now_ms) {
            return None;
        }
        session.used_ms = now_ms;
        Some(session.shown.clone())
    }

    pub(super) fn end(&self, name: &str) {
        self.lock().remove(&Digest::of(name.as_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(id: &str) -> Shown {
        Shown::Token(id.to_owned())
    }

    fn token_of(sessions: &Sessions, name: &str, now_ms: i64) -> Option<String> {
        sessions.shown_of(name, now_ms).map(|shown| match shown {
            Shown::Token(id) => id,
            Shown::Signed(_) => panic!("none was"),
        })
    }

    #[test]
    fn a_session_holds_while_it_is_used_and_for_a_week_at_most() {
        let sessions = Sessions::default();
        let name = sessions.begin(token("one"), 0).unwrap();
        assert_eq!(token_of(&sessions, "another", 0), None);
        let mut now_ms = 0;
        while now_ms + 11 * HOUR_MS < AGE_MAX_MS {
            now_ms += 11 * HOUR_MS;
            assert_eq!(token_of(&sessions, &name, now_ms).as_deref(), Some("one"));
        }
        assert_eq!(token_of(&sessions, &name, AGE_MAX_MS), None);
        let idle = sessions.begin(token("two"), 0).unwrap();
        assert_eq!(token_of(&sessions, &idle, IDLE_MAX_MS), None);
    }

    #[test]
    fn a_session_that_is_ended_is_nobodys_and_of_too_many_the_idlest_ends() {
        let sessions = Sessions::default();
        let [one, two, three] =
            ["one", "two", "three"].map(|it| sessions.begin(token(it), 0).unwrap());
        sessions.end(&one);
        assert_eq!(token_of(&sessions, &one, 2), None);
        assert!(token_of(&sessions, &three, 1).is_some());
        // All but one, without looking through those before each of them.
        for number in 2..SESSIONS_MAX {
            let name = Digest::of(&number.to_le_bytes());
            let session = Session { shown: token("more"), began_ms: 2, used_ms: 2 };
            sessions.lock().insert(name, session);
        }
        assert_eq!(sessions.lock().len(), SESSIONS_MAX);
        sessions.begin(token("last"), 3).unwrap();
        assert_eq!(token_of(&sessions, &two, 3), None);
        assert!(token_of(&sessions, &three, 3).is_some());
        assert_eq!(sessions.lock().len(), SESSIONS_MAX);
    }
}
