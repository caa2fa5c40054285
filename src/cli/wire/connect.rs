//! The way to a server. Knows addresses and limits, no command.

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use prost::Name;
use tonic::codec::CompressionEncoding;
use tonic::service::interceptor::InterceptedService;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use tonic_health::pb::health_client::HealthClient;

use crate::cli::text::fitting::Fitted;
use crate::cli::text::output;
use crate::cli::text::progress_mode::ProgressMode;
use crate::cli::wire::bearer::Bearer;
use crate::cli::wire::error::CliError;
use crate::json;
use crate::pb::access_service_client::AccessServiceClient;
use crate::pb::bundle_service_client::BundleServiceClient;
use crate::pb::hook_service_client::HookServiceClient;
use crate::pb::market_data_service_client::MarketDataServiceClient;
use crate::pb::result_service_client::ResultServiceClient;
use crate::pb::run_service_client::RunServiceClient;
use crate::pb::strategy_service_client::StrategyServiceClient;
use crate::pb::system_service_client::SystemServiceClient;

/// Where a server listens unless told otherwise.
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:50051";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a silent connection is checked, so that a dead server does not look like a slow run.
const PING_INTERVAL: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest answer that is taken: above any the server sends, below what would hurt.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// The options of every command that talks to a server.
#[derive(Clone, Debug, clap::Args)]
pub struct GlobalArgs {
    /// The server to talk to
    #[arg(
        long,
        global = true,
        env = "TRADEFORGE_SERVER", hide_env_values = true,
        value_name = "URL",
        default_value = DEFAULT_SERVER,
        help_heading = "Client options"
    )]
    pub server: String,
    /// File with the token to show the server.
    #[arg(
        long,
        help = "File with the token to show the server [default: the variable TRADEFORGE_TOKEN]",
        global = true,
        env = "TRADEFORGE_TOKEN_FILE",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "Client options"
    )]
    pub token_file: Option<PathBuf>,
    /// Certificate that the server's rests on, in PEM [default: those that the system trusts]
    #[arg(
        long,
        global = true,
        env = "TRADEFORGE_TLS_CA",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "Client options"
    )]
    pub tls_ca: Option<PathBuf>,
    /// Certificate to show the server, in PEM, where that knows its clients by one
    #[arg(
        long,
        global = true,
        env = "TRADEFORGE_CLIENT_CERT",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "Client options"
    )]
    pub client_cert: Option<PathBuf>,
    /// Key to that certificate, in PEM [default: in the same file]
    #[arg(
        long,
        global = true,
        env = "TRADEFORGE_CLIENT_KEY",
        hide_env_values = true,
        value_name = "FILE",
        help_heading = "Client options"
    )]
    pub client_key: Option<PathBuf>,
    /// Print answers, and errors, as JSON
    #[arg(long = "json", global = true, help_heading = "Client options")]
    pub is_json: bool,
}

/// An open connection to a server.
#[derive(Clone, Debug)]
pub struct Connection {
    channel: Channel,
    bearer: Bearer,
}

/// A channel that shows the token with each call.
pub type Line = InterceptedService<Channel, Bearer>;

impl GlobalArgs {
    /// Of a server that needs no token.
    pub const fn of(server: String, is_json: bool) -> Self {
        Self {
            server,
            token_file: None,
            tls_ca: None,
            client_cert: None,
            client_key: None,
            is_json,
        }
    }

    /// Connects to the server.
    ///
    /// # Errors
    ///
    /// `Usage` if the address is none, `Unreachable` if nobody answers there.
    pub async fn connect(&self) -> Result<Connection, CliError> {
        let endpoint = endpoint(&self.server)?;
        let bearer = Bearer::find(self.token_file.as_deref())?;
        bearer.refuse_in_the_open(endpoint.uri())?;
        let endpoint = self
            .secured(endpoint)?
            .connect_timeout(CONNECT_TIMEOUT)
            .http2_keep_alive_interval(PING_INTERVAL)
            .keep_alive_timeout(PING_TIMEOUT)
            .tcp_nodelay(true);
        let channel =
            endpoint.connect().await.map_err(|error| not_connected(self.server.clone(), &error))?;
        Ok(Connection { channel, bearer })
    }

