//! Who a call comes from, as the edge has found out.

use tonic::transport::server::TcpConnectInfo;
use tonic::{Request, Status};

use super::access_status::role_too_low;
use crate::run::{Actor, Caller, RequestId, Role};

/// The caller; anybody where nobody is asked.
pub(super) fn caller<T>(request: &Request<T>) -> Caller {
    request.extensions().get::<Caller>().cloned().unwrap_or(const { Caller::anybody() })
}

/// Who does what the call asks for.
pub(super) fn actor<T>(request: &Request<T>) -> Actor {
    actor_of(request.extensions())
}

/// The same of a call by plain HTTP.
pub(crate) fn actor_of(extensions: &http::Extensions) -> Actor {
    let info = extensions.get::<TcpConnectInfo>().and_then(TcpConnectInfo::remote_addr);
    let address = info.map(|peer| peer.to_string()).unwrap_or_default();
    let caller = extensions.get::<Caller>().cloned();
    Actor { caller: caller.unwrap_or(const { Caller::anybody() }), address }
}

/// Refuses a caller of a lower role.
pub(super) fn at_least(caller: &Caller, needs: Role) -> Result<(), Status> {
    if caller.role >= needs { Ok(()) } else { Err(role_too_low(needs, caller.role)) }
}

/// The request's id as that of its owner: another's is never answered with it.
pub(super) fn own_request(request: RequestId, caller: &Caller) -> RequestId {
    if caller.owner.is_empty() { request } else { request.of_owner(&caller.owner) }
}
