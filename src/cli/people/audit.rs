//! `tradeforge audit`: who changed what.

use clap::Args;

use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::fitting::{self, Fitted};
use crate::cli::text::table::Column;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::pb;

/// Events of one call at most.
const PAGE_SIZE_MAX: usize = 1_000;

/// Lists who changed what, the newest first.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Which, as in 'actor = ann AND action = run.delete AND time > 2026-11-01'
    #[arg(long, value_name = "FILTER", default_value = "", hide_default_value = true)]
    filter: String,
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: usize,
}

/// Runs `tradeforge audit`.
pub(in crate::cli) async fn run(args: &AuditArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let mut answer = pb::ListAuditEventsResponse::default();
    loop {
        let wanted = args.limit.saturating_sub(answer.events.len()).min(PAGE_SIZE_MAX);
        let request = pb::ListAuditEventsRequest {
            filter: args.filter.clone(),
            page_size: i32::try_from(wanted.max(1)).unwrap_or(i32::MAX),
            page_token: std::mem::take(&mut answer.next_page_token),
        };
        let page = connection.access().list_audit_events(request).await?.into_inner();
        answer.events.extend(page.events);
        answer.next_page_token = page.next_page_token;
        if answer.next_page_token.is_empty() || answer.events.len() >= args.limit {
            break;
        }
    }
    globals.answer_table(&answer, |answer, width| table(&answer.events, width))?;
    Ok(Exit::Ok)
}

fn table(events: &[pb::AuditEvent], width: Option<u16>) -> Fitted {
    let columns = [
        Column::Word("TIME"),
        Column::Text("WHO"),
        Column::Word("ACTION"),
        Column::Text("SUBJECT"),
        Column::Word("OUTCOME"),
        Column::Word("FROM"),
        Column::Text("DETAILS"),
    ];
    let rows = events.iter().map(row).collect();
    fitting::fit(&columns, rows, width, &["FROM", "DETAILS", "OUTCOME"])
}

fn row(event: &pb::AuditEvent) -> Vec<String> {
    let time = event.time.as_ref().map_or_else(|| ABSENT.to_owned(), figures::moment_full);
    let details = event.details.iter().map(|(name, value)| format!("{name}={value}"));
    vec![
        time,
        event.actor.clone(),
        event.action.clone(),
        event.subject.clone(),
        event.outcome.to_ascii_lowercase(),
        event.address.clone(),
        details.collect::<Vec<_>>().join(" "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_who_did_what_to_which_and_why() {
        let event = pb::AuditEvent {
            time: Some(figures::from_unix_ms(0)),
            actor: "ann".into(),
            action: "run.cancel".into(),
            subject: "01a1".into(),
            outcome: "DONE".into(),
            details: [("reason".to_owned(), "too\u{1b}slow".to_owned())].into(),
            ..Default::default()
        };
        let text = table(&[event], None).text;
        let line = text.lines().last().unwrap();
        for told in ["1970-01-01 00:00:00", "ann", "run.cancel", "01a1", "reason=too"] {
            assert!(line.contains(told), "{told} in {line}");
        }
        assert!(!line.contains('\u{1b}'), "{line:?}");
    }
}
