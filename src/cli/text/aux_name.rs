//! What an auxiliary series is called on the command line.

use std::fmt;
use std::str::FromStr;

use crate::pb;

/// An auxiliary series on the command line: `signals`, or `funding@BINANCE:BTCUSDT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::cli) struct AuxName {
    /// What it is called.
    pub(in crate::cli) name: String,
    /// Exchange and symbol; both empty for one that belongs to no instrument.
    pub(in crate::cli) instrument: (String, String),
}

impl FromStr for AuxName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let named = match text.split_once('@') {
            None => Some((text, ("", ""))),
            Some((name, instrument)) => instrument.split_once(':').map(|it| (name, it)),
        };
        match named {
            Some((name, (exchange, symbol)))
                if !name.is_empty() && exchange.is_empty() == symbol.is_empty() =>
            {
                let instrument = (exchange.to_owned(), symbol.to_owned());
                Ok(Self { name: name.to_owned(), instrument })
            }
            _ => Err("write NAME or NAME@EXCHANGE:SYMBOL, as in signals or \
                      funding@BINANCE:BTCUSDT"
                .to_owned()),
        }
    }
}

impl fmt::Display for AuxName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.instrument {
            (exchange, _) if exchange.is_empty() => f.write_str(&self.name),
            (exchange, symbol) => write!(f, "{}@{exchange}:{symbol}", self.name),
        }
    }
}

impl From<&pb::AuxSubscription> for AuxName {
    fn from(aux: &pb::AuxSubscription) -> Self {
        let instrument = (aux.exchange.clone(), aux.symbol.clone());
        Self { name: aux.name.clone(), instrument }
    }
}

impl AuxName {
    /// The name of that series.
    pub(in crate::cli) fn of(spec: &pb::AuxSpec) -> Self {
        let instrument = (spec.exchange.clone(), spec.symbol.clone());
        Self { name: spec.name.clone(), instrument }
    }

    /// The series with everything else left to the server.
    pub(in crate::cli) fn spec(&self) -> pb::AuxSpec {
        let (exchange, symbol) = self.instrument.clone();
        pb::AuxSpec { name: self.name.clone(), exchange, symbol, ..Default::default() }
    }

    /// The subscription to the newest version of it.
    pub(in crate::cli) fn subscription(&self) -> pb::AuxSubscription {
        let (exchange, symbol) = self.instrument.clone();
        let (name, data_sha256) = (self.name.clone(), String::new());
        pb::AuxSubscription { name, exchange, symbol, data_sha256 }
    }

    /// Whether the series has this name; exchange and symbol are the same in any case.
    pub(in crate::cli) fn is_of(&self, series: &pb::AuxSeries) -> bool {
        let (exchange, symbol) = &self.instrument;
        series.spec.as_ref().is_some_and(|spec| {
            spec.name == self.name
                && spec.exchange.eq_ignore_ascii_case(exchange)
                && spec.symbol.eq_ignore_ascii_case(symbol)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_named_alone_or_with_its_instrument() {
        let read = |text: &str| text.parse::<AuxName>();
        for text in ["signals", "funding@BINANCE:BTCUSDT"] {
            assert_eq!(read(text).unwrap().to_string(), text);
        }
        let spec = read("funding@binance:btcusdt").unwrap().spec();
        let series = pb::AuxSeries { spec: Some(spec), ..Default::default() };
        assert!(read("funding@BINANCE:BTCUSDT").unwrap().is_of(&series));
        assert!(!read("funding").unwrap().is_of(&series));
        for text in ["", "@X:Y", "a@X", "a@X:", "a@:Y"] {
            assert!(read(text).is_err(), "{text:?}");
        }
    }
}
