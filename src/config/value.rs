//! The kinds of values that settings have: read from text, shown as TOML.

use std::net::SocketAddr;
use std::num::NonZero;
use std::path::{Path, PathBuf};

use super::Access;

/// A value of a setting.
pub(super) trait Value: Sized {
    /// Whether it may be given several times.
    const IS_LIST: bool = false;

    /// What the texts say, or how they do not.
    fn read(texts: &[String]) -> Result<Self, String>;

    /// As TOML; `None` if there is none.
    fn show(&self) -> Option<String>;
}

fn only(texts: &[String]) -> Result<&str, String> {
    match texts {
        [text] => Ok(text),
        _ => Err(format!("must be one value, not {}", texts.len())),
    }
}

macro_rules! number {
    ($($type:ty),*) => { $(
        impl Value for $type {
            fn read(texts: &[String]) -> Result<Self, String> {
                let text = only(texts)?;
                let plain = text.replace('_', "");
                plain.parse().map_err(|_| format!("must be a whole number, not {text:?}"))
            }

            fn show(&self) -> Option<String> {
                Some(grouped(&self.to_string()))
            }
        }
    )* };
}

number!(u32, u64, usize, i32);

/// With `_` between thousands, as TOML allows.
fn grouped(digits: &str) -> String {
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text
}

impl Value for bool {
    fn read(texts: &[String]) -> Result<Self, String> {
        match only(texts)? {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            other => Err(format!("must be true or false, not {other:?}")),
        }
    }

    fn show(&self) -> Option<String> {
        Some(self.to_string())
    }
}

impl Value for Access {
    fn read(texts: &[String]) -> Result<Self, String> {
        match only(texts)? {
            "auto" => Ok(Self::Auto),
            "on" => Ok(Self::On),
            other => Err(format!("must be auto or on, not {other:?}")),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(match self {
            Self::Auto => "auto",
            Self::On => "on",
        }))
    }
}

impl Value for SocketAddr {
    fn read(texts: &[String]) -> Result<Self, String> {
        let text = only(texts)?;
        let example = "an address and a port, as in 127.0.0.1:50051";
        text.parse().map_err(|_| format!("must be {example}, not {text:?}"))
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.to_string()))
    }
}

impl Value for String {
    fn read(texts: &[String]) -> Result<Self, String> {
        match only(texts)? {
            "" => Err("must not be empty".to_owned()),
            text => Ok(text.to_owned()),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(self))
    }
}

impl Value for Option<String> {
    fn read(texts: &[String]) -> Result<Self, String> {
        String::read(texts).map(Some)
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(Value::show)
    }
}

/// The text, if it can name a fleet: a part of what things are called at a broker.
///
/// # Errors
///
/// What would be valid.
pub fn fleet_name(text: &str) -> Result<String, String> {
    const LENGTH_MAX: usize = 32;
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
    if (1..=LENGTH_MAX).contains(&text.len()) && text.chars().all(is_plain) {
        Ok(text.to_owned())
    } else {
        Err(format!("must be up to {LENGTH_MAX} letters, digits, - and _, not {text:?}"))
    }
}

/// An address of the web, without a slash at its end.
///
/// # Errors
///
/// What would be valid.
pub(super) fn web_address(text: &str) -> Result<String, String> {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |rest: &str| {
        let has_host = rest.chars().next().is_some_and(|first| first != '/');
        has_host
            && !rest.contains(|it: char| it.is_whitespace() || it.is_control() || "?#".contains(it))
    };
    if rest.is_some_and(is_plain) {
        return Ok(text.trim_end_matches('/').to_owned());
    }
    Err(format!("must be an address such as https://tradeforge.example.com, not {text:?}"))
}

/// Where a collector of traces listens. What it is to be told in secret has variables of its own.
///
/// # Errors
///
/// What would be valid.
pub(super) fn collector(text: &str) -> Result<String, String> {
    let is_plain = web_address(text).is_ok_and(|text| !text.contains('@'));
    if is_plain {
        return Ok(text.to_owned());
    }
    Err("must be an address such as http://localhost:4317, without a name or password".to_owned())
}

impl Value for PathBuf {
    fn read(texts: &[String]) -> Result<Self, String> {
        match only(texts)? {
            "" => Err("must name a folder, and is empty".to_owned()),
            text => Ok(Self::from(text)),
        }
    }

    fn show(&self) -> Option<String> {
        Some(quoted(&self.display().to_string()))
    }
}

impl Value for Option<PathBuf> {
    fn read(texts: &[String]) -> Result<Self, String> {
        PathBuf::read(texts).map(Some)
    }

    fn show(&self) -> Option<String> {
        self.as_ref().and_then(Value::show)
    }
}

impl Value for Option<NonZero<usize>> {
    fn read(texts: &[String]) -> Result<Self, String> {
        let count = NonZero::new(usize::read(texts)?);
        count.map(Some).ok_or_else(|| "must be at least 1, not 0".to_owned())
    }

