//! `tradeforge strategies`: what can be run, and with which parameters; texts checked and kept.

use clap::{Args, Subcommand};

use crate::cli::spec::rule_check;
use crate::cli::spec::rule_file;
use crate::cli::text::output;
use crate::cli::text::param_text;
use crate::cli::text::table::{self, Column};
use crate::cli::wire::confirm::is_confirmed;
use crate::cli::wire::connect::{Connection, GlobalArgs};
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
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
    /// Print a strategy's parameters and metrics, or its text
    Show {
        /// The strategy's name
        name: String,
        /// This version of a saved one, instead of the newest
        #[arg(
            long = "version",
            value_name = "VERSION",
            default_value = "",
            hide_default_value = true
        )]
        version: String,
        /// Print the text instead: of a saved strategy, or of a shipped one that a text can say
        #[arg(long = "source")]
        is_source: bool,
    },
    /// Tell what is wrong with a strategy as text
    Check {
        /// A file of rules
        file: String,
    },
    /// Keep a strategy as text on the server, to be run by its name
    Save {
        /// The name: lower-case letters, digits and _
        name: String,
        /// A file of rules
        file: String,
    },
    /// Remove a saved strategy with all its versions; runs keep their text
    Rm {
        /// The strategy's name
        name: String,
        /// Do not ask
        #[arg(long = "yes", short = 'y')]
        is_sure: bool,
    },
    /// List the functions that a strategy as text may use, or define one
    Functions {
        /// Only this one
        name: Option<String>,
    },
}

/// Runs the command.
pub(in crate::cli) async fn run(
    args: &StrategiesArgs,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    use StrategiesCommand::{Check, Functions, Rm, Save, Show};
    let connection = globals.connect().await?;
    match &args.command {
        Some(Check { file }) => check(file, &connection, globals).await,
        Some(Save { name, file }) => save(name, file, &connection, globals).await,
        Some(Rm { name, is_sure }) => remove(name, *is_sure, &connection, globals).await,
        Some(Functions { name }) => functions(name.as_deref(), &connection, globals).await,
        Some(Show { name, version, is_source }) => {
            let request = pb::GetStrategyRequest { name: name.clone(), version: version.clone() };
            let response = connection.strategies().get_strategy(request).await?.into_inner();
            let strategy = response.strategy.ok_or(CliError::Incomplete("strategy"))?;
            let text = match (globals.is_json, is_source) {
                (true, _) => json::object(&strategy),
                (false, true) => source(&strategy)?,
                (false, false) => show(&strategy, output::width()),
            };
            output::data(&text)?;
            Ok(Exit::Ok)
        }
        None => {
            let request = pb::ListStrategiesRequest {};
            let response = connection.strategies().list_strategies(request).await?.into_inner();
            globals.answer(&response, |response| list(&response.strategies, output::width()))?;
            Ok(Exit::Ok)
        }
    }
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

/// Tells what is wrong with the text, or keeps it.
async fn save(
    name: &str,
    file: &str,
    connection: &Connection,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let source = rule_file::read(file)?;
    let request = pb::CheckStrategyRequest { source: source.clone() };
    let checked = connection.strategies().check_strategy(request).await?.into_inner();
    if checked.strategy.is_none() {
        globals.answer(&checked, |checked| rule_check::report(file, &source, checked))?;
        return Ok(Exit::Error);
    }
    let request = pb::SaveStrategyRequest { name: name.to_owned(), source };
    let response = connection.strategies().save_strategy(request).await?.into_inner();
    let version = response.strategy.as_ref().map_or("", |strategy| &strategy.version);
    globals.answer(&response, |response| {
        if response.is_new {
            format!("{name} is at version {version}; run it: tradeforge backtest {name}")
        } else {
            format!("{name} is at version {version} already, with the same text")
        }
    })?;
    Ok(Exit::Ok)
}

async fn remove(
    name: &str,
    is_sure: bool,
    connection: &Connection,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let question = format!("Remove the strategy {name} with all its versions?");
    if !is_confirmed(&question, is_sure, globals)? {
        return Ok(Exit::Error);
    }
    let request = pb::DeleteStrategyRequest { name: name.to_owned() };
    let response = connection.strategies().delete_strategy(request).await?.into_inner();
    globals.answer(&response, |_| format!("removed {name}"))?;
    Ok(Exit::Ok)
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

/// The text of a strategy, as it may be written to a file.
fn source(strategy: &pb::Strategy) -> Result<String, CliError> {
    if strategy.source.is_empty() {
        return Err(CliError::Missing {
            message: format!("{} has no text: it is a part of the server", strategy.name),
            help: "see its parameters without --source".to_owned(),
        });
    }
    Ok(strategy.source.trim_end_matches('\n').to_owned())
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
        "{} {}  {}\n{}{}\n\nPARAMETERS\n{}\nMETRICS\n{}",
        strategy.name,
        strategy.version,
        strategy.display_name,
        strategy.description,
        if strategy.sizes_itself { "\nIt sizes its entries by itself." } else { "" },
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
            default_value: Some("fast=10".parse::<crate::cli::text::args::Param>().unwrap().value),
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
    fn a_strategy_without_a_text_has_none_to_print() {
        assert!(matches!(source(&sma_cross()), Err(CliError::Missing { .. })));
        let text = "enter long when close > open\n".to_owned();
        let strategy = pb::Strategy { source: text, ..sma_cross() };
        assert_eq!(source(&strategy).unwrap(), "enter long when close > open");
    }
}
