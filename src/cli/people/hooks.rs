//! `tradeforge hooks`: who is told by HTTP what happened.

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::fitting::{self, Fitted};
use crate::cli::text::foreign::word;
use crate::cli::text::table::Column;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::pb;

/// Deliveries of one call at most.
const PAGE_SIZE_MAX: usize = 1_000;

/// Makes, lists, tries and removes webhooks.
#[derive(Debug, Subcommand)]
pub enum HooksCommand {
    /// Make a webhook and print the key of its signatures; nobody can show it again
    Add(AddHookArgs),
    /// List webhooks, the newest first
    List,
    /// Post a test event and tell what came of it
    Test(NameHookArgs),
    /// List what a webhook was told, the newest first
    Deliveries(DeliveriesArgs),
    /// Remove a webhook with what was still to be delivered to it
    Rm(NameHookArgs),
}

/// What a webhook tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum EventName {
    /// A run is completed
    #[value(name = "run.completed")]
    RunCompleted,
    /// A run has failed
    #[value(name = "run.failed")]
    RunFailed,
    /// A run was cancelled
    #[value(name = "run.cancelled")]
    RunCancelled,
    /// A run was paused
    #[value(name = "run.paused")]
    RunPaused,
    /// A series of bars has a new version
    #[value(name = "series.changed")]
    SeriesChanged,
}

/// Which webhook to make.
#[derive(Debug, Args)]
pub struct AddHookArgs {
    /// Where to post: https, or what the server admits besides
    #[arg(value_name = "URL")]
    url: String,
    /// What to tell of; may be repeated [default: every end of a run]
    #[arg(long = "on", value_name = "EVENT", value_enum, value_delimiter = ',')]
    events: Vec<EventName>,
    /// Of which runs, as in `runs --filter`
    #[arg(long, value_name = "FILTER", default_value = "", hide_default_value = true)]
    filter: String,
}

/// Which webhook.
#[derive(Debug, Args)]
pub struct NameHookArgs {
    /// Its id, as `hooks list` shows it
    #[arg(value_name = "ID")]
    id: String,
}

/// Which deliveries.
#[derive(Debug, Args)]
pub struct DeliveriesArgs {
    /// The webhook's id, as `hooks list` shows it
    #[arg(value_name = "ID")]
    id: String,
    /// Most deliveries to list
    #[arg(
        long,
        value_name = "N",
        default_value_t = 20,
        value_parser = clap::value_parser!(u32).range(1..=100_000)
    )]
    limit: u32,
}

/// Runs the command.
pub(in crate::cli) async fn run(
    command: &HooksCommand,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let mut hooks = globals.connect().await?.hooks();
    match command {
        HooksCommand::Add(args) => {
            let hook = pb::Hook {
                url: args.url.clone(),
                event_types: args.events.iter().map(|event| event.to_wire().into()).collect(),
                filter: args.filter.clone(),
                ..Default::default()
            };
            let request = pb::CreateHookRequest { hook: Some(hook) };
            let made = hooks.create_hook(request).await?.into_inner();
            globals.answer(&made, |made| made.signing_secret.clone())?;
            let id = made.hook.unwrap_or_default().hook_id;
            globals.talk(&format!(
                "webhook {id}: keep the key of its signatures now, it is not shown again; try it \
                 with: {}",
                globals.command(&format!("hooks test {id}")),
            ));
        }
        HooksCommand::List => {
            let answer = hooks.list_hooks(pb::ListHooksRequest {}).await?.into_inner();
            globals.answer_table(&answer, |answer, width| table(&answer.hooks, width))?;
        }
        HooksCommand::Test(args) => {
            let request = pb::TestHookRequest { hook_id: args.id.clone() };
            let answer = hooks.test_hook(request).await?.into_inner();
            globals.answer(&answer, tried)?;
            let has_arrived = answer.delivery.is_some_and(|it| it.delivery_time.is_some());
            return Ok(if has_arrived { Exit::Ok } else { Exit::Error });
        }
        HooksCommand::Deliveries(args) => return deliveries(args, globals).await,
        HooksCommand::Rm(args) => {
            let request = pb::DeleteHookRequest { hook_id: args.id.clone() };
            let answer = hooks.delete_hook(request).await?.into_inner();
            globals.answer(&answer, |_| format!("webhook {} is removed", args.id))?;
        }
    }
    Ok(Exit::Ok)
}

async fn deliveries(args: &DeliveriesArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let mut hooks = globals.connect().await?.hooks();
    let limit = args.limit as usize;
    let mut answer = pb::ListDeliveriesResponse::default();
    loop {
        let wanted = (limit - answer.deliveries.len()).min(PAGE_SIZE_MAX);
        let request = pb::ListDeliveriesRequest {
            hook_id: args.id.clone(),
            page_size: i32::try_from(wanted).unwrap_or(i32::MAX),
            page_token: std::mem::take(&mut answer.next_page_token),
        };
        let page = hooks.list_deliveries(request).await?.into_inner();
        answer.deliveries.extend(page.deliveries);
        answer.next_page_token = page.next_page_token;
        if answer.next_page_token.is_empty() || answer.deliveries.len() >= limit {
            break;
        }
    }
    globals.answer_table(&answer, |answer, width| delivered(&answer.deliveries, width))?;
    Ok(Exit::Ok)
}

