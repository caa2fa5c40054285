//! Who does something, as the edge has found out: as whom, and from where.

use super::caller::Caller;

/// Who does something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// As whom.
    pub caller: Caller,
    /// From where; empty where that is not known.
    pub address: String,
}

impl Actor {
    /// The server by itself.
    pub const fn server() -> Self {
        Self { caller: Caller::anybody(), address: String::new() }
    }

    /// Whether it was asked who that is: only then is it written down.
    pub fn is_known(&self) -> bool {
        !self.caller.token_id.is_empty()
    }

    /// For people: `ann (192.0.2.1:4711)`.
    pub fn told(&self) -> String {
        let Self { caller: Caller { owner, .. }, address, .. } = self;
        if owner.is_empty() { address.clone() } else { format!("{owner} ({address})") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_did_it_is_told_as_far_as_that_is_known() {
        let mut actor = Actor { address: "192.0.2.1:4711".into(), ..Actor::server() };
        assert_eq!((actor.told().as_str(), actor.is_known()), ("192.0.2.1:4711", false));
        actor.caller.owner = "ann".into();
        actor.caller.token_id = "8d0c4k2m".into();
        assert_eq!((actor.told().as_str(), actor.is_known()), ("ann (192.0.2.1:4711)", true));
        assert_eq!(Actor::server().told(), "");
    }
}
