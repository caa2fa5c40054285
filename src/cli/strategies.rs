//! `tradeforge strategies`: what can be run, and with which parameters.

use clap::{Args, Subcommand};

use super::connect::{Connection, GlobalArgs};
use super::error::CliError;
use super::exit::Exit;
use super::table::{self, Column};
use super::{output, param_text, rule_check, rule_file};
use crate::json;
use crate::pb;
use crate::pb::param_spec::Domain;

/// Lists strategies, or shows one.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct StrategiesArgs {
    #[command(subcommand)]
    command: Option<StrategiesCommand>,
}

/// What to do with strategies, if not to list them.
#[derive(Debug, Subcommand)]
enum StrategiesCommand {
    /// Print a strategy's parameters and metrics
    Show {
        /// The strategy's name
        name: String,
    },
    /// Tell what is wrong with a strategy as text
    Check {
        /// A file of rules
        file: String,
    },
    /// List the functions that a strategy as text may use, or define one
    Functions {
        /// Only this one
        name: Option<String>,
    },
}

/// Runs the command.
pub(super) async fn run(args: &StrategiesArgs, globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    match &args.command {
        Some(StrategiesCommand::Check { file }) => return check(file, &connection, globals).await,
        Some(StrategiesCommand::Functions { name }) => {
            return functions(name.as_deref(), &connection, globals).await;
        }
        None | Some(StrategiesCommand::Show { .. }) => {}
    }
    let request = pb::ListStrategiesRequest {};
    let response = connection.strategies().list_strategies(request).await?.into_inner();
    match &args.command {
        Some(StrategiesCommand::Show { name }) => {
            let strategy = find(&response.strategies, name)?;
            let width = output::width();
            let text = if globals.is_json { json::object(strategy) } else { show(strategy, width) };
            output::data(&text)?;
        }
        _ => globals.answer(&response, |response| list(&response.strategies, output::width()))?,
    }
    Ok(Exit::Ok)
}

/// Exits with an error if the text has one.
async fn check(
    file: &str,
    connection: &Connection,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let source = rule_file::read(file)?;
    let request = pb::CheckStrategyRequest { source: source.clone() };
    let response = connection.strategies().check_strategy(request).await?.into_inner();
    globals.answer(&response, |response| rule_check::report(file, &source, response))?;
    Ok(if response.strategy.is_some() { Exit::Ok } else { Exit::Error })
}

async fn functions(
    name: Option<&str>,
    connection: &Connection,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let request = pb::DescribeLanguageRequest {};
    let response = connection.strategies().describe_language(request).await?.into_inner();
    let text = rule_check::functions(&response, name).ok_or_else(|| CliError::Missing {
        message: format!("no function {}", name.unwrap_or_default()),
        help: "list them with: tradeforge strategies functions".to_owned(),
    })?;
    globals.answer(&response, |_| text.clone())?;
    Ok(Exit::Ok)
}

fn find<'a>(strategies: &'a [pb::Strategy], name: &str) -> Result<&'a pb::Strategy, CliError> {
    if let Some(strategy) = strategies.iter().find(|strategy| strategy.name == name) {
        return Ok(strategy);
    }
    let likeness = |known: &str| strsim::jaro_winkler(known, name);
    let nearest = strategies
        .iter()
        .map(|strategy| strategy.name.as_str())
        .max_by(|left, right| likeness(left).total_cmp(&likeness(right)));
    let guess = nearest.filter(|known| likeness(known) > 0.7);
    let guess = guess.map(|known| format!("did you mean {known}? ")).unwrap_or_default();
    Err(CliError::Missing {
        message: format!("no strategy {name}"),
        help: format!("{guess}list them with: tradeforge strategies"),
    })
}

fn list(strategies: &[pb::Strategy], width: Option<u16>) -> String {
    let columns = [Column::Text("NAME"), Column::Text("PARAMETERS"), Column::Text("WHAT IT DOES")];
    let rows = strategies.iter().map(|strategy| {
        let params = strategy.params.iter().map(|spec| {
            format!(
                "{}={}",
                spec.name,
                spec.default_value.as_ref().map_or_else(String::new, param_text::param)
            )
        });
        let first_sentence = strategy.description.split_inclusive(". ").next().unwrap_or_default();
        let params = params.collect::<Vec<_>>().join(" ");
        vec![strategy.name.clone(), params, first_sentence.trim_end().to_owned()]
    });
    table::wrapped(&columns, rows.collect(), width)
}

fn show(strategy: &pb::Strategy, width: Option<u16>) -> String {
    let params = strategy.params.iter().map(|spec| {
        let (kind, range) = domain(spec.domain.as_ref());
        let default = spec.default_value.as_ref().map(param_text::param).unwrap_or_default();
        vec![
            spec.name.clone(),
            kind.to_owned(),
            range,
            format!("default {default}"),
            spec.unit.clone(),
            spec.description.clone(),
        ]
    });
    let metrics = strategy
        .metrics
        .iter()
        .map(|spec| vec![spec.name.clone(), spec.unit.clone(), spec.description.clone()]);
    format!(
        "{} {}  {}\n{}\n\nPARAMETERS\n{}\nMETRICS\n{}",
        strategy.name,
        strategy.version,
        strategy.display_name,
        strategy.description,
        table::without_headings(&[Column::Text(""); 6], params.collect(), width),
        table::without_headings(&[Column::Text(""); 3], metrics.collect(), width),
    )
}

/// A domain as its type and its range.
fn domain(domain: Option<&Domain>) -> (&'static str, String) {
    match domain {
        Some(Domain::IntDomain(d)) => ("int", format!("{} .. {}", d.min_value, d.max_value)),
        Some(Domain::DoubleDomain(d)) => ("double", format!("{} .. {}", d.min_value, d.max_value)),
        Some(Domain::BoolDomain(_)) => ("bool", "true | false".to_owned()),
        Some(Domain::ChoiceDomain(d)) => ("choice", d.values.join(" | ")),
        None => ("", String::new()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sma_cross() -> pb::Strategy {
        let fast = pb::ParamSpec {
            name: "fast".to_owned(),
            unit: "bars".to_owned(),
            description: "Length of the fast average.".to_owned(),
            default_value: Some("fast=10".parse::<super::super::args::Param>().unwrap().value),
            domain: Some(Domain::IntDomain(pb::IntDomain {
                min_value: 1,
                max_value: 500,
                step: 1,
            })),
            ..Default::default()
        };
        pb::Strategy {
            name: "sma_cross".to_owned(),
            version: "1".to_owned(),
            description: "Follows the trend. Trades seldom.".to_owned(),
            params: vec![fast],
            ..Default::default()
        }
    }

    #[test]
    fn a_list_shows_what_p_would_take() {
        let list = list(&[sma_cross()], None);
        assert!(list.ends_with("sma_cross  fast=10     Follows the trend.\n"), "{list}");
    }

    #[test]
    fn a_parameter_shows_type_range_default_and_unit() {
        let text = show(&sma_cross(), None);
        let row = "fast  int  1 .. 500  default 10  bars  Length of the fast average.";
        assert!(text.contains(row), "{text}");
    }

    #[test]
    fn a_near_miss_is_told_what_was_perhaps_meant() {
        let strategies = [sma_cross()];
        let help = |name| match find(&strategies, name) {
            Err(CliError::Missing { help, .. }) => help,
            other => panic!("{other:?}"),
        };
        assert!(help("smacross").starts_with("did you mean sma_cross? "));
        assert!(help("zzz").starts_with("list them with"));
    }
}
