//! Which sides a strategy may take, and how its signals become orders.

use super::context::Context;
use super::param::{Domain, ParamSpec, ParamValue, Params};
use crate::trading::{Entry, Exits, Side};

/// Which sides may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Long or flat.
    LongOnly,
    /// Short or flat.
    ShortOnly,
    /// Long, short or flat.
    Both,
}

/// What a strategy concludes from one bar.
#[expect(clippy::struct_excessive_bools, reason = "four independent signals of one bar")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Signals {
    /// Be long.
    pub enter_long: bool,
    /// Be long no more.
    pub exit_long: bool,
    /// Be short.
    pub enter_short: bool,
    /// Be short no more.
    pub exit_short: bool,
}

/// What to do about the position.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Take that side from flat.
    Enter(Side),
    /// Leave the side held and take this one.
    Reverse(Side),
    /// Leave the side held.
    Exit,
}

const WORDS: &[&str] = &["long_only", "short_only", "both"];

impl Direction {
    /// The parameter that all strategies with signals share.
    pub fn spec() -> ParamSpec {
        ParamSpec {
            name: "direction".into(),
            display_name: "Direction".into(),
            description: "Which sides may be taken: long only, short only, or both with reversals."
                .into(),
            unit: "".into(),
            default: ParamValue::Text(WORDS[0].to_owned()),
            domain: Domain::choice(WORDS),
            suggested: Domain::choice(WORDS),
        }
    }

    /// The direction that the parameters ask for.
    pub fn of(params: &Params) -> Self {
        match params.choice("direction") {
            "short_only" => Self::ShortOnly,
            "both" => Self::Both,
            _ => Self::LongOnly,
        }
    }

    /// Whether that side may be taken.
    pub(crate) const fn allows(self, side: Side) -> bool {
        match side {
            Side::Long => matches!(self, Self::LongOnly | Self::Both),
            Side::Short => matches!(self, Self::ShortOnly | Self::Both),
        }
    }

    /// What the signals ask for, given the side held. A signal for that side is ignored; an exit
    /// of one side that is an entry of the other is a reversal. An entry alone is none: it asks for
    /// a flat account.
    #[inline]
    pub fn action(self, signals: Signals, held: Option<Side>) -> Option<Action> {
        let enters = |side| self.allows(side) && signals.enters(side);
        match held {
            None => [Side::Long, Side::Short].into_iter().find(|&s| enters(s)).map(Action::Enter),
            Some(side) if !signals.exits(side) => None,
            Some(side) if enters(side.opposite()) => Some(Action::Reverse(side.opposite())),
            Some(_) => Some(Action::Exit),
        }
    }

    /// Turns signals into market orders.
    #[inline]
    pub fn follow(self, signals: Signals, context: &mut Context<'_>) {
        // As at most bars.
        if signals != Signals::default() {
            self.follow_with(signals, Exits::NONE, context);
        }
    }

    /// Turns signals into market orders whose positions have these exits.
    pub fn follow_with(self, signals: Signals, exits: Exits, context: &mut Context<'_>) {
        if signals == Signals::default() || context.has_pending_order() {
            return;
        }
        let entry = |side| Entry::market(side).with(exits);
        match self.action(signals, context.side) {
            Some(Action::Enter(side)) => _ = context.submit(entry(side)),
            Some(Action::Reverse(side)) => _ = context.reverse(entry(side)),
            Some(Action::Exit) => context.exit(),
            None => {
                let held = context.side.filter(|&held| self.allows(held) && signals.enters(held));
                if let Some(held) = held.filter(|_| context.may_add()) {
                    context.submit(entry(held));
                }
            }
        }
    }
}

impl Signals {
    /// Both, one after the other: what is said later takes back what was said to the contrary.
    pub(super) const fn then(self, later: Self) -> Self {
        Self {
            enter_long: later.enter_long
                || (self.enter_long && !later.exit_long && !later.enter_short),
            exit_long: later.exit_long || (self.exit_long && !later.enter_long),
            enter_short: later.enter_short
                || (self.enter_short && !later.exit_short && !later.enter_long),
            exit_short: later.exit_short || (self.exit_short && !later.enter_short),
        }
    }

    const fn enters(self, side: Side) -> bool {
        match side {
            Side::Long => self.enter_long,
            Side::Short => self.enter_short,
        }
    }

    const fn exits(self, side: Side) -> bool {
        match side {
            Side::Long => self.exit_long,
            Side::Short => self.exit_short,
        }
    }
}
