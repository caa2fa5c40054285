//! How a run is named on the command line, and which run that is.

use std::str::FromStr;

use uuid::Uuid;

use crate::cli::wire::connect::Connection;
use crate::cli::wire::error::CliError;
use crate::cli::wire::pages::{self, Page};
use crate::pb;

/// Fewer digits of an end are a slip rather than a name.
const END_MIN: usize = 4;
/// Of how many runs the ends are looked at, the newest ones.
const LOOKED_THROUGH_MAX: usize = 20_000;

/// A run: its id, a beginning or an end that no other id has, or `@last`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RunName {
    /// The whole id.
    Id(String),
    /// The beginning or the end of an id, in lower case.
    Part(String),
    /// The run submitted last.
    Last,
}

impl FromStr for RunName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.to_ascii_lowercase();
        let is_hex = lower.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        match lower.as_str() {
            "@last" => Ok(Self::Last),
            _ if lower.len() == 36 && Uuid::try_parse(&lower).is_ok() => Ok(Self::Id(lower)),
            _ if is_hex && (1..36).contains(&lower.len()) => Ok(Self::Part(lower)),
            _ => Err("write a run's id, the beginning or end of one, or @last".to_owned()),
        }
    }
}

impl RunName {
    /// The id of the run that this names.
    ///
    /// # Errors
    ///
    /// `Missing` if there is no such run, `Usage` if there are several.
    pub(in crate::cli) async fn resolve(
        &self,
        connection: &Connection,
    ) -> Result<String, CliError> {
        match self {
            Self::Id(id) => Ok(id.clone()),
            Self::Last => {
                let request = pb::ListRunsRequest { page_size: 1, ..Default::default() };
                let response = connection.runs().list_runs(request).await?.into_inner();
                let newest = response.runs.into_iter().next();
                newest.map(|run| run.run_id).ok_or_else(|| CliError::Missing {
                    message: "there is no run yet".to_owned(),
                    help: "start one with: tradeforge backtest".to_owned(),
                })
            }
            Self::Part(part) => {
                let mut ids = ids_that_begin(connection, part).await?;
                if ids.is_empty() && part.len() >= END_MIN {
                    ids = ids_that_end(connection, part).await?;
                }
                one_of(part, ids)
            }
        }
    }
}

/// The end of an id that lists show where there is little room: among a hundred thousand runs, two
/// have the same one in a case of fifty thousand.
pub(in crate::cli) fn end(run_id: &str) -> &str {
    run_id.rsplit('-').next().unwrap_or(run_id)
}

fn one_of(part: &str, ids: Vec<String>) -> Result<String, CliError> {
    match <[String; 1]>::try_from(ids) {
        Ok([id]) => Ok(id),
        Err(none) if none.is_empty() => Err(CliError::Missing {
            message: format!("no run's id begins or ends with {part}"),
            help: "list runs with: tradeforge runs".to_owned(),
        }),
        Err(several) => Err(CliError::Usage {
            message: format!("{} runs' ids begin or end with {part}", several.len()),
            help: format!("write more of it, as in {}", several[0]),
        }),
    }
}

async fn ids_that_begin(connection: &Connection, beginning: &str) -> Result<Vec<String>, CliError> {
    let filter = submission_window(beginning);
    ids(connection, filter, None, |id| id.starts_with(beginning)).await
}

/// An end tells nothing of when the run was submitted, so that runs are gone through, the newest
/// first, up to a limit.
async fn ids_that_end(connection: &Connection, end: &str) -> Result<Vec<String>, CliError> {
    ids(connection, String::new(), Some(LOOKED_THROUGH_MAX), |id| id.ends_with(end)).await
}

async fn ids(
    connection: &Connection,
    filter: String,
    limit: Option<usize>,
    is_wanted: impl Fn(&str) -> bool,
) -> Result<Vec<String>, CliError> {
    let page = pages::collect(limit, async |page_size, page_token| {
        let request = pb::ListRunsRequest {
            page_size,
            page_token,
            filter: filter.clone(),
            order_by: String::new(),
        };
        let response = connection.runs().list_runs(request).await?.into_inner();
        let items: Vec<String> = response.runs.into_iter().map(|run| run.run_id).collect();
        Ok(Page { items, next_token: response.next_page_token })
    });
    let mut ids = page.await?.items;
    ids.retain(|id| is_wanted(id));
    Ok(ids)
}

/// A filter for the time in which ids that begin so were given out, so that not every run there
/// ever was must be listed: the first twelve digits of an id count milliseconds since 1970.
fn submission_window(beginning: &str) -> String {
    /// The id may be made a little before or after the time that is stored.
    const SLACK_MS: i64 = 60_000;
    let digits: String = beginning.chars().filter(|&c| c != '-').take(12).collect();
    let bound = |fill: &str, slack_ms: i64| {
        let filled = digits.clone() + &fill.repeat(12 - digits.len());
        let unix_ms = i64::from_str_radix(&filled, 16).ok()?;
        jiff::Timestamp::from_millisecond(unix_ms + slack_ms).ok()
    };
    // A bound beyond the calendar's end bounds nothing.
    let first = bound("0", -SLACK_MS).map(|time| format!("create_time >= \"{time}\""));
    let last = bound("f", SLACK_MS).map(|time| format!("create_time <= \"{time}\""));
    [first, last].into_iter().flatten().collect::<Vec<_>>().join(" AND ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "01942a3c-9b00-7cc1-8000-0123456789ab";

    #[test]
    fn a_run_is_named_by_its_id_its_beginning_or_last() {
        assert_eq!(ID.to_uppercase().parse(), Ok(RunName::Id(ID.to_owned())));
        assert_eq!("01942A".parse(), Ok(RunName::Part("01942a".to_owned())));
        assert_eq!("@last".parse(), Ok(RunName::Last));
    }

    #[test]
    fn an_end_as_lists_show_it_is_a_name() {
        assert_eq!(end(ID), "0123456789ab");
        assert_eq!(end(ID).parse(), Ok(RunName::Part("0123456789ab".to_owned())));
    }

    #[test]
    fn what_can_be_no_id_is_refused() {
        for text in ["", "latest", "@first", "01942a3c 9b00", &format!("{ID}0")] {
            assert!(text.parse::<RunName>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_beginning_tells_when_the_run_was_submitted() {
        let unix_ms = i64::from_str_radix("01942a3c9b00", 16).unwrap();
        let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap();
        let (first, last) = (at(unix_ms - 60_000), at(unix_ms + 60_000));
        let whole = format!("create_time >= \"{first}\" AND create_time <= \"{last}\"");
        assert_eq!(submission_window(&ID[..18]), whole);
        assert!(submission_window("f").is_empty(), "no calendar reaches so far");
    }

    #[test]
    fn a_beginning_must_fit_one_run() {
        let ids = |count: usize| vec![ID.to_owned(); count];
        assert_eq!(one_of("01", ids(1)).unwrap(), ID);
        assert!(matches!(one_of("01", ids(0)), Err(CliError::Missing { .. })));
        assert!(matches!(one_of("01", ids(2)), Err(CliError::Usage { .. })));
    }
}
