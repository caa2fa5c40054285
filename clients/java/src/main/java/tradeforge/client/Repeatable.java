package tradeforge.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Calls that may be sent twice: those that only read, and those that the server knows again (Submit
 * by its request id, imports by their content, Cancel by the run's state).
 */
final class Repeatable {
  static final Map<String, List<String>> METHODS =
      Map.of(
          "RunService",
          List.of("Submit", "GetStatus", "Cancel", "GetRun", "ListRuns"),
          "ResultService",
          List.of(
              "GetTrial",
              "ListTrials",
              "ListParetoTrials",
              "ExportTrials",
              "GetEquityCurve",
              "ExportEquity",
              "ListTrades",
              "ExportTrades",
              "ListFills",
              "ListInstruments",
              "GetReport",
              "GetRuleValues",
              "ListFailureGroups",
              "ListLedger",
              "ListWindows",
              "ExportWindowTrials",
              "ListVariants",
              "GetDistributions"),
          "StrategyService",
          List.of("ListStrategies", "GetStrategy", "CheckStrategy", "DescribeLanguage"),
          "MarketDataService",
          List.of("ImportBars", "ListSeries", "GetBars", "ExportBars", "ListAux", "ExportAux"),
          "SystemService",
          List.of("GetServerInfo", "ListWorkers"),
          "AccessService",
          List.of("WhoAmI", "ListTokens", "RevokeToken", "ListOwners", "ListAuditEvents"),
          "HookService",
          List.of("ListHooks", "ListDeliveries"),
          "BundleService",
          List.of("ExportRun"));

  private Repeatable() {}

  /** What gRPC is told of them: to send them again while the server cannot be reached. */
  static Map<String, ?> serviceConfig() {
    List<Map<String, ?>> names = new ArrayList<>();
    METHODS.forEach(
        (service, methods) ->
            methods.forEach(
                method ->
                    names.add(Map.of("service", "tradeforge.v1." + service, "method", method))));
    // Numbers are doubles there.
    Map<String, ?> policy =
        Map.of(
            "maxAttempts",
            5.0,
            "initialBackoff",
            "0.1s",
            "maxBackoff",
            "2s",
            "backoffMultiplier",
            2.0,
            "retryableStatusCodes",
            List.of("UNAVAILABLE"));
    return Map.of("methodConfig", List.of(Map.of("name", names, "retryPolicy", policy)));
  }
}
