//! `AccessService`: tokens made, told and ended.

use std::sync::Arc;
use std::time::Duration;

use tonic::{Request, Response, Status};

use super::access_status::{access_off, not_admitted, token_not_found};
use super::caller::{actor, caller};
use super::convert::{timestamp, wait};
use super::page::{Tokens as PageTokens, fitting, foreign_token, size};
use super::status::invalid;
use crate::access::{Fingerprint, NewToken, TokenError, TokenInfo, Tokens};
use crate::excerpt::excerpt;
use crate::pb;
use crate::pb::access_service_server::AccessService;
use crate::run::{
    OWNER_LENGTH_MAX, OwnerUse, Quota, Role, SHARE_MAX, SHARE_USUAL, Violations, is_owner_name,
};
use crate::runner::Runner;
use crate::storage::{AuditEvent, AuditQuery};

const DESCRIPTION_LENGTH_MAX: usize = 200;
const CERTIFICATE_LENGTH_MAX: usize = 64 << 10;
const AUDIT_PAGE_SIZE: usize = 100;
const AUDIT_PAGE_SIZE_MAX: usize = 1_000;
const TTL_USUAL: Duration = Duration::from_hours(90 * 24);
const TTL_MIN: Duration = Duration::from_mins(1);
const TTL_MAX: Duration = Duration::from_hours(3_653 * 24);

