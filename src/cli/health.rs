//! `tradeforge health`: whether a server serves, for whatever watches over it and has no client.

use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::cli::text::output;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;

/// Runs the command. A server that starts or ends is there, and no success.
pub(super) async fn run(globals: &GlobalArgs) -> Result<Exit, CliError> {
    let mut health = globals.connect().await?.health();
    let answer = health.check(HealthCheckRequest::default()).await?.into_inner();
    let is_serving = answer.status() == ServingStatus::Serving;
    let word = if is_serving { "serving" } else { "not serving" };
    let json = || serde_json::json!({ "serving": is_serving }).to_string();
    output::data(&if globals.is_json { json() } else { word.to_owned() })?;
    Ok(if is_serving { Exit::Ok } else { Exit::Error })
}
