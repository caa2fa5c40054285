//! `tradeforge mcp`: the server as tools of an agent, by the Model Context Protocol over stdin and
//! stdout, one JSON-RPC message a line. A client like any other: its token decides what it may do.
//!
//! The protocol is a handful of messages, so it stands here over `serde_json`, without a library.

mod bounded;
mod calls;
mod columns;
mod failure;
mod input;
mod rpc;
mod spending;
mod tools;

use std::collections::HashMap;
use std::sync::Arc;

use clap::Args;
use serde_json::{Value, json};
use tokio::io::{AsyncWriteExt as _, BufReader};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::{AbortHandle, JoinSet};

use self::failure::Failure;
use self::input::Line;
use self::rpc::{Fault, Message};
use self::spending::Session;
use crate::cli::wire::connect::{Connection, GlobalArgs};
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;

/// The longest message that is taken.
const LINE_BYTES_MAX: usize = 1 << 20;
/// Tools that may be at work at once; an agent that wants more is told so.
const CALLS_MAX: usize = 16;
/// Answers that wait to be read.
const ANSWERS_MAX: usize = 64;
/// The versions of the protocol that are spoken, the newest last; what is used of it is the same in
/// all.
const VERSIONS: [&str; 4] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
const INSTRUCTIONS: &str = "TradeForge computes backtests and searches of trading strategies. Look \
    at list_series and list_strategies first. Before submit_search, ask estimate for the same \
    optimization and repeat its total as expected_trials. Equal work is never computed twice. \
    After a search, ask trials_tried how much was tried on these bars before: the best of many is \
    partly luck.";

/// Serves an agent.
#[derive(Debug, Args)]
pub struct McpArgs {
    /// The most runs that the agent may start until it is connected anew
    #[arg(long, value_name = "N", default_value_t = 200)]
    runs_max: u64,
    /// The most trials that its searches may have, all together
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    trials_max: u64,
}

/// What every call needs.
struct Agent {
    connection: Connection,
    session: Session,
}

/// Runs `tradeforge mcp` until stdin ends.
pub(super) async fn run(args: &McpArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let session = Session::new(args.runs_max, args.trials_max);
    let agent = Arc::new(Agent { connection, session });
    let (answers, to_write) = mpsc::channel::<Value>(ANSWERS_MAX);
    // Answers are written until the last call has given its own.
    let (read, written) = tokio::join!(read(&agent, answers), write(to_write));
    written.and(read)?;
    Ok(Exit::Ok)
}

async fn write(mut answers: Receiver<Value>) -> std::io::Result<()> {
    let mut stdout = tokio::io::stdout();
    while let Some(answer) = answers.recv().await {
        stdout.write_all(format!("{answer}\n").as_bytes()).await?;
        stdout.flush().await?;
    }
    Ok(())
}

/// Takes messages until there are no more, and waits for the calls that go on.
async fn read(agent: &Arc<Agent>, answers: Sender<Value>) -> std::io::Result<()> {
    let mut stdin = BufReader::new(tokio::io::stdin());
    let mut calls = Calls::default();
    while let Some(line) = input::next(&mut stdin, LINE_BYTES_MAX).await? {
        let answer = match line {
            Line::Whole(bytes) if bytes.trim_ascii().is_empty() => None,
            Line::Whole(bytes) => match rpc::message(&bytes) {
                Ok(message) => calls.take(agent, message, &answers),
                Err(fault) => Some(rpc::refused(&Value::Null, &fault)),
            },
            Line::TooLong => {
                let fault = Fault::request(format!("a line may have {LINE_BYTES_MAX} bytes"));
                Some(rpc::refused(&Value::Null, &fault))
            }
        };
        if let Some(answer) = answer
            && answers.send(answer).await.is_err()
        {
            return Ok(());
        }
    }
    while calls.tasks.join_next().await.is_some() {}
    Ok(())
}

/// The tools at work, by the ids of their requests.
#[derive(Default)]
struct Calls {
    tasks: JoinSet<()>,
    by_id: HashMap<String, AbortHandle>,
}

