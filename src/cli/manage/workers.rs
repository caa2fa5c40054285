//! `tradeforge workers`: who computes besides the server.

use clap::Args;

use crate::cli::text::figures;
use crate::cli::text::fitting::{self, Fitted};
use crate::cli::text::foreign;
use crate::cli::text::output;
use crate::cli::text::table::Column;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::pb;

/// Workers of one call at most.
const PAGE_SIZE_MAX: usize = 1_000;

/// Lists the workers of the server's fleet.
#[derive(Debug, Args)]
pub struct WorkersArgs {
    /// How many at most
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    limit: usize,
}

/// Runs `tradeforge workers`.
pub(in crate::cli) async fn run(
    args: &WorkersArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let mut answer = pb::ListWorkersResponse::default();
    loop {
        let wanted = args.limit.saturating_sub(answer.workers.len()).min(PAGE_SIZE_MAX);
        let request = pb::ListWorkersRequest {
            page_size: i32::try_from(wanted.max(1)).unwrap_or(i32::MAX),
            page_token: std::mem::take(&mut answer.next_page_token),
        };
        let page = connection.system().list_workers(request).await?.into_inner();
        answer.workers.extend(page.workers);
        answer.next_page_token = page.next_page_token;
        if answer.next_page_token.is_empty() || answer.workers.len() >= args.limit {
            break;
        }
    }
    globals.answer_table(&answer, |answer, width| table(&answer.workers, width))?;
    if !globals.is_json {
        for line in answer.workers.iter().filter_map(trouble) {
            output::talk(&line);
        }
        let request = pb::GetServerInfoRequest {};
        let server = connection.system().get_server_info(request).await?.into_inner();
        output::talk(&in_short(server.fleet.as_ref()));
    }
    Ok(Exit::Ok)
}

/// The fleet in a line.
pub(in crate::cli) fn in_short(fleet: Option<&pb::Fleet>) -> String {
    let Some(fleet) = fleet else {
        return "no fleet: the server is not told of a broker (serve --nats)".to_owned();
    };
    let pb::Fleet { name, workers, slots, busy_slots, problem, .. } = fleet;
    let name = foreign::word(name);
    if problem.is_empty() {
        format!("fleet {name}: {workers} workers, {busy_slots} of {slots} threads busy")
    } else {
        format!("fleet {name}: the server computes by itself; {}", foreign::word(problem))
    }
}

fn table(workers: &[pb::Worker], width: Option<u16>) -> Fitted {
    let columns = [
        Column::Text("WORKER"),
        Column::Text("HOST"),
        Column::Word("STATE"),
        Column::Number("BUSY"),
        Column::Number("TRIALS/S"),
        Column::Number("TRIALS"),
        Column::Number("CHUNKS"),
        Column::Number("HEARD"),
        Column::Word("VERSION"),
        Column::Word("ARCH"),
        Column::Text("RUNS"),
    ];
    let rows = workers.iter().map(row).collect();
    fitting::fit(&columns, rows, width, &["ARCH", "CHUNKS", "VERSION", "RUNS", "TRIALS"])
}

/// Why a worker gets no work, if anything keeps it.
fn trouble(worker: &pb::Worker) -> Option<String> {
    let why = Some(&worker.problem).filter(|problem| !problem.is_empty())?;
    Some(format!("{}: {}", foreign::word(&called(worker)), foreign::word(why)))
}

/// What a worker is called: as it was named, or else by the begin of its id.
fn called(worker: &pb::Worker) -> String {
    let chars = if worker.name.is_empty() { 8 } else { usize::MAX };
    let name = if worker.name.is_empty() { &worker.worker_id } else { &worker.name };
    name.chars().take(chars).collect()
}

fn row(worker: &pb::Worker) -> Vec<String> {
    let state = match worker.state() {
        pb::WorkerState::Unspecified => "unknown",
        pb::WorkerState::Ready => "ready",
        pb::WorkerState::Leaving => "leaving",
        pb::WorkerState::Silent => "silent",
        pb::WorkerState::OtherBuild => "other build",
        pb::WorkerState::Unable => "unable",
        pb::WorkerState::SetAside => "set aside",
    };
    vec![
        called(worker),
        worker.host.clone(),
        state.to_owned(),
        format!("{}/{}", worker.busy_slots, worker.slots),
        figures::fixed(worker.trials_per_second, 1),
        figures::whole(worker.trials),
        figures::whole(worker.chunks),
        format!("{} ago", figures::span(worker.silent_for.unwrap_or_default())),
        worker.version.clone(),
        worker.architecture.clone(),
        worker.run_ids.join(" "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_says_who_a_worker_is_and_how_it_stands_with_it() {
        let worker = pb::Worker {
            worker_id: "0123456789abcdef".into(),
            host: "ho\u{1b}st".into(),
            state: pb::WorkerState::OtherBuild.into(),
            slots: 4,
            busy_slots: 3,
            trials: 12_345,
            trials_per_second: 17.25,
            run_ids: vec!["01a1".into()],
            ..Default::default()
        };
        let named = pb::Worker { name: "w1".into(), ..worker.clone() };
        let text = table(&[worker, named.clone()], None).text;
        for told in ["01234567 ", "other build", "3/4", "01a1", "w1"] {
            assert!(text.contains(told), "{told} in {text}");
        }
        assert_eq!(trouble(&named), None);
        let full = pb::Worker { problem: "no\u{1b} space left".into(), ..named };
        let told = trouble(&full).unwrap();
        assert!(told.starts_with("w1: no") && told.ends_with(" space left"), "{told}");
        assert!(!told.contains('\u{1b}'), "{told:?}");
        assert!(!text.contains("89abcdef") && !text.contains('\u{1b}'), "{text:?}");
    }

    #[test]
    fn the_fleet_in_short_says_why_nothing_goes_there() {
        assert!(in_short(None).contains("--nats"));
        let mut fleet = pb::Fleet { name: "f".into(), workers: 2, slots: 8, ..Default::default() };
        assert_eq!(in_short(Some(&fleet)), "fleet f: 2 workers, 0 of 8 threads busy");
        fleet.problem = "the broker is not there".into();
        assert!(in_short(Some(&fleet)).ends_with("the broker is not there"));
    }
}
