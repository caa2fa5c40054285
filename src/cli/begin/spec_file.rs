//! `tradeforge submit`: whole submissions from a file, JSON or TOML, in the contract's own words.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Number, Value};
use uuid::Uuid;

use crate::cli::begin::submit;
use crate::cli::spec::submission::WaitingArgs;
use crate::cli::text::args::Moment;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::json;
use crate::pb;

/// The name that means stdin.
const STDIN: &str = "-";

/// Submits a run that is written down in a file.
#[derive(Debug, Args)]
pub struct SubmitArgs {
    /// A whole submission as JSON or TOML, in the contract's words: FILE.json, FILE.toml, or - for
    /// stdin, which may be either
    #[arg(value_name = "FILE")]
    path: PathBuf,
    #[command(flatten)]
    waiting: WaitingArgs,
}

/// Runs the command.
pub(in crate::cli) async fn run(args: &SubmitArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let text = if args.path == Path::new(STDIN) {
        io::read_to_string(io::stdin())
    } else {
        std::fs::read_to_string(&args.path)
    };
    let text = text.map_err(|cause| CliError::File { path: args.path.clone(), cause })?;
    let mut request = read(&args.path, &text)?;
    request.validate_only |= args.waiting.only_validates;
    if request.request_id.is_empty() {
        request.request_id = Uuid::now_v7().to_string();
    }
    submit::run(request, &args.waiting, globals).await
}

/// The submission that a file holds.
///
/// # Errors
///
/// `Usage` if its name tells no format, `Malformed` if it does not hold what its name says.
fn read(path: &Path, text: &str) -> Result<pb::SubmitRequest, CliError> {
    let malformed =
        |cause: String| CliError::Malformed { path: path.to_owned(), cause: cause.trim().into() };
    let format = match path.extension().and_then(|extension| extension.to_str()) {
        // No TOML begins so.
        _ if path == Path::new(STDIN) && text.trim_start().starts_with('{') => Some("json"),
        _ if path == Path::new(STDIN) => Some("toml"),
        extension => extension,
    };
    let value = match format {
        Some("json") => serde_json::from_str(text).map_err(|cause| malformed(cause.to_string()))?,
        Some("toml") => {
            let table: toml::Table =
                toml::from_str(text).map_err(|cause| malformed(cause.to_string()))?;
            from_toml(toml::Value::Table(table)).map_err(malformed)?
        }
        _ => {
            return Err(CliError::Usage {
                message: format!("{}: neither .json nor .toml", path.display()),
                help: "name the file by its format: FILE.json or FILE.toml".to_owned(),
            });
        }
    };
    json::message(value).map_err(malformed)
}

/// TOML in the shape of JSON. Times become RFC 3339, in UTC unless they say where.
fn from_toml(value: toml::Value) -> Result<Value, String> {
    Ok(match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::Number(number.into()),
        toml::Value::Float(number) => {
            Value::Number(Number::from_f64(number).ok_or_else(|| format!("{number} is no number"))?)
        }
        toml::Value::Boolean(is_on) => Value::Bool(is_on),
        toml::Value::Datetime(time) => {
            let moment: Moment = time.to_string().parse()?;
            Value::String(moment.to_string())
        }
        toml::Value::Array(items) => {
            Value::Array(items.into_iter().map(from_toml).collect::<Result<_, _>>()?)
        }
        toml::Value::Table(table) => {
            let pairs = table.into_iter().map(|(key, value)| Ok((key, from_toml(value)?)));
            Value::Object(pairs.collect::<Result<_, String>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pb::axis::Domain;
    use crate::pb::submit_request::Spec;

    const TOML: &str = r#"
display_name = "nightly"
reuse_policy = "REUSE_POLICY_ALWAYS_NEW"
[optimization]
axes = [{ name = "fast", int_range = { min_value = 5, max_value = 60, step = 5 } }]
param_constraints = [{ left = "fast", op = "COMPARISON_LESS", param = "slow" }]
[optimization.base]
strategy.name = "sma_cross"
params.slow.int_value = 50
time_range.start_time = 2022-01-01
subscriptions = [{ exchange = "SYN", symbol = "BTC", timeframe = "1h" }]
simulation.initial_cash = "10000"
"#;

    const JSON: &str = r#"{"displayName": "nightly", "reusePolicy": "REUSE_POLICY_ALWAYS_NEW",
        "optimization": {"axes": [{"name": "fast", "intRange":
            {"minValue": "5", "maxValue": 60, "step": 5}}],
        "paramConstraints": [{"left": "fast", "op": "COMPARISON_LESS", "param": "slow"}],
        "base": {"strategy": {"name": "sma_cross"}, "params": {"slow": {"intValue": "50"}},
            "timeRange": {"startTime": "2022-01-01T00:00:00Z"},
            "subscriptions": [{"exchange": "SYN", "symbol": "BTC", "timeframe": "1h"}],
            "simulation": {"initialCash": "10000"}}}}"#;

    fn of(name: &str, text: &str) -> Result<pb::SubmitRequest, CliError> {
        read(Path::new(name), text)
    }

    #[test]
    fn toml_and_json_say_the_same() {
        let request = of("night.toml", TOML).unwrap();
        for (name, text) in [("night.json", JSON), ("-", JSON), ("-", TOML)] {
            assert_eq!(request, of(name, text).unwrap(), "{name}");
        }
        let Some(Spec::Optimization(spec)) = request.spec else { panic!("no optimization") };
        let range = pb::IntDomain { min_value: 5, max_value: 60, step: 5 };
        assert_eq!(spec.axes[0].domain, Some(Domain::IntRange(range)));
    }

    #[test]
    fn a_name_that_the_contract_does_not_know_is_refused_by_that_name() {
        for (name, text) in [("a.json", r#"{"backtset": {}}"#), ("a.toml", "[backtset]\n")] {
            let error = of(name, text).unwrap_err().to_string();
            assert!(error.contains("backtset"), "{error}");
        }
    }

    #[test]
    fn a_file_that_is_not_what_its_name_says_is_refused() {
        for (name, text) in [("a.json", "{"), ("a.toml", "= 1"), ("a.toml", "priority = nan")] {
            assert!(matches!(of(name, text), Err(CliError::Malformed { .. })), "{text:?}");
        }
        assert!(matches!(of("a.yaml", "{}"), Err(CliError::Usage { .. })));
    }
}