impl Calls {
    /// Answers what can be answered at once, and sets a tool to work on the rest.
    fn take(
        &mut self,
        agent: &Arc<Agent>,
        message: Message,
        answers: &Sender<Value>,
    ) -> Option<Value> {
        while self.tasks.try_join_next().is_some() {}
        self.by_id.retain(|_, call| !call.is_finished());
        let Message { id, method, params } = message;
        let Some(id) = id else {
            self.notified(&method, &params);
            return None;
        };
        let result = match method.as_str() {
            "initialize" => Ok(introduction(&params)),
            "ping" => Ok(json!({})),
            "tools/list" => Ok(json!({ "tools": tools::all() })),
            "tools/call" => match called(params) {
                Ok(_) if self.tasks.len() >= CALLS_MAX => {
                    let text = format!("{CALLS_MAX} calls go on already; wait for one of them");
                    Ok(rpc::told(Err(Failure::Limit(text))))
                }
                Ok((name, arguments)) => {
                    self.start(agent, id, name, arguments, answers.clone());
                    return None;
                }
                Err(fault) => Err(fault),
            },
            _ => Err(Fault::method(&method)),
        };
        Some(match result {
            Ok(result) => rpc::answer(&id, &result),
            Err(fault) => rpc::refused(&id, &fault),
        })
    }

    fn start(
        &mut self,
        agent: &Arc<Agent>,
        id: Value,
        name: &'static str,
        arguments: Value,
        answers: Sender<Value>,
    ) {
        let agent = Arc::clone(agent);
        let key = id.to_string();
        let call = self.tasks.spawn(async move {
            let outcome = calls::call(&agent, name, arguments).await;
            // Errs where nobody reads any more, who then misses nothing.
            _ = answers.send(rpc::answer(&id, &rpc::told(outcome))).await;
        });
        self.by_id.insert(key, call);
    }

    fn notified(&self, method: &str, params: &Value) {
        if method == "notifications/cancelled"
            && let Some(id) = params.get("requestId")
            && let Some(call) = self.by_id.get(&id.to_string())
        {
            call.abort();
        }
    }
}

fn introduction(params: &Value) -> Value {
    let asked = params.get("protocolVersion").and_then(Value::as_str).unwrap_or_default();
    let newest = VERSIONS[VERSIONS.len() - 1];
    let version = VERSIONS.into_iter().find(|it| *it == asked).unwrap_or(newest);
    json!({
        "protocolVersion": version,
        "capabilities": { "tools": { "listChanged": false } },
        "serverInfo": { "name": "tradeforge", "version": env!("CARGO_PKG_VERSION") },
        "instructions": INSTRUCTIONS,
    })
}

/// The tool that is called, and with what.
fn called(params: Value) -> Result<(&'static str, Value), Fault> {
    let Value::Object(mut params) = params else {
        return Err(Fault::params("params: must be an object".to_owned()));
    };
    let name = params.get("name").and_then(Value::as_str).unwrap_or_default();
    let name = tools::named(name)?;
    match params.remove("arguments").unwrap_or_else(|| json!({})) {
        arguments @ Value::Object(_) => Ok((name, arguments)),
        _ => Err(Fault::params("params.arguments: must be an object".to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_that_is_not_spoken_is_answered_with_the_newest() {
        for (asked, spoken) in [("2025-03-26", "2025-03-26"), ("1999-01-01", "2025-11-25")] {
            let answer = introduction(&json!({ "protocolVersion": asked }));
            assert_eq!(answer["protocolVersion"], spoken);
        }
    }

    #[test]
    fn a_tool_that_is_none_is_refused_with_the_nearest() {
        let fault = called(json!({ "name": "list_run" })).unwrap_err();
        assert!(fault.message.contains("list_runs"), "{}", fault.message);
        let fault = called(json!({ "name": "list_runs", "arguments": [1] })).unwrap_err();
        assert!(fault.message.contains("params.arguments"), "{}", fault.message);
    }
}
