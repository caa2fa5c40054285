//! Days of a market: stored, resampled, traded and told where its clock says that they begin.

use std::fmt::Write as _;

use tonic::Code;
use tradeforge::pb;

use crate::support::{Client, Refusal as _, TestServer, buy_and_hold, series, sma_cross, within};

const NEW_YORK: &str = "America/New_York";
const HOUR_S: i64 = 3_600;

fn spec(timeframe: &str, day_start: &str) -> pb::SeriesSpec {
    pb::SeriesSpec {
        timeframe: timeframe.into(),
        time_zone: NEW_YORK.into(),
        day_start: day_start.into(),
        ..series("STOCK")
    }
}

fn seconds(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

/// Bars that open at these times, each at a price one above the last, and close half above that.
fn csv(opens: impl IntoIterator<Item = i64>) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    for (second, price) in opens.into_iter().zip(100..) {
        let (high, low) = (price + 1, price - 1);
        writeln!(text, "{second},{price},{high},{low},{price}.5,10").unwrap();
    }
    text
}

/// Seven hours from 09:30 of New York on the Friday before its clocks change and the Monday after.
fn stock_hours() -> Vec<i64> {
    let opens = ["2024-03-08T14:30:00Z", "2024-03-11T13:30:00Z"].map(seconds);
    opens.iter().flat_map(|open| (0..7).map(move |hour| open + hour * HOUR_S)).collect()
}

/// Midnights of New York of the weekdays from 4 March 2024 on.
fn midnights(days: usize) -> Vec<i64> {
    let first = seconds("2024-03-04T05:00:00Z");
    let midnight = |day: i64| first + day * 24 * HOUR_S - if day >= 7 { HOUR_S } else { 0 };
    (0..).filter(|day| day % 7 < 5).take(days).map(midnight).collect()
}

fn subscription(timeframe: &str) -> pb::Subscription {
    let pb::SeriesSpec { exchange, symbol, .. } = series("STOCK");
    pb::Subscription { exchange, symbol, timeframe: timeframe.into(), data_sha256: String::new() }
}

async fn bars(client: &Client, timeframe: &str) -> pb::GetBarsResponse {
    let request =
        pb::GetBarsRequest { subscription: Some(subscription(timeframe)), ..Default::default() };
    within(client.market_data().get_bars(request)).await.unwrap().into_inner()
}

fn on(timeframes: &[&str]) -> pb::SubmitRequest {
    let mut request: pb::SubmitRequest = buy_and_hold().into();
    if let Some(pb::submit_request::Spec::Backtest(backtest)) = &mut request.spec {
        backtest.subscriptions = timeframes.iter().map(|it| subscription(it)).collect();
    }
    request
}

#[tokio::test]
async fn hours_of_a_stock_become_its_days_on_both_sides_of_a_change_of_clocks() {
    let server = TestServer::start().await;
    let imported = server.try_import(spec("1h", "09:30"), &csv(stock_hours())).await.unwrap();
    let stored = imported.series.unwrap().spec.unwrap();
    assert_eq!((stored.time_zone.as_str(), stored.day_start.as_str()), (NEW_YORK, "09:30"));
    let days = bars(&server, "1d").await;
    let opens = ["2024-03-08T14:30:00Z", "2024-03-11T13:30:00Z"].map(seconds);
    assert_eq!(days.time_unix_ms, opens.map(|open| open * 1_000));
    assert_eq!((days.open, days.close), (vec![100.0, 107.0], vec![106.5, 113.5]));
    assert_eq!((days.high, days.volume), (vec![107.0, 114.0], vec![70.0, 70.0]));

    // Bought at the second day's open, which is known only once the first has ended.
    let daily = server.run(on(&["1d"])).await;
    let trades = server.trades(&daily.run_id).await;
    let entry = trades[0].entry_time.unwrap().seconds;
    assert_eq!((trades.len(), entry, trades[0].entry_price), (1, opens[1], 107.0));
    let range = server.describe(&daily.run_id).await;
    let spec = match range.spec.unwrap() {
        pb::run::Spec::Backtest(spec) => spec,
        spec => panic!("{spec:?}"),
    };
    let end = spec.time_range.unwrap().end_time.unwrap().seconds;
    assert_eq!(end, seconds("2024-03-12T13:30:00Z"), "a day ends where the next begins");
}

