//! From what was given to one set of settings: the later source wins, and all faults are told.

use std::fmt::{self, Write as _};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use super::Config;
use super::issuer::issuer_fault;
use super::setting::{SETTINGS, Setting};
use super::value::{default_config_file, default_data_dir};
use crate::spelling::nearest;

/// The table of the file that is the server's.
const SECTION: &str = "serve";

/// Where a value comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// It was not set.
    Default,
    /// The file.
    File(PathBuf),
    /// The environment.
    Variable,
    /// The command line.
    Flag,
}

/// One value as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// Of which setting.
    pub name: String,
    /// What was said, once or several times.
    pub texts: Vec<String>,
    /// By whom.
    pub origin: Origin,
}

/// What cannot be taken, and where it was said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// As in `--listen` or `config.toml: listen`.
    pub place: String,
    /// What is wrong with it.
    pub message: String,
}

/// Settings that cannot be taken, all of them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct ConfigError {
    /// What is wrong, in the order of the settings.
    pub faults: Vec<Fault>,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.faults.iter().map(|fault| format!("{}: {}", fault.place, fault.message));
        out.write_str(&lines.collect::<Vec<_>>().join("\n  "))
    }
}

/// Settings, and who set them.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What holds.
    pub config: Config,
    origins: Vec<Origin>,
}

/// Takes the defaults, then the file, then what was `given`, flags over variables.
///
/// # Errors
///
/// Every value that cannot be taken, and every key of the file that is none.
pub fn resolve(file: Option<&Path>, mut given: Vec<Given>) -> Result<Resolved, ConfigError> {
    let variable = |name: &str| std::env::var_os(name).map(PathBuf::from);
    let mut faults = Vec::new();
    let mut all = match file {
        Some(path) => read_file(path, &mut faults),
        None => match default_config_file(variable) {
            Some(path) if path.exists() => read_file(&path, &mut faults),
            _ => Vec::new(),
        },
    };
    given.sort_by_key(|given| given.origin == Origin::Flag);
    all.append(&mut given);
    let usual_place = default_data_dir(variable);
    let has_place = usual_place.is_some() || all.iter().any(|given| given.name == "data_dir");
    if !has_place {
        let message = "there is no home to keep data in (neither HOME nor XDG_DATA_HOME is set): \
                       say --data-dir DIR, or give the systemd unit a StateDirectory= \
                       (STATE_DIRECTORY)";
        faults.push(Fault { place: "--data-dir".to_owned(), message: message.to_owned() });
    }
    let mut config = Config::new(usual_place.unwrap_or_default());
    let mut origins = Vec::new();
    for setting in SETTINGS {
        let last = all.iter().rfind(|given| given.name == setting.name);
        if let Some(given) = last
            && let Err(message) = (setting.read)(&mut config, &given.texts)
        {
            faults.push(Fault { place: place(setting, &given.origin), message });
        }
        origins.push(last.map_or(Origin::Default, |given| given.origin.clone()));
    }
    let resolved = Resolved { config, origins };
    resolved.check(&mut faults);
    if faults.is_empty() { Ok(resolved) } else { Err(ConfigError { faults }) }
}

fn place(setting: &Setting, origin: &Origin) -> String {
    match origin {
        Origin::Default => setting.name.to_owned(),
        Origin::File(path) => format!("{}: {}", path.display(), setting.name),
        Origin::Variable => setting.variable(),
        Origin::Flag => format!("--{}", setting.flag()),
    }
}

fn read_file(path: &Path, faults: &mut Vec<Fault>) -> Vec<Given> {
    let mut fault = |place: String, message| faults.push(Fault { place, message });
    let of_file = path.display().to_string();
    let table = match fs::read_to_string(path).map(|text| text.parse::<Table>()) {
        Ok(Ok(table)) => table,
        Ok(Err(error)) => {
            fault(of_file, format!("is no TOML: {}", error.to_string().trim_end()));
            return Vec::new();
        }
        Err(error) => {
            fault(of_file, unreadable(&error));
            return Vec::new();
        }
    };
    let mut given = Vec::new();
    for (section, value) in table {
        match value {
            Value::Table(keys) if section == SECTION => {
                for (name, value) in keys {
                    let texts = texts(&value);
                    let place = format!("{of_file}: {name}");
                    match (SETTINGS.iter().any(|it| it.name == name), texts) {
                        (true, Ok(texts)) => {
                            let origin = Origin::File(path.to_owned());
                            given.push(Given { name, texts, origin });
                        }
                        (true, Err(message)) => fault(place, message),
                        (false, _) => fault(place, unknown(&name)),
                    }
                }
            }
            _ => fault(format!("{of_file}: {section}"), format!("only [{SECTION}] stands here")),
        }
    }
    given
}

