//! The instruments of the catalog, and which of them an unknown name was perhaps meant to be.

use sqlx::Row as _;

use super::Store;
use super::error::StoreError;
use crate::market::Instrument;
use crate::spelling::distance;

/// So many names are compared within a few milliseconds.
const COMPARED_MAX: i64 = 2000;

impl Store {
    /// The end of a sentence that says that an instrument has no bars: which other was perhaps
    /// meant, and nothing if none comes near.
    pub async fn instrument_hint(&self, unknown: &Instrument) -> Result<String, StoreError> {
        let nearest = self.nearest_instrument(unknown).await?;
        Ok(nearest.map_or_else(String::new, |name| format!(" (did you mean {name}?)")))
    }

    /// The other instrument with bars whose name is nearest. Of a larger catalog only the first are
    /// compared.
    async fn nearest_instrument(
        &self,
        unknown: &Instrument,
    ) -> Result<Option<Instrument>, StoreError> {
        let rows = sqlx::query(
            "SELECT DISTINCT exchange, symbol FROM series_versions \
             ORDER BY exchange, symbol LIMIT $1",
        )
        .bind(COMPARED_MAX)
        .fetch_all(&self.readers)
        .await?;
        let mut known = Vec::with_capacity(rows.len());
        for row in &rows {
            let names = (row.try_get("exchange")?, row.try_get("symbol")?);
            known.extend(Instrument::new(names.0, names.1));
        }
        Ok(nearest(unknown, known))
    }
}

fn nearest(unknown: &Instrument, known: Vec<Instrument>) -> Option<Instrument> {
    let wanted = unknown.to_string();
    let distance = |name: &Instrument| {
        // The same symbol elsewhere is what was meant, however another exchange is spelt.
        if name.symbol == unknown.symbol { Some(0) } else { distance(&wanted, &name.to_string()) }
    };
    known
        .into_iter()
        .filter(|name| name != unknown)
        .filter_map(|name| Some((distance(&name)?, name)))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_misspelt_name_finds_its_instrument_and_a_far_one_none() {
        let name = |exchange, symbol| Instrument::new(exchange, symbol).unwrap();
        let known =
            vec![name("BINANCE", "BTCUSDT"), name("BINANCE", "ETHUSDT"), name("SYN", "TRENDS")];
        let found = |exchange, symbol| nearest(&name(exchange, symbol), known.clone());
        assert_eq!(found("SYN", "TREND"), Some(name("SYN", "TRENDS")));
        assert_eq!(found("BINANCE", "BTCUSD"), Some(name("BINANCE", "BTCUSDT")));
        assert_eq!(found("KRAKEN", "ETHUSDT"), Some(name("BINANCE", "ETHUSDT")));
        assert_eq!(found("NASDAQ", "AAPL"), None);
        // Its bars may be of another timeframe than was asked for; it is not meant by itself.
        assert_eq!(found("SYN", "TRENDS"), None);
    }
}
