//! Strategies of the server said again in the language: to be read, and to be changed.

/// Names and texts.
const TEXTS: [(&str, &str); 6] = [
    ("buy_and_hold", include_str!("shipped/buy_and_hold.rules")),
    ("donchian_breakout", include_str!("shipped/donchian_breakout.rules")),
    ("ema_cross", include_str!("shipped/ema_cross.rules")),
    ("macd_trend", include_str!("shipped/macd_trend.rules")),
    ("rsi_reversion", include_str!("shipped/rsi_reversion.rules")),
    ("sma_cross", include_str!("shipped/sma_cross.rules")),
];

/// The text that comes to the same as the shipped strategy of that name, for those that the
/// language can say.
pub fn said_again(name: &str) -> Option<&'static str> {
    TEXTS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::rules::compile;
    use crate::strategy::{Catalog, Params};

    #[test]
    fn a_text_takes_what_its_strategy_takes() {
        let catalog = Catalog::shipped();
        for (name, text) in TEXTS {
            let compiled = compile(text);
            assert!(compiled.errors().next().is_none(), "{name}: {:?}", compiled.diagnostics);
            let said = compiled.entry.unwrap();
            let shipped = catalog.find(name, "").unwrap();
            assert_eq!(said.display_name, shipped.display_name);
            assert_eq!(said.default_sizing, shipped.default_sizing, "{name}");
            let resolved = |params| Params::resolve(params, &BTreeMap::new()).unwrap();
            assert_eq!(resolved(&said.params), resolved(&shipped.params), "{name}");
            let names = |params: &[crate::strategy::ParamSpec]| {
                params.iter().map(|spec| spec.name.to_string()).collect::<Vec<_>>()
            };
            assert_eq!(names(&said.params), names(&shipped.params), "{name}");
        }
    }
}