pub(super) struct AccessServer {
    pub(super) runner: Arc<Runner>,
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
        let name = (!caller.owner.is_empty()).then_some(caller.owner.as_str());
        let owner = match name {
            Some(name) => self.runner.owners(Some(name)).await?.pop(),
            None => None,
        };
        Ok(Response::new(pb::WhoAmIResponse {
            quota: owner.as_ref().map(|it| quota_to_wire(it.quota)),
            live_runs: owner.as_ref().map_or(0, |it| it.live_runs as i32),
            trials_today: owner.as_ref().map_or(0, |it| it.trials_today as i64),
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
        let actor = actor(&request);
        let request = request.into_inner();
        let certificate = certificate_of(&request.certificate);
        let (new, certificate) = new_token(request, certificate)?;
        if let Some(certificate) = certificate {
            let made = self.tokens()?.register(new, certificate, &actor).await;
            let token = Some(told(made.map_err(|error| not_admitted(&error))?));
            return Ok(Response::new(pb::CreateTokenResponse { token, secret: String::new() }));
        }
        let made = self.tokens()?.create(new, &actor).await;
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
        let actor = actor(&request);
        let id = request.into_inner().token_id;
        let ended = self.tokens()?.revoke(&id, &actor).await;
        let ended = ended.map_err(|error| not_admitted(&TokenError::Store(error)))?;
        let token = ended.ok_or_else(|| token_not_found(&excerpt(&id)))?;
        Ok(Response::new(pb::RevokeTokenResponse { token: Some(told(token)) }))
    }

    async fn list_owners(
        &self,
        _request: Request<pb::ListOwnersRequest>,
    ) -> Result<Response<pb::ListOwnersResponse>, Status> {
        self.tokens()?;
        let owners = self.runner.owners(None).await?.iter().map(owner_to_wire).collect();
        Ok(Response::new(pb::ListOwnersResponse { owners }))
    }

    async fn set_quota(
        &self,
        request: Request<pb::SetQuotaRequest>,
    ) -> Result<Response<pb::SetQuotaResponse>, Status> {
        self.tokens()?;
        let actor = actor(&request);
        let request = request.into_inner();
        let quota = quota(&request).map_err(|violations| invalid(&violations))?;
        let owner = self.runner.set_quota(&request.owner, quota, &actor).await?;
        Ok(Response::new(pb::SetQuotaResponse { owner: Some(owner_to_wire(&owner)) }))
    }

    async fn list_audit_events(
        &self,
        request: Request<pb::ListAuditEventsRequest>,
    ) -> Result<Response<pb::ListAuditEventsResponse>, Status> {
        let request = request.into_inner();
        let limit = size(request.page_size, AUDIT_PAGE_SIZE, AUDIT_PAGE_SIZE_MAX)?;
        let query = AuditQuery::new(&request.filter).map_err(|violations| invalid(&violations))?;
        let pages = PageTokens::bound_to(&["audit", &request.filter]);
        let before = match pages.read(&request.page_token)? {
            Some(text) => Some(text.parse().map_err(|_| foreign_token())?),
            None => None,
        };
        self.tokens()?;
        let found = self.runner.audit(&query, before, limit + 1).await?;
        let page = &found[..found.len().min(limit)];
        let events: Vec<pb::AuditEvent> = fitting(page.iter().map(event)).await;
        let last = events.last().filter(|_| events.len() < found.len());
        let token = last.map(|event| pages.write(&event.event_id.to_string()));
        let next_page_token = token.unwrap_or_default();
        Ok(Response::new(pb::ListAuditEventsResponse { events, next_page_token }))
    }
}

fn quota(wire: &pb::SetQuotaRequest) -> Result<Quota, Violations> {
    let mut violations = Violations::default();
    violations.check("owner", owner_of(&wire.owner));
    let mut count = |field: &str, value: Option<i64>| {
        let read = u64::try_from(value?);
        violations.check(field, read.map_err(|_| "must not be below 0; 0 means no limit"))
    };
    let live_runs_max = count("live_runs_max", wire.live_runs_max);
    let trials_per_day_max = count("trials_per_day_max", wire.trials_per_day_max);
    let share = wire.share.and_then(|share| {
        let read = u32::try_from(share).ok().filter(|share| (1..=SHARE_MAX).contains(share));
        let why = || format!("must be from 1 to {SHARE_MAX}, but is {share}");
        violations.check("share", read.ok_or_else(why))
    });
    let priority_max = wire.priority_max;
    let quota = Quota { live_runs_max, trials_per_day_max, priority_max, share };
    violations.into_result().map(|()| quota)
}

fn quota_to_wire(quota: Quota) -> pb::Quota {
    pb::Quota {
        live_runs_max: quota.live_runs_max.unwrap_or(0) as i64,
        trials_per_day_max: quota.trials_per_day_max.unwrap_or(0) as i64,
        priority_max: quota.priority_max.unwrap_or(0),
        share: quota.share.unwrap_or(SHARE_USUAL) as i32,
    }
}

fn owner_to_wire(owner: &OwnerUse) -> pb::Owner {
    let own = [
        ("live_runs_max", owner.own.live_runs_max.is_some()),
        ("trials_per_day_max", owner.own.trials_per_day_max.is_some()),
        ("priority_max", owner.own.priority_max.is_some()),
        ("share", owner.own.share.is_some()),
    ];
    let own = own.into_iter().filter(|(_, is_own)| *is_own);
    pb::Owner {
        name: owner.owner.clone(),
        quota: Some(quota_to_wire(owner.quota)),
        live_runs: owner.live_runs as i32,
        trials_today: owner.trials_today as i64,
        own_limits: own.map(|(name, _)| name.to_owned()).collect(),
    }
}

fn event(event: &AuditEvent) -> pb::AuditEvent {
    pb::AuditEvent {
        event_id: event.event_no,
        time: Some(timestamp(event.time_ms)),
        actor: event.actor.clone(),
        token_id: event.token_id.clone(),
        address: event.address.clone(),
        action: event.action.clone(),
        subject: event.subject.clone(),
        outcome: event.outcome.clone(),
        details: event.details.clone(),
    }
}

/// `None` where none is sent.
fn certificate_of(text: &str) -> Result<Option<Fingerprint>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let length = text.len();
    if length > CERTIFICATE_LENGTH_MAX {
        let message = format!("must have at most {CERTIFICATE_LENGTH_MAX} bytes, but has {length}");
        return Err(message);
    }
    let found = Fingerprint::of_pem(text).map(Some);
    found.ok_or_else(|| "must be a certificate in PEM: -----BEGIN CERTIFICATE----- …".to_owned())
}

type Certified = (NewToken, Option<Fingerprint>);

fn new_token(
    wire: pb::CreateTokenRequest,
    certificate: Result<Option<Fingerprint>, String>,
) -> Result<Certified, Status> {
    let mut violations = Violations::default();
    violations.check("owner", owner_of(&wire.owner));
    let role = violations.check("role", role_from_wire(wire.role));
    let certificate = violations.check("certificate", certificate).flatten();
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
    let (owner, description) = (wire.owner, wire.description);
    Ok((NewToken { owner, role, description, ttl: Some(ttl) }, certificate))
}

fn owner_of(text: &str) -> Result<(), String> {
    if is_owner_name(text) {
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
