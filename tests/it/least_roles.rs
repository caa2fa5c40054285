//! Who may make which call of the contract: one line for each, by its name.

use prost::Message as _;
use tradeforge::pb;
use tradeforge::pb::Role;

/// The least role that may make that call at all. A new call belongs here by its name: nobody is to
/// let one in that changes something by how it is called.
fn least_role(service: &str, method: &str) -> Role {
    match (service, method) {
        (
            "AccessService",
            "CreateToken" | "ListTokens" | "RevokeToken" | "ListAuditEvents" | "ListOwners"
            | "SetQuota",
        )
        | (_, "DeleteSeries" | "DeleteAux" | "DeleteStrategy") => Role::Admin,
        (
            _,
            "Cancel" | "Pause" | "Resume" | "UpdateRun" | "DeleteRun" | "CancelRuns"
            | "DeleteRuns" | "ImportBars" | "UploadBars" | "ImportAux" | "UploadAux"
            | "SaveStrategy",
        )
        // What a webhook is told is its owner's, and where it goes may be a secret.
        | (
            "HookService",
            "CreateHook" | "ListHooks" | "DeleteHook" | "TestHook" | "ListDeliveries",
        )
        | ("BundleService", "ImportRun")
        // To look whether it would be taken needs less, and is tried by itself.
        | ("RunService", "Submit") => Role::Submitter,
        ("AccessService", "WhoAmI")
        | ("SystemService", "GetServerInfo" | "ListWorkers")
        | ("BundleService", "ExportRun")
        | (
            "StrategyService",
            "ListStrategies" | "GetStrategy" | "CheckStrategy" | "DescribeLanguage",
        )
        | ("MarketDataService", "ListSeries" | "GetBars" | "ExportBars" | "ListAux" | "ExportAux")
        | (
            "RunService",
            "GetStatus" | "WatchProgress" | "WatchRuns" | "GetRun" | "ListRuns",
        )
        | (
            "ResultService",
            "GetTrial" | "ListTrials" | "WatchTrials" | "ExportTrials" | "ListFailureGroups"
            | "GetEquityCurve" | "ExportEquity" | "ListTrades" | "ExportTrades" | "ListInstruments"
            | "GetReport" | "GetDistributions" | "ListLedger" | "ListWindows" | "ListVariants"
            | "ExportWindowTrials" | "GetRuleValues" | "ListParetoTrials" | "ListFills",
        ) => Role::Viewer,
        _ => panic!("{service}/{method}: say who may make this call"),
    }
}

/// Every call of the contract, as in `tradeforge.v1.RunService/Submit`, with the role it needs.
pub(crate) fn calls() -> Vec<(String, Role)> {
    let files = prost_types::FileDescriptorSet::decode(pb::DESCRIPTORS).expect("descriptors");
    let services = files.file.iter().flat_map(|file| &file.service);
    let calls = services.flat_map(|service| {
        service.method.iter().map(|method| {
            let call = format!("tradeforge.v1.{}/{}", service.name(), method.name());
            (call, least_role(service.name(), method.name()))
        })
    });
    calls.collect()
}
