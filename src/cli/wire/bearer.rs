//! The token that the command line shows to a server: out of the environment or a file, never an
//! argument, which every user of the machine could read.

use std::env;
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use tonic::metadata::AsciiMetadataValue;
use tonic::service::Interceptor;
use tonic::transport::Uri;
use tonic::{Request, Status};

use crate::cli::wire::error::CliError;

/// Where a token is looked for, after a file that is named.
pub(in crate::cli) const VARIABLE: &str = "TRADEFORGE_TOKEN";

/// Shows a token with each call, if there is one.
#[derive(Clone, Debug, Default)]
pub struct Bearer(Option<AsciiMetadataValue>);

impl Bearer {
    /// Out of that file, else out of the environment.
    pub(in crate::cli) fn find(file: Option<&Path>) -> Result<Self, CliError> {
        let text = match file {
            Some(path) => fs::read_to_string(path)
                .map_err(|cause| CliError::File { path: path.to_owned(), cause })?,
            None => env::var(VARIABLE).unwrap_or_default(),
        };
        Self::of(text.trim(), file)
    }

    fn of(token: &str, file: Option<&Path>) -> Result<Self, CliError> {
        if token.is_empty() {
            return Ok(Self(None));
        }
        let value = format!("Bearer {token}").parse::<AsciiMetadataValue>();
        let mut value = value.map_err(|_| CliError::Usage {
            message: match file {
                Some(path) => format!("{} holds no token", path.display()),
                None => format!("{VARIABLE} holds no token"),
            },
            help: "a token looks like tf_8d0c4k2m_…; an admin makes one with: \
                   tradeforge token add OWNER"
                .to_owned(),
        })?;
        // Not to be printed by whatever prints requests.
        value.set_sensitive(true);
        Ok(Self(Some(value)))
    }

    /// Refuses to say it where others can listen.
    pub(in crate::cli) fn refuse_in_the_open(&self, uri: &Uri) -> Result<(), CliError> {
        let host = uri.host().unwrap_or_default().trim_matches(['[', ']']);
        let is_near = host == "localhost" || host.parse().is_ok_and(|it: IpAddr| it.is_loopback());
        if self.0.is_none() || is_near || uri.scheme_str() == Some("https") {
            return Ok(());
        }
        Err(CliError::Usage {
            message: format!(
                "a token is not sent to {host} over http: everybody on the way reads it"
            ),
            help: "write https://, or leave the token away".to_owned(),
        })
    }
}

impl Interceptor for Bearer {
    fn call(&mut self, mut request: Request<()>) -> Result<Request<()>, Status> {
        if let Some(value) = &self.0 {
            request.metadata_mut().insert("authorization", value.clone());
        }
        Ok(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_goes_to_another_machine_by_tls_only() {
        let bearer = Bearer::of("tf_x", None).unwrap();
        let refused = |uri: &str| bearer.refuse_in_the_open(&uri.parse().unwrap()).is_err();
        for near in ["http://127.0.0.1:1", "http://localhost:1", "http://[::1]:1", "https://box:1"]
        {
            assert!(!refused(near), "{near}");
        }
        for far in ["http://box:1", "http://10.0.0.7:1", "http://localhost.evil.example"] {
            assert!(refused(far), "{far}");
        }
        let none = Bearer::default();
        assert!(none.refuse_in_the_open(&"http://box:1".parse().unwrap()).is_ok());
    }

    #[test]
    fn a_token_is_not_printed() {
        let bearer = Bearer::of("tf_secret", None).unwrap();
        assert!(!format!("{bearer:?}").contains("secret"), "{bearer:?}");
        assert!(matches!(Bearer::of("two\nlines", None), Err(CliError::Usage { .. })));
    }
}
