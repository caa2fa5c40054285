//! `tradeforge token` and `tradeforge whoami`: who may call the server.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::cli::text::figures::{self, ABSENT};
use crate::cli::text::fitting::{self, Fitted};
use crate::cli::text::foreign::word;
use crate::cli::text::table::Column;
use crate::cli::wire::connect::GlobalArgs;
use crate::cli::wire::error::CliError;
use crate::cli::wire::exit::Exit;
use crate::pb;

/// Makes, lists and ends tokens.
#[derive(Debug, Subcommand)]
pub enum TokenCommand {
    /// Make a token and print it; it is not kept, and nobody can show it again
    Add(AddTokenArgs),
    /// List tokens, the newest first, also those that hold no more
    List(ListTokensArgs),
    /// End a token, and every stream that was opened with it
    Rm(RemoveTokenArgs),
}

/// What a token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum RoleName {
    /// Read everything
    Viewer,
    /// Submit and import; cancel and remove the owner's runs
    Submitter,
    /// Everything
    Admin,
}

/// Which token to make.
#[derive(Debug, Args)]
pub struct AddTokenArgs {
    /// Whose runs are made with it: a person, a team or a program
    #[arg(value_name = "OWNER")]
    owner: String,
    /// What it may do
    #[arg(long, value_enum, default_value_t = RoleName::Submitter)]
    role: RoleName,
    /// Days that it holds
    #[arg(
        long,
        value_name = "N",
        default_value_t = 90,
        value_parser = clap::value_parser!(u32).range(1..=3_653)
    )]
    days: u32,
    /// A client's certificate, in PEM, that is to be the token: whoever has its key is let in
    #[arg(long, value_name = "FILE")]
    certificate: Option<PathBuf>,
    /// What it is for
    #[arg(long = "for", value_name = "TEXT", default_value = "", hide_default_value = true)]
    purpose: String,
}

/// Which tokens to list.
#[derive(Debug, Args)]
pub struct ListTokensArgs {
    /// Only those of this owner
    #[arg(long, value_name = "OWNER", default_value = "", hide_default_value = true)]
    owner: String,
}

/// Which token to end.
#[derive(Debug, Args)]
pub struct RemoveTokenArgs {
    /// Its id, as `token list` shows it
    #[arg(value_name = "ID")]
    id: String,
}

/// Runs the command.
pub(in crate::cli) async fn run(
    command: &TokenCommand,
    globals: &GlobalArgs,
) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let mut access = connection.access();
    match command {
        TokenCommand::Add(args) => {
            let request = pb::CreateTokenRequest {
                owner: args.owner.clone(),
                role: args.role.to_wire().into(),
                description: args.purpose.clone(),
                certificate: certificate(args.certificate.as_deref())?,
                ttl: Some(prost_types::Duration {
                    seconds: i64::from(args.days) * 86_400,
                    nanos: 0,
                }),
            };
            let made = access.create_token(request).await?.into_inner();
            tell_made(&made, globals)?;
        }
        TokenCommand::List(args) => {
            let request = pb::ListTokensRequest { owner: args.owner.clone() };
            let answer = access.list_tokens(request).await?.into_inner();
            globals.answer_table(&answer, |answer, width| table(&answer.tokens, width))?;
        }
        TokenCommand::Rm(args) => {
            let request = pb::RevokeTokenRequest { token_id: args.id.clone() };
            let answer = access.revoke_token(request).await?.into_inner();
            globals.answer(&answer, |_| format!("token {} is ended", args.id))?;
        }
    }
    Ok(Exit::Ok)
}

/// The secret, or of a certificate its id, and how it is ended.
fn tell_made(made: &pb::CreateTokenResponse, globals: &GlobalArgs) -> Result<(), CliError> {
    let token = made.token.clone().unwrap_or_default();
    let is_certificate = made.secret.is_empty();
    let printed = if is_certificate { &token.token_id } else { &made.secret };
    globals.answer(made, |_| printed.clone())?;
    let keep = if is_certificate { "" } else { " keep it now, it is not shown again;" };
    let end = globals.command(&format!("token rm {}", token.token_id));
    globals.talk(&format!("token {} of {}:{keep} end it with: {end}", token.token_id, token.owner));
    Ok(())
}

