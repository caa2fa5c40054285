//! A report on its way to the wire.

use prost_types::Timestamp;
use tonic::Status;

use super::time::timestamp;
use crate::grpc::status::invalid_field;
use crate::market::{DAY_MS, MoneyUnit};
use crate::pb;
use crate::runner::RunReport;

/// A quarter of a year of sessions.
const ROLLING_DAYS_DEFAULT: usize = 63;
const ROLLING_DAYS_MIN: usize = 2;
/// Ten years of sessions.
const ROLLING_DAYS_MAX: usize = 2_520;
/// Days that are listed; below a message of 1 MiB at some 50 bytes each.
const DAYS_MAX: usize = 20_000;

/// Over how many days each window goes.
pub(in crate::grpc) fn rolling_days(requested: i32) -> Result<usize, Status> {
    match usize::try_from(requested) {
        Ok(0) => Ok(ROLLING_DAYS_DEFAULT),
        Ok(days @ ROLLING_DAYS_MIN..=ROLLING_DAYS_MAX) => Ok(days),
        _ => {
            let message = format!(
                "must be 0 or from {ROLLING_DAYS_MIN} to {ROLLING_DAYS_MAX}, but is {requested}"
            );
            Err(invalid_field("rolling_days", message))
        }
    }
}

/// The report as the wire has it: of very many days the last ones.
pub(in crate::grpc) fn report_of(report: &RunReport, money: MoneyUnit) -> pb::GetReportResponse {
    let days = last(&report.days);
    let (sharpe, volatility) = (last(&report.rolling.sharpe), last(&report.rolling.volatility));
    pb::GetReportResponse {
        days: days.iter().map(|day| day.number as i32).collect(),
        equity: days.iter().map(|day| money.amount(day.equity)).collect(),
        benchmark: last(&report.held).to_vec(),
        returns: report
            .periods
            .iter()
            .map(|period| pb::PeriodReturn {
                year: period.year as i32,
                month: period.month.unwrap_or(0) as i32,
                value: period.value,
                benchmark: period.benchmark,
            })
            .collect(),
        drawdowns: report
            .falls
            .iter()
            .map(|fall| pb::DrawdownPeriod {
                start_time: Some(date(fall.peak_day)),
                trough_time: Some(date(fall.trough_day)),
                end_time: fall.end_day.map(date),
                depth: fall.depth,
            })
            .collect(),
        rolling_sharpe: sharpe.iter().map(|(_, ratio)| *ratio).collect(),
        rolling_volatility: volatility.to_vec(),
        figures: report.figures.iter().map(|(name, value)| ((*name).into(), *value)).collect(),
        rolling_sharpe_days: sharpe.iter().map(|(day, _)| *day as i32).collect(),
        total_days: report.days.len() as i64,
        rolling_exposure: last(&report.rolling.exposure).to_vec(),
    }
}

fn last<T>(values: &[T]) -> &[T] {
    &values[values.len().saturating_sub(DAYS_MAX)..]
}

fn date(day: i64) -> Timestamp {
    timestamp(day * DAY_MS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::market::{Decimal, Units};
    use crate::metrics::{Day, Rolling};
    use prost::Message as _;

    #[test]
    fn a_report_of_more_days_than_fit_has_the_last_ones_and_says_how_many_there_are() {
        let days = 30_000_i64;
        let of = |number| Day { number, equity: i64::MAX - number, ..Day::default() };
        let report = RunReport {
            days: (0..days).map(of).collect(),
            held: (0..days).map(|day| day as f64).collect(),
            rolling: Rolling {
                volatility: vec![0.1; days as usize - 62],
                sharpe: (62..days).map(|day| (day, 1.0)).collect(),
                exposure: (62..days).map(|day| day as f64).collect(),
            },
            ..RunReport::default()
        };
        let money = MoneyUnit::for_units([Units::with_default_step(Decimal::ONE)]);
        let told = report_of(&report, money);
        assert_eq!((told.days.len(), told.total_days), (DAYS_MAX, days));
        assert_eq!((told.days[0], told.benchmark[0]), (10_000, 10_000.0));
        assert_eq!(told.rolling_sharpe_days.last(), Some(&29_999));
        assert_eq!(told.rolling_exposure.len(), DAYS_MAX);
        assert_eq!(told.rolling_exposure.last(), Some(&29_999.0));
        assert!(told.encoded_len() < 1 << 20, "{}", told.encoded_len());
    }

    #[test]
    fn windows_are_of_two_days_to_ten_years() {
        assert_eq!(rolling_days(0).unwrap(), 63);
        assert_eq!(rolling_days(2_520).unwrap(), 2_520);
        for refused in [-1, 1, 2_521] {
            let message = rolling_days(refused).unwrap_err().message().to_owned();
            assert!(message.contains("rolling_days"), "{message}");
        }
    }
}
