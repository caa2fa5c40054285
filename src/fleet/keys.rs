//! Keys and permissions of a fleet, written down for its broker, its server and its workers.
//!
//! A key that is there stays: who comes later is added, and nobody else notices.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use nkeys::{KeyPair, KeyPairType};

use super::names::Names;
use crate::system::file_for_owner;

/// The broker's file, the server's key, and the folder of the workers' keys.
const BROKER_FILE: &str = "nats.conf";
const SERVER_KEY: &str = "server.nk";
const WORKERS_DIR: &str = "workers";
const KEY_SUFFIX: &str = "nk";
/// Workers of one fleet that have a key.
const WORKERS_MAX: usize = 10_000;

/// For whom keys are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetKeys {
    /// Where all of it is written.
    pub dir: PathBuf,
    /// The name of the fleet.
    pub fleet: String,
    /// Names of workers, beside those that have a key there already.
    pub workers: Vec<String>,
    /// Where the broker listens, as in `0.0.0.0:4222`.
    pub listen: String,
    /// Certificate and key by which the broker shows who it is.
    pub tls: Option<(PathBuf, PathBuf)>,
}

/// What was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// For the broker.
    pub broker_file: PathBuf,
    /// For the server.
    pub server_key: PathBuf,
    /// For each worker: its name, its file, and whether that is new.
    pub workers: Vec<(String, PathBuf, bool)>,
}

/// Why nothing, or not all, was written.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// A file or folder cannot be used.
    #[error("{path}: {source}")]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file holds something else.
    #[error(
        "{0} is there and holds no key of a user (a line SU…): move it away, or name another folder"
    )]
    NoKey(PathBuf),
    /// There are too many.
    #[error("a fleet has keys for up to {WORKERS_MAX} workers, not for {0}")]
    TooMany(usize),
    /// A path cannot be written into the broker's file.
    #[error("{0} has a character that the broker's file cannot have")]
    Path(PathBuf),
    /// There are no random numbers.
    #[error("the system has no random numbers: {0}")]
    Random(#[from] getrandom::Error),
}

fn in_file(path: &Path) -> impl FnOnce(io::Error) -> KeysError {
    move |source| KeysError::File { path: path.to_owned(), source }
}

/// Writes keys for the server and each worker, and what the broker is to be told of them.
///
/// # Errors
///
/// What cannot be written or read; what was written until then stays, and is found the next time.
pub fn init(keys: &FleetKeys) -> Result<Written, KeysError> {
    let workers_dir = keys.dir.join(WORKERS_DIR);
    fs::create_dir_all(&workers_dir).map_err(in_file(&workers_dir))?;
    let mut names = known(&workers_dir)?;
    names.extend(keys.workers.iter().cloned());
    names.sort();
    names.dedup();
    if names.len() > WORKERS_MAX {
        return Err(KeysError::TooMany(names.len()));
    }
    let server_key = keys.dir.join(SERVER_KEY);
    let (server, _) = key(&server_key, "the server")?;
    let mut workers = Vec::new();
    let mut users = Vec::new();
    for name in names {
        let path = workers_dir.join(format!("{name}.{KEY_SUFFIX}"));
        let (public, is_new) = key(&path, &format!("the worker {name}"))?;
        users.push(user(&Names::of(&keys.fleet), &name, &public));
        workers.push((name, path, is_new));
    }
    let broker_file = keys.dir.join(BROKER_FILE);
    let text = broker_text(keys, &server, &users)?;
    // Whole or not at all: a broker may be told to read it again at any time.
    let unfinished = keys.dir.join(format!("{BROKER_FILE}.unfinished"));
    fs::write(&unfinished, text).map_err(in_file(&unfinished))?;
    fs::rename(&unfinished, &broker_file).map_err(in_file(&broker_file))?;
    Ok(Written { broker_file, server_key, workers })
}

/// Who has a key there.
fn known(dir: &Path) -> Result<Vec<String>, KeysError> {
    let mut names = Vec::new();
    for entry in fs::read_dir(dir).map_err(in_file(dir))? {
        let path = entry.map_err(in_file(dir))?.path();
        let is_key = path.extension().is_some_and(|suffix| suffix == KEY_SUFFIX);
        let Some(name) = path.file_stem().and_then(|name| name.to_str()) else { continue };
        // What could not be named here was not written here, and may say anything to a broker.
        let is_plain =
            name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if is_key && is_plain {
            names.push(name.to_owned());
        }
    }
    Ok(names)
}

