//! `tradeforge version`: of the program, and of the server if one answers.

use crate::cli::manage::workers;
use crate::cli::text::figures;
use crate::cli::text::output;
use crate::cli::text::table;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::json;
use crate::pb;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const REVISION: &str = env!("TRADEFORGE_REVISION");

/// Runs the command. It is no error that there is no server.
pub(super) async fn run(globals: &GlobalArgs) -> Result<Exit, CliError> {
    let server = match globals.connect().await {
        Ok(connection) => {
            let request = pb::GetServerInfoRequest {};
            Some(connection.system().get_server_info(request).await?.into_inner())
        }
        Err(CliError::Unreachable { .. }) => None,
        Err(error) => return Err(error),
    };
    if globals.is_json {
        output::data(&json_text(server.as_ref()))?;
        return Ok(Exit::Ok);
    }
    output::data(&format!("tradeforge {VERSION} ({REVISION})"))?;
    match server {
        Some(server) => output::data(&table::facts(facts(globals, &server)))?,
        None => output::talk(&format!("no server at {}", globals.server)),
    }
    Ok(Exit::Ok)
}

/// Both versions in one object; `server` is the answer of `GetServerInfo`, or null.
fn json_text(server: Option<&pb::GetServerInfoResponse>) -> String {
    let client = serde_json::json!({ "version": VERSION, "revision": REVISION });
    serde_json::json!({ "client": client, "server": server.map(json::value) }).to_string()
}

fn facts(globals: &GlobalArgs, server: &pb::GetServerInfoResponse) -> Vec<(&'static str, String)> {
    let revision = match server.git_revision.as_str() {
        "" => String::new(),
        revision => format!(" ({revision})"),
    };
    let mut facts = vec![
        ("server", globals.server.clone()),
        ("version", format!("{}{revision}", server.version)),
        ("engine", server.engine_version.clone()),
        ("workers", server.worker_threads.to_string()),
        ("runs", format!("{} running, {} queued", server.running_runs, server.pending_runs)),
        ("up for", figures::span(server.uptime.unwrap_or_default())),
    ];
    if server.fleet.is_some() {
        facts.push(("fleet", workers::in_short(server.fleet.as_ref())));
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_json_are_one_object_with_or_without_a_server() {
        let parse = |text: String| serde_json::from_str::<serde_json::Value>(&text).unwrap();
        assert!(parse(json_text(None))["server"].is_null());
        let info = pb::GetServerInfoResponse { version: "0.1.0".into(), ..Default::default() };
        assert_eq!(parse(json_text(Some(&info)))["server"]["version"], "0.1.0");
    }
}
