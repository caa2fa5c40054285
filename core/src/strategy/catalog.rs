//! Which strategies there are.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::param::{ParamSpec, Params};
use super::{
    Strategy, bollinger_reversion, buy_and_hold, donchian_breakout, ema_cross, fixed_weights,
    follow_series, macd_trend, momentum_rotation, rsi_reversion, sma_cross, zigzag_breakout,
};
use crate::excerpt::excerpt;
use crate::market::{AuxColumnFacts, Decimal};
use crate::spelling::did_you_mean;
use crate::trading::Sizing;

/// All of the equity, on every entry: what a run gets that states no sizing.
pub const ALL_IN: Sizing = Sizing::EquityFraction(Decimal::ONE);

/// A strategy as the world sees it, and how to make one.
pub struct StrategyEntry {
    /// The name in requests.
    pub name: Cow<'static, str>,
    /// Raised whenever a change can change a number; part of the run key.
    pub version: Cow<'static, str>,
    /// What a list shows.
    pub display_name: Cow<'static, str>,
    /// What a trader needs to know.
    pub description: Cow<'static, str>,
    /// What one of its kind decides for.
    pub scope: Scope,
    /// Which auxiliary series it needs; `None` if it reads none.
    pub aux: Option<AuxNeed>,
    /// Markets that it reads and never trades, by name: those of the subscriptions from the second
    /// on, in their order.
    pub markets: Vec<String>,
    /// How much an entry buys if the run does not say; `None` if the strategy sizes itself.
    pub default_sizing: Option<Sizing>,
    /// What it takes.
    pub params: Vec<ParamSpec>,
    /// How many bars it sees, its last one included, until it can give a first signal.
    pub warm_up: WarmUp,
    /// Makes one, ready for the first bar, from parameters that passed `params`.
    pub build: Build,
}

/// Makes a strategy of parameters that passed its schema.
pub type Build = Arc<dyn Fn(&Params) -> Result<Box<dyn Strategy>, ParamConflict> + Send + Sync>;

/// A strategy is made by that function.
pub fn building(
    build: impl Fn(&Params) -> Result<Box<dyn Strategy>, ParamConflict> + Send + Sync + 'static,
) -> Build {
    Arc::new(build)
}

/// Which auxiliary series a strategy needs.
#[derive(Clone, Debug)]
pub enum AuxNeed {
    /// One for each instrument, whatever it is called, that passes the check.
    Followed(AuxCheck),
    /// These.
    Named(Vec<NamedAux>),
}

/// An auxiliary series that a strategy reads by its name: that of its instrument, else the one that
/// belongs to none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedAux {
    /// What it is called.
    pub name: String,
    /// The columns that are read.
    pub columns: Vec<String>,
}

/// Whether an auxiliary series of such columns can be followed, or what would let it be, in words
/// that go on after its name.
pub type AuxCheck = fn(&[AuxColumnFacts]) -> Result<(), String>;

/// What a strategy decides for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One instrument. Of a run with several each has a strategy of its own, all on one account.
    Instrument,
    /// All instruments of the run together.
    Portfolio,
}

/// Counts the bars until a strategy with these parameters can give a first signal; `None` if that
/// is not known beforehand.
pub type WarmUp = Arc<dyn Fn(&Params) -> Option<usize> + Send + Sync>;

/// A strategy warms up over so many bars.
pub fn warming(count: impl Fn(&Params) -> usize + Send + Sync + 'static) -> WarmUp {
    Arc::new(move |params| Some(count(params)))
}

impl StrategyEntry {
    /// Whether it finds the size of its entries by itself, where a run states none.
    pub const fn sizes_itself(&self) -> bool {
        self.default_sizing.is_none()
    }

    /// [`Self::warm_up`] with all parameters at their defaults.
    pub fn warm_up_by_default(&self) -> Option<usize> {
        (self.warm_up)(&Params::resolve(&self.params, &BTreeMap::new()).ok()?)
    }
}

/// Parameters that make no sense together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParamConflict {
    /// The parameter to change first.
    pub param: Cow<'static, str>,
    /// What would be valid; constant per place, so that failures of many trials group.
    pub message: Cow<'static, str>,
    /// Every parameter with its value.
    pub values: Vec<(String, String)>,
}

impl ParamConflict {
    /// The values of `params` break the rule of `message`.
    pub fn new(
        param: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
        params: &Params,
    ) -> Self {
        let values = params.iter().map(|(name, value)| (name.to_owned(), value.to_string()));
        Self { param: param.into(), message: message.into(), values: values.collect() }
    }
}

/// The strategies of a server.
pub struct Catalog {
    entries: Vec<StrategyEntry>,
}

/// The catalog has no such strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownStrategy {
    /// Whether it is the version that is unknown.
    pub version_only: bool,
    /// What would be valid.
    pub message: String,
}

impl Catalog {
    /// The strategies that TradeForge ships.
    pub fn shipped() -> Self {
        let entries = [
            bollinger_reversion::entry(),
            buy_and_hold::entry(),
            donchian_breakout::entry(),
            ema_cross::entry(),
            fixed_weights::entry(),
            follow_series::entry(),
            macd_trend::entry(),
            momentum_rotation::entry(),
            rsi_reversion::entry(),
            sma_cross::entry(),
            zigzag_breakout::entry(),
            #[cfg(feature = "test-strategies")]
            super::gate::entry(),
            #[cfg(feature = "test-strategies")]
            super::unlucky::entry(),
        ];
        entries.into_iter().fold(Self { entries: Vec::new() }, Self::with)
    }

