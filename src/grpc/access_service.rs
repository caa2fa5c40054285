//! `AccessService`: tokens made, told and ended.

use std::sync::Arc;
use std::time::Duration;

use tonic::{Request, Response, Status};

use super::access_status::{access_off, not_admitted, token_not_found};
use super::caller::caller;
use super::convert::{timestamp, wait};
use super::status::invalid;
use crate::access::{NewToken, TokenError, TokenInfo, Tokens};
use crate::excerpt::excerpt;
use crate::pb;
use crate::pb::access_service_server::AccessService;
use crate::run::{Role, Violations};

const OWNER_LENGTH_MAX: usize = 64;
const DESCRIPTION_LENGTH_MAX: usize = 200;
const TTL_USUAL: Duration = Duration::from_hours(90 * 24);
const TTL_MIN: Duration = Duration::from_mins(1);
const TTL_MAX: Duration = Duration::from_hours(3_653 * 24);

pub(super) struct AccessServer {
    /// `None` where nobody is asked.
    pub(super) tokens: Option<Arc<Tokens>>,
}

impl AccessServer {
    fn tokens(&self) -> Result<&Arc<Tokens>, Status> {
        self.tokens.as_ref().ok_or_else(access_off)
    }
}

#[tonic::async_trait]
impl AccessService for AccessServer {
    async fn who_am_i(
        &self,
        request: Request<pb::WhoAmIRequest>,
    ) -> Result<Response<pb::WhoAmIResponse>, Status> {
        let caller = caller(&request);
        Ok(Response::new(pb::WhoAmIResponse {
            owner: caller.owner,
            role: role_to_wire(caller.role).into(),
            token_id: caller.token_id,
            expire_time: caller.expire_ms.map(timestamp),
        }))
    }

    async fn create_token(
        &self,
        request: Request<pb::CreateTokenRequest>,
    ) -> Result<Response<pb::CreateTokenResponse>, Status> {
        let new = new_token(request.into_inner())?;
        let made = self.tokens()?.create(new).await;
        let (secret, token) = made.map_err(|error| not_admitted(&error))?;
        let secret = secret.reveal().to_owned();
        Ok(Response::new(pb::CreateTokenResponse { token: Some(told(token)), secret }))
    }

    async fn list_tokens(
        &self,
        request: Request<pb::ListTokensRequest>,
    ) -> Result<Response<pb::ListTokensResponse>, Status> {
        let owner = request.into_inner().owner;
        let tokens = self.tokens()?.list(&owner).into_iter().map(told).collect();
        Ok(Response::new(pb::ListTokensResponse { tokens }))
    }

    async fn revoke_token(
        &self,
        request: Request<pb::RevokeTokenRequest>,
    ) -> Result<Response<pb::RevokeTokenResponse>, Status> {
        let id = request.into_inner().token_id;
        let ended = self.tokens()?.revoke(&id).await;
        let ended = ended.map_err(|error| not_admitted(&TokenError::Store(error)))?;
        let token = ended.ok_or_else(|| token_not_found(&excerpt(&id)))?;
        Ok(Response::new(pb::RevokeTokenResponse { token: Some(told(token)) }))
    }
}

fn new_token(wire: pb::CreateTokenRequest) -> Result<NewToken, Status> {
    let mut violations = Violations::default();
    violations.check("owner", owner_of(&wire.owner));
    let role = violations.check("role", role_from_wire(wire.role));
    let length = wire.description.chars().count();
    if length > DESCRIPTION_LENGTH_MAX {
        let message =
            format!("must have at most {DESCRIPTION_LENGTH_MAX} characters, but has {length}");
        violations.add("description", message);
    }
    let ttl = wait(wire.ttl.as_ref(), "ttl", &mut violations).unwrap_or(TTL_USUAL);
    if !(TTL_MIN..=TTL_MAX).contains(&ttl) {
        let message = format!("must be from a minute to ten years, but is {} s", ttl.as_secs_f64());
        violations.add("ttl", message);
    }
    violations.into_result().map_err(|violations| invalid(&violations))?;
    // Without a violation there is one.
    let role = role.unwrap_or(Role::Viewer);
    Ok(NewToken { owner: wire.owner, role, description: wire.description, ttl: Some(ttl) })
}

fn owner_of(text: &str) -> Result<(), String> {
    let is_allowed = |it: char| it.is_ascii_alphanumeric() || ".-_@".contains(it);
    if (1..=OWNER_LENGTH_MAX).contains(&text.len()) && text.chars().all(is_allowed) {
        return Ok(());
    }
    let shown = excerpt(text);
    Err(format!("must be 1 to {OWNER_LENGTH_MAX} letters, digits or any of . _ - @, not {shown:?}"))
}

fn role_from_wire(number: i32) -> Result<Role, String> {
    match pb::Role::try_from(number) {
        Ok(pb::Role::Viewer) => Ok(Role::Viewer),
        Ok(pb::Role::Submitter) => Ok(Role::Submitter),
        Ok(pb::Role::Admin) => Ok(Role::Admin),
        Ok(pb::Role::Unspecified) => Err("is required: VIEWER, SUBMITTER or ADMIN".to_owned()),
        Err(_) => Err(format!("must be VIEWER, SUBMITTER or ADMIN, not {number}")),
    }
}

const fn role_to_wire(role: Role) -> pb::Role {
    match role {
        Role::Viewer => pb::Role::Viewer,
        Role::Submitter => pb::Role::Submitter,
        Role::Admin => pb::Role::Admin,
    }
}

fn told(token: TokenInfo) -> pb::Token {
    pb::Token {
        token_id: token.id,
        owner: token.owner,
        role: role_to_wire(token.role).into(),
        description: token.description,
        create_time: Some(timestamp(token.create_ms)),
        expire_time: token.expire_ms.map(timestamp),
        last_use_time: token.last_use_ms.map(timestamp),
        revoke_time: token.revoke_ms.map(timestamp),
    }
}
