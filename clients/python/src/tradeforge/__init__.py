"""Client of the TradeForge backtest server.

```python
import tradeforge

with tradeforge.local() as client:  # or connect(), to a server that is there already
    client.generate("SYN:DEMO@1h", bars=20_000, seed=42)
    run = client.backtest("sma_cross", on="SYN:DEMO@1h", params={"fast": 10, "slow": 50})
    result = run.wait()
    print(result.metrics["sharpe"], result.trade_count)
```

What comes back is frozen dataclasses and tables that are frames of pandas, polars or Arrow at will;
the messages as they were sent are in `tradeforge.v1`. `tradeforge.aio` is the same for asyncio.
"""

from tradeforge._aux_values import AuxImported, AuxRows, AuxSeries
from tradeforge._axes import GridAxis
from tradeforge._bars import MarketData
from tradeforge._carry import Carry, Margin
from tradeforge._client import Client, connect
from tradeforge._errors import (
    Denied,
    Exhausted,
    Invalid,
    LocalServerError,
    NotFound,
    Precondition,
    RunCancelled,
    RunFailed,
    TradeForgeError,
    Unavailable,
    WaitTimeout,
)
from tradeforge._exits import Exits, Limits
from tradeforge._heatmap import Cell, Heatmap, Importance
from tradeforge._inputs import (
    Calendar,
    DecimalInput,
    EndOfRunPolicy,
    EntryBarPolicy,
    EquityFraction,
    ExcessOver,
    Fees,
    FixedNotional,
    FixedQuantity,
    ParamInput,
    RangeFraction,
    Reuse,
    RiskFraction,
    RunOptions,
    SearchOptions,
    SeriesOptions,
    Sizing,
    Steps,
    Subscription,
    SubscriptionInput,
    Swept,
    TimeInput,
)
from tradeforge._local import local
from tradeforge._report import Drawdown, PeriodReturn, Report
from tradeforge._rules import Checked, Diagnostic, Function, Rules, rules
from tradeforge._run import AnyRun, Run
from tradeforge._stress import FigureSpread, RobustnessPart, RobustnessResult, Stress, Variant
from tradeforge._study import Study
from tradeforge._table import Table
from tradeforge._tables import Bars, Equity, RuleValues, Runs, Trades, Trials
from tradeforge._tried import Tried
from tradeforge._values import (
    BacktestResult,
    Bar,
    Batch,
    Disposition,
    EquityPoint,
    Failure,
    FailureGroup,
    Imported,
    InstrumentResult,
    LedgerEntry,
    Metric,
    Parameter,
    Pause,
    Progress,
    Result,
    RuleFact,
    RunInfo,
    RunKind,
    RunState,
    Series,
    ServerInfo,
    Status,
    Strategy,
    SweepResult,
    Trade,
    Trial,
    TrialState,
    Validation,
    ValidationResult,
    Waiting,
    WaitReason,
    WalkForwardResult,
    Window,
)
from tradeforge._version import __version__

__all__ = [
    "AnyRun",
    "AuxImported",
    "AuxRows",
    "AuxSeries",
    "BacktestResult",
    "Bar",
    "Bars",
    "Batch",
    "Calendar",
    "Carry",
    "Cell",
    "Checked",
    "Client",
    "DecimalInput",
    "Denied",
    "Diagnostic",
    "Disposition",
    "Drawdown",
    "EndOfRunPolicy",
    "EntryBarPolicy",
    "Equity",
    "EquityFraction",
    "EquityPoint",
    "ExcessOver",
    "Exhausted",
    "Exits",
    "Failure",
    "FailureGroup",
    "Fees",
    "FigureSpread",
    "FixedNotional",
    "FixedQuantity",
    "Function",
    "GridAxis",
    "Heatmap",
    "Importance",
    "Imported",
    "InstrumentResult",
    "Invalid",
    "LedgerEntry",
    "Limits",
    "LocalServerError",
    "Margin",
    "MarketData",
    "Metric",
    "NotFound",
    "ParamInput",
    "Parameter",
    "Pause",
    "PeriodReturn",
    "Precondition",
    "Progress",
    "RangeFraction",
    "Report",
    "Result",
    "Reuse",
    "RiskFraction",
    "RobustnessPart",
    "RobustnessResult",
    "RuleFact",
    "RuleValues",
    "Rules",
    "Run",
    "RunCancelled",
    "RunFailed",
    "RunInfo",
    "RunKind",
    "RunOptions",
    "RunState",
    "Runs",
    "SearchOptions",
    "Series",
    "SeriesOptions",
    "ServerInfo",
    "Sizing",
    "Status",
    "Steps",
    "Strategy",
    "Stress",
    "Study",
    "Subscription",
    "SubscriptionInput",
    "SweepResult",
    "Swept",
    "Table",
    "TimeInput",
    "Trade",
    "TradeForgeError",
    "Trades",
    "Trial",
    "TrialState",
    "Trials",
    "Tried",
    "Unavailable",
    "Validation",
    "ValidationResult",
    "Variant",
    "WaitReason",
    "WaitTimeout",
    "Waiting",
    "WalkForwardResult",
    "Window",
    "__version__",
    "connect",
    "local",
    "rules",
]