    /// The same with one more, in place of one of the same name.
    #[must_use]
    pub fn with(mut self, entry: StrategyEntry) -> Self {
        self.entries.retain(|known| known.name != entry.name);
        self.entries.push(entry);
        self.entries.sort_by(|one, other| one.name.cmp(&other.name));
        self
    }

    /// All of them, by name.
    pub fn entries(&self) -> &[StrategyEntry] {
        &self.entries
    }

    /// The strategy of that name; an empty version is the newest.
    pub fn find(&self, name: &str, version: &str) -> Result<&StrategyEntry, UnknownStrategy> {
        let Some(entry) = self.entries.iter().find(|entry| entry.name == name) else {
            return Err(self.unknown(name, &[]));
        };
        if version.is_empty() || version == entry.version {
            return Ok(entry);
        }
        let (asked, served) = (excerpt(version), &*entry.version);
        let message = format!("{asked:?} is not served; {name} is at {served:?}");
        Err(UnknownStrategy { version_only: true, message })
    }

    /// What to say of a name that is neither in it nor among those that are saved.
    pub fn unknown(&self, name: &str, saved: &[&str]) -> UnknownStrategy {
        let known: Vec<_> = self.entries.iter().map(|entry| &*entry.name).collect();
        let saved_too = match saved {
            [] => String::new(),
            [one] => format!(", and {one}, which is saved"),
            _ => format!(", and {} that are saved", saved.len()),
        };
        let message = if name.is_empty() {
            format!("is required; there are {}{saved_too}", known.join(", "))
        } else {
            let hint = did_you_mean(name, known.iter().chain(saved).copied());
            let known = known.join(", ");
            format!("{:?} is unknown{hint}; there are {known}{saved_too}", excerpt(name))
        };
        UnknownStrategy { version_only: false, message }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strategy::Domain;
    use std::collections::BTreeMap;

    #[test]
    fn every_strategy_is_built_from_its_defaults() {
        for entry in Catalog::shipped().entries() {
            let params = Params::resolve(&entry.params, &BTreeMap::new());
            let params = params.unwrap_or_else(|e| panic!("{}: {e:?}", entry.name));
            assert!((entry.build)(&params).is_ok(), "{}", entry.name);
        }
    }

    #[test]
    fn a_near_miss_is_answered_with_the_right_name() {
        let catalog = Catalog::shipped();
        let message = catalog.find("sma_cros", "").err().unwrap().message;
        assert!(message.contains("did you mean \"sma_cross\"?"), "{message}");
        let message = catalog.unknown("my_cros", &["my_cross", "other"]).message;
        assert!(message.contains("did you mean \"my_cross\"?"), "{message}");
        assert!(message.ends_with(", and 2 that are saved"), "{message}");
        assert!(catalog.find("sma_cross", "99").err().unwrap().version_only);
    }

    #[test]
    fn fast_not_below_slow_makes_no_sense() {
        let catalog = Catalog::shipped();
        for name in ["sma_cross", "ema_cross", "macd_trend"] {
            let entry = catalog.find(name, "").unwrap();
            let given =
                BTreeMap::from([("fast".to_owned(), 50.into()), ("slow".to_owned(), 50.into())]);
            let params = Params::resolve(&entry.params, &given).unwrap();
            let conflict = (entry.build)(&params).err().unwrap();
            assert_eq!(
                (&*conflict.param, &*conflict.message),
                ("fast", "fast must be less than slow")
            );
        }
    }

    #[test]
    fn oversold_not_below_overbought_makes_no_sense() {
        let catalog = Catalog::shipped();
        let entry = catalog.find("rsi_reversion", "").unwrap();
        let given = BTreeMap::from([("oversold".to_owned(), 70.into())]);
        let params = Params::resolve(&entry.params, &given).unwrap();
        assert_eq!((entry.build)(&params).err().unwrap().param, "oversold");
    }

    #[test]
    fn every_parameter_can_be_drawn_as_a_form_and_swept() {
        for entry in Catalog::shipped().entries().iter().filter(|entry| entry.name != "gate") {
            for spec in &entry.params {
                let place = format!("{}.{}", entry.name, spec.name);
                assert!(spec.description.ends_with('.'), "{place}");
                assert_ne!(spec.display_name, spec.name, "{place}");
                for (bounds, hint) in
                    [(&spec.domain, &spec.suggested), (&spec.suggested, &spec.suggested)]
                {
                    assert!(contains(bounds, hint), "{place}");
                }
                assert_eq!(spec.check(spec.default.clone()), Ok(spec.default.clone()), "{place}");
            }
        }
    }

    /// Whether all values of the one lie in the other, by a step that leads from end to end.
    fn contains(bounds: &Domain, hint: &Domain) -> bool {
        match (bounds, hint) {
            (Domain::Int { min, max, .. }, Domain::Int { min: from, max: to, step }) => {
                min <= from && from < to && to <= max && *step > 0 && (to - from) % step == 0
            }
            (Domain::Double { min, max, .. }, Domain::Double { min: from, max: to, step }) => {
                let steps = (to - from) / step;
                let is_whole = (steps - steps.round()).abs() < 1e-9;
                min <= from && from < to && to <= max && *step > 0.0 && is_whole
            }
            (bounds, hint) => bounds == hint,
        }
    }
}
