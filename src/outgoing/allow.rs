//! What the operator admits beyond the world on port 443: a machine or a network of his own.

use std::net::IpAddr;
use std::str::FromStr;

/// One thing that is admitted: `HOST`, `ADDRESS` or `NETWORK/BITS`, before it `http://` where
/// nothing is to be encrypted, behind it `:PORT`, or `:*` for all ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    is_plain: bool,
    place: Place,
    /// `None` is every port.
    port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// Whatever that name means at the time.
    Name(String),
    Network(IpAddr, u32),
}

/// A text that admits nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "hook_allow: {text:?}: {why}; one is as \"hooks.example.com\", \"10.0.0.0/8:8443\" or \
     \"http://127.0.0.1:*\""
)]
pub struct AllowError {
    text: String,
    why: String,
}

impl Allowed {
    /// Whether it admits that port of that host, which is at that address.
    pub(super) fn admits(&self, is_plain: bool, host: &str, port: u16, address: IpAddr) -> bool {
        let is_there = match &self.place {
            Place::Name(name) => name.eq_ignore_ascii_case(host.trim_end_matches('.')),
            Place::Network(start, length) => is_within(address, *start, *length),
        };
        is_there && self.is_plain == is_plain && self.port.is_none_or(|it| it == port)
    }

    /// Whether it may admit such a thing at all, whatever the address is.
    pub(super) fn may_admit(&self, is_plain: bool, port: u16) -> bool {
        self.is_plain == is_plain && self.port.is_none_or(|it| it == port)
    }
}

fn is_within(address: IpAddr, start: IpAddr, length: u32) -> bool {
    match (address.to_canonical(), start) {
        (IpAddr::V4(it), IpAddr::V4(start)) => {
            (it.to_bits() ^ start.to_bits()).leading_zeros() >= length
        }
        (IpAddr::V6(it), IpAddr::V6(start)) => {
            (it.to_bits() ^ start.to_bits()).leading_zeros() >= length
        }
        _ => false,
    }
}

impl FromStr for Allowed {
    type Err = AllowError;

    fn from_str(text: &str) -> Result<Self, AllowError> {
        read(text.trim()).map_err(|why| AllowError { text: text.to_owned(), why })
    }
}

fn read(text: &str) -> Result<Allowed, String> {
    let (is_plain, rest) = match (text.strip_prefix("http://"), text.strip_prefix("https://")) {
        (Some(rest), _) => (true, rest),
        (None, Some(rest)) => (false, rest),
        (None, None) => (false, text),
    };
    // An address of IPv6 has colons of its own: with a port it stands in brackets.
    let (place, port) = if let Some(rest) = rest.strip_prefix('[') {
        let (inner, behind) = rest.split_once(']').ok_or("a bracket is not closed")?;
        // The bits of a network may stand within the brackets or behind them.
        match behind.strip_prefix('/').map(|bits| bits.split_once(':').unwrap_or((bits, ""))) {
            Some((bits, port)) => (format!("{inner}/{bits}"), port),
            None => (inner.to_owned(), behind.strip_prefix(':').unwrap_or(behind)),
        }
    } else if rest.matches(':').count() > 1 {
        (rest.to_owned(), "")
    } else {
        let (place, port) = rest.split_once(':').unwrap_or((rest, ""));
        (place.to_owned(), port)
    };
    let port = match port {
        "" => Some(if is_plain { 80 } else { 443 }),
        "*" => None,
        port => {
            let number = port.parse::<u16>().ok().filter(|port| *port > 0);
            Some(number.ok_or_else(|| format!("{port:?} is no port"))?)
        }
    };
    Ok(Allowed { is_plain, place: read_place(&place)?, port })
}

fn read_place(text: &str) -> Result<Place, String> {
    if let Some((start, bits)) = text.split_once('/') {
        let start: IpAddr = start.parse().map_err(|_| format!("{start:?} is no address"))?;
        let most = if start.is_ipv4() { 32 } else { 128 };
        let length = bits.parse::<u32>().ok().filter(|length| *length <= most);
        let length =
            length.ok_or_else(|| format!("a network has 0 to {most} bits, not {bits:?}"))?;
        return Ok(Place::Network(start, length));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Ok(Place::Network(address, if address.is_ipv4() { 32 } else { 128 }));
    }
    let is_letter = |it: char| it.is_ascii_alphanumeric() || "-._".contains(it);
    if text.is_empty() || text.len() > 253 || !text.chars().all(is_letter) {
        return Err(format!("{text:?} is neither a host nor an address nor a network"));
    }
    Ok(Place::Name(text.trim_end_matches('.').to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(rule: &str, is_plain: bool, host: &str, port: u16, address: &str) -> bool {
        let rule: Allowed = rule.parse().unwrap_or_else(|error| panic!("{error}"));
        rule.admits(is_plain, host, port, address.parse().unwrap())
    }

    #[test]
    fn a_rule_admits_what_it_names_and_nothing_beside_it() {
        for (rule, is_plain, host, port, address, is_admitted) in [
            ("10.0.0.0/8", false, "x.example", 443, "10.9.8.7", true),
            ("10.0.0.0/8", false, "x.example", 443, "11.0.0.1", false),
            ("10.0.0.0/8", false, "x.example", 8_443, "10.9.8.7", false),
            ("10.0.0.0/8", true, "x.example", 80, "10.9.8.7", false),
            ("10.0.0.0/8:8443", false, "x.example", 8_443, "10.9.8.7", true),
            ("http://127.0.0.1", true, "localhost", 80, "127.0.0.1", true),
            ("http://127.0.0.1", true, "localhost", 81, "127.0.0.1", false),
            ("http://127.0.0.1:*", true, "localhost", 81, "127.0.0.1", true),
            ("http://127.0.0.1:*", false, "localhost", 443, "127.0.0.1", false),
            ("127.0.0.0/8", false, "x", 443, "::ffff:127.0.0.1", true),
            ("Hooks.Example.com", false, "hooks.example.com.", 443, "10.0.0.1", true),
            ("hooks.example.com", false, "evil.hooks.example.com", 443, "10.0.0.1", false),
            ("[fd00::]/8:9000", false, "x", 9_000, "fd12::1", true),
            ("fd00::/8", false, "x", 443, "fd12::1", true),
            ("[::1]:8443", false, "x", 8_443, "::1", true),
            ("::1", false, "x", 443, "::2", false),
            ("0.0.0.0/0", false, "x", 443, "127.0.0.1", true),
        ] {
            let found = admits(rule, is_plain, host, port, address);
            assert_eq!(found, is_admitted, "{rule}: {host}:{port} at {address}");
        }
    }

    #[test]
    fn a_rule_that_cannot_be_read_says_how_one_looks() {
        for text in
            ["", "10.0.0.0/33", "::1/129", "10.0.0/8", "a b", "host:0", "host:99999", "[::1"]
        {
            let error = text.parse::<Allowed>().unwrap_err().to_string();
            assert!(error.contains("hook_allow") && error.contains("10.0.0.0/8:8443"), "{error}");
        }
    }
}