/// Days of New York on both sides of its change of clocks on 10 March, when they open, and at what
/// they close; each opens where the one before closed.
const CLOSES: [(&str, i64); 9] = [
    ("2024-03-07T14:30:00Z", 10),
    ("2024-03-08T14:30:00Z", 9),
    ("2024-03-11T13:30:00Z", 11),
    ("2024-03-12T13:30:00Z", 12),
    ("2024-03-13T13:30:00Z", 9),
    ("2024-03-14T13:30:00Z", 10),
    ("2024-03-15T13:30:00Z", 12),
    ("2024-03-18T13:30:00Z", 9),
    ("2024-03-19T13:30:00Z", 9),
];

/// Those days: as dates, or in seven hours each, of which the first goes all the way.
fn closes_csv(in_hours: bool) -> String {
    let mut text = "time,open,high,low,close,volume\n".to_owned();
    let mut open = CLOSES[0].1;
    for (time, close) in CLOSES {
        let (high, low) = (open.max(close), open.min(close));
        if in_hours {
            for hour in 0..7 {
                let second = seconds(time) + hour * HOUR_S;
                let [open, high, low] = if hour == 0 { [open, high, low] } else { [close; 3] };
                writeln!(text, "{second},{open},{high},{low},{close},10").unwrap();
            }
        } else {
            writeln!(text, "{},{open},{high},{low},{close},70", &time[..10]).unwrap();
        }
        open = close;
    }
    text
}

#[tokio::test]
async fn days_of_a_file_and_days_made_of_hours_are_traded_alike_across_a_change_of_clocks() {
    let server = TestServer::start().await;
    let daily = pb::SeriesSpec { symbol: "DAYS".into(), ..spec("1d", "09:30") };
    server.try_import(daily, &closes_csv(false)).await.unwrap();
    server.try_import(spec("1h", "09:30"), &closes_csv(true)).await.unwrap();
    // The last close crosses the mean of the last two upwards on the 11th and the 14th, downwards
    // on the 13th and the 18th; each order fills at the open of the day after.
    let expected = [
        (("2024-03-12T13:30:00Z", 11.0), ("2024-03-14T13:30:00Z", 9.0)),
        (("2024-03-15T13:30:00Z", 10.0), ("2024-03-19T13:30:00Z", 9.0)),
    ]
    .map(|((entered, bought), (left, sold))| (seconds(entered), bought, seconds(left), sold));
    for symbol in ["DAYS", "STOCK"] {
        let mut request: pb::SubmitRequest = sma_cross(1, 2).into();
        if let Some(pb::submit_request::Spec::Backtest(backtest)) = &mut request.spec {
            let subscription = pb::Subscription { symbol: symbol.into(), ..subscription("1d") };
            backtest.subscriptions = vec![subscription];
        }
        let run = server.run(request).await;
        let trades = server.trades(&run.run_id).await;
        let made = trades.iter().map(|trade| {
            let [entered, left] = [trade.entry_time, trade.exit_time].map(|it| it.unwrap().seconds);
            (entered, trade.entry_price, left, trade.exit_price)
        });
        assert_eq!(made.collect::<Vec<_>>(), expected, "{symbol}");
    }
}

#[tokio::test]
async fn weeks_are_made_of_whole_weeks_and_one_under_way_is_told() {
    let server = TestServer::start().await;
    let daily = pb::SeriesSpec { calendar: pb::Calendar::Sessions.into(), ..spec("1d", "") };
    server.try_import(daily.clone(), &csv(midnights(9))).await.unwrap();
    let first = seconds("2024-03-04T05:00:00Z") * 1_000;
    assert_eq!(bars(&server, "1w").await.time_unix_ms, [first]);
    let submitted = server.submit(on(&["1w"])).await;
    assert!(submitted.warnings[0].contains("STOCK@1w is left out"), "{:?}", submitted.warnings);
    server.try_import(daily, &csv(midnights(10))).await.unwrap();
    let second = seconds("2024-03-11T04:00:00Z") * 1_000;
    assert_eq!(bars(&server, "1w").await.time_unix_ms, [first, second]);
    assert_eq!(server.submit(on(&["1w"])).await.warnings, [""; 0]);
}

