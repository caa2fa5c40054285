//! What each call needs. A call that is not here needs an admin, and a test says so.

use crate::run::Role;

/// What a call needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: health.
    Nothing,
    /// A caller of at least this role.
    Role(Role),
}

/// What the method of that path needs, as in `/tradeforge.v1.RunService/Submit`.
pub fn need_of(path: &str) -> Need {
    known(path).unwrap_or(Need::Role(Role::Admin))
}

fn known(path: &str) -> Option<Need> {
    let (service, method) = path.strip_prefix('/')?.split_once('/')?;
    Some(match service {
        "grpc.health.v1.Health" => Need::Nothing,
        "grpc.reflection.v1.ServerReflection" | "grpc.reflection.v1alpha.ServerReflection" => {
            Need::Role(Role::Viewer)
        }
        _ => Need::Role(role_of(service.strip_prefix("tradeforge.v1.")?, method)?),
    })
}

fn role_of(service: &str, method: &str) -> Option<Role> {
    Some(match (service, method) {
        // Submit needs more unless it only validates, which the message says.
        (
            "RunService",
            "Submit" | "GetStatus" | "WatchProgress" | "WatchRuns" | "GetRun" | "ListRuns",
        )
        | (
            "ResultService",
            "GetTrial" | "ListTrials" | "WatchTrials" | "ExportTrials" | "ListFailureGroups"
            | "GetEquityCurve" | "ExportEquity" | "ListTrades" | "ExportTrades" | "ListInstruments"
            | "GetReport" | "GetDistributions" | "ListLedger" | "ListWindows" | "ListVariants"
            | "ExportWindowTrials" | "GetRuleValues" | "ListParetoTrials" | "ListFills",
        )
        | (
            "MarketDataService",
            "ListSeries" | "GetBars" | "ExportBars" | "ListAux" | "ExportAux",
        )
        | (
            "StrategyService",
            "ListStrategies" | "GetStrategy" | "CheckStrategy" | "DescribeLanguage",
        )
        | ("BundleService", "ExportRun")
        | ("SystemService", "GetServerInfo" | "ListWorkers")
        | ("AccessService", "WhoAmI") => Role::Viewer,
        (
            "RunService",
            "Cancel" | "Pause" | "Resume" | "UpdateRun" | "DeleteRun" | "CancelRuns" | "DeleteRuns",
        )
        | ("BundleService", "ImportRun")
        | ("MarketDataService", "ImportBars" | "UploadBars" | "ImportAux" | "UploadAux")
        | ("StrategyService", "SaveStrategy")
        | (
            "HookService",
            "CreateHook" | "ListHooks" | "DeleteHook" | "TestHook" | "ListDeliveries",
        ) => Role::Submitter,
        // Neither has an owner: what all may have come to rely on, one alone does not remove.
        ("MarketDataService", "DeleteSeries" | "DeleteAux")
        | ("StrategyService", "DeleteStrategy")
        | (
            "AccessService",
            "CreateToken" | "ListTokens" | "RevokeToken" | "ListAuditEvents" | "ListOwners"
            | "SetQuota",
        ) => Role::Admin,
        _ => return None,
    })
}