impl EventName {
    const fn to_wire(self) -> pb::HookEventType {
        match self {
            Self::RunCompleted => pb::HookEventType::RunCompleted,
            Self::RunFailed => pb::HookEventType::RunFailed,
            Self::RunCancelled => pb::HookEventType::RunCancelled,
            Self::RunPaused => pb::HookEventType::RunPaused,
            Self::SeriesChanged => pb::HookEventType::SeriesChanged,
        }
    }
}

const fn event_word(event: pb::HookEventType) -> &'static str {
    match event {
        pb::HookEventType::Unspecified => "unknown",
        pb::HookEventType::RunCompleted => "run.completed",
        pb::HookEventType::RunFailed => "run.failed",
        pb::HookEventType::RunCancelled => "run.cancelled",
        pb::HookEventType::RunPaused => "run.paused",
        pb::HookEventType::SeriesChanged => "series.changed",
        pb::HookEventType::Test => "test",
    }
}

fn tried(answer: &pb::TestHookResponse) -> String {
    let delivery = answer.delivery.clone().unwrap_or_default();
    let outcome = word(&delivery.last_outcome);
    if delivery.delivery_time.is_none() {
        return format!("the test did not arrive: {outcome}");
    }
    let latency = answer.latency.unwrap_or_default();
    let ms = latency.seconds * 1_000 + i64::from(latency.nanos) / 1_000_000;
    format!("the test arrived: {outcome} after {ms} ms")
}

fn moment(time: Option<&prost_types::Timestamp>) -> String {
    time.map_or_else(|| ABSENT.to_owned(), figures::moment_full)
}

fn table(hooks: &[pb::Hook], width: Option<u16>) -> Fitted {
    let columns = [
        Column::Word("ID"),
        Column::Text("URL"),
        Column::Text("ON"),
        Column::Text("FILTER"),
        Column::Text("OWNER"),
        Column::Word("STATE"),
        Column::Number("PENDING"),
        Column::Word("CREATED"),
    ];
    let rows = hooks.iter().map(row).collect();
    fitting::fit(&columns, rows, width, &["CREATED", "OWNER", "FILTER"])
}

fn row(hook: &pb::Hook) -> Vec<String> {
    let state = hook.disabled_reason.to_ascii_lowercase();
    let events = hook.event_types().map(event_word);
    vec![
        hook.hook_id.clone(),
        hook.url.clone(),
        events.collect::<Vec<_>>().join(" "),
        hook.filter.clone(),
        hook.owner.clone(),
        if state.is_empty() { "delivers".to_owned() } else { state },
        figures::whole(hook.pending),
        moment(hook.create_time.as_ref()),
    ]
}

fn delivered(deliveries: &[pb::Delivery], width: Option<u16>) -> Fitted {
    let columns = [
        Column::Word("TIME"),
        Column::Word("EVENT"),
        Column::Text("OF"),
        Column::Number("ATTEMPTS"),
        Column::Text("OUTCOME"),
        Column::Word("ARRIVED"),
        Column::Word("NEXT"),
        Column::Word("ID"),
    ];
    let row = |delivery: &pb::Delivery| {
        vec![
            moment(delivery.event_time.as_ref()),
            event_word(delivery.event_type()).to_owned(),
            delivery.subject.clone(),
            figures::whole(delivery.attempts.into()),
            delivery.last_outcome.clone(),
            moment(delivery.delivery_time.as_ref()),
            moment(delivery.next_attempt_time.as_ref()),
            delivery.event_id.clone(),
        ]
    };
    fitting::fit(&columns, deliveries.iter().map(row).collect(), width, &["ID", "NEXT", "ARRIVED"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_what_each_tells_of_and_why_it_no_longer_does() {
        let hook = |id: &str, reason: &str| pb::Hook {
            hook_id: id.to_owned(),
            url: "https://example.com/\u{1b}hook".to_owned(),
            event_types: vec![pb::HookEventType::RunFailed.into()],
            disabled_reason: reason.to_owned(),
            pending: 1_200,
            ..Default::default()
        };
        let text = table(&[hook("one", ""), hook("two", "GONE")], None).text;
        let line = |id: &str| text.lines().find(|line| line.starts_with(id)).unwrap().to_owned();
        assert!(line("one").contains("run.failed") && line("one").contains("delivers"), "{text}");
        assert!(line("two").contains("gone") && line("two").contains("1,200"), "{text}");
        assert!(!text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn a_try_says_whether_it_arrived() {
        let outcome = |arrived| pb::TestHookResponse {
            delivery: Some(pb::Delivery {
                last_outcome: "204".to_owned(),
                delivery_time: arrived,
                ..Default::default()
            }),
            latency: Some(prost_types::Duration { seconds: 1, nanos: 5_000_000 }),
        };
        let arrived = Some(figures::from_unix_ms(0));
        assert_eq!(tried(&outcome(arrived)), "the test arrived: 204 after 1005 ms");
        assert_eq!(tried(&outcome(None)), "the test did not arrive: 204");
    }
}