fn unreadable(error: &io::Error) -> String {
    format!("cannot be read: {error}")
}

fn texts(value: &Value) -> Result<Vec<String>, String> {
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Integer(number) => Ok(vec![number.to_string()]),
        Value::Boolean(flag) => Ok(vec![flag.to_string()]),
        Value::Array(entries) => {
            let each = entries.iter().map(|entry| match entry {
                Value::String(text) => Ok(text.clone()),
                other => Err(format!("must be a list of strings; a {} is none", other.type_str())),
            });
            each.collect()
        }
        other => {
            let kind = other.type_str();
            Err(format!("must be a string, a whole number, true or false, not a {kind}"))
        }
    }
}

fn unknown(name: &str) -> String {
    let names: Vec<&str> = SETTINGS.iter().map(|setting| setting.name).collect();
    match nearest(name, &names) {
        Some(known) => format!("is no setting; did you mean {known}?"),
        None => format!("is no setting; there are {}", names.join(", ")),
    }
}

impl Resolved {
    fn origin(&self, name: &str) -> (&'static Setting, &Origin) {
        let known = SETTINGS.iter().zip(&self.origins).find(|(setting, _)| setting.name == name);
        known.unwrap_or((&SETTINGS[0], &self.origins[0]))
    }

    /// What holds between settings.
    fn check(&self, faults: &mut Vec<Fault>) {
        let Config { listen, tls_certificate, tls_key, tls_elsewhere, .. } = &self.config;
        let Config { tls_client_ca, tls_client_required, .. } = &self.config;
        let mut fault = |name, message| {
            let (setting, origin) = self.origin(name);
            faults.push(Fault { place: place(setting, origin), message });
        };
        match (tls_certificate, tls_key) {
            (Some(_), None) => {
                fault("tls_cert", "needs its key as well: --tls-key FILE".to_owned());
            }
            (None, Some(_)) => {
                fault("tls_key", "is the key to no certificate: --tls-cert FILE".to_owned());
            }
            (None, None) if !listen.ip().is_loopback() && !tls_elsewhere => {
                let message = format!(
                    "{listen} can be reached from other machines, and whoever is on the way could \
                     read tokens: give it a certificate (--tls-cert FILE --tls-key FILE), or say \
                     --tls-elsewhere if a proxy before it speaks TLS, or listen on 127.0.0.1"
                );
                fault("listen", message);
            }
            _ => {}
        }
        if let Some((name, message)) = issuer_fault(&self.config) {
            fault(name, message);
        }
        if tls_client_ca.is_some() && tls_certificate.is_none() {
            let message = "clients show certificates to who shows one: --tls-cert FILE --tls-key \
                           FILE";
            fault("tls_client_ca", message.to_owned());
        }
        if *tls_client_required && tls_client_ca.is_none() {
            let message = "needs to know what clients' certificates rest on: --tls-client-ca FILE";
            fault("tls_client_required", message.to_owned());
        }
    }

    /// As a file that says the same, each value with its origin.
    pub fn to_toml(&self) -> String {
        let mut text = format!("[{SECTION}]\n");
        for (setting, origin) in SETTINGS.iter().zip(&self.origins) {
            let origin = said_by(setting, origin);
            let line = match (setting.show)(&self.config) {
                Some(value) => format!("{} = {value}", setting.name),
                None => format!("# {} is not set: {}", setting.name, setting.unset),
            };
            _ = writeln!(text, "{line:<48} # {origin}");
        }
        text
    }

    /// The same as JSON: each setting with its value, null while it is not set, and its origin.
    pub fn to_json(&self) -> String {
        let settings = SETTINGS.iter().zip(&self.origins).map(|(setting, origin)| {
            let value = (setting.show)(&self.config).and_then(|toml| {
                let table: Table = format!("value = {toml}").parse().ok()?;
                serde_json::to_value(table.get("value")?).ok()
            });
            let origin = said_by(setting, origin);
            (setting.name.to_owned(), serde_json::json!({ "value": value, "origin": origin }))
        });
        serde_json::Value::Object(settings.collect()).to_string()
    }
}

