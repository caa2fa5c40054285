//! Where a request goes, as somebody wrote it down, in the one spelling that browsers give it.

use url::{Host, Url};

/// The longest address that is taken.
const LENGTH_MAX: usize = 2_048;

/// An address that can be posted to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target(Url);

/// Why a text is no such address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is too long.
    #[error("must have at most {LENGTH_MAX} characters, but has {0}")]
    TooLong(usize),
    /// It is no address.
    #[error("must be an address such as https://example.com/hook: {0}")]
    Unreadable(String),
    /// It is of another kind.
    #[error("must begin with https://, not with {0}://")]
    OtherScheme(String),
    /// It has a name and a password in it, which no receiver is sent.
    #[error("must not have a name or a password before its host")]
    WithUser,
    /// It has a part that no server is sent.
    #[error("must not have a part behind #, which is never sent")]
    WithFragment,
}

impl Target {
    /// Reads an address.
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        if text.len() > LENGTH_MAX {
            return Err(TargetError::TooLong(text.len()));
        }
        let url = Url::parse(text).map_err(|why| TargetError::Unreadable(why.to_string()))?;
        if !["https", "http"].contains(&url.scheme()) {
            return Err(TargetError::OtherScheme(url.scheme().chars().take(32).collect()));
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::WithUser);
        }
        if url.fragment().is_some() {
            return Err(TargetError::WithFragment);
        }
        Ok(Self(url))
    }

    /// The whole of it. What is behind the host may be a secret.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// Its host, and the port if that is no usual one.
    pub fn authority(&self) -> String {
        let host = self.0.host_str().unwrap_or_default();
        self.0.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
    }

    /// Whether nothing is encrypted.
    pub(super) fn is_plain(&self) -> bool {
        self.0.scheme() == "http"
    }

    pub(super) fn host(&self) -> Host<&str> {
        // Without one it would not have been read.
        self.0.host().unwrap_or(Host::Domain(""))
    }

    pub(super) fn port(&self) -> u16 {
        self.0.port_or_known_default().unwrap_or(0)
    }

    /// What a request asks for.
    pub(super) fn path_and_query(&self) -> &str {
        &self.0[url::Position::BeforePath..url::Position::AfterQuery]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_browsers_do() {
        let told = |text: &str| {
            let target = Target::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            format!("{} {} {}", target.authority(), target.port(), target.path_and_query())
        };
        assert_eq!(told("https://Hooks.Example.com/a/b?c=d"), "hooks.example.com 443 /a/b?c=d");
        assert_eq!(told("http://localhost:8080"), "localhost:8080 8080 /");
        for spelling in
            ["https://127.1/", "https://0x7f000001/", "https://2130706433", "https://0177.0.0.1"]
        {
            assert_eq!(told(spelling), "127.0.0.1 443 /", "{spelling}");
        }
        assert_eq!(told("https://[::FFFF:7f00:1]/"), "[::ffff:7f00:1] 443 /");
    }

    #[test]
    fn what_nobody_can_post_to_is_refused_with_what_is_wrong() {
        let long = format!("https://example.com/{}", "x".repeat(LENGTH_MAX));
        for (text, part) in [
            ("", "such as https://example.com/hook"),
            ("example.com/hook", "such as https://example.com/hook"),
            ("ftp://example.com", "not with ftp://"),
            ("file:///etc/passwd", "not with file://"),
            ("javascript:alert(1)", "not with javascript://"),
            ("https://ann:secret@example.com", "a name or a password"),
            ("https://example.com/#a", "behind #"),
            ("https://", "such as https://example.com/hook"),
            ("https://exa mple.com", "such as https://example.com/hook"),
            (&long, "at most 2048"),
        ] {
            let error = Target::parse(text).unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
        }
    }
}