    /// By TLS, where the address says so.
    fn secured(&self, endpoint: Endpoint) -> Result<Endpoint, CliError> {
        if endpoint.uri().scheme_str() != Some("https") {
            return match &self.client_cert {
                None => Ok(endpoint),
                Some(_) => Err(CliError::Usage {
                    message: format!("--client-cert: {} is no https", self.server),
                    help: "certificates are shown by TLS only: write https://".to_owned(),
                }),
            };
        }
        let tls = ClientTlsConfig::new();
        let tls = match &self.tls_ca {
            None => tls.with_native_roots(),
            Some(path) => tls.ca_certificate(Certificate::from_pem(bytes_of(path)?)),
        };
        let tls = match self.identity()? {
            Some(identity) => tls.identity(identity),
            None => tls,
        };
        endpoint.tls_config(tls).map_err(|error| CliError::Usage {
            message: format!("--tls-ca or --client-cert: cannot be used: {error}"),
            help: "give the certificate of whoever signed the server's, or one of yours with its \
                   key, in PEM"
                .to_owned(),
        })
    }

    /// What is shown to a server that knows its clients by certificates.
    fn identity(&self) -> Result<Option<Identity>, CliError> {
        match (&self.client_cert, &self.client_key) {
            (None, None) => Ok(None),
            (Some(certificate), key) => {
                let key = bytes_of(key.as_ref().unwrap_or(certificate))?;
                Ok(Some(Identity::from_pem(bytes_of(certificate)?, key)))
            }
            (None, Some(_)) => Err(CliError::Usage {
                message: "--client-key: is the key to no certificate".to_owned(),
                help: "give its certificate as well: --client-cert FILE".to_owned(),
            }),
        }
    }

    /// Prints an answer: as JSON if that was asked for, else as this text.
    pub(in crate::cli) fn answer<M: Name>(
        &self,
        message: &M,
        text: impl FnOnce(&M) -> String,
    ) -> Result<(), CliError> {
        let text = if self.is_json { json::object(message) } else { text(message) };
        Ok(output::data(&text)?)
    }

    /// Prints an answer: as JSON if that was asked for, else as this table, fitted to the terminal.
    pub(in crate::cli) fn answer_table<M: Name>(
        &self,
        message: &M,
        table: impl FnOnce(&M, Option<u16>) -> Fitted,
    ) -> Result<(), CliError> {
        if self.is_json {
            return Ok(output::data(&json::object(message))?);
        }
        let fitted = table(message, output::width());
        output::data(&fitted.text)?;
        if let Some(note) = fitted.note() {
            output::help(&note);
        }
        Ok(())
    }

    /// Says a line to a person, on stderr; a program that reads JSON is told nothing but errors.
    pub fn talk(&self, text: &str) {
        if !self.is_json {
            output::talk(text);
        }
    }

    /// Says what is allowed but perhaps not meant. Programs find it in the answer itself.
    pub(in crate::cli) fn warn(&self, warnings: &[String]) {
        if !self.is_json {
            for warning in warnings {
                output::warn(warning);
            }
        }
    }

    /// How progress is shown, unless a way was asked for.
    pub(in crate::cli) fn progress(&self, mode: ProgressMode) -> ProgressMode {
        match mode {
            ProgressMode::Auto if self.is_json => ProgressMode::None,
            mode => mode,
        }
    }

    /// A command line that goes on from here, with the server in it where that is needed.
    pub fn command(&self, command: &str) -> String {
        if self.server == DEFAULT_SERVER {
            return format!("tradeforge {command}");
        }
        format!("tradeforge {command} --server {}", self.server)
    }
}