    fn show(&self) -> Option<String> {
        self.and_then(|count| count.get().show())
    }
}

impl Value for Vec<String> {
    const IS_LIST: bool = true;

    fn read(texts: &[String]) -> Result<Self, String> {
        if texts.iter().any(String::is_empty) {
            return Err("must not have empty entries".to_owned());
        }
        Ok(texts.to_vec())
    }

    fn show(&self) -> Option<String> {
        let entries: Vec<String> = self.iter().map(|entry| quoted(entry)).collect();
        Some(format!("[{}]", entries.join(", ")))
    }
}

/// Reads a number of bytes: plain, or in KiB, MiB or GiB.
pub(super) fn read_bytes<N: TryFrom<u64>>(texts: &[String]) -> Result<N, String> {
    let text = only(texts)?;
    let units = [("KiB", 10), ("MiB", 20), ("GiB", 30)];
    let found = units.iter().find_map(|(unit, bits)| Some((text.strip_suffix(unit)?, *bits)));
    let (digits, bits) = found.unwrap_or((text, 0));
    let count = digits.trim().replace('_', "").parse::<u64>().ok();
    let bytes = count.and_then(|count| count.checked_mul(1 << bits));
    bytes.and_then(|bytes| N::try_from(bytes).ok()).ok_or_else(|| {
        format!("must be a number of bytes, as in 1048576 or \"1 MiB\", not {text:?}")
    })
}

/// In the largest unit that divides it.
pub(super) fn show_bytes(bytes: u64) -> Option<String> {
    for (unit, bits) in [("GiB", 30), ("MiB", 20), ("KiB", 10)] {
        if bytes > 0 && bytes.is_multiple_of(1 << bits) {
            return Some(quoted(&format!("{} {unit}", bytes >> bits)));
        }
    }
    bytes.show()
}

/// As a TOML string.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The place that systemd has made for a service, else the usual one for what a user keeps; `None`
/// if there is neither. A folder below the current one is never meant.
pub(super) fn default_data_dir(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    // Several are parted by colons, in the order of the unit's StateDirectory=.
    let state = variable("STATE_DIRECTORY").and_then(|folders| {
        let first = folders.to_str()?.split(':').next()?;
        Some(PathBuf::from(first)).filter(|folder| folder.is_absolute())
    });
    let of_user = || under(variable, "XDG_DATA_HOME", ".local/share");
    state.or_else(|| of_user().map(|base| base.join("tradeforge")))
}

/// The usual place for what a user sets; `None` if there is no home.
pub(super) fn default_config_file(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    under(variable, "XDG_CONFIG_HOME", ".config").map(|base| base.join("tradeforge/config.toml"))
}

/// The XDG specification has relative paths ignored.
fn under(variable: impl Fn(&str) -> Option<PathBuf>, name: &str, in_home: &str) -> Option<PathBuf> {
    let absolute = |name| variable(name).filter(|path: &PathBuf| path.is_absolute());
    absolute(name).or_else(|| absolute("HOME").map(|home| home.join(Path::new(in_home))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_are_kept_where_users_expect_them() {
        let in_home = |name: &str| (name == "HOME").then(|| PathBuf::from("/home/me"));
        let of_user = PathBuf::from("/home/me/.local/share/tradeforge");
        assert_eq!(default_data_dir(in_home), Some(of_user));
        let file = PathBuf::from("/home/me/.config/tradeforge/config.toml");
        assert_eq!(default_config_file(in_home), Some(file));
        let in_xdg = |name: &str| (name == "XDG_DATA_HOME").then(|| PathBuf::from("/data"));
        assert_eq!(default_data_dir(in_xdg), Some(PathBuf::from("/data/tradeforge")));
        assert_eq!(default_data_dir(|_| None), None);
        assert_eq!(default_config_file(|_| None), None);
    }

    #[test]
    fn a_service_of_systemd_keeps_things_in_its_state_directory() {
        let unit = |name: &str| match name {
            "STATE_DIRECTORY" => Some(PathBuf::from("/var/lib/tradeforge:/var/lib/other")),
            // Where a service without a user of its own is at home.
            "HOME" => Some(PathBuf::from("/")),
            _ => None,
        };
        assert_eq!(default_data_dir(unit), Some(PathBuf::from("/var/lib/tradeforge")));
    }

    #[test]
    fn bytes_are_read_and_shown_in_their_units() {
        let read = |text: &str| read_bytes::<u64>(&[text.to_owned()]);
        assert_eq!(read("1 MiB"), Ok(1 << 20));
        assert_eq!(read("4GiB"), Ok(4 << 30));
        assert_eq!(read("1_000"), Ok(1_000));
        for wrong in ["", "MiB", "1 MB", "-1", "99999999999 GiB"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        assert_eq!(show_bytes(4 << 20).unwrap(), "\"4 MiB\"");
        assert_eq!(show_bytes(1_234_567).unwrap(), "1_234_567");
    }
}
