//! Who calls: whose runs the caller's are, and what the caller may do.

use std::fmt;

/// What a caller may do. Each may do all that those before it may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Read everything.
    Viewer = 1,
    /// Submit and import, and change what is its owner's.
    Submitter = 2,
    /// Everything.
    Admin = 3,
}

impl Role {
    /// All, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Submitter, Self::Admin];

    /// Of the number that it is kept as.
    pub fn from_number(number: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|role| *role as i64 == number)
    }

    /// As in the contract, without its prefix.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Viewer => "VIEWER",
            Self::Submitter => "SUBMITTER",
            Self::Admin => "ADMIN",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// The most of an owner's name.
pub const OWNER_LENGTH_MAX: usize = 64;

/// Whether that may be an owner's name.
pub fn is_owner_name(text: &str) -> bool {
    let is_allowed = |it: char| it.is_ascii_alphanumeric() || ".-_@".contains(it);
    (1..=OWNER_LENGTH_MAX).contains(&text.len()) && text.chars().all(is_allowed)
}

/// Who calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Whose runs the caller's are; empty where nobody is asked.
    pub owner: String,
    /// What the caller may do.
    pub role: Role,
    /// The public part of the token; empty where nobody is asked.
    pub token_id: String,
    /// When that ends.
    pub expire_ms: Option<i64>,
}

impl Caller {
    /// Everybody, where nobody is asked.
    pub const fn anybody() -> Self {
        Self { owner: String::new(), role: Role::Admin, token_id: String::new(), expire_ms: None }
    }

    /// Whether the caller may change what is that owner's.
    pub fn may_change(&self, owner: &str) -> bool {
        self.role == Role::Admin || (self.role == Role::Submitter && self.owner == owner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_owner_and_an_admin_may_change_a_run() {
        let caller =
            |owner: &str, role| Caller { owner: owner.to_owned(), role, ..Caller::anybody() };
        assert!(caller("ann", Role::Submitter).may_change("ann"));
        assert!(caller("eve", Role::Admin).may_change("ann"));
        assert!(!caller("bob", Role::Submitter).may_change("ann"));
        assert!(!caller("ann", Role::Viewer).may_change("ann"));
        // Runs of before anybody was asked are nobody's.
        assert!(!caller("ann", Role::Submitter).may_change(""));
        assert!(Caller::anybody().may_change("ann"));
    }

    #[test]
    fn a_role_is_known_by_its_number() {
        for role in Role::ALL {
            assert_eq!(Role::from_number(role as i64), Some(role));
        }
        assert_eq!([Role::from_number(0), Role::from_number(4)], [None, None]);
    }
}