#[tokio::test]
async fn a_series_keeps_its_days_and_what_comes_after_needs_not_say_them() {
    let server = TestServer::start().await;
    let whole = server.try_import(spec("1h", "09:30"), &csv(stock_hours())).await.unwrap();
    let (early, later) = (csv(stock_hours()[..7].to_vec()), csv(stock_hours()));
    let other = |spec: pb::SeriesSpec| pb::SeriesSpec { symbol: "PARTS".into(), ..spec };
    server.try_import(other(spec("1h", "09:30")), &early).await.unwrap();
    let silent = pb::SeriesSpec { time_zone: String::new(), ..spec("1h", "") };
    let appended = server.try_import(other(silent), &later).await.unwrap();
    assert_eq!(appended.series.unwrap().data_sha256, whole.series.unwrap().data_sha256);
    let elsewhere = pb::SeriesSpec { time_zone: "Europe/London".into(), ..spec("1h", "09:30") };
    for (declared, field) in [(elsewhere, "time_zone"), (spec("1h", "10:30"), "day_start")] {
        let refused = server.try_import(other(declared), &later).await.unwrap_err();
        let said = refused.message();
        assert!(said.starts_with(field) && said.contains("America/New_York from 09:30"), "{said}");
        assert!(said.contains("remove the series"), "{said}");
    }
}

#[tokio::test]
async fn an_import_that_only_checks_tells_what_would_be_stored_and_stores_nothing() {
    let server = TestServer::start().await;
    let request = pb::ImportBarsRequest {
        series: Some(spec("1h", "09:30")),
        source: Some(pb::import_bars_request::Source::Content(csv(stock_hours()).into_bytes())),
        validate_only: true,
        ..Default::default()
    };
    let checked = within(server.market_data().import_bars(request)).await.unwrap().into_inner();
    assert!(checked.created && server.all_series().await.is_empty());
    let stored = server.try_import(spec("1h", "09:30"), &csv(stock_hours())).await.unwrap();
    let (checked, stored) = (checked.series.unwrap(), stored.series.unwrap());
    assert_eq!((checked.data_sha256, checked.bar_count), (stored.data_sha256, 14));
}

#[tokio::test]
async fn days_that_cannot_be_are_refused_all_at_once() {
    let server = TestServer::start().await;
    let bad = pb::SeriesSpec {
        time_zone: "New York".into(),
        timeframe: "1M".into(),
        ..spec("1h", "25:00")
    };
    let refused = server.try_import(bad, &csv(stock_hours())).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let fields = refused.fields();
    assert_eq!(fields, ["series.day_start", "series.time_zone", "series.timeframe"]);
    let parts = ["09:30 or 17:00", "did you mean America/New_York?", "1mo (month)"];
    for (field, part) in fields.iter().zip(parts) {
        assert!(refused.about(field).contains(part), "{}", refused.about(field));
    }
    let cut = server.try_import(spec("36h", "00:00"), &csv(midnights(1))).await.unwrap_err();
    assert!(cut.message().contains("36h"), "{}", cut.message());
}

#[tokio::test]
async fn a_run_over_two_kinds_of_days_says_whose_it_counts() {
    let server = TestServer::start().await;
    server.try_import(spec("1h", "09:30"), &csv(stock_hours())).await.unwrap();
    let utc = pb::SeriesSpec { timeframe: "1d".into(), ..series("STOCK") };
    let days = ["2024-03-08T00:00:00Z", "2024-03-11T00:00:00Z"].map(seconds);
    server.try_import(utc, &csv(days)).await.unwrap();
    let submitted = server.submit(on(&["1h", "1d"])).await;
    let said = "days of TEST:STOCK@1h are those of America/New_York from 09:30; TEST:STOCK@1d \
                counts in UTC, and its bars are seen at 24:00 UTC";
    assert!(submitted.warnings.iter().any(|it| it == said), "{:?}", submitted.warnings);
}
