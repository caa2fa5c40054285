//! `HookService`: webhooks made, told, tried and removed.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use tonic::{Code, Request, Response, Status};

use super::access_status::not_owner;
use super::caller::{actor, caller};
use super::convert::{duration, timestamp};
use super::page::{Tokens as PageTokens, fitting, foreign_token, size};
use super::status::{
    DOMAIN, RETRY_DELAY, invalid, invalid_field, not_found, refuse, stored, with_reason,
};
use crate::excerpt::excerpt;
use crate::hooks::{HookError, HookWish, Hooks};
use crate::pb;
use crate::pb::hook_service_server::HookService;
use crate::run::limits::HOOK_EVENTS_MAX;
use crate::run::{RunId, Violations};
use crate::storage::{HookEvent, StoredDelivery, StoredHook};

const PAGE_SIZE: usize = 50;

pub(super) struct HookServer {
    pub(super) hooks: Arc<Hooks>,
    pub(super) page_size_max: usize,
}

#[tonic::async_trait]
impl HookService for HookServer {
    async fn create_hook(
        &self,
        request: Request<pb::CreateHookRequest>,
    ) -> Result<Response<pb::CreateHookResponse>, Status> {
        let actor = actor(&request);
        let wish = wish(request.into_inner()).map_err(|violations| invalid(&violations))?;
        let (hook, signing_secret) = self.hooks.create(wish, &actor).await.map_err(told)?;
        Ok(Response::new(pb::CreateHookResponse {
            hook: Some(hook_to_wire(&hook)),
            signing_secret,
        }))
    }

    async fn list_hooks(
        &self,
        request: Request<pb::ListHooksRequest>,
    ) -> Result<Response<pb::ListHooksResponse>, Status> {
        let hooks = self.hooks.list(&caller(&request)).await.map_err(told)?;
        let hooks = hooks.iter().map(hook_to_wire).collect();
        Ok(Response::new(pb::ListHooksResponse { hooks }))
    }

    async fn delete_hook(
        &self,
        request: Request<pb::DeleteHookRequest>,
    ) -> Result<Response<pb::DeleteHookResponse>, Status> {
        let actor = actor(&request);
        let hook_id = hook_id(&request.into_inner().hook_id)?;
        self.hooks.delete(hook_id, &actor).await.map_err(told)?;
        Ok(Response::new(pb::DeleteHookResponse {}))
    }

    async fn test_hook(
        &self,
        request: Request<pb::TestHookRequest>,
    ) -> Result<Response<pb::TestHookResponse>, Status> {
        let caller = caller(&request);
        let hook_id = hook_id(&request.into_inner().hook_id)?;
        let (delivery, lasted) = self.hooks.test(hook_id, &caller).await.map_err(told)?;
        Ok(Response::new(pb::TestHookResponse {
            delivery: Some(delivery_to_wire(&delivery, true)),
            latency: Some(duration(lasted.as_millis() as i64)),
        }))
    }

    async fn list_deliveries(
        &self,
        request: Request<pb::ListDeliveriesRequest>,
    ) -> Result<Response<pb::ListDeliveriesResponse>, Status> {
        let caller = caller(&request);
        let request = request.into_inner();
        let hook_id = hook_id(&request.hook_id)?;
        let limit = size(request.page_size, PAGE_SIZE, self.page_size_max)?;
        let pages = PageTokens::bound_to(&["deliveries", &request.hook_id]);
        let before = match pages.read(&request.page_token)? {
            Some(text) => Some(text.parse().map_err(|_| foreign_token())?),
            None => None,
        };
        let found = self.hooks.deliveries(hook_id, &caller, before, limit + 1).await;
        let (hook, found) = found.map_err(told)?;
        let is_live = hook.disabled_reason.is_empty();
        let page = found.iter().take(limit).map(|it| delivery_to_wire(it, is_live));
        let deliveries: Vec<pb::Delivery> = fitting(page).await;
        let last = deliveries.len().checked_sub(1).filter(|_| deliveries.len() < found.len());
        let token = last.map(|at| pages.write(&found[at].delivery_no.to_string()));
        let next_page_token = token.unwrap_or_default();
        Ok(Response::new(pb::ListDeliveriesResponse { deliveries, next_page_token }))
    }
}

/// Ids of webhooks are made as those of runs are.
fn hook_id(text: &str) -> Result<RunId, Status> {
    text.parse().map_err(|_| {
        let example = "such as 01993f0e-7c1b-7d2a-9f3e-5b6c7d8e9f00";
        invalid_field("hook_id", format!("{:?} is not a webhook's id {example}", excerpt(text)))
    })
}