/// Of that file; nothing without one.
fn certificate(path: Option<&Path>) -> Result<String, CliError> {
    let Some(path) = path else { return Ok(String::new()) };
    let bytes = fs::read(path);
    let bytes = bytes.map_err(|cause| CliError::File { path: path.to_owned(), cause })?;
    let text = String::from_utf8_lossy(&bytes).into_owned();
    // A file that holds the key as well is not sent anywhere.
    if text.contains("PRIVATE KEY") {
        let cause = "holds a private key, which nobody else is to have; give the certificate alone";
        return Err(CliError::Malformed { path: path.to_owned(), cause: cause.to_owned() });
    }
    Ok(text)
}

/// Tells who the server takes the caller for.
pub(in crate::cli) async fn whoami(globals: &GlobalArgs) -> Result<Exit, CliError> {
    let connection = globals.connect().await?;
    let answer = connection.access().who_am_i(pb::WhoAmIRequest {}).await?.into_inner();
    globals.answer(&answer, |caller| {
        if caller.token_id.is_empty() {
            return "anybody: this server asks nobody, and whoever reaches it may do all"
                .to_owned();
        }
        let (owner, role) = (word(&caller.owner), role_word(caller.role()));
        let end = caller.expire_time.as_ref().map(figures::moment_full);
        let end = end.map_or_else(String::new, |end| format!(", until {end}"));
        format!("{owner}, {role}, by token {}{end}", caller.token_id)
    })?;
    Ok(Exit::Ok)
}

impl RoleName {
    const fn to_wire(self) -> pb::Role {
        match self {
            Self::Viewer => pb::Role::Viewer,
            Self::Submitter => pb::Role::Submitter,
            Self::Admin => pb::Role::Admin,
        }
    }
}

const fn role_word(role: pb::Role) -> &'static str {
    match role {
        pb::Role::Unspecified => "of no role",
        pb::Role::Viewer => "viewer",
        pb::Role::Submitter => "submitter",
        pb::Role::Admin => "admin",
    }
}

fn table(tokens: &[pb::Token], width: Option<u16>) -> Fitted {
    let columns = [
        Column::Word("ID"),
        Column::Text("OWNER"),
        Column::Word("ROLE"),
        Column::Word("HOLDS"),
        Column::Word("LAST USE"),
        Column::Word("CREATED"),
        Column::Text("FOR"),
    ];
    let rows = tokens.iter().map(row).collect();
    fitting::fit(&columns, rows, width, &["CREATED", "LAST USE", "FOR"])
}

fn row(token: &pb::Token) -> Vec<String> {
    let moment = |time: &Option<prost_types::Timestamp>| {
        time.as_ref().map_or_else(|| ABSENT.to_owned(), figures::moment_full)
    };
    let holds = match (&token.revoke_time, &token.expire_time) {
        (Some(_), _) => "revoked".to_owned(),
        (None, Some(end)) => format!("until {}", figures::moment_full(end)),
        (None, None) => "for ever".to_owned(),
    };
    vec![
        token.token_id.clone(),
        token.owner.clone(),
        role_word(token.role()).to_owned(),
        holds,
        moment(&token.last_use_time),
        moment(&token.create_time),
        token.description.clone(),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_says_of_each_token_how_long_it_holds() {
        let token = |id: &str| pb::Token {
            token_id: id.to_owned(),
            owner: "ann".to_owned(),
            role: pb::Role::Submitter.into(),
            ..Default::default()
        };
        let end = Some(figures::from_unix_ms(1_743_465_600_000));
        let tokens = [
            token("endless0"),
            pb::Token { expire_time: end, ..token("expiring") },
            pb::Token { expire_time: end, revoke_time: end, ..token("revoked0") },
        ];
        let text = table(&tokens, None).text;
        let line = |id: &str| text.lines().find(|line| line.contains(id)).unwrap().to_owned();
        assert!(line("endless0").contains("for ever"), "{text}");
        assert!(line("expiring").contains("until 2025-04-01"), "{text}");
        assert!(line("revoked0").contains("revoked") && !line("revoked0").contains("until"));
    }
}
