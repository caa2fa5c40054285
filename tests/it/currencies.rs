//! What instruments are quoted in: told once, kept, and never added up with another.

use tonic::Code;
use tradeforge::pb;
use tradeforge::pb::import_bars_request::Source;

use crate::support::{Market, Refusal as _, TestServer, series, sma_cross};

fn quoted(symbol: &str, timeframe: &str, currency: &str) -> pb::SeriesSpec {
    pb::SeriesSpec {
        timeframe: timeframe.into(),
        quote_currency: currency.into(),
        ..series(symbol)
    }
}

#[tokio::test]
async fn an_account_of_two_currencies_is_refused_and_each_alone_is_not() {
    let server = TestServer::start().await;
    let csv = Market::wavy(60).csv();
    for (symbol, currency) in
        [("EURUSD", "USD"), ("USDJPY", "JPY"), ("USDCHF", "CHF"), ("GOLD", "USD"), ("X", "")]
    {
        server.try_import(quoted(symbol, "1m", currency), &csv).await.unwrap();
    }
    let mixed = sma_cross(2, 5).on("EURUSD").also_on("USDJPY").also_on("USDCHF").also_on("GOLD");
    let refused = server.refusal(mixed).await;
    refused.assert_invalid(&["backtest.subscriptions[1]", "backtest.subscriptions[2]"]);
    assert_eq!(
        refused.about("backtest.subscriptions[1]"),
        "TEST:USDJPY is quoted in JPY, but TEST:EURUSD in USD: an account has one money, and \
         nothing is converted (quote_currency)"
    );
    let one = server.submit(sma_cross(2, 5).on("EURUSD").also_on("GOLD")).await;
    assert!(one.warnings.is_empty(), "{:?}", one.warnings);
    let silent = server.submit(sma_cross(2, 5).on("X").also_on("GOLD")).await;
    let told =
        "what TEST:X is quoted in was never told (quote_currency): taken for USD, as the rest";
    assert_eq!(silent.warnings, [told]);
    // One by one they share no account.
    assert_eq!(server.submit(sma_cross(2, 5).on("USDJPY")).await.total, 60);
}

#[tokio::test]
async fn what_a_text_only_reads_may_be_quoted_in_anything() {
    let server = TestServer::start().await;
    let csv = Market::wavy(60).csv();
    for (symbol, currency) in [("EURUSD", "USD"), ("NIKKEI", "JPY")] {
        server.try_import(quoted(symbol, "1m", currency), &csv).await.unwrap();
    }
    let text = "strategy \"Led\" \"By another market.\"\nmarket leader \"It is read.\"\n\
                enter long when close@leader > open@leader\nexit long when close < open\n";
    let reads = sma_cross(2, 5).rules(text).on("EURUSD").also_on("NIKKEI");
    assert_eq!(server.submit(reads).await.total, 120);
}

#[tokio::test]
async fn an_instrument_keeps_its_currency_over_all_that_is_stored_of_it() {
    let server = TestServer::start().await;
    let csv = Market::wavy(60).csv();
    let first = server.try_import(quoted("BARS", "1m", ""), &csv).await.unwrap();
    assert_eq!(first.series.unwrap().spec.unwrap().quote_currency, "");
    // It may be told later, with the same bars.
    let told = server.try_import(quoted("BARS", "1m", "USDT"), &csv).await.unwrap();
    assert_eq!(
        (told.created, told.series.unwrap().spec.unwrap().quote_currency),
        (false, "USDT".into())
    );
    let hourly =
        server.try_import(quoted("BARS", "1m", ""), &Market::wavy(90).csv()).await.unwrap();
    assert_eq!(hourly.series.unwrap().spec.unwrap().quote_currency, "USDT");
    for each in server.all_series().await {
        assert_eq!(each.spec.unwrap().quote_currency, "USDT");
    }
    let refused = server.try_import(quoted("BARS", "1m", "USD"), &csv).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let said = refused.message();
    assert!(said.contains("quote_currency USD differs") && said.contains("USDT"), "{said}");
    let lower = server.try_import(quoted("NEW", "1m", "usd"), &csv).await.unwrap_err();
    assert_eq!(lower.fields(), ["series.quote_currency"]);
    assert_eq!(lower.about("series.quote_currency"), "\"usd\" is no currency; did you mean USD?");
}

#[tokio::test]
async fn a_currency_that_is_told_later_of_made_up_bars_makes_no_second_version_of_them() {
    let server = TestServer::start().await;
    for (currency, created, told) in [("", true, ""), ("USD", false, "USD"), ("", false, "USD")] {
        let bars = pb::SyntheticBars { bar_count: 50, ..Default::default() };
        let made =
            server.import_from(quoted("MADE", "1m", currency), Source::Synthetic(bars)).await;
        let made = made.unwrap();
        let spec = made.series.unwrap().spec.unwrap();
        assert_eq!((made.created, spec.quote_currency.as_str()), (created, told));
    }
    assert_eq!(server.all_series().await.len(), 1);
}