fn wish(wire: pb::CreateHookRequest) -> Result<HookWish, Violations> {
    let mut violations = Violations::default();
    let Some(hook) = wire.hook else {
        violations.add("hook", "is required");
        return Err(violations);
    };
    let mut events = Vec::new();
    let types = violations.at_most(HOOK_EVENTS_MAX, "hook.event_types", &hook.event_types);
    for (index, number) in types.iter().enumerate() {
        let event = HookEvent::from_number(i64::from(*number));
        if let Some(event) = event.filter(|event| *event != HookEvent::Test) {
            events.push(event);
            continue;
        }
        let told = "must be RUN_COMPLETED, RUN_FAILED, RUN_CANCELLED, RUN_PAUSED or SERIES_CHANGED";
        let name = pb::HookEventType::try_from(*number)
            .map_or_else(|_| number.to_string(), |it| it.as_str_name().to_owned());
        violations.add(format!("hook.event_types[{index}]"), format!("{told}, not {name}"));
    }
    violations.into_result().map(|()| HookWish { url: hook.url, events, filter: hook.filter })
}

fn told(error: HookError) -> Status {
    let message = error.to_string();
    match error {
        HookError::Invalid(violations) => invalid(&violations),
        HookError::Refused { why, address } => url_refused(message, why, address),
        HookError::NotFound(id) => not_found("hook", &id.to_string(), "HOOK_NOT_FOUND", message),
        HookError::NotOwner { owner, .. } => not_owner(message, owner),
        HookError::TooManyOfOwner | HookError::TooMany => {
            with_reason(Code::ResourceExhausted, message, "TOO_MANY_HOOKS")
        }
        HookError::TooManyTests => {
            refuse(Code::ResourceExhausted, message, "TOO_MANY_TESTS", |details| {
                details.set_retry_info(Some(RETRY_DELAY));
            })
        }
        HookError::KeyLost(_) => with_reason(Code::FailedPrecondition, message, "HOOK_KEY_LOST"),
        HookError::Key(_) => {
            tracing::error!(%message, "webhooks cannot be signed");
            with_reason(Code::Unavailable, "the key of the server cannot be used", "SERVER_KEY")
        }
        HookError::Store(error) => stored(&error),
    }
}

/// Nothing is sent there. The address is told: it is what the name means.
fn url_refused(message: String, why: String, address: Option<IpAddr>) -> Status {
    refuse(Code::InvalidArgument, message, "HOOK_URL_REFUSED", |details| {
        if let Some(address) = address {
            let metadata = HashMap::from([("address".to_owned(), address.to_string())]);
            details.set_error_info("HOOK_URL_REFUSED", DOMAIN, metadata);
        }
        details.add_bad_request_violation("hook.url", why);
    })
}

fn hook_to_wire(hook: &StoredHook) -> pb::Hook {
    pb::Hook {
        hook_id: hook.hook_id.to_string(),
        url: hook.url.clone(),
        event_types: hook.events.iter().map(|event| kind_to_wire(*event).into()).collect(),
        filter: hook.filter.clone(),
        owner: hook.owner.clone(),
        create_time: Some(timestamp(hook.create_ms)),
        disabled_reason: hook.disabled_reason.clone(),
        all_owners: hook.told_of_all,
        pending: hook.pending as i64,
    }
}

fn delivery_to_wire(delivery: &StoredDelivery, is_live: bool) -> pb::Delivery {
    pb::Delivery {
        event_id: delivery.event_id.to_string(),
        event_type: kind_to_wire(delivery.kind).into(),
        subject: delivery.subject.clone(),
        event_time: Some(timestamp(delivery.event_ms)),
        attempts: delivery.attempts as i32,
        delivery_time: delivery.delivery_ms.map(timestamp),
        next_attempt_time: delivery.next_ms.filter(|_| is_live).map(timestamp),
        last_outcome: delivery.last_outcome.clone(),
    }
}

const fn kind_to_wire(event: HookEvent) -> pb::HookEventType {
    match event {
        HookEvent::RunCompleted => pb::HookEventType::RunCompleted,
        HookEvent::RunFailed => pb::HookEventType::RunFailed,
        HookEvent::RunCancelled => pb::HookEventType::RunCancelled,
        HookEvent::RunPaused => pb::HookEventType::RunPaused,
        HookEvent::SeriesChanged => pb::HookEventType::SeriesChanged,
        HookEvent::Test => pb::HookEventType::Test,
    }
}