/// Who set it, in a word.
fn said_by(setting: &Setting, origin: &Origin) -> String {
    match origin {
        Origin::Default => "default".to_owned(),
        Origin::File(path) => path.display().to_string(),
        Origin::Variable => setting.variable(),
        Origin::Flag => format!("--{}", setting.flag()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(name: &str, text: &str, origin: Origin) -> Given {
        Given { name: name.to_owned(), texts: vec![text.to_owned()], origin }
    }

    fn file(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), text).unwrap();
        folder
    }

    fn resolved(text: &str, given: Vec<Given>) -> Result<Resolved, ConfigError> {
        let folder = file(text);
        resolve(Some(&folder.path().join("config.toml")), given)
    }

    #[test]
    fn flags_win_over_variables_and_those_over_the_file() {
        let text = "[serve]\nlive_runs_max = 1\nrunning_sweeps_max = 2\ntrials_max = 3\n";
        let flag = given("live_runs_max", "11", Origin::Flag);
        let variables =
            ["live_runs_max", "running_sweeps_max"].map(|name| given(name, "7", Origin::Variable));
        let config = resolved(text, [vec![flag], variables.into()].concat()).unwrap().config;
        assert_eq!(
            (config.live_runs_max, config.running_sweeps_max, config.trials_max),
            (11, 7, 3)
        );
        assert_eq!(config.watch_streams_max, 20_000);
    }

    #[test]
    fn every_fault_is_told_with_its_place_and_the_nearest_name() {
        let text =
            "[serve]\nlive_run_max = 1\nrunning_sweeps_max = \"many\"\nworkers = 1.5\n[server]\n";
        let flag = given("listen", "0.0.0.0:1", Origin::Flag);
        let told = resolved(text, vec![flag]).unwrap_err();
        let told: Vec<String> =
            told.faults.iter().map(|it| format!("{}: {}", it.place, it.message)).collect();
        let all = told.join("\n");
        for said in [
            "live_run_max: is no setting; did you mean live_runs_max?",
            "running_sweeps_max: must be a whole number, not \"many\"",
            "workers: must be a string, a whole number, true or false, not a float",
            "server: only [serve] stands here",
            "--listen: 0.0.0.0:1 can be reached from other machines",
        ] {
            assert!(all.contains(said), "{said} in\n{all}");
        }
        assert_eq!(told.len(), 5, "{all}");
    }

    #[test]
    fn listening_to_other_machines_must_be_said_plainly() {
        let listen = given("listen", "0.0.0.0:1", Origin::Variable);
        assert!(resolved("", vec![listen.clone()]).is_err());
        let elsewhere = given("tls_elsewhere", "true", Origin::Flag);
        let config = resolved("", vec![listen.clone(), elsewhere]).unwrap().config;
        assert!(config.asks_callers(), "without TLS of its own, and still by token");
        let half = given("tls_cert", "/cert.pem", Origin::Flag);
        let whole = [half.clone(), given("tls_key", "/key.pem", Origin::Flag)];
        let config = resolved("", [vec![listen.clone()], whole.into()].concat()).unwrap().config;
        assert!(config.asks_callers());
        let told = resolved("", vec![listen, half]).unwrap_err().to_string();
        assert_eq!(told, "--tls-cert: needs its key as well: --tls-key FILE");
        let clients = given("tls_client_ca", "/clients.pem", Origin::Flag);
        let told = resolved("", vec![clients]).unwrap_err().to_string();
        assert!(told.starts_with("--tls-client-ca: clients show certificates to who"), "{told}");
        let required = given("tls_client_required", "true", Origin::Flag);
        let told = resolved("", vec![required]).unwrap_err().to_string();
        assert!(told.ends_with("rest on: --tls-client-ca FILE"), "{told}");
        let near = resolved("", vec![given("listen", "[::1]:1", Origin::Flag)]).unwrap().config;
        assert!(!near.asks_callers());
        let told = resolved("access = 1", Vec::new()).unwrap_err().to_string();
        assert!(told.contains("only [serve] stands here"), "{told}");
        let told = resolved("[serve]\naccess = \"off\"", Vec::new()).unwrap_err().to_string();
        assert!(told.contains("must be auto or on, not \"off\""), "{told}");
    }

    #[test]
    fn what_is_printed_says_the_same_when_it_is_read() {
        let text = "[serve]\nimport_root = \"/tmp/a b\"\ncors_origin = [\"http://a\", \"b\"]\n\
                    cache_bytes = \"3 MiB\"\nupload_bytes_max = 12345\nworkers = 2\n";
        let first = resolved(text, Vec::new()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&first.to_json()).unwrap();
        assert_eq!(json["upload_bytes_max"]["value"], 12_345);
        assert_eq!(json["cache_bytes"]["value"], "3 MiB");
        assert_eq!(json["trials_max"]["origin"], "default");
        let printed = first.to_toml();
        assert_eq!(resolved(&printed, Vec::new()).unwrap().config, first.config, "{printed}");
    }

    #[test]
    fn a_file_that_is_named_must_be_there() {
        let told = resolve(Some(Path::new("/nothing/here.toml")), Vec::new()).unwrap_err();
        assert!(told.to_string().contains("/nothing/here.toml: cannot be read"), "{told}");
    }

    #[test]
    fn numbers_have_bounds() {
        for (name, text) in [("live_runs_max", "0"), ("upload_bytes_max", "1"), ("workers", "0")] {
            assert!(resolved("", vec![given(name, text, Origin::Flag)]).is_err(), "{name}");
        }
    }
}