impl Connection {
    /// Whether it serves.
    pub(in crate::cli) fn health(&self) -> HealthClient<Channel> {
        HealthClient::new(self.channel.clone())
    }

    /// Submitting, watching and stopping runs.
    pub fn runs(&self) -> RunServiceClient<Line> {
        RunServiceClient::new(self.line()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Reading what runs produced.
    pub fn results(&self) -> ResultServiceClient<Line> {
        ResultServiceClient::new(self.line())
            .max_decoding_message_size(ANSWER_BYTES_MAX)
            .accept_compressed(CompressionEncoding::Zstd)
            .accept_compressed(CompressionEncoding::Gzip)
    }

    /// Bars.
    pub fn market_data(&self) -> MarketDataServiceClient<Line> {
        MarketDataServiceClient::new(self.line()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// What can be run.
    pub fn strategies(&self) -> StrategyServiceClient<Line> {
        StrategyServiceClient::new(self.line()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// The server itself.
    pub fn system(&self) -> SystemServiceClient<Line> {
        SystemServiceClient::new(self.line())
    }

    /// Who may call.
    pub fn access(&self) -> AccessServiceClient<Line> {
        AccessServiceClient::new(self.line()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Runs as files.
    pub fn bundles(&self) -> BundleServiceClient<Line> {
        BundleServiceClient::new(self.line()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    /// Who is told what happened.
    pub fn hooks(&self) -> HookServiceClient<Line> {
        HookServiceClient::new(self.line()).max_decoding_message_size(ANSWER_BYTES_MAX)
    }

    fn line(&self) -> Line {
        InterceptedService::new(self.channel.clone(), self.bearer.clone())
    }
}

fn bytes_of(path: &Path) -> Result<Vec<u8>, CliError> {
    fs::read(path).map_err(|cause| CliError::File { path: path.to_owned(), cause })
}

/// Why nobody answered: a server that cannot prove who it is is there all the same.
fn not_connected(server: String, error: &(dyn Error + 'static)) -> CliError {
    let mut next = Some(error);
    while let Some(cause) = next {
        if cause.to_string().contains("certificate") {
            return CliError::Untrusted { server, cause: cause.to_string() };
        }
        next = cause.source();
    }
    CliError::Unreachable { server }
}

/// The endpoint of an address; `host:port` will do.
fn endpoint(server: &str) -> Result<Endpoint, CliError> {
    let refused = |message: String| CliError::Usage {
        message,
        help: format!("write --server {DEFAULT_SERVER}"),
    };
    let address = match server.split_once("://") {
        Some(("http" | "https", _)) => server.to_owned(),
        Some((scheme, _)) => {
            return Err(refused(format!("--server: {scheme} is neither http nor https")));
        }
        None => format!("http://{server}"),
    };
    Endpoint::from_shared(address)
        .and_then(|endpoint| endpoint.user_agent(concat!("tradeforge/", env!("CARGO_PKG_VERSION"))))
        .map_err(|_| refused(format!("--server: {server:?} is no address")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_and_a_port_are_address_enough() {
        let uri = |server| endpoint(server).map(|endpoint| endpoint.uri().to_string());
        assert_eq!(uri("localhost:50051").unwrap(), "http://localhost:50051/");
        assert_eq!(uri(DEFAULT_SERVER).unwrap(), "http://127.0.0.1:50051/");
    }

    #[test]
    fn an_address_that_cannot_work_is_wrong_usage() {
        for server in ["ftp://x", "", "http://", "https://", "a b"] {
            assert!(matches!(endpoint(server), Err(CliError::Usage { .. })), "{server:?}");
        }
    }

    #[test]
    fn advice_names_the_server_unless_it_is_the_usual_one() {
        let mut globals = GlobalArgs::of(DEFAULT_SERVER.to_owned(), false);
        assert_eq!(globals.command("watch R"), "tradeforge watch R");
        globals.server = "http://box:1".to_owned();
        assert_eq!(globals.command("watch R"), "tradeforge watch R --server http://box:1");
    }
}
