//! The arguments of the commands that start a server. What they do is not the command line's.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use clap::builder::ValueParser;
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};

use crate::config::{Given, Origin, SETTINGS, Setting};

/// Serves runs until it is told to stop. Its flags are the settings of `config`.
#[derive(Clone, Debug, Default)]
pub struct ServeArgs {
    /// The file of settings, if one is named.
    pub config: Option<PathBuf>,
    /// Whether the settings are only printed.
    pub prints_config: bool,
    /// Whether the data is in a temporary folder that is removed at the end.
    pub is_temporary: bool,
    /// Whether the server ends when whoever holds its standard input does.
    pub exits_with_stdin: bool,
    /// What flags and variables say.
    pub given: Vec<Given>,
}

/// Shows it all: a server, made-up bars, a backtest, a sweep and their results.
#[derive(Clone, Debug, Args)]
pub struct DemoArgs {
    /// End after the runs instead of serving on
    #[arg(long = "exit")]
    pub exits: bool,
    /// Address to listen on; if it is taken, a free port is used
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:50051")]
    pub listen: SocketAddr,
    /// Keep the data in this folder [default: a temporary one, removed at the end]
    #[arg(long, value_name = "DIR")]
    pub keep: Option<PathBuf>,
}

const CONFIG: &str = "config";
const PRINT_CONFIG: &str = "print-config";
const TEMPORARY: &str = "temporary";
const EXIT_WITH_STDIN: &str = "exit-with-stdin";
const DATA_DIR: &str = "data_dir";

impl Args for ServeArgs {
    fn augment_args(command: Command) -> Command {
        let config = Arg::new(CONFIG)
            .long(CONFIG)
            .env("TRADEFORGE_CONFIG")
            .hide_env_values(true)
            .value_name("FILE")
            .value_parser(ValueParser::path_buf())
            .help("File of settings [default: ~/.config/tradeforge/config.toml, if it is there]");
        let print_config = Arg::new(PRINT_CONFIG)
            .long(PRINT_CONFIG)
            .action(ArgAction::SetTrue)
            .help("Print the settings that hold, and who set them, and end");
        let temporary = Arg::new(TEMPORARY)
            .long(TEMPORARY)
            .action(ArgAction::SetTrue)
            .help("Keep the data in a temporary folder that is removed at the end");
        let exit_with_stdin =
            Arg::new(EXIT_WITH_STDIN).long(EXIT_WITH_STDIN).action(ArgAction::SetTrue).help(
                "End, as at SIGTERM, when standard input ends: a program that holds it open takes \
                 the server with it however it dies itself",
            );
        let modes = [config, print_config, temporary, exit_with_stdin];
        command.args(modes).args(SETTINGS.iter().map(argument))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

fn argument(setting: &Setting) -> Arg {
    let argument = Arg::new(setting.name)
        .long(setting.flag())
        .env(setting.variable())
        .hide_env_values(true)
        .help(match setting.unset {
            "" => setting.help.to_owned(),
            unset => format!("{} [default: {unset}]", setting.help),
        });
    match (setting.value_name, setting.is_list) {
        // A flag alone means true, and a variable says which.
        ("", _) => argument
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_name("BOOL"),
        (name, false) => argument.value_name(name),
        (name, true) => argument.value_name(name).action(ArgAction::Append).value_delimiter(','),
    }
}

impl FromArgMatches for ServeArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.config = matches.get_one::<PathBuf>(CONFIG).cloned();
        self.prints_config = matches.get_flag(PRINT_CONFIG);
        self.is_temporary = matches.get_flag(TEMPORARY);
        self.exits_with_stdin = matches.get_flag(EXIT_WITH_STDIN);
        self.given = SETTINGS.iter().filter_map(|setting| given(setting, matches)).collect();
        // A variable or a file only says what else would hold.
        if self.is_temporary && matches.value_source(DATA_DIR) == Some(ValueSource::CommandLine) {
            let message = "--temporary makes a folder of its own: it goes with no --data-dir\n";
            return Err(clap::Error::raw(ErrorKind::ArgumentConflict, message));
        }
        Ok(())
    }
}

impl ServeArgs {
    /// Takes that folder instead of what variables and the file of settings say.
    pub fn keep_data_in(&mut self, folder: &Path) {
        let texts = vec![folder.display().to_string()];
        let flag = Given { name: DATA_DIR.to_owned(), texts, origin: Origin::Flag };
        self.given.push(flag);
    }
}

fn given(setting: &Setting, matches: &ArgMatches) -> Option<Given> {
    let origin = match matches.value_source(setting.name)? {
        ValueSource::CommandLine => Origin::Flag,
        ValueSource::EnvVariable => Origin::Variable,
        _ => return None,
    };
    let texts = matches.get_many::<String>(setting.name)?.cloned().collect();
    Some(Given { name: setting.name.to_owned(), texts, origin })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Cli, Command};
    use clap::Parser as _;

    fn args(line: &str) -> ServeArgs {
        match Cli::try_parse_from(line.split(' ')).unwrap().command {
            Command::Serve(args) => args,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_flag_is_a_setting_by_its_name() {
        let line =
            "tradeforge serve --trials-max 3 --tls-elsewhere --cors-origin a,b --cors-origin c";
        let given = args(line).given;
        let said = |name: &str| given.iter().find(|it| it.name == name).map(|it| it.texts.clone());
        assert_eq!(said("trials_max").unwrap(), ["3"]);
        assert_eq!(said("tls_elsewhere").unwrap(), ["true"]);
        assert_eq!(said("cors_origin").unwrap(), ["a", "b", "c"]);
        assert_eq!(said("workers"), None);
    }

    #[test]
    fn a_temporary_folder_goes_with_no_other() {
        assert!(args("tradeforge serve --temporary").is_temporary);
        let line = "tradeforge serve --temporary --data-dir kept";
        let refused = Cli::try_parse_from(line.split(' ')).unwrap_err();
        assert_eq!(refused.kind(), ErrorKind::ArgumentConflict);
        assert!(refused.to_string().contains("--data-dir"), "{refused}");
    }
}