/// The public part of the key in that file, which is made if it is not there, for nobody else to
/// read; and whether it was.
fn key(path: &Path, whose: &str) -> Result<(String, bool), KeysError> {
    let file = file_for_owner().create_new(true).open(path);
    let mut file = match file {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let text = fs::read_to_string(path).map_err(in_file(path))?;
            let seed = text.lines().map(str::trim).rfind(|line| line.starts_with("SU"));
            let pair = seed.and_then(|seed| KeyPair::from_seed(seed).ok());
            let pair = pair.ok_or_else(|| KeysError::NoKey(path.to_owned()))?;
            return Ok((pair.public_key(), false));
        }
        Err(error) => return Err(in_file(path)(error)),
    };
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    let no_key = |_| KeysError::NoKey(path.to_owned());
    let pair = KeyPair::new_from_raw(KeyPairType::User, bytes).map_err(no_key)?;
    let (public, seed) = (pair.public_key(), pair.seed().map_err(no_key)?);
    let text = format!("# Of {whose}: {public}\n{seed}\n");
    file.write_all(text.as_bytes()).map_err(in_file(path))?;
    Ok((public, true))
}

/// A worker, and what it may do: say and ask what workers do, take work, and hear what is for it.
fn user(names: &Names, name: &str, public: &str) -> String {
    let quoted = |subjects: Vec<String>| {
        let quoted: Vec<_> = subjects.iter().map(|subject| format!("\"{subject}\"")).collect();
        quoted.join(", ")
    };
    let says = quoted(names.said_by_workers());
    let hears = quoted(vec![format!("{}.>", names.inbox(name))]);
    format!(
        "    # {name}\n    {{ nkey: {public}, permissions: {{\n\
        \x20       publish: {{ allow: [ {says} ] }}\n\
        \x20       subscribe: {{ allow: [ {hears} ] }} }} }}\n"
    )
}

fn broker_text(keys: &FleetKeys, server: &str, users: &[String]) -> Result<String, KeysError> {
    let FleetKeys { fleet, listen, tls, .. } = keys;
    let tls = match tls {
        None => String::new(),
        Some((certificate, key)) => {
            let (certificate, key) = (quoted(certificate)?, quoted(key)?);
            format!("tls {{\n    cert_file: {certificate}\n    key_file: {key}\n}}\n")
        }
    };
    let users = users.concat();
    Ok(format!(
        "# The broker of the fleet {fleet}, by `tradeforge fleet init`, which writes it anew.\n\
         listen: \"{listen}\"\n{tls}\
         # The queue of work lies in memory, and nothing else.\n\
         jetstream {{ max_memory_store: 256MB, max_file_store: 64MB }}\n\
         authorization {{\n  users: [\n    # The server.\n    {{ nkey: {server} }}\n\
         {users}  ]\n}}\n"
    ))
}

/// A path as the broker's file has it.
fn quoted(path: &Path) -> Result<String, KeysError> {
    let unsayable = || KeysError::Path(path.to_owned());
    let text = path.to_str().ok_or_else(unsayable)?;
    if text.chars().any(|letter| letter.is_control() || "\"\\".contains(letter)) {
        return Err(unsayable());
    }
    Ok(format!("\"{text}\""))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn keys(dir: &Path, workers: &[&str]) -> FleetKeys {
        let workers = workers.iter().map(|name| (*name).to_owned()).collect();
        let (fleet, listen) = ("f".to_owned(), "127.0.0.1:4222".to_owned());
        FleetKeys { dir: dir.to_owned(), fleet, workers, listen, tls: None }
    }

    #[test]
    fn keys_stay_when_others_are_added_and_are_for_nobody_else_to_read() {
        let folder = tempfile::tempdir().unwrap();
        let dir = folder.path().join("fleet");
        let first = init(&keys(&dir, &["b"])).unwrap();
        let before = fs::read_to_string(&first.workers[0].1).unwrap();
        let second = init(&keys(&dir, &["a", "b", "a"])).unwrap();
        let named: Vec<_> = second.workers.iter().map(|it| (it.0.as_str(), it.2)).collect();
        assert_eq!(named, [("a", true), ("b", false)]);
        assert_eq!(fs::read_to_string(&first.workers[0].1).unwrap(), before);
        let text = fs::read_to_string(&second.broker_file).unwrap();
        assert_eq!(text.matches("nkey: U").count(), 3);
        for (_, path, _) in &second.workers {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
            let seed = fs::read_to_string(path).unwrap();
            let seed = seed.lines().last().unwrap();
            assert!(!text.contains(seed), "a seed is for its worker alone");
            let public = KeyPair::from_seed(seed).unwrap().public_key();
            assert!(text.contains(&public));
        }
    }

    #[test]
    fn what_is_no_key_is_not_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(SERVER_KEY), "my notes\n").unwrap();
        let refused = init(&keys(folder.path(), &[])).unwrap_err().to_string();
        assert!(refused.contains("server.nk"), "{refused}");
        let tls = Some((PathBuf::from("a\"b"), PathBuf::from("key")));
        fs::remove_file(folder.path().join(SERVER_KEY)).unwrap();
        assert!(init(&FleetKeys { tls, ..keys(folder.path(), &[]) }).is_err());
        fs::write(folder.path().join(WORKERS_DIR).join("a } x.nk"), "SUX").unwrap();
        assert_eq!(init(&keys(folder.path(), &[])).unwrap().workers, []);
    }
}
